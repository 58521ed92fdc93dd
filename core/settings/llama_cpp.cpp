// The table of changes, and versions read and compared.
#include "settings/llama_cpp.h"

#include <algorithm>
#include <array>

#include "base/phrase.h"
#include "base/values.h"

namespace ggufit {

namespace {

constexpr uint32_t kOldestBuild = 4000, kOldestDay = 20241031;

/// Builds are counted as llama.cpp does, by the commits of its main line; days are those of the commits.
constexpr std::array<LlamaChange, 30> kChanges = {{
    {LlamaRule::sliding_cache, 5429, 20250520, 13194, "layers with a window kept the whole context"},
    {LlamaRule::sliding_by_ubatch, 5554, 20250531, 13833, "layers with a window kept it and a whole batch"},
    {LlamaRule::own_cells, 5913, 20250716, 14363, "all slots shared one cache"},
    {LlamaRule::all_layers, 6325, 20250830, 15434, "without -ngl no layer went to a GPU, and -fa was off"},
    {LlamaRule::automatic_slots, 6925, 20251102, 16736, "the server had one slot"},
    {LlamaRule::fit, 7407, 20251215, 16653, "there was no --fit, and the context was 4096 without -c"},
    {LlamaRule::output_first, 7467, 20251218, 18148, "-ngl counted the output layer last"},
    {LlamaRule::scheduler_reserved, 7749, 20260115, 18867, nullptr},
    {LlamaRule::shared_latent, 7812, 20260122, 18986, "models with latent attention kept V beside K"},
    {LlamaRule::both_inputs, 7819, 20260123, 18898, "a graph had one way in less"},
    {LlamaRule::flash_groups, 7836, 20260125, 19092, nullptr},
    {LlamaRule::fused_delta_net, 8299, 20260311, 20340, "a gated delta net was many operations"},
    {LlamaRule::flash_bf16, 8470, 20260322, 20525, nullptr},
    {LlamaRule::fit_gate_up, 8497, 20260324, 20910, nullptr},
    {LlamaRule::flash_512, 8609, 20260401, 20998, nullptr},
    {LlamaRule::rotated_cache, 8619, 20260401, 21038, "keys and values were not rotated before they were quantized"},
    {LlamaRule::moe_in_order, 8738, 20260409, 19378, nullptr},
    {LlamaRule::fit_without_gpu, 8834, 20260418, 21568, "--fit did nothing on machines without a GPU"},
    {LlamaRule::flash_320, 8966, 20260428, 22286, nullptr},
    {LlamaRule::flash_192, 9085, 20260509, 22812, nullptr},
    {LlamaRule::draft_qwen35, 9180, 20260516, 22673, nullptr},
    {LlamaRule::half_mask, 9410, 20260529, 23764, "flash attention's mask was f32 and converted"},
    {LlamaRule::outputs_by_slot, 9460, 20260601, 23861, "logits were reserved for all tokens of a batch"},
    {LlamaRule::draft_step35, 9480, 20260602, 23274, nullptr},
    {LlamaRule::flash_room, 9489, 20260603, 23907,
     "CUDA took memory for what flash attention reads as f16 while running"},
    {LlamaRule::normed_draft, 9495, 20260604, 24025, nullptr},
    {LlamaRule::draft_gemma4, 9549, 20260607, 23398, nullptr},
    {LlamaRule::delta_state, 9591, 20260610, 24086, nullptr},
    {LlamaRule::rows_of_quants, 10089, 20260722, 25962, nullptr},
    // Some came together between July 24 and August 7, 25589 among them; their builds are not known.
    {LlamaRule::late_july, 10107, 20260724, 25794, "a quantized V cache did not switch flash attention on"},
}};

/// "2026-06-01" of 20260601.
std::string dayText(uint32_t day) {
    std::string digits = std::to_string(day);
    digits.insert(0, 8 - std::min<size_t>(digits.size(), 8), '0');  // what is no day is to be none as a text too
    return phrase("{}-{}-{}", digits.substr(0, 4), digits.substr(4, 2), digits.substr(6));
}

Error unknownVersion(std::string_view text) {
    return Error{ErrorCode::usage, "--llama-cpp",
                 quotedText(text) + " is no version: write a build as b9460 or a day as 2026-06-01."};
}

/// 20260601 of "2026-06-01"; 0 where it is none.
uint32_t dayOf(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return 0;
    const auto year = parseUnsigned(text.substr(0, 4)), month = parseUnsigned(text.substr(5, 2)),
               day = parseUnsigned(text.substr(8, 2));
    if (!year || !month || !day || *year < 2000 || *month < 1 || *month > 12 || *day < 1 || *day > 31) return 0;
    return static_cast<uint32_t>(*year * 10000 + *month * 100 + *day);
}

}  // namespace

std::span<const LlamaChange> llamaChanges() { return kChanges; }

const LlamaChange & changeOf(LlamaRule rule) { return kChanges[static_cast<size_t>(rule)]; }

bool hasRule(const LlamaVersion & version, LlamaRule rule) {
    const LlamaChange & change = changeOf(rule);
    if (version.build != 0) return version.build >= change.build;
    return version.day == 0 || version.day >= change.day;
}

Result<LlamaVersion> parseLlamaVersion(std::string_view text) {
    constexpr uint64_t kLastBuild = 999'999;
    if (const uint32_t day = dayOf(text); day != 0) {
        if (day < kOldestDay) {
            return Error{ErrorCode::unsupported, "--llama-cpp",
                         phrase("what llama.cpp did before {} is not known.", dayText(kOldestDay))};
        }
        return LlamaVersion{.day = day};
    }
    std::string_view digits = text.starts_with('b') ? text.substr(1) : text;
    const size_t end = digits.find_first_not_of("0123456789");
    if (end != std::string_view::npos) {
        const bool commit = digits.substr(end).starts_with(" (") || (digits[end] == '-' && text.starts_with('b'));
        if (!commit) return unknownVersion(text);
        digits = digits.substr(0, end);
    }
    const auto build = parseUnsigned(digits);
    if (!build || *build > kLastBuild) return unknownVersion(text);
    if (*build < kOldestBuild) {
        return Error{ErrorCode::unsupported, "--llama-cpp",
                     phrase("what builds before b{} (of {}) did is not known.", std::to_string(kOldestBuild),
                            dayText(kOldestDay))};
    }
    return LlamaVersion{.build = static_cast<uint32_t>(*build)};
}

std::string versionText(const LlamaVersion & version) {
    if (version.build != 0) return "b" + std::to_string(version.build);
    return version.day == 0 ? "" : dayText(version.day);
}

std::string rulesSentence(const LlamaVersion & version) {
    std::string older;
    for (const LlamaChange & change : kChanges) {
        if (change.older != nullptr && !hasRule(version, change.rule))
            older += (older.empty() ? "; other than now, " : "; ") + std::string(change.older);
    }
    return phrase("The rules are those of llama.cpp {}{}.", versionText(version), older);
}

std::string olderRulesSource(const LlamaVersion & version) {
    std::string pulls;
    for (const LlamaChange & change : kChanges) {
        if (change.older == nullptr || hasRule(version, change.rule)) continue;
        pulls += phrase("{}#{}", pulls.empty() ? "ggml-org/llama.cpp " : ", ", std::to_string(change.pull));
    }
    return pulls;
}

std::string firstBuildWith(LlamaRule rule) {
    const LlamaChange & change = changeOf(rule);
    return phrase("b{} of {}", std::to_string(change.build), dayText(change.day));
}

}  // namespace ggufit
