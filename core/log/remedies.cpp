// Remedies for a start that ran out of memory, each counted as a plan: the smallest step of its kind that fits.
#include <algorithm>
#include <cmath>

#include "base/phrase.h"
#include "base/units.h"
#include "log/check.h"
#include "plan/placement.h"
#include "plan/reach.h"
#include "plan/speeds.h"
#include "settings/arguments.h"

namespace ggufit {

namespace {

constexpr uint32_t kLeastContext = 4096;
constexpr uint64_t kMostMargin = 8192;

double mibOf(int64_t bytes) { return static_cast<double>(bytes) / (1024.0 * 1024.0); }

class Search {
  public:
    Search(const Log & log, const Model & model, const Machine & machine, const Settings & settings,
           const Shortfall & shortfall)
        : log_(log), model_(model), machine_(machine), settings_(settings), shortfall_(shortfall) {
        for (size_t i = 0; i < machine.devices.size(); ++i) {
            if (machine.devices[i].name == shortfall.device) position_ = i;
        }
        const auto base = measure(model, machine, settings, Strategy::given);
        if (base) base_need_ = needOf(*base);
        if (base && base->estimate.context.n_ctx > 0) settings_.n_ctx = base->estimate.context.n_ctx;
    }

    std::vector<CheckRemedy> run() {
        microBatch();
        context();
        cacheType();
        fewerLayers();
        margins();
        return std::move(out_);
    }

  private:
    /// Bytes that a placement takes on the device that lacks memory, on all where it is not known.
    [[nodiscard]] uint64_t needOf(const Placement & placement) const {
        if (position_ && *position_ < placement.estimate.devices.size())
            return placement.estimate.devices[*position_].total_bytes();
        return deviceBytes(placement.estimate);
    }

    /// What fits by the count must also make up for what the start lacked beyond it: pools and other programs.
    [[nodiscard]] bool isEnough(const Placement & placement) const {
        if (placement.verdict == Verdict::does_not_fit) return false;
        const uint64_t need = needOf(placement);
        const double saved = base_need_ > need ? static_cast<double>(base_need_ - need) / kMib : 0;
        return saved + 1 >= shortfall_.lacking_mib;
    }

    void add(std::string name, std::string change, std::string text, const Placement & placement) {
        CheckRemedy remedy;
        remedy.name = std::move(name);
        remedy.change = std::move(change);
        remedy.text = std::move(text);
        remedy.verdict = placement.verdict;
        const uint64_t need = needOf(placement);
        remedy.saved_mib = (static_cast<double>(base_need_) - static_cast<double>(need)) / kMib;
        for (const int64_t headroom : placement.headroom_bytes) remedy.headroom_mib.push_back(mibOf(headroom));
        remedy.decode_tokens_per_second = decodeSpeed(model_, machine_, placement);
        remedy.n_ctx = placement.estimate.context.n_ctx;
        remedy.arguments = writeArguments(placement.asked);
        out_.push_back(std::move(remedy));
    }

    bool tryOut(const Settings & changed, const char * name, const std::string & change, const std::string & text) {
        const auto placement = measure(model_, machine_, changed, changed.fit ? Strategy::fit : Strategy::given);
        if (!placement || !isEnough(*placement)) return false;
        add(name, change, text, *placement);
        return true;
    }

    void microBatch() {
        for (uint32_t n = settings_.n_ubatch / 2; n >= 64; n /= 2) {
            Settings changed = settings_;
            changed.n_ubatch = n;
            if (tryOut(changed, "ubatch", "-ub " + std::to_string(n),
                       "a smaller micro-batch; prompts are read more slowly"))
                return;
        }
    }

    void context() {
        if (settings_.n_ctx <= kLeastContext) return;
        const auto slack = [this](const Settings & settings) -> int64_t {
            const auto placement = measure(model_, machine_, settings, Strategy::given);
            if (!placement) return kNoSlack;
            return isEnough(*placement) ? 0 : -1;
        };
        const uint32_t n_ctx = largestContext(settings_, settings_.n_ctx, slack);
        if (n_ctx < kLeastContext || n_ctx >= settings_.n_ctx) return;
        Settings changed = settings_;
        changed.n_ctx = n_ctx;
        markGiven(changed);
        tryOut(changed, "context", "-c " + std::to_string(n_ctx),
               phrase("a context of {} instead of {} tokens", formatCount(n_ctx), formatCount(settings_.n_ctx)));
    }

