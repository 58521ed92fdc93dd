// Names what is alive at the peak of each compute buffer and measures what would shrink it.
#include "memory/compute_peak.h"

#include <algorithm>
#include <utility>

#include "base/checked.h"
#include "base/phrase.h"
#include "base/sort.h"
#include "base/units.h"
#include "memory/estimate.h"

namespace ggufit {

namespace {

constexpr size_t kShown = 5;

class PeakReader {
  public:
    explicit PeakReader(const MeasuredGraph & measured) : scheduled_(measured.scheduled), measured_(measured) {}

    [[nodiscard]] ComputePeak read(size_t backend) const {
        ComputePeak peak;
        peak.bytes = measured_.reservation.bytes[backend];
        uint64_t alive_bytes = 0;
        for (const PeakTensor & tensor : measured_.reservation.peak[backend]) {
            alive_bytes = saturatingAdd(alive_bytes, tensor.bytes);
            AliveTensor alive = describe(tensor);
            const auto same = std::find_if(peak.alive.begin(), peak.alive.end(), [&](const AliveTensor & other) {
                return other.name == alive.name && other.ne == alive.ne && other.type == alive.type;
            });
            if (same != peak.alive.end()) {
                same->bytes = saturatingAdd(same->bytes, alive.bytes);
                ++same->count;
            } else {
                peak.alive.push_back(std::move(alive));
            }
        }
        stableSort(peak.alive, [](const AliveTensor & a, const AliveTensor & b) { return a.bytes > b.bytes; });
        for (size_t i = kShown; i < peak.alive.size(); ++i) {
            peak.others_bytes = saturatingAdd(peak.others_bytes, peak.alive[i].bytes);
        }
        if (peak.alive.size() > kShown) peak.alive.resize(kShown);
        peak.gaps_bytes = saturatingSub(peak.bytes, alive_bytes);
        return peak;
    }

  private:
    [[nodiscard]] AliveTensor describe(const PeakTensor & tensor) const {
        const Node & node = scheduled_.graph[tensor.id];
        AliveTensor alive;
        const NodeId original = scheduled_.schedule.copy_of[at(tensor.id)];
        const NodeId named = original == NodeId::none ? tensor.id : original;
        alive.name = nodeName(scheduled_.graph[named], at(named)) + (original == NodeId::none ? "" : " (copy)");
        alive.type = node.type;
        alive.ne = node.ne;
        alive.bytes = tensor.bytes;
        alive.meaning = meaning(node, scheduled_.graph[named]);
        return alive;
    }

    /// What the dimensions count, for the tensors that people ask about.
    [[nodiscard]] std::string meaning(const Node & node, const Node & named) const {
        const std::string base = named.name.base == nullptr ? "" : named.name.base;
        const auto count = [](int64_t n) { return formatCount(static_cast<uint64_t>(std::max<int64_t>(n, 0))); };
        if (named.buffer >= 0) return "weights copied here for a large batch";
        if (node.op == Op::flash_attn_ext) return "attention, with its keys and values made f16";
        if (base == "result_output") return phrase("{} tokens × {} logits", count(node.ne[1]), count(node.ne[0]));
        if (base.find("kq_mask") != std::string::npos) {
            return phrase("attention mask, {} tokens × {} cells", count(node.ne[1]), count(node.ne[0]));
        }
        if (base == "kq" || base.rfind("kq_soft_max", 0) == 0) {
            return phrase("{} tokens × {} cells × {} heads", count(node.ne[1]), count(node.ne[0]), count(node.ne[2]));
        }
        if (node.ne[1] > 1 && node.ne[2] > 1 && base.rfind("ffn_moe", 0) == 0) {
            return phrase("{} tokens × {} experts × {}", count(node.ne[2]), count(node.ne[1]), count(node.ne[0]));
        }
        if (node.ne[2] == 1 && node.ne[3] == 1 && node.ne[1] == measured_.n_tokens) {
            return phrase("{} tokens × {}", count(node.ne[1]), count(node.ne[0]));
        }
        return "";
    }

