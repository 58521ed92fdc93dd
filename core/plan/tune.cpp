// Dynamic programming over devices and layers, then exact measurement of what it proposes.
#include "plan/tune.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <string_view>

#include "base/checked.h"
#include "base/number_pattern.h"
#include "base/phrase.h"
#include "base/sort.h"
#include "base/units.h"
#include "plan/speeds.h"
#include "plan/token_reads.h"
#include "speed/efficiencies.h"

namespace ggufit {

namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr int kMostRounds = 8;  // compute buffers follow the placement: a few rounds settle them
constexpr std::array<std::string_view, 4> kExpertNames = {"ffn_gate_up_exps", "ffn_gate_exps", "ffn_up_exps",
                                                          "ffn_down_exps"};

/// A layer, or the output after the last one, with everything on devices.
struct Item {
    uint64_t fixed_bytes = 0;   // weights but routed experts, and cache
    uint64_t expert_bytes = 0;  // routed experts
    std::array<uint64_t, kExpertNames.size()> expert_parts{};
};

/// Sums over items [0, i).
struct Sums {
    std::vector<uint64_t> fixed, expert;
};

/// The layers of one device: [first, end), the routed experts of [first, experts_end) on it, and of the next layer
/// `parts` of them.
struct Range {
    size_t first = 0, end = 0, experts_end = 0;
    std::array<bool, kExpertNames.size()> parts{};
};

struct Spread {
    size_t host_end = 0;  // items [0, host_end) in system memory
    std::vector<Range> ranges;
};

class Tuner {
  public:
    Tuner(const Model & model, const Machine & machine, const Settings & settings, std::vector<uint32_t> used)
        : model_(model), machine_(machine), base_(settings), used_(std::move(used)), share_(usedExpertShare(model)) {
        base_.fit = false;
        base_.n_gpu_layers = kGpuLayersAll;
        base_.tensor_split.clear();
        base_.override_tensors.clear();
        compute_bytes_.resize(used_.size(), 0);
    }

    /// Bytes by layer. An error is that of the settings.
    Result<bool> prepare();

    /// The best placement found that keeps its margins.
    Result<std::optional<Tuned>> search(const Placement & plan);

  private:
    [[nodiscard]] uint64_t room(size_t position) const {
        const uint64_t budget = budgetBytes(machine_.devices[used_[position]]);
        return saturatingSub(budget, saturatingAdd(marginBytes(base_, position), compute_bytes_[position]));
    }
    [[nodiscard]] double cost(size_t position, size_t first, size_t end) const;
    [[nodiscard]] size_t expertsEnd(uint64_t room_bytes, size_t first, size_t end) const;
    [[nodiscard]] std::optional<Spread> solve() const;
    void fillParts(Range & range, uint64_t room_bytes) const;
    [[nodiscard]] Settings write(const Spread & spread) const;
    bool settle(const Placement & measured);