    void cacheType() {
        if (settings_.flash_attn == FlashAttention::off) return;
        for (const GgmlType type : {GgmlType::q8_0, GgmlType::q4_0}) {
            const TypeTraits & now = traitsOf(settings_.type_k);
            const TypeTraits & then = traitsOf(type);
            if (then.block_bytes * now.block_size >= now.block_bytes * then.block_size) continue;
            Settings changed = settings_;
            changed.type_k = changed.type_v = type;
            const std::string name(then.name);
            if (tryOut(changed, "cache_type", cacheWords(name), cacheText(name, std::string(now.name)))) return;
        }
    }

    static std::string cacheWords(const std::string & type) { return phrase("-ctk {} -ctv {}", type, type); }
    static std::string cacheText(const std::string & type, const std::string & now) {
        return phrase("a cache of {} instead of {}", type, now);
    }

    void fewerLayers() {
        const auto devices = usedDevices(machine_, settings_);
        const auto layers = layerDevices(model_, machine_, settings_);
        if (!devices || !layers || devices->empty()) return;
        if (devices->size() > 1 && position_) {
            moveLayers(*devices, *layers);
            return;
        }
        const auto on_devices = static_cast<int32_t>(
            std::count_if(layers->begin(), layers->end(), [](int32_t device) { return device != kHost; }));
        for (int32_t n = 1; n <= on_devices; ++n) {
            Settings changed = settings_;
            changed.n_gpu_layers = on_devices - n;
            markGiven(changed);
            if (tryOut(changed, "layers", "-ngl " + std::to_string(on_devices - n), layerText(n, "system memory")))
                return;
        }
    }

    /// Layers from the device that lacks memory to that which has most left, by -ts.
    void moveLayers(const std::vector<uint32_t> & devices, const std::vector<int32_t> & layers) {
        std::vector<double> split(devices.size(), 0);
        size_t from = devices.size();
        for (size_t i = 0; i < devices.size(); ++i) {
            split[i] = static_cast<double>(std::count(layers.begin(), layers.end(), static_cast<int32_t>(devices[i])));
            if (devices[i] == *position_) from = i;
        }
        const auto base = measure(model_, machine_, settings_, Strategy::given);
        if (from == devices.size() || !base) return;
        size_t to = from == 0 ? 1 : 0;
        for (size_t i = 0; i < devices.size(); ++i) {
            if (i != from && base->headroom_bytes[devices[i]] > base->headroom_bytes[devices[to]]) to = i;
        }
        for (int32_t n = 1; split[from] - n >= 0; ++n) {
            Settings changed = settings_;
            changed.tensor_split = split;
            changed.tensor_split[from] -= n;
            changed.tensor_split[to] += n;
            markGiven(changed);
            std::string words;
            for (const double share : changed.tensor_split) {
                if (!words.empty()) words += ',';
                words += formatFixed(share, 0);
            }
            if (tryOut(changed, "layers", "-ts " + words, layerText(n, machine_.devices[devices[to]].name))) return;
        }
    }

    [[nodiscard]] std::string layerText(int32_t n, const std::string & where) const {
        const std::string from = shortfall_.device.empty() ? "the GPU" : shortfall_.device;
        return phrase("{}{} fewer on {}, in {} instead", std::to_string(n), n == 1 ? " layer" : " layers", from, where);
    }

    /// --fit with its margins: places by itself.
    void margins() {
        Settings open = openSettings(settings_);
        open.fit_target_mib = settings_.fit_target_mib;
        const bool gave_up = log_.fit.outcome == LogFit::Outcome::failed || !settings_.override_tensors.empty() ||
                             settings_.given_n_gpu_layers || settings_.given_tensor_split;
        for (uint64_t margin = kFitTargetMib; margin <= kMostMargin; margin *= 2) {
            Settings changed = open;
            const bool usual = margin == kFitTargetMib;
            if (!usual) changed.fit_target_mib = {margin};
            const std::string text =
                usual ? "--fit places layers and experts by itself, with its usual margin of 1,024 MiB"
                      : phrase("--fit leaves {} MiB free on each GPU", formatCount(margin));
            if (usual && !gave_up) continue;
            if (tryOut(changed, usual ? "fit" : "margins",
                       usual ? "without -ngl, -ts and -ot" : "-fitt " + std::to_string(margin), text))
                return;
        }
    }

    const Log & log_;
    const Model & model_;
    const Machine & machine_;
    Settings settings_;
    const Shortfall & shortfall_;
    std::optional<size_t> position_;
    uint64_t base_need_ = 0;
    std::vector<CheckRemedy> out_;
};

}  // namespace

std::vector<CheckRemedy> plannedRemedies(const Log & log, const Model & model, const Machine & machine,
                                         const Settings & settings, const Shortfall & shortfall) {
    if (machine.devices.empty() || shortfall.survived) return {};
    return Search(log, model, machine, settings, shortfall).run();
}

}  // namespace ggufit
