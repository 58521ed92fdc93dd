// Writes the sections of models.conf: comments, header, keys in order.
#include "profile/entry.h"

#include <algorithm>

#include "base/phrase.h"
#include "base/units.h"
#include "gguf/shards.h"
#include "model/clean_text.h"
#include "plan/speeds.h"
#include "plan/words.h"
#include "profile/comments.h"
#include "profile/extra_args.h"

namespace ggufit {

namespace {

constexpr size_t kLongestId = 64;
constexpr std::string_view kBenchPrefix = "bench-";

/// A key's line; an empty value leaves the key out.
std::string keyLine(const char * key, const std::string & value) {
    const std::string safe = safeLine(value);
    return safe.empty() ? "" : phrase("{}={}\n", std::string(key), safe);
}

/// A value for people: what a shell might expand is taken out.
std::string plainText(std::string_view text) {
    std::string plain = safeLine(text);
    plain.erase(std::remove_if(plain.begin(), plain.end(),
                               [](char c) { return c == '$' || c == '`' || c == '\\' || c == '"' || c == '\''; }),
                plain.end());
    return safeLine(plain);
}

std::string fileStem(std::string_view path) {
    const std::string_view name = path.substr(path.find_last_of("/\\") + 1);
    if (const auto shard = parseShardName(name)) return shard->stem;
    return std::string(name.ends_with(".gguf") ? name.substr(0, name.size() - 5) : name);
}

/// "Q4_K - Medium" as people write it in names: "Q4_K_M".
std::string shortQuantization(std::string text) {
    for (const auto & [size, letter] : {std::pair{" - Small", "_S"}, {" - Medium", "_M"}, {" - Large", "_L"}}) {
        const size_t at = text.find(size);
        if (at != std::string::npos) return text.substr(0, at) + letter;
    }
    return text;
}

std::string displayName(const Card & card) {
    const std::string quantization = shortQuantization(card.quantization);
    const bool told = quantization.empty() || safeId(card.name).find(safeId(quantization)) != std::string::npos;
    return plainText(told ? card.name : phrase("{} {}", card.name, quantization));
}

std::string description(const Plan & plan) {
    std::string text = phrase("{}, {} parameters", plan.model.kind, formatParameters(plan.model.parameters));
    if (plan.model.active_parameters < plan.model.parameters / 2) {
        text += phrase(", {} active", formatParameters(plan.model.active_parameters));
    }
    return phrase("{}, context {}", text, formatCount(plan.n_ctx));
}

std::string fitTarget(const Settings & settings) {
    if (!settings.fit || settings.fit_target_mib == wrapperDefaults().fit_target_mib) return "";
    if (settings.fit_target_mib.empty()) return "1024";
    std::string text;
    for (const uint64_t mib : settings.fit_target_mib) text += "," + std::to_string(mib);
    return text.substr(1);
}

std::string layersValue(const Settings & settings) {
    if (settings.n_gpu_layers == kGpuLayersAuto) return "";
    return settings.n_gpu_layers == kGpuLayersAll ? "all" : std::to_string(settings.n_gpu_layers);
}

std::string joined(const std::vector<std::string> & words) {
    std::string line;
    for (const std::string & word : words) line += (line.empty() ? "" : " ") + word;
    return line;
}

/// Why there is no speed.
std::string noSpeed(const Plan & plan) {
    return std::string("SPEED is left out: ") + (plan.verdict == Verdict::does_not_fit
                                                     ? "the plan does not fit."
                                                     : "the graph of this architecture is not described.");
}

/// What the smaller context gains.
std::string againstProduction(const Plan & bench, const Plan * production) {
    if (production == nullptr || !bench.speed || !production->speed) return "";
    const double now = bench.speed->empty.decode_tokens_per_second;
    const double before = production->speed->empty.decode_tokens_per_second;
    const double percent = (now / before - 1) * 100;
    const std::string with = phrase("with the production entry's context of {} tokens", formatCount(production->n_ctx));
    if (percent < 1 && percent > -1) return commentLines(phrase("About as fast as {}.", with));
    return commentLines(phrase("About {} t/s, {} {}: {}{} %.", formatSpeed(now), formatSpeed(before), with,
                               percent > 0 ? "+" : "-", formatFixed(percent > 0 ? percent : -percent, 0)));
}

/// The path of MODEL, the only key that has to be there.
std::string modelPath(const Plan & plan, const PlanRequest & request) {
    return cleanText(request.model_path).empty() ? plan.model.name + ".gguf" : request.model_path;
}

/// What can't be carried over, said in comments rather than written wrong.
std::string carryComments(const ExtraArgs & extra, const std::string & path) {
    std::string out;
    for (const std::string & refused : extra.refused) {
        out += commentLines("Left out of EXTRA_ARGS, where a shell would change it: " + refused);
    }
    const bool odd = std::any_of(path.begin(), path.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == '$' || c == '`' || c == '"' || c == '\'' || c == '\\';
    });
    if (odd) out += commentLines("MODEL holds characters that the wrapper may change: rename the file.");
    return out;
}

std::string tailKeys(const Plan & plan, const PlanRequest & request, const ExtraArgs & extra) {
    std::string out = keyLine("MODEL", cleanText(modelPath(plan, request), 4000));
    out += keyLine("CTX_SIZE", std::to_string(plan.settings.n_ctx));
    if (plan.strategy == Strategy::given) {
        out += keyLine("N_GPU_LAYERS", layersValue(plan.settings)) + "FIT=off\n";
    } else {
        out += keyLine("FIT_TARGET", fitTarget(plan.settings));
    }
    return phrase("{}EXTRA_ARGS={}\n", out, joined(extra.words));
}

}  // namespace

