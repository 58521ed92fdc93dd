// Steps 1 and 2 of --fit (common/fit.cpp, common_params_fit_impl), and what makes it give up.
#include "fit/search.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "base/phrase.h"
#include "base/units.h"
#include "fit/layers.h"

namespace ggufit {

namespace {

constexpr uint32_t kContextMultiple = 256;  // a reduced context is rounded down to this

/// The whole search: the settings as they change, and the words for it.
class Search {
  public:
    explicit Search(const FitProblem & problem) : problem_(problem), settings_(problem.settings) {}

    Result<FitResult> run();

  private:
    [[nodiscard]] bool meetsTargets() const;
    bool reduceContext(std::string & failure, bool & done);
    bool interpolateContext(std::string & failure, bool & done);
    [[nodiscard]] std::string refusal() const;
    [[nodiscard]] std::string changes() const;
    void measureTotals();
    FitResult finish(FitStatus status, std::string reason);
    void say(std::string text) { trace_.push_back(std::move(text)); }

    [[nodiscard]] size_t n_devices() const { return problem_.devices.size(); }

    const FitProblem & problem_;
    Settings settings_;
    TrialMemory initial_;
    int64_t sum_free_ = 0, sum_used_ = 0, sum_model_ = 0, sum_margins_ = 0;
    std::vector<std::string> trace_;
};

/// Sums over the devices, or the host where there is none.
void Search::measureTotals() {
    if (n_devices() == 0) {
        sum_free_ = problem_.host_total_bytes;
        sum_used_ = initial_.host_bytes;
        sum_margins_ = problem_.host_margin_bytes;
        say(phrase(
            "No device: needs {} MiB of system memory{}", signedMib(sum_used_),
            sum_free_ == 0 ? ", whose size is not known." : phrase(", which has {} MiB.", signedMib(sum_free_))));
        return;
    }
    initial_.device_bytes.resize(n_devices(), 0);
    initial_.device_model_bytes.resize(n_devices(), 0);
    for (size_t id = 0; id < n_devices(); ++id) {
        const FitDevice & device = problem_.devices[id];
        const int64_t used = initial_.device_bytes[id];
        sum_free_ += device.free_bytes;
        sum_used_ += used;
        sum_model_ += initial_.device_model_bytes[id];
        sum_margins_ += device.margin_bytes;
        say(phrase("{} as given: needs {} MiB of {} MiB free, leaves {} MiB; {} MiB are to stay free.", device.name,
                   signedMib(used), signedMib(device.free_bytes), signedMib(device.free_bytes - used),
                   signedMib(device.margin_bytes)));
    }
}

bool Search::meetsTargets() const {
    if (n_devices() == 0) return sum_free_ == 0 || sum_free_ - sum_used_ >= sum_margins_;
    for (size_t id = 0; id < n_devices(); ++id) {
        const FitDevice & device = problem_.devices[id];
        if (device.free_bytes - initial_.device_bytes[id] < device.margin_bytes) return false;
    }
    return true;
}

/// Step 2. False where it can't go on; `done` where a smaller context is all that is needed.
bool Search::reduceContext(std::string & failure, bool & done) {
    const int64_t surplus = sum_free_ - sum_used_ - sum_margins_;
    if (surplus >= 0) {
        say("In total there is enough memory; the layers have to be spread differently.");
        return true;
    }
    say(phrase("In total {} MiB are lacking.", signedMib(-surplus)));
    if (settings_.n_ctx != 0) {
        say(phrase("The context was given as {} tokens and stays.", formatCount(settings_.n_ctx)));
        return true;
    }
    if (problem_.n_ctx_train <= problem_.n_ctx_min) {
        say(problem_.n_ctx_min == kFitCtxFull
                ? phrase("-c 0 asks for the full context of {} tokens, so it stays.", formatCount(problem_.n_ctx_train))
                : phrase("The trained context of {} tokens is not above the minimum of {} (-fitc), so it stays.",
                         formatCount(problem_.n_ctx_train), formatCount(problem_.n_ctx_min)));
        return true;
    }
    return interpolateContext(failure, done);
}

bool Search::interpolateContext(std::string & failure, bool & done) {
    const uint32_t n_min = problem_.n_ctx_min;
    const uint32_t n_train = problem_.n_ctx_train;
    int64_t target = sum_free_ - sum_margins_;
    if (n_devices() > 1) {
        // Whole layers (dense) or tensors (experts, a third of a layer at most) are what can be placed: half of one is
        // lost on each device on average, and one more is kept in hand.
        const uint32_t n_offloaded = std::min(static_cast<uint32_t>(settings_.n_gpu_layers), problem_.n_layer);
        if (n_offloaded == 0) {
            failure = "no layer is on a device, so none of their memory can be saved";
            return false;
        }
        const int64_t model_per_layer = sum_model_ / n_offloaded;
        target -= static_cast<int64_t>(n_devices() + 1) * model_per_layer / (problem_.n_expert == 0 ? 2 : 6);
    }
    settings_.n_ctx = n_min;
    const Result<TrialMemory> smallest = problem_.memory(settings_);
    if (!smallest) {
        failure = smallest.error().text();
        return false;
    }
    int64_t used_min = n_devices() == 0 ? smallest->host_bytes : 0;
    for (size_t id = 0; id < n_devices() && id < smallest->device_bytes.size(); ++id)
        used_min += smallest->device_bytes[id];

    if (target <= used_min) {
        say(phrase(
            "Context reduced from {} to the minimum of {} tokens (-fitc): needs {} MiB less, which is not enough.",
            formatCount(n_train), formatCount(n_min), signedMib(sum_used_ - used_min)));
        return true;
    }
    const int64_t n_more = wrappedRatio(int64_t{n_train} - n_min, target - used_min, sum_used_ - used_min);
    const uint32_t n_ctx = static_cast<uint32_t>(n_min + static_cast<uint64_t>(n_more));
    settings_.n_ctx = std::max(n_ctx - n_ctx % kContextMultiple, n_min);
    done = n_devices() <= 1;
    say(phrase("Context reduced from {} to {} tokens, since {} need {} MiB, {} need {} MiB and {} MiB are there{}",
               formatCount(n_train), formatCount(settings_.n_ctx), formatCount(n_train), signedMib(sum_used_),
               formatCount(n_min), signedMib(used_min), signedMib(target),
               done ? ": all of the model then fits." : ": all of the model should then fit when it is spread well."));
    return true;
}

/// Which argument --fit would have to change although it was given; empty where none.
std::string Search::refusal() const {
    if (n_devices() == 0) {
        return "the model does not fit system memory, and only a smaller context (-c left out, or a smaller one) "
               "could change that";
    }
    if (settings_.n_gpu_layers != kGpuLayersAuto) {
        const std::string given =
            settings_.n_gpu_layers == kGpuLayersAll ? "all" : std::to_string(settings_.n_gpu_layers);
        return phrase("-ngl {} was given; leave it out to let --fit choose", given);
    }
    if (n_devices() > 1) {
        const size_t n_given = std::min(n_devices(), settings_.tensor_split.size());
        for (size_t id = 0; id < n_given; ++id) {
            if (settings_.tensor_split[id] != 0) return "-ts was given; leave it out to let --fit choose";
        }
        if (settings_.split_mode == SplitMode::row) {
            return "-sm row can't be combined with a placement by --fit; use -sm layer";
        }
    }
    if (!settings_.override_tensors.empty()) {
        return "-ot, -cmoe or -ncmoe was given; leave it out to let --fit choose";
    }
    return {};
}

std::string Search::changes() const {
    std::string text;
    if (settings_.n_ctx != problem_.settings.n_ctx) text = "context " + formatCount(settings_.n_ctx);
    if (settings_.n_gpu_layers != problem_.settings.n_gpu_layers) {
        const uint32_t n_all = problem_.n_layer + 1;
        text += phrase("{}{} of {} layers on devices", text.empty() ? "" : ", ",
                       formatCount(static_cast<uint32_t>(settings_.n_gpu_layers)), formatCount(n_all));
        for (size_t id = 0; id < n_devices() && n_devices() > 1 && id < settings_.tensor_split.size(); ++id) {
            text += (id == 0 ? " (" : " + ") + formatCount(static_cast<uint64_t>(settings_.tensor_split[id]));
            if (id + 1 == n_devices()) text += ")";
        }
        if (!settings_.override_tensors.empty()) {
            text += phrase(", {} of them without all of their experts", formatCount(settings_.override_tensors.size()));
        }
    }
    return text;
}

FitResult Search::finish(FitStatus status, std::string reason) {
    FitResult result;
    result.status = status;
    result.reason = std::move(reason);
    result.n_ctx = settings_.n_ctx;
    result.n_gpu_layers = settings_.n_gpu_layers;
    if (settings_.tensor_split != problem_.settings.tensor_split) {
        for (const double share : settings_.tensor_split) result.tensor_split.push_back(static_cast<uint32_t>(share));
    }
    if (settings_.override_tensors != problem_.settings.override_tensors) {
        result.override_tensors = settings_.override_tensors;
    }
    result.settings = settings_;
    result.settings.fit = false;
    say(result.reason);
    result.trace = std::move(trace_);
    return result;
}

Result<FitResult> Search::run() {
    if (settings_.split_mode == SplitMode::tensor) {
        return finish(FitStatus::failure, "--fit gave up: it can't place anything with -sm tensor; use -sm layer.");
    }
    Result<TrialMemory> memory = problem_.memory(settings_);
    if (!memory) return memory.error();
    initial_ = std::move(*memory);
    if (n_devices() == 0 && !hasRule(settings_.llama_cpp, LlamaRule::fit_without_gpu))
        return finish(FitStatus::success, "No changes: there is no device with memory of its own.");
    measureTotals();
    if (meetsTargets()) return finish(FitStatus::success, "No changes needed: the memory to leave free stays free.");

    std::string failure;
    bool done = false;
    if (!reduceContext(failure, done)) return finish(FitStatus::failure, phrase("--fit gave up: {}.", failure));
    if (!done) {
        failure = refusal();
        if (failure.empty()) spreadLayers(problem_, settings_, trace_, failure);
        if (!failure.empty()) return finish(FitStatus::failure, phrase("--fit gave up: {}.", failure));
    }
    return finish(FitStatus::success, phrase("--fit chose: {}.", changes()));
}

}  // namespace

Result<FitResult> searchFit(const FitProblem & problem) { return Search(problem).run(); }

int64_t wrappedRatio(int64_t a, int64_t b, int64_t c) {
    const auto product = static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
    if (c == 0 || (c == -1 && product == std::numeric_limits<int64_t>::min())) return 0;
    return product / c;
}

std::string signedMib(int64_t bytes) {
    const int64_t mib = bytes / static_cast<int64_t>(kMib);
    const std::string digits = formatCount(mib < 0 ? static_cast<uint64_t>(-mib) : static_cast<uint64_t>(mib));
    return mib < 0 ? "-" + digits : digits;
}

}  // namespace ggufit
