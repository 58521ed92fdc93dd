// Adds up the time of a token's operations by device, and of what stands between them.
#include "speed/speed.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/checked.h"
#include "base/phrase.h"
#include "base/sort.h"
#include "machine/ram_bandwidth.h"
#include "placement/cache.h"
#include "placement/weights.h"
#include "sched/reserve.h"
#include "speed/efficiencies.h"
#include "speed/work.h"

namespace ggufit {

namespace {

constexpr double kGb = 1e9;
constexpr double kMostBandwidth = 0.97;  // of the peak, whatever the factors say
constexpr double kBesideWeights = 7e8;   // bytes of a card that neither weights nor cache have: driver, compute buffers
constexpr double kLongestSeconds = 1e6;

/// What the estimate knows of one device, or of the host.
struct Place {
    std::string name;                                                                   // "CUDA0"; empty for the host
    double bytes_a_second = 0;                                                          // that products of f16 reach
    Efficiency efficiency;                                                              // of devices
    double core_operations = 0;                                                         // a second; 0: no limit
    double held = 0;                                                                    // bytes of weights and caches
    double read = 0;                                                                    // and of them with a token
    double weights = 0, experts = 0, cache = 0, other = 0, launches = 0, overflow = 0;  // seconds of a token
    double threads = 0;                                                                 // of the host
    double operations = 0, host_weights = 0;  // of a prompt's token: operations, bytes of its weights in use
};

class Clock {
  public:
    Clock(const Machine & machine, const Settings & settings) : machine_(machine), settings_(settings) {}

    SpeedEstimate run(const WeightPlan & weights, const CachePlan & cache, const ScheduledGraph & decode,
                      uint32_t fill_tokens) {
        estimate_.fill_tokens = std::min(fill_tokens, cache.shape.n_ctx_seq);
        work_ = tokenWork(decode, machine_.devices.size(), cache.shape.n_seq_max, estimate_.fill_tokens);
        describePlaces(weights, cache);
        if (settings_.split_mode == SplitMode::row || settings_.split_mode == SplitMode::tensor)
            assume("each tensor is taken to lie on one device, whatever -sm says");
        for (const Work & step : work_.steps) addStep(step);
        for (Place & place : places_) addOverflow(place);
        finish(cache.shape.n_ubatch);
        return std::move(estimate_);
    }

  private:
    Place & at(int32_t device) { return device == kHost ? places_.back() : places_[static_cast<size_t>(device)]; }
    [[nodiscard]] bool isHost(const Place & place) const { return &place == &places_.back(); }
    [[nodiscard]] bool runs(size_t i) const { return work_.splits[i] > 0; }

    void assume(std::string what) { estimate_.assumed.push_back(std::move(what)); }

    void describePlaces(const WeightPlan & weights, const CachePlan & cache) {
        for (size_t i = 0; i < machine_.devices.size(); ++i) {
            const Device & device = machine_.devices[i];
            Place place;
            place.name = device.name.empty() ? "GPU " + std::to_string(i) : device.name;
            place.efficiency = efficiencyOf(device);
            place.core_operations = coreOperations(device);
            double peak = device.bandwidth_gb_s * kGb;
            if (!(peak > 0) || !std::isfinite(peak)) {
                peak = kUnknownDeviceBytes;
                if (runs(i))
                    assume(phrase("the memory bandwidth of {} is not known and taken as 400 GB/s", place.name));
            }
            if (runs(i) && !place.efficiency.known) assume(phrase("what kind of GPU {} is, is not known", place.name));
            place.bytes_a_second = peak * place.efficiency.device.bandwidth;
            places_.push_back(std::move(place));
        }
        Place host;
        host.bytes_a_second = hostReadBytes(machine_.host);
        host.threads = threads();
        places_.push_back(std::move(host));
        for (const PlacedWeight & weight : weights.weights) at(weight.device).held += static_cast<double>(weight.bytes);
        for (const CacheTensor & tensor : cache.tensors) at(tensor.device).held += static_cast<double>(tensor.bytes);
    }

