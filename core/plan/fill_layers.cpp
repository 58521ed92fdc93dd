// Halves the number of layers until they fit, and shifts layers between devices on the way.
#include "plan/fill_layers.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <vector>

#include "base/checked.h"
#include "base/sort.h"
#include "placement/weights.h"
#include "plan/choose.h"

namespace ggufit {

namespace {

constexpr size_t kMostShifts = 40;  // of one number of layers; a handful settles it

using Counts = std::vector<uint32_t>;  // layers by used device, the output layer among the last one's

class Filler {
  public:
    Filler(const Model & model, const Machine & machine, const Settings & settings, std::vector<uint32_t> used)
        : model_(model), machine_(machine), settings_(settings), used_(std::move(used)) {
        settings_.fit = false;
    }

    Result<Placement> fill() {
        for (const uint32_t position : bySpeed()) {
            auto alone = measureAlone(model_, machine_, settings_, position);
            if (!alone) return alone.error();
            alone->asked.fit = false;
            if (leavesMargins(*alone, settings_, position, used_[position])) return alone;
        }
        const uint32_t all = std::min(model_.hparams.n_layer_all, kMaxLayers) + 1;  // with the output layer
        auto best = settle(all);
        if (!best) return best.error();
        std::optional<Placement> most;
        uint32_t fits = 0, too_many = all;
        while (!best->has_value() && fits + 1 < too_many) {
            const uint32_t total = fits + (too_many - fits) / 2;
            auto placement = settle(total);
            if (!placement) return placement.error();
            if (placement->has_value()) {
                fits = total;
                most = std::move(**placement);
            } else {
                too_many = total;
            }
        }
        if (best->has_value()) return std::move(**best);
        if (most) return std::move(*most);
        return measureCounts(Counts(used_.size(), 0));
    }

  private:
    [[nodiscard]] std::vector<uint32_t> bySpeed() const {
        std::vector<uint32_t> positions(used_.size());
        std::iota(positions.begin(), positions.end(), 0U);
        stableSort(positions, [&](uint32_t a, uint32_t b) {
            return machine_.devices[used_[a]].bandwidth_gb_s > machine_.devices[used_[b]].bandwidth_gb_s;
        });
        return positions;
    }

    Result<Placement> measureCounts(const Counts & counts) {
        Settings trial = settings_;
        trial.n_gpu_layers = static_cast<int32_t>(std::accumulate(counts.begin(), counts.end(), 0U));
        trial.tensor_split.clear();
        if (counts.size() > 1 && trial.n_gpu_layers > 0) trial.tensor_split.assign(counts.begin(), counts.end());
        markGiven(trial);
        return measure(model_, machine_, trial, Strategy::given);
    }

    /// Shares by free memory under the margins, which sum to `total`.
    [[nodiscard]] Counts startingCounts(uint32_t total) const {
        std::vector<double> room;
        for (size_t i = 0; i < used_.size(); ++i) {
            const uint64_t budget = budgetBytes(machine_.devices[used_[i]]);
            room.push_back(static_cast<double>(saturatingSub(budget, marginBytes(settings_, i))));
        }
        const double sum = std::accumulate(room.begin(), room.end(), 0.0);
        Counts counts(used_.size(), 0);
        uint32_t given = 0;
        for (size_t i = 0; i < used_.size() && sum > 0; ++i) {
            counts[i] = std::min(static_cast<uint32_t>(room[i] / sum * total), total - given);
            given += counts[i];
        }
        const auto most = std::max_element(room.begin(), room.end());
        counts[static_cast<size_t>(most - room.begin())] += total - given;
        return counts;
    }

    /// A spread of so many layers that keeps all margins; nothing where shifting layers finds none.
    Result<std::optional<Placement>> settle(uint32_t total) {
        Counts counts = startingCounts(total);
        std::set<Counts> tried;
        while (tried.size() < kMostShifts && tried.insert(counts).second) {
            auto placement = measureCounts(counts);
            if (!placement) return placement.error();
            size_t worst = 0, best = 0;
            std::vector<int64_t> left;
            for (size_t i = 0; i < used_.size(); ++i) {
                const auto margin = static_cast<int64_t>(std::min<uint64_t>(marginBytes(settings_, i), INT64_MAX / 2));
                const bool holds = placement->used[used_[i]];
                left.push_back(placement->headroom_bytes[used_[i]] - (holds ? margin : 0));
                if (left[i] < left[worst]) worst = i;
                if (left[i] > left[best]) best = i;
            }
            if (left[worst] >= 0) return std::optional<Placement>(std::move(*placement));
            if (left[best] <= 0 || counts[worst] == 0) break;
            const DeviceEstimate & device = placement->estimate.devices[used_[worst]];
            const uint64_t layer = (device.model_bytes + device.context_bytes) / counts[worst];
            const auto lacking = static_cast<uint64_t>(-left[worst]);
            const uint64_t wanted = layer == 0 ? 1 : std::max<uint64_t>(1, lacking / layer);
            const auto shift = static_cast<uint32_t>(std::min<uint64_t>(wanted, counts[worst]));
            counts[worst] -= shift;
            counts[best] += shift;
        }
        return std::optional<Placement>();
    }

    const Model & model_;
    const Machine & machine_;
    Settings settings_;
    std::vector<uint32_t> used_;
};

}  // namespace

Result<Placement> fillLayers(const Model & model, const Machine & machine, const Settings & settings) {
    auto used = usedDevices(machine, settings);
    if (!used) return used.error();
    if (used->empty()) {
        Settings host = settings;
        host.fit = false;
        return measure(model, machine, host, Strategy::cpu);
    }
    return Filler(model, machine, settings, std::move(*used)).fill();
}

}  // namespace ggufit
