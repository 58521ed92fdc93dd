// Fills a row: the card, a brief plan, the largest context.
#include "choose/row.h"

#include <algorithm>

#include "base/checked.h"
#include "base/phrase.h"
#include "base/units.h"
#include "model/card.h"
#include "model/clean_text.h"
#include "model/file_type.h"
#include "plan/choose.h"
#include "plan/reach.h"
#include "plan/speeds.h"

namespace ggufit {

namespace {

const std::string * textOf(const File & file, std::string_view key) {
    const Value * value = file.find(key);
    return value != nullptr ? value->asString() : nullptr;
}

/// Letters and digits alone, in lower case: "Qwen3-32B" and "Qwen3 32B" are one name. Other bytes stay.
std::string folded(const std::string & text) {
    std::string out;
    for (const char c : text) {
        const bool upper = c >= 'A' && c <= 'Z';
        const bool mark =
            static_cast<unsigned char>(c) < 0x80 && !upper && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9');
        if (!mark) out += upper ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

std::string groupOf(const Model & model, const Card & card) {
    const Hparams & hparams = model.hparams;
    const std::string * name = textOf(model.file, "general.name");
    if (name == nullptr || name->empty()) name = textOf(model.file, "general.basename");
    std::string key = card.architecture;
    for (const uint32_t size : {hparams.n_layer(), hparams.n_embd, hparams.n_ff(), hparams.n_expert}) {
        key += "/" + std::to_string(size);
    }
    return phrase("{}/{}", key, name != nullptr ? folded(cleanText(*name)) : "");
}

/// "importance matrix (calibration.txt, 80 chunks)"; empty where there was none.
std::string imatrixNote(const File & file) {
    const std::string * matrix = textOf(file, "quantize.imatrix.file");
    const std::string * dataset = textOf(file, "quantize.imatrix.dataset");
    const Value * chunks = file.find("quantize.imatrix.chunks_count");
    if (matrix == nullptr && dataset == nullptr && chunks == nullptr) return "";
    std::string what;
    if (const std::string * path = dataset != nullptr ? dataset : matrix; path != nullptr)
        what = cleanText(path->substr(path->find_last_of("/\\") + 1), 60);
    const auto count = chunks != nullptr ? chunks->asUnsigned() : std::nullopt;
    if (count) what += phrase("{}{} chunks", what.empty() ? "" : ", ", formatCount(*count));
    return "importance matrix" + (what.empty() ? "" : phrase(" ({})", what));
}

void describe(ChooseRow & row, const Model & model) {
    const Card card = describeModel(model);
    row.model_name = card.name;
    row.group = groupOf(model, card);
    row.architecture = card.architecture;
    row.parameters = card.parameters;
    row.active_parameters = card.active_parameters;
    row.tensor_bytes = card.tensor_bytes;
    row.bits_per_weight = card.bits_per_weight;
    row.n_ctx_train = card.n_ctx_train;
    if (!card.types.empty()) {
        row.main_type = card.types.front().type;
        if (card.tensor_bytes > 0)
            row.main_type_share =
                static_cast<double>(card.types.front().bytes) / static_cast<double>(card.tensor_bytes);
    }
    const Value * value = model.file.find("general.file_type");
    const auto number = value != nullptr ? value->asUnsigned() : std::nullopt;
    if (number) row.quantization = fileTypeLabel(*number);
    if (row.quantization.empty()) row.quantization = row.main_type;
    if (std::string note = imatrixNote(model.file); !note.empty()) {
        row.imatrix = true;
        row.notes.push_back(std::move(note));
    }
    if (const std::string * by = textOf(model.file, "general.quantized_by"); by != nullptr && !by->empty())
        row.notes.push_back("by " + cleanText(*by, 60));
}

std::string usedDeviceNames(const Placement & placement, const Machine & machine) {
    constexpr size_t kMostNamed = 2;
    std::string names;
    size_t n_used = 0;
    for (size_t i = 0; i < machine.devices.size(); ++i) {
        if (!placement.used[i]) continue;
        names += (names.empty() ? "" : " + ") + machine.devices[i].name;
        ++n_used;
    }
    return n_used > kMostNamed ? formatCount(n_used) + " GPUs" : names;
}

/// Where it lies, in a few words.
std::string placementText(const Placement & placement, const Machine & machine) {
    if (placement.verdict == Verdict::does_not_fit) {
        std::string lacks = whatLacks(placement, machine);
        return lacks.empty() ? placement.fit.reason : lacks;
    }
    std::string devices = usedDeviceNames(placement, machine);
    if (devices.empty() || placement.strategy == Strategy::cpu) return "system memory";
    if (allOnDevices(placement)) return devices;
    const auto share = [](const PlacedLayers & layers) {
        return phrase("{}/{} layers in RAM", formatCount(layers.total - layers.on_devices), formatCount(layers.total));
    };
    const PlacedLayers layers = countLayers(placement), experts = countExperts(placement);
    if (layers.on_devices < layers.total) return share(layers);
    if (experts.on_devices < experts.total) return "experts of " + share(experts);
    return devices + ", rest in RAM";
}

DecodeSpeed decodeOf(const SpeedEstimate & estimate) {
    return {estimate.fill_tokens, estimate.decode_tokens_per_second, estimate.decode_low, estimate.decode_high};
}

Settings withContext(Settings settings, uint32_t n_ctx) {
    settings.n_ctx = n_ctx;
    settings.given_n_ctx = true;
    return settings;
}

/// Whether its weights alone are more than all memory there is.
bool beyondAllMemory(const Placement & placement, const Machine & machine) {
    if (machine.host.total_mib == 0) return false;
    uint64_t room = saturatingMul(machine.host.total_mib, kMib);
    uint64_t weights = placement.estimate.host.model_bytes;
    for (size_t i = 0; i < machine.devices.size(); ++i) {
        weights = saturatingAdd(weights, placement.estimate.devices[i].model_bytes);
        if (!machine.devices[i].unified_memory) room = saturatingAdd(room, budgetBytes(machine.devices[i]));
    }
    return weights > room;
}

/// Whether --fit has something to arrive at whatever else it does: attention and cache on the devices with their
/// margins, all routed experts in system memory. One estimate, where choosing costs dozens.
bool surelyFits(const Model & model, const Machine & machine, const Settings & settings) {
    if (placesByHand(settings)) return false;
    Settings sparse = settings;
    if (model.hparams.n_expert > 0) sparse.override_tensors.push_back({kAllExperts, "CPU"});
    return slackOnGpus(model, machine, sparse) >= 0;
}

/// With which it fits at all: `planned` is the placement that was chosen for the settings' own context.
uint32_t largestFitting(const Model & model, const Machine & machine, const Settings & settings,
                        const Placement & planned) {
    const bool fits = planned.verdict != Verdict::does_not_fit;
    const uint32_t now = planned.estimate.context.n_ctx;
    const uint32_t least = fits ? now : 0;
    const uint32_t most = std::max(now, model.hparams.n_ctx_train);
    if (fits && most == now) return now;
    if (!fits && beyondAllMemory(planned, machine)) return 0;
    if (surelyFits(model, machine, withContext(settings, most))) return most;
    const uint32_t largest = largestContext(settings, most, [&](const Settings & tried) {
        const auto choice = choose(model, machine, tried, Explain::no);
        return choice ? leastHeadroom(choice->placement, machine) : kNoSlack;
    });
    return std::max(least, largest);
}

void fillPlan(ChooseRow & row, const Model & model, const Machine & machine, const Settings & settings,
              const Placement & placement) {
    row.strategy = placement.strategy;
    row.verdict = placement.verdict;
    row.placement = placementText(placement, machine);
    row.n_ctx = placement.estimate.context.n_ctx;
    row.headroom_bytes = placement.headroom_bytes;
    row.host_headroom_bytes = placement.host_headroom_bytes;
    row.approximate = placement.estimate.approximate;
    if (const auto speed = speedOf(model, machine, placement))
        row.speed = DecodeSpeeds{decodeOf(speed->empty), decodeOf(speed->full)};
    row.largest_n_ctx = largestFitting(model, machine, settings, placement);
}

ChooseRow rowOf(const ChooseCandidate & candidate) {
    ChooseRow row;
    row.name = candidate.name;
    row.n_files = candidate.n_files;
    row.size_bytes = candidate.size_bytes;
    return row;
}

}  // namespace

ChooseRow chooseRow(const ChooseCandidate & candidate, const Model & model, const Machine & machine,
                    const PlanRequest & request, uint32_t min_ctx) {
    ChooseRow row = rowOf(candidate);
    if (row.size_bytes == 0) row.size_bytes = model.file.totalFileBytes();
    describe(row, model);
    PlanRequest asked = request;
    if (asked.settings.n_ctx == 0 && asked.settings.fit_ctx != kFitCtxFull) {
        const uint32_t wished = min_ctx != 0 ? min_ctx : kChooseContext;
        const uint32_t trained = model.hparams.n_ctx_train;
        asked.settings = withContext(asked.settings, trained != 0 ? std::min(wished, trained) : wished);
    }
    Settings settings = plannedSettings(model, asked);
    std::vector<Warning> warnings;
    const auto choice = chooseOrFallBack(model, machine, settings, Explain::no, warnings);
    if (!choice) {
        row.error = choice.error().text();
        return row;
    }
    for (Warning & warning : warnings) row.notes.push_back(std::move(warning.text));
    fillPlan(row, model, machine, settings, choice->placement);
    return row;
}

ChooseRow unreadableRow(const ChooseCandidate & candidate, const Error & error) {
    ChooseRow row = rowOf(candidate);
    row.error = error.text();
    return row;
}

}  // namespace ggufit