    void addStep(const Work & step) {
        Place & place = at(step.device);
        if (step.kind != WorkKind::other) place.read += static_cast<double>(step.bytes);
        place.operations += step.operations / (step.kind == WorkKind::experts ? kPromptExperts : 1);
        if (step.device == kHost) return addHostStep(place, step);
        const Efficiency & e = place.efficiency;
        const auto type = static_cast<size_t>(typeGroup(step.type));
        const double share = e.kernels.types[type];
        const double most = place.bytes_a_second / e.device.bandwidth * kMostBandwidth;
        const auto seconds = [&](double factor) {
            return static_cast<double>(step.bytes) / std::min(most, place.bytes_a_second * factor);
        };
        const auto product = [&](double factor) {
            if (!(place.core_operations > 0)) return seconds(factor);
            return std::hypot(seconds(factor), step.weights * kCoreWeight[type] / place.core_operations);
        };
        double kernels = 1;
        switch (step.kind) {
            case WorkKind::weights:
                place.weights += product(share);
                kernels = kProductKernels;
                break;
            case WorkKind::experts: {
                const bool bf16 = typeGroup(step.type) == TypeGroup::bf16;
                place.experts += product(share * (bf16 ? e.kernels.bf16_experts : e.kernels.experts));
                kernels = kExpertKernels;
                break;
            }
            case WorkKind::cache: {
                const double peak = place.bytes_a_second / e.device.bandwidth;
                const double converts = traitsOf(step.type).quantized ? kQuantizedAttention : 1;
                place.cache +=
                    seconds(e.kernels.cache) + step.operations / (peak * e.device.attention_operations * converts);
                kernels = kAttentionKernels;
                break;
            }
            case WorkKind::other: place.other += seconds(1); break;
        }
        place.launches += (step.fused ? kFusedKernels : kernels) * e.device.launch_seconds;
    }

    /// As many as -t says, else as many as such memory usually comes with.
    [[nodiscard]] double threads() const {
        if (settings_.n_threads > 0) return settings_.n_threads;
        return kThreadsOfChannel * std::max(2.0, ramBandwidth(machine_.host).channels);
    }

    void addHostStep(Place & host, const Work & step) {
        const auto bytes = static_cast<double>(step.bytes);
        const double rate = kThreadWeights[static_cast<size_t>(typeGroup(step.type))];
        const double multiplied = step.weights / (host.threads * rate);
        switch (step.kind) {
            case WorkKind::weights:
                host.weights += std::max(multiplied, bytes / (host.bytes_a_second * kHostWeights));
                host.host_weights += bytes;
                break;
            case WorkKind::experts:
                host.experts += std::max(multiplied, bytes / (host.bytes_a_second * kHostExperts));
                host.host_weights += bytes;
                break;
            case WorkKind::cache: host.cache += bytes / (host.bytes_a_second * kHostExperts); break;
            case WorkKind::other: host.other += bytes / host.bytes_a_second; break;
        }
        host.launches += kHostOperationSeconds;
    }

    /// What a place cannot hold is read from further away with every token: over the link, where the driver lets a card
    /// spill, or from disk.
    void addOverflow(Place & place) {
        if (!(place.read > 0) || !(place.held > 0)) return;
        if (isHost(place)) {
            const double room = static_cast<double>(machine_.host.total_mib) * 1048576 - kHostOwnBytes;
            if (machine_.host.total_mib == 0 || place.held <= room) return;
            place.overflow = std::min(1.0, (place.held - room) / place.held) * place.host_weights / kDiskBytes;
            return assume("what system memory cannot hold is read from disk");
        }
        const Device & device = machine_.devices[static_cast<size_t>(&place - places_.data())];
        const double over = place.held + kBesideWeights - static_cast<double>(device.total_mib) * 1048576;
        if (over <= 0 || device.unified_memory || device.backend != "CUDA") return;
        // of what is spilled, a token reads as much as of the rest
        place.overflow = over * std::min(1.0, place.read / place.held) / (linkBytes(device) * kSpilledReads);
        assume(phrase("what {} cannot hold is read from system memory by its driver, where it does not refuse",
                      place.name));
    }

