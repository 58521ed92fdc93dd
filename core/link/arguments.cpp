// Settings → the words that say them over the wrapper's defaults, and which other arguments may leave the machine.
#include <algorithm>
#include <array>

#include "base/values.h"
#include "link/link.h"
#include "plan/plan.h"
#include "settings/arguments.h"
#include "settings/option.h"

namespace ggufit {

namespace {

using Words = std::vector<std::string>;

const char * flashWord(FlashAttention mode) {
    return mode == FlashAttention::on ? "on" : mode == FlashAttention::off ? "off" : "auto";
}

/// What the wrapper sets to something else than llama-server does, so that writeArguments can't tell.
void addWrapperWords(const Settings & settings, const Settings & wrapper, Words & words) {
    const auto add = [&words](const char * name, std::string value) {
        words.insert(words.end(), {name, std::move(value)});
    };
    if (settings.type_k != wrapper.type_k) add("-ctk", std::string(traitsOf(settings.type_k).name));
    if (settings.type_v != wrapper.type_v) add("-ctv", std::string(traitsOf(settings.type_v).name));
    if (settings.flash_attn != wrapper.flash_attn) add("-fa", flashWord(settings.flash_attn));
    if (settings.n_parallel != wrapper.n_parallel) add("-np", std::to_string(settings.n_parallel));
    if (settings.fit_target_mib == wrapper.fit_target_mib) return;
    std::string margins;
    for (const uint64_t mib : settings.fit_target_mib) margins += (margins.empty() ? "" : ",") + std::to_string(mib);
    add("-fitt", margins.empty() ? "1024" : margins);
}

/// Arguments whose text says something about the answers, not about files, addresses or secrets of this machine.
constexpr std::array<std::string_view, 10> kPlainTexts = {
    "--chat-template-kwargs", "--reasoning-format", "--reasoning",   "--samplers",     "--sampler-seq",
    "--chat-template",        "--spec-type",        "--override-kv", "--rope-scaling", "--logit-bias"};

/// "0.6", "1,2", "0.5;1".
bool isNumbers(std::string_view text) {
    for (const char separator : {',', ';', ':'}) {
        const auto parts = splitAt(text, separator);
        if (std::all_of(parts.begin(), parts.end(), [](auto part) { return parseDecimal(part).has_value(); }))
            return true;
    }
    return false;
}

/// Whether an option is one of those that say how the model runs, where a number is no key or address.
bool isOfRunning(const Option & option) {
    for (const auto & theme :
         {contextOptions(), placementOptions(), processorOptions(), samplingOptions(), speculativeOptions()}) {
        if (!theme.empty() && &option >= &theme.front() && &option <= &theme.back()) return true;
    }
    return false;
}

bool mayLeave(const Option & option, std::string_view value) {
    if (option.kind != OptionKind::text && option.kind != OptionKind::two_texts) return true;
    if (isOfRunning(option) && isNumbers(value)) return true;
    bool plain = false;
    forEachName(option.names, [&plain](std::string_view name) {
        plain = plain || std::find(kPlainTexts.begin(), kPlainTexts.end(), name) != kPlainTexts.end();
    });
    return plain && value.find_first_of("/\\") == std::string_view::npos;
}

size_t valuesOf(OptionKind kind) {
    if (kind == OptionKind::flag || kind == OptionKind::toggle) return 0;
    return kind == OptionKind::two_texts ? 2 : 1;
}

}  // namespace

LinkArguments linkArguments(const Settings & settings, const std::vector<std::string> & kept) {
    const Settings wrapper = wrapperDefaults();
    const Settings server;
    Settings rest = settings;
    rest.type_k = server.type_k;
    rest.type_v = server.type_v;
    rest.flash_attn = server.flash_attn;
    rest.n_parallel = server.n_parallel;
    rest.fit_target_mib.clear();
    LinkArguments linked;
    linked.words = writeArguments(rest);
    addWrapperWords(settings, wrapper, linked.words);

    for (size_t i = 0; i < kept.size();) {
        const auto match = findOption(kept[i]);
        const size_t n_values = match ? std::min(valuesOf(match->option->kind), kept.size() - i - 1) : 0;
        const std::string_view value = n_values > 0 ? std::string_view(kept[i + 1]) : std::string_view();
        const auto first = kept.begin() + static_cast<std::ptrdiff_t>(i);
        if (match && mayLeave(*match->option, value))
            linked.words.insert(linked.words.end(), first, first + static_cast<std::ptrdiff_t>(n_values) + 1);
        else
            linked.left_out.push_back(kept[i]);
        i += n_values + 1;
    }
    return linked;
}

}  // namespace ggufit