    const ScheduledGraph & scheduled_;
    const MeasuredGraph & measured_;
};

/// Settings that could be smaller, each alone.
std::vector<std::pair<std::string, Settings>> candidates(const Settings & settings, const ContextShape & shape) {
    std::vector<std::pair<std::string, Settings>> out;
    const auto add = [&](std::string argument, auto && change) {
        Settings changed = settings;
        change(changed);
        out.emplace_back(std::move(argument), std::move(changed));
    };
    if (shape.n_ubatch > 1) {
        const uint32_t half = shape.n_ubatch / 2;
        add("-ub " + std::to_string(half), [&](Settings & s) { s.n_ubatch = half; });
    }
    if (shape.n_ctx > 1) {
        const uint32_t half = shape.n_ctx / 2;
        add("-c " + std::to_string(half), [&](Settings & s) { s.n_ctx = half; });
    }
    if (!shape.flash_attn) add("-fa on", [](Settings & s) { s.flash_attn = FlashAttention::on; });
    const bool quantized = settings.type_k != GgmlType::f16 || settings.type_v != GgmlType::f16;
    if (quantized) {
        add("-ctk f16 -ctv f16", [](Settings & s) { s.type_k = s.type_v = GgmlType::f16; });
    } else if (shape.flash_attn) {
        add("-ctk q8_0 -ctv q8_0", [](Settings & s) { s.type_k = s.type_v = GgmlType::q8_0; });
    }
    return out;
}

int64_t saved(uint64_t before, uint64_t after) { return static_cast<int64_t>(before) - static_cast<int64_t>(after); }

std::vector<ComputeLever> measureLevers(const Model & model, const Machine & machine, const Settings & settings,
                                        const Estimate & before, Reserving reserving) {
    std::vector<ComputeLever> levers;
    for (auto & [argument, changed] : candidates(settings, before.context)) {
        const auto after = estimateMemory(model, machine, changed, reserving);
        if (!after || !after->graph.known()) continue;
        ComputeLever lever;
        lever.argument = argument;
        lever.host_saved_bytes = saved(before.host.compute_bytes, after->host.compute_bytes);
        int64_t sum = lever.host_saved_bytes;
        for (size_t i = 0; i < before.devices.size(); ++i) {
            lever.saved_bytes.push_back(saved(before.devices[i].compute_bytes, after->devices[i].compute_bytes));
            sum += lever.saved_bytes.back();
        }
        if (sum > 0) levers.push_back(std::move(lever));
    }
    return levers;
}

}  // namespace

Result<ComputeExplanation> explainCompute(const Model & model, const Machine & machine, const Settings & settings,
                                          Reserving reserving) {
    const auto before = estimateMemory(model, machine, settings, reserving);
    if (!before) return before.error();
    if (!before->graph.known()) {
        return Error{ErrorCode::unsupported, model.architecture_name, before->approximate_because, 0, 0};
    }
    const auto weights = placeWeights(model, machine, settings);
    if (!weights) return weights.error();
    const auto cache = planCache(model, machine, settings, weights->layer_devices);
    if (!cache) return cache.error();
    const auto measured = measuredGraphs(model, machine, settings, *weights, *cache, reserving);
    if (!measured) return measured.error();

    ComputeExplanation out;
    const std::vector<Backend> & backends = measured->front().scheduled.backends;
    for (size_t b = 0; b < backends.size(); ++b) {
        const auto largest = std::max_element(measured->begin(), measured->end(),
                                              [b](const MeasuredGraph & left, const MeasuredGraph & right) {
                                                  return left.reservation.bytes[b] < right.reservation.bytes[b];
                                              });
        if (largest->reservation.bytes[b] == 0) continue;
        ComputePeak peak = PeakReader(*largest).read(b);
        const int32_t device = backends[b].device;
        peak.device = device == kHost ? "host" : machine.devices[static_cast<size_t>(device)].name;
        out.peaks.push_back(std::move(peak));
    }
    out.levers = measureLevers(model, machine, settings, *before, reserving);
    return out;
}

}  // namespace ggufit