    [[nodiscard]] double handoverSeconds() const {
        uint32_t gpus = 0, gpu_splits = 0;
        for (size_t i = 0; i + 1 < work_.splits.size(); ++i) {
            gpus += work_.splits[i] > 0 ? 1 : 0;
            gpu_splits += work_.splits[i];
        }
        const uint32_t host_splits = work_.splits.back();
        if (gpus == 0) return 0;
        // one split for each device and one of the host are in the constants of a token and of a further GPU
        const uint32_t with_host = host_splits > 1 ? 2 * (host_splits - 1) : 0;
        const uint32_t between = gpu_splits > gpus + with_host / 2 ? gpu_splits - gpus - with_host / 2 : 0;
        return kHopSeconds * (gpus - 1) + kHostSplitSeconds * with_host + kGpuSplitSeconds * between;
    }

    /// What RPC servers add to a token: their answers, and what is handed over the network.
    [[nodiscard]] double networkSeconds() const {
        const auto isRemote = [&](int32_t device) {
            return device != kHost && machine_.devices[static_cast<size_t>(device)].backend == "RPC";
        };
        double seconds = 0;
        for (size_t i = 0; i + 1 < work_.splits.size(); ++i) {
            if (work_.splits[i] > 0 && isRemote(static_cast<int32_t>(i))) seconds += kRpcSeconds;
        }
        for (const Crossing & crossing : work_.crossings) {
            for (const int32_t end : {crossing.from, crossing.to}) {
                if (!isRemote(end)) continue;
                const double link = machine_.devices[static_cast<size_t>(end)].link_gb_s * 1e9;
                seconds += static_cast<double>(crossing.bytes) / (link > 0 ? link : kRpcBytes);
            }
        }
        return seconds;
    }

    void finish(uint32_t n_ubatch);
    void addPart(std::string name, double seconds) {
        if (seconds > 0) estimate_.parts.push_back({std::move(name), seconds});
    }
    void addParts();
    void setRange(double seconds);
    [[nodiscard]] double promptSeconds(uint32_t n_ubatch) const;