std::string safeId(std::string_view text) {
    std::string id;
    for (const char c : text) {
        const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        const bool plain = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
        if (plain) id += lower;
        if (!plain && !id.empty() && id.back() != '-') id += '-';
        if (id.size() >= kLongestId) break;
    }
    while (!id.empty() && id.back() == '-') id.pop_back();
    return id.empty() ? "model" : id;
}

std::string safeLine(std::string_view text) { return cleanText(text, 4000); }

std::string entryId(const Plan & plan, const PlanRequest & request) {
    std::string id = safeId(!request.id.empty()           ? request.id
                            : !request.model_path.empty() ? fileStem(request.model_path)
                                                          : plan.model.name);
    while (id.starts_with(kBenchPrefix) && id.size() > kBenchPrefix.size()) id.erase(0, kBenchPrefix.size());
    return id;
}

std::string productionEntry(const Plan & plan, const PlanRequest & request) {
    const std::string id = entryId(plan, request);
    const ExtraArgs extra = extraArgs(plan, request);
    std::string out = bannerComment(plan) + sourceComment(request.source) + reasonComment(plan);
    const bool sampled = std::any_of(request.kept_arguments.begin(), request.kept_arguments.end(), isSampler);
    if (plan.model.sampling.empty() && !sampled)
        out += commentLines("No sampler flags: the file carries no sampling defaults.");
    if (!plan.speed) out += commentLines(noSpeed(plan));
    out += carryComments(extra, modelPath(plan, request));
    out += commentLines(untestedSentence(id));
    out += phrase("[{}]\n", id);
    out += keyLine("NAME", displayName(plan.model));
    out += keyLine("DESCRIPTION", plainText(description(plan)));
    if (plan.speed)
        out += keyLine("SPEED", phrase("~estimated {} t/s", formatSpeed(plan.speed->empty.decode_tokens_per_second)));
    return out + tailKeys(plan, request, extra);
}

std::string benchEntry(const Plan & plan, const PlanRequest & request, const Plan * production) {
    const std::string id = std::string(kBenchPrefix) + entryId(plan, request);
    const ExtraArgs extra = extraArgs(plan, request);
    std::string out = sourceComment(request.source) + reasonComment(plan) + againstProduction(plan, production) +
                      carryComments(extra, modelPath(plan, request));
    out += commentLines(untestedSentence(id));
    out += phrase("[{}]\n", id);
    out += keyLine("NAME", displayName(plan.model));
    return out + tailKeys(plan, request, extra);
}

}  // namespace ggufit
