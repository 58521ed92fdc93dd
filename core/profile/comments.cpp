// Writes an entry's comments; every text goes through commentLines, so that none can end a line early.
#include "profile/comments.h"

#include <algorithm>

#include "base/checked.h"
#include "base/phrase.h"
#include "base/units.h"
#include "hub/reference.h"
#include "model/clean_text.h"
#include "plan/rounding.h"
#include "plan/speeds.h"

namespace ggufit {

namespace {

constexpr size_t kColumns = 100;
constexpr uint32_t kLongestComment = 600;

const std::string kRule = phrase("# {}\n", std::string(77, '-'));

std::string plural(uint64_t count, const std::string & noun) {
    return phrase("{} {}{}", formatCount(count), noun, count == 1 ? "" : "s");
}

const Fact * findFact(const Card & card, std::string_view key) {
    const auto fact =
        std::find_if(card.facts.begin(), card.facts.end(), [key](const Fact & f) { return f.key == key; });
    return fact == card.facts.end() ? nullptr : &*fact;
}

std::string layersLine(const Card & card) {
    const Fact * fact = findFact(card, "layers");
    std::string text = "Layers: " + (fact != nullptr ? fact->value : formatCount(card.n_layer));
    const size_t colon = text.find(": ", 8);
    const bool all = colon != std::string::npos && text.compare(colon + 2, 4, "all ") == 0;
    if (colon != std::string::npos) text.replace(colon, 2, all ? ", " : ", of them ");
    if (card.n_layer_nextn > 0) text += phrase(", and {} MTP, not loaded", formatCount(card.n_layer_nextn));
    return text;
}

std::string expertsLine(const Card & card) {
    if (card.n_expert == 0) return "";
    std::string text = phrase("Experts: {} per layer, {}", formatCount(card.n_expert), formatCount(card.n_expert_used));
    if (card.n_expert_shared > 0) text += phrase(" + {} shared", formatCount(card.n_expert_shared));
    text += " active";
    if (card.n_layer_dense_lead > 0) text += phrase("; the first {} dense", plural(card.n_layer_dense_lead, "layer"));
    return text;
}

std::string specialLine(const Card & card) {
    std::string text;
    const auto add = [&text](const std::string & clause) { text += (text.empty() ? "Special: " : "; ") + clause; };
    if (card.mla) add("MLA, one latent per token instead of K and V");
    if (card.n_layer_swa > 0) {
        add(phrase("sliding window of {} in {}", plural(card.n_swa, "token"), plural(card.n_layer_swa, "layer")));
    }
    if (card.n_layer_recurrent > 0) {
        add("linear attention (recurrent state, no KV cache) in " + plural(card.n_layer_recurrent, "layer"));
    }
    return text;
}

/// The metadata keys that the banner's facts were read from, each once.
std::string sourceLine(const Card & card) {
    std::string keys;
    for (const char * key : {"kind", "layers", "experts", "mla", "n_swa"}) {
        const Fact * fact = findFact(card, key);
        if (fact == nullptr) continue;
        for (size_t start = 0; start < fact->source.size();) {
            const size_t end = std::min(fact->source.find(", ", start), fact->source.size());
            const std::string one = fact->source.substr(start, end - start);
            if ((phrase(", {}, ", keys)).find(phrase(", {}, ", one)) == std::string::npos)
                keys += (keys.empty() ? "" : ", ") + one;
            start = end + 2;
        }
    }
    return "Architecture source: GGUF metadata" + (keys.empty() ? "" : phrase(" ({})", keys));
}

std::string strategyLine(const Plan & plan) {
    switch (plan.strategy) {
        case Strategy::single_gpu: return phrase("Strategy A: one GPU holds all. {}.", plan.summary);
        case Strategy::fit: return phrase("Strategy: --fit places layers and experts over the GPUs. {}.", plan.summary);
        case Strategy::cpu: return phrase("Strategy: no GPU. {}.", plan.summary);
        case Strategy::given: return phrase("Placement by hand: this switches --fit off. {}.", plan.summary);
    }
    return plan.summary;
}

/// "CUDA0 (…): attention 1,000 + experts 15,000 + cache 900 + compute ~400 = 17,300 of 24,090 MiB; headroom 6,790 MiB".
std::string deviceLine(const PlanDevice & device, bool approximate) {
    std::vector<uint64_t> bytes;
    std::vector<std::string> names;
    for (const Part & part : device.parts) {
        if (part.name == "driver" || part.name == "reserved" || part.name == "free") continue;
        names.push_back(part.name == "feed_forward" ? "feed-forward" : part.name);
        bytes.push_back(part.bytes);
    }
    const std::vector<uint64_t> mib = roundedMib(bytes);
    uint64_t sum = 0;
    std::string text;
    for (size_t i = 0; i < mib.size(); ++i) {
        sum += mib[i];
        const bool rough = approximate && names[i] == "compute";
        text += phrase("{}{} {}{}", i == 0 ? "" : " + ", names[i], rough ? "~" : "", formatCount(mib[i]));
    }
    text += (mib.size() > 1 ? " = " + formatCount(sum) : "") + std::string(" MiB");
    if (device.budget_bytes == 0) return text;
    text += phrase(" of {} free", formatMib(device.budget_bytes));
    const uint64_t off =
        static_cast<uint64_t>(device.headroom_bytes < 0 ? -device.headroom_bytes : device.headroom_bytes);
    return text + (device.headroom_bytes < 0 ? "; lacks " : "; headroom ") + formatMib(off);
}

std::string heldLine(const PlanDevice & device) {
    std::string text;
    if (device.driver_bytes > 0) text += "driver " + formatMib(device.driver_bytes);
    if (device.reserved_bytes > 0)
        text += phrase("{}held by others {}", text.empty() ? "" : ", ", formatMib(device.reserved_bytes));
    return text.empty() ? "" : phrase(" ({} besides)", text);
}

}  // namespace

std::string commentLines(std::string_view text) {
    const std::string clean = cleanText(text, kLongestComment);
    std::string out, line = "#";
    for (size_t start = 0; start < clean.size();) {
        const size_t end = std::min(clean.find(' ', start), clean.size());
        const std::string word = clean.substr(start, end - start);
        if (line.size() > 3 && line.size() + 1 + word.size() > kColumns) {
            out += line + "\n";
            line = "#  ";
        }
        line += " " + word;
        start = end + 1;
    }
    return phrase("{}{}\n", out, line);
}

std::string bannerComment(const Plan & plan) {
    const Card & card = plan.model;
    std::string out = kRule;
    out += commentLines(phrase("{} — {}, {} parameters, {} active per token", card.name, card.kind,
                               formatParameters(card.parameters), formatParameters(card.active_parameters)));
    for (const std::string & line : {layersLine(card), expertsLine(card), specialLine(card)}) {
        if (!line.empty()) out += commentLines(line);
    }
    out += commentLines(phrase("File: {}, {}, {} bits per weight; trained context {}", formatGib(card.file_bytes),
                               card.quantization, formatFixed(card.bits_per_weight, 2), formatCount(card.n_ctx_train)));
    return out + commentLines(sourceLine(card)) + kRule;
}

std::string sourceComment(std::string_view source) {
    if (source.empty()) return "";
    const auto reference = parseModelReference(source);
    if (!reference || reference->kind == ReferenceKind::path) return "";
    return "# From: " + cleanText(referenceText(*reference), kLongestComment) + "\n";
}

std::string reasonComment(const Plan & plan) {
    std::string out = commentLines(strategyLine(plan));
    for (const PlanDevice & device : plan.devices) {
        const std::string name = device.name + (device.description.empty() ? "" : phrase(" ({})", device.description));
        out += commentLines(
            phrase("{}: {}", name, device.used ? deviceLine(device, plan.approximate) + heldLine(device) : "not used"));
    }
    out += commentLines("System memory: " + deviceLine(plan.host, plan.approximate));
    if (plan.graph.known()) {
        out += commentLines(phrase("Graph splits: {} for each token, {} for each batch of a prompt",
                                   formatCount(plan.graph.splits_decode), formatCount(plan.graph.splits_prompt)));
    }
    out += commentLines("Limit: " + plan.limit);
    if (plan.speed) out += commentLines(speedSentence(*plan.speed));
    for (const Reason & reason : plan.reasons) {
        if (reason.step == "rules") out += commentLines(reason.text);
    }
    if (plan.approximate) out += commentLines("Figures with ~ are approximate: " + plan.approximate_because);
    return out;
}

std::string untestedSentence(const std::string & id) {
    return phrase("NOT YET TESTED — run ./start.sh {} and share startup logs", id);
}

}  // namespace ggufit