    const Model & model_;
    const Machine & machine_;
    Settings base_;
    std::vector<uint32_t> used_;
    double share_;
    std::vector<Item> items_;
    Sums sums_;
    std::vector<uint64_t> compute_bytes_;  // by position among the used devices
};

Result<bool> Tuner::prepare() {
    const auto weights = placeWeights(model_, machine_, base_);
    if (!weights) return weights.error();
    const auto cache = planCache(model_, machine_, base_, weights->layer_devices);
    if (!cache) return cache.error();
    items_.assign(weights->layer_devices.size(), Item{});
    for (const PlacedWeight & weight : weights->weights) {
        if (weight.device == kHost) continue;
        const TensorRole & role = model_.roles[weight.tensor];
        const bool in_block = role.block >= 0 && static_cast<size_t>(role.block) + 1 < items_.size();
        Item & item = in_block ? items_[static_cast<size_t>(role.block)] : items_.back();
        if (!role.expert) {
            item.fixed_bytes = saturatingAdd(item.fixed_bytes, weight.bytes);
            continue;
        }
        item.expert_bytes = saturatingAdd(item.expert_bytes, weight.bytes);
        const std::string_view name = model_.file.tensors[weight.tensor].name;
        for (size_t i = 0; i < kExpertNames.size(); ++i) {
            if (name.find(phrase(".{}.", std::string(kExpertNames[i]))) == std::string_view::npos) continue;
            item.expert_parts[i] = saturatingAdd(item.expert_parts[i], weight.bytes);
        }
    }
    for (const CacheTensor & tensor : cache->tensors) {
        if (tensor.device == kHost || tensor.layer >= items_.size()) continue;
        Item & item = items_[tensor.layer];
        item.fixed_bytes = saturatingAdd(item.fixed_bytes, tensor.bytes);
    }
    sums_.fixed.assign(1, 0);
    sums_.expert.assign(1, 0);
    for (const Item & item : items_) {
        sums_.fixed.push_back(saturatingAdd(sums_.fixed.back(), item.fixed_bytes));
        sums_.expert.push_back(saturatingAdd(sums_.expert.back(), item.expert_bytes));
    }
    return true;
}

/// As many whole layers' experts as the room holds, from the first on.
size_t Tuner::expertsEnd(uint64_t room_bytes, size_t first, size_t end) const {
    const auto begin = sums_.expert.begin();
    const auto limit = saturatingAdd(sums_.expert[first], room_bytes);
    const auto past = std::upper_bound(begin + static_cast<std::ptrdiff_t>(first),
                                       begin + static_cast<std::ptrdiff_t>(end) + 1, limit);
    return static_cast<size_t>(past - begin) - 1;
}

/// Time of a token's reads where a device has the items [first, end); infinite where their fixed bytes do not fit.
double Tuner::cost(size_t position, size_t first, size_t end) const {
    if (first == end) return 0;
    const uint64_t fixed = sums_.fixed[end] - sums_.fixed[first];
    const uint64_t all = room(position);
    if (fixed > all) return kNever;
    const size_t experts_end = expertsEnd(all - fixed, first, end);
    const auto experts = static_cast<double>(sums_.expert[experts_end] - sums_.expert[first]) * share_;
    const auto left = static_cast<double>(sums_.expert[end] - sums_.expert[experts_end]) * share_;
    size_t n_apart = 0;
    for (size_t i = experts_end; i < end; ++i) n_apart += items_[i].expert_bytes > 0 ? 1 : 0;
    return (static_cast<double>(fixed) + experts) / deviceBandwidth(machine_, used_[position]) +
           left / hostBandwidth(machine_) + kHostSplitSeconds * static_cast<double>(2 * n_apart + 1);
}

std::optional<Spread> Tuner::solve() const {
    const size_t n = items_.size(), n_devices = used_.size();
    std::vector<std::vector<double>> best(n_devices + 1, std::vector<double>(n + 1, kNever));
    std::vector<std::vector<size_t>> from(n_devices + 1, std::vector<size_t>(n + 1, 0));
    for (size_t end = 0; end < n; ++end) {  // the output alone in system memory is no choice: -ngl counts from it
        best[0][end] = (static_cast<double>(sums_.fixed[end]) + static_cast<double>(sums_.expert[end]) * share_) /
                       hostBandwidth(machine_);
    }
    for (size_t d = 0; d < n_devices; ++d) {
        for (size_t first = 0; first <= n; ++first) {
            if (best[d][first] == kNever) continue;
            for (size_t end = first; end <= n; ++end) {
                const double one = cost(d, first, end);
                if (one == kNever) break;  // more layers do not fit either
                if (best[d][first] + one >= best[d + 1][end]) continue;
                best[d + 1][end] = best[d][first] + one;
                from[d + 1][end] = first;
            }
        }
    }
    if (best[n_devices][n] == kNever) return std::nullopt;
    Spread spread;
    spread.ranges.resize(n_devices);
    size_t end = n;
    for (size_t d = n_devices; d-- > 0;) {
        Range & range = spread.ranges[d];
        range.end = end;
        range.first = end = from[d + 1][end];
        const uint64_t left = saturatingSub(room(d), sums_.fixed[range.end] - sums_.fixed[range.first]);
        range.experts_end = expertsEnd(left, range.first, range.end);
        fillParts(range, left - (sums_.expert[range.experts_end] - sums_.expert[range.first]));
    }
    spread.host_end = end;
    return spread;
}

/// Of the first layer whose experts do not fit whole, the largest tensors that do.
void Tuner::fillParts(Range & range, uint64_t room_bytes) const {
    if (range.experts_end >= range.end) return;
    const Item & item = items_[range.experts_end];
    const auto larger = [&](uint32_t a, uint32_t b) { return item.expert_parts[a] > item.expert_parts[b]; };
    for (const uint32_t part : sortedPositions(item.expert_parts.size(), larger)) {
        if (item.expert_parts[part] == 0 || item.expert_parts[part] > room_bytes) continue;
        range.parts[part] = true;
        room_bytes -= item.expert_parts[part];
    }
}

Settings Tuner::write(const Spread & spread) const {
    Settings settings = base_;
    settings.n_gpu_layers = static_cast<int32_t>(items_.size() - spread.host_end);
    std::vector<uint32_t> apart;
    for (size_t d = 0; d < spread.ranges.size(); ++d) {
        const Range & range = spread.ranges[d];
        if (used_.size() > 1) settings.tensor_split.push_back(static_cast<double>(range.end - range.first));
        size_t whole = range.experts_end;
        if (std::find(range.parts.begin(), range.parts.end(), true) != range.parts.end()) {
            std::string names;
            for (size_t part = 0; part < kExpertNames.size(); ++part) {
                if (range.parts[part] || items_[whole].expert_parts[part] == 0) continue;
                names += (names.empty() ? "" : "|") + std::string(kExpertNames[part]);
            }
            settings.override_tensors.push_back({phrase("blk\\.{}\\.({})\\.", std::to_string(whole), names), "CPU"});
            ++whole;
        }
        for (size_t il = whole; il < range.end; ++il) {
            if (items_[il].expert_bytes > 0) apart.push_back(static_cast<uint32_t>(il));
        }
    }
    if (!apart.empty()) {
        settings.override_tensors.push_back({phrase("blk\\.{}{}", numberPattern(apart), kBlockExperts), "CPU"});
    }
    markGiven(settings);
    return settings;
}

/// Takes over the compute buffers of a measured placement, and what the sums missed. False where nothing changed.
bool Tuner::settle(const Placement & measured) {
    bool changed = false;
    for (size_t d = 0; d < used_.size(); ++d) {
        const uint32_t device = used_[d];
        uint64_t compute = measured.estimate.devices[device].compute_bytes;
        const int64_t short_of = static_cast<int64_t>(marginBytes(base_, d)) - measured.headroom_bytes[device];
        if (short_of > 0) {
            compute = std::max(compute, saturatingAdd(compute_bytes_[d], static_cast<uint64_t>(short_of)));
        } else if (compute < compute_bytes_[d]) {
            compute = compute_bytes_[d];  // a smaller buffer may be that of fewer layers: never back
        }
        changed |= compute != compute_bytes_[d];
        compute_bytes_[d] = compute;
    }
    return changed;
}

Result<std::optional<Tuned>> Tuner::search(const Placement & plan) {
    const double now = decodeSpeed(model_, machine_, plan);
    if (now <= 0) return std::optional<Tuned>();
    for (size_t d = 0; d < used_.size(); ++d) compute_bytes_[d] = plan.estimate.devices[used_[d]].compute_bytes;
    std::optional<Tuned> found;
    for (int round = 0; round < kMostRounds; ++round) {
        const auto spread = solve();
        if (!spread) break;
        auto placement = measure(model_, machine_, write(*spread), Strategy::given);
        if (!placement) return placement.error();
        bool keeps_margins = placement->host_headroom_bytes >= 0;
        for (size_t d = 0; d < used_.size(); ++d) {
            const int64_t margin = static_cast<int64_t>(marginBytes(base_, d));
            keeps_margins &= !placement->used[used_[d]] || placement->headroom_bytes[used_[d]] >= margin;
        }
        if (keeps_margins) {
            const double speed = decodeSpeed(model_, machine_, *placement);
            if (!found || speed > found->tokens_per_second) found = Tuned{*placement, speed, speed / now - 1};
        }
        if (!settle(*placement) || (keeps_margins && round >= kMostRounds / 2)) break;
    }
    return found;
}

}  // namespace

Result<std::optional<Tuned>> tunePlacement(const Model & model, const Machine & machine, const Settings & settings,
                                           const Placement & plan) {
    auto used = usedDevices(machine, settings);
    if (!used) return used.error();
    const bool by_layers = settings.split_mode == SplitMode::layer && settings.kv_offload;
    if (used->empty() || !by_layers || !plan.estimate.graph.known()) return std::optional<Tuned>();
    Tuner tuner(model, machine, settings, std::move(*used));
    const auto ready = tuner.prepare();
    if (!ready) return ready.error();
    return tuner.search(plan);
}

}  // namespace ggufit