    const Machine & machine_;
    const Settings & settings_;
    TokenWork work_;
    std::vector<Place> places_;  // as Machine::devices, then the host
    SpeedEstimate estimate_;
};

void Clock::addParts() {
    double launches = 0;
    for (const Place & place : places_) {
        const bool host = isHost(place);
        const std::string where = host ? "system memory" : place.name;
        addPart("expert weights read from " + where, place.experts);
        addPart("weights read from " + where, place.weights);
        addPart("attention over the cache on " + (host ? "the processor" : place.name), place.cache);
        addPart("other operations on " + (host ? "the processor" : place.name), place.other);
        addPart(
            host ? "reading from disk what system memory cannot hold" : phrase("reading what {} cannot hold", where),
            place.overflow);
        launches += place.launches;
    }
    addPart("launching operations", launches + kTokenSeconds);
    addPart("handing over between devices", handoverSeconds());
    addPart("the network", networkSeconds());
    stableSort(estimate_.parts, [](const SpeedPart & a, const SpeedPart & b) { return a.seconds > b.seconds; });
}

/// Four of five published measurements of a kind lie in such a range around what is predicted by a law that has seen
/// none of their source; it is wider for devices of which there are none, and for what was assumed.
void Clock::setRange(double seconds) {
    double low = 0.77, high = 1.15;
    uint32_t gpus = 0;
    bool measured = true;
    for (size_t i = 0; i < machine_.devices.size(); ++i) {
        if (!runs(i)) continue;
        ++gpus;
        measured = measured && places_[i].efficiency.device.measured;
    }
    const Place & host = places_.back();
    const bool on_host = host.weights + host.experts > 0.1 * seconds;
    if (gpus > 1) low = 0.54, high = 1.25;
    if (on_host) {
        low = 0.55, high = 1.45;
        const RamBandwidth ram = ramBandwidth(machine_.host);
        if (ram.read_gb_s <= 0)
            assume("the speed of system memory is not given and taken as 57 GB/s, between DDR4-3200 and DDR5-5600");
        if (ram.slowed) assume("two sticks of DDR5 a channel are taken to run at 4000 MT/s, below their rate");
    }
    if (!measured) low *= 0.8, high *= 1.2;
    if (!estimate_.assumed.empty()) low *= 0.8, high *= 1.25;
    estimate_.decode_low = estimate_.decode_tokens_per_second * low;
    estimate_.decode_high = estimate_.decode_tokens_per_second * high;
}

/// Of one token of a prompt, in batches of n_ubatch: operations, and weights of system memory that are copied to a
/// device for each batch or multiplied by the processor.
double Clock::promptSeconds(uint32_t n_ubatch) const {
    const double batch = std::max(n_ubatch, 1U);
    double seconds = 0;
    double link = 0;
    for (size_t i = 0; i < machine_.devices.size(); ++i) {
        const Place & place = places_[i];
        if (!runs(i)) continue;
        const double peak = place.bytes_a_second / place.efficiency.device.bandwidth;
        seconds += place.operations / (peak * place.efficiency.device.prompt_operations);
        // a batch reads what its tokens need once: of experts all, where it is large
        seconds += std::min(place.held, batch * place.read) / place.bytes_a_second / batch;
        seconds += (place.launches + place.overflow) / batch;
        if (link == 0 && !machine_.devices[i].unified_memory) link = linkBytes(machine_.devices[i]);
    }
    const Place & host = places_.back();
    const double processor = host.operations / kHostPromptOperations;
    const bool copied = link > 0 && settings_.op_offload && batch >= 32;
    const double rate = std::min(link * kCopiedWeights, host.bytes_a_second * kCopiedOfRam);
    const double copies = copied ? host.held / rate / batch : processor;
    return seconds + std::min(processor, copies) + kTokenSeconds / batch;
}

void Clock::finish(uint32_t n_ubatch) {
    addParts();
    double seconds = 0;
    for (const SpeedPart & part : estimate_.parts) seconds += part.seconds;
    const auto factor = [](double given) { return isCalibration(given) ? given : 1.0; };
    const double scale = factor(machine_.calibration.decode);
    for (SpeedPart & part : estimate_.parts) part.seconds /= scale;
    seconds = std::clamp(seconds / scale, 1e-7, kLongestSeconds);
    estimate_.decode_tokens_per_second = 1 / seconds;
    estimate_.prompt_tokens_per_second =
        factor(machine_.calibration.prompt) / std::clamp(promptSeconds(n_ubatch), 1e-9, kLongestSeconds);
    setRange(seconds);
    const SpeedPart & largest = estimate_.parts.front();
    estimate_.bound_by =
        phrase("{} % of the time is {}", std::to_string(static_cast<int>(std::lround(100 * largest.seconds / seconds))),
               largest.name);
    if (scale != 1) estimate_.bound_by += "; calibrated by a measurement on this machine";
}

}  // namespace

Result<SpeedEstimate> estimateSpeed(const Model & model, const Machine & machine, const Settings & placed,
                                    uint32_t fill_tokens) {
    auto speeds = estimateSpeeds(model, machine, placed, {fill_tokens});
    if (!speeds) return speeds.error();
    return std::move(speeds->front());
}

Result<std::vector<SpeedEstimate>> estimateSpeeds(const Model & model, const Machine & machine, const Settings & placed,
                                                  const std::vector<uint32_t> & fills, GraphStore * graphs) {
    if (model.needs_other_model) {
        return Error{ErrorCode::unsupported, model.architecture_name,
                     "this model can't be loaded on its own: " + std::string(model.architecture->needs_other_model), 0,
                     0};
    }
    const auto weights = graphs != nullptr ? placeWeights(model, machine, placed, graphs->matches())
                                           : placeWeights(model, machine, placed);
    if (!weights) return weights.error();
    const auto cache = planCache(model, machine, placed, weights->layer_devices);
    if (!cache) return cache.error();
    const auto decode = scheduledGraph(model, machine, placed, *weights, *cache, Phase::decode, graphs);
    if (!decode) return decode.error();
    std::vector<SpeedEstimate> speeds;
    speeds.reserve(fills.size());
    for (const uint32_t fill : fills) {
        speeds.push_back(Clock(machine, placed).run(*weights, *cache, *decode, fill));
    }
    return speeds;
}

}  // namespace ggufit
