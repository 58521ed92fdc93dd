// Steps 3 and 4 of --fit (common/fit.cpp, common_params_fit_impl): dense layers back to front, then experts front to
// back.
#include "fit/layers.h"

#include <algorithm>
#include <utility>

#include "base/phrase.h"
#include "base/units.h"

namespace ggufit {

namespace {

constexpr const char * kBlockExpertsApart = "\\.ffn_(up|down|gate)_(ch|)exps";  // before fit_gate_up
constexpr size_t kMaxPatterns = 1000;  // layers that llama.cpp keeps patterns for
constexpr size_t kMaxTrials = 1000;    // some hundred are many; only sizes that make no sense take more

const char * fractionPattern(LayerFraction fraction, const LlamaVersion & version) {
    const bool joined = hasRule(version, LlamaRule::fit_gate_up);
    switch (fraction) {
        case LayerFraction::attention: return joined ? "\\.ffn_(gate|up|gate_up|down).*" : "\\.ffn_(up|gate|down).*";
        case LayerFraction::up: return joined ? "\\.ffn_(gate|gate_up|down).*" : "\\.ffn_(gate|down).*";
        case LayerFraction::gate: return "\\.ffn_down.*";
        case LayerFraction::dense: return joined ? kBlockExperts : kBlockExpertsApart;
    }
    return "";
}

const char * fractionText(LayerFraction fraction) {
    switch (fraction) {
        case LayerFraction::attention: return "attention";
        case LayerFraction::up: return "attention and up";
        case LayerFraction::gate: return "attention, up and gate";
        case LayerFraction::dense: return "dense weights";
    }
    return "";
}

/// The search's state: what every step reads and the spread found so far.
class LayerSearch {
  public:
    LayerSearch(const FitProblem & problem, const Settings & base, std::vector<std::string> & trace)
        : problem_(problem), base_(base), trace_(trace), n_devices_(problem.devices.size()) {
        for (const FitDevice & device : problem.devices) targets_.push_back(device.free_bytes - device.margin_bytes);
    }

    bool run();

    [[nodiscard]] const Spread & found() const { return found_; }
    [[nodiscard]] const std::string & failure() const { return failure_; }

  private:
    bool measure(Spread & spread);
    bool measureDenseOnly(int64_t & surplus);
    bool fillDense(size_t id);
    bool narrowDense(size_t id, Spread high);
    bool fillFull(size_t id);
    bool narrowFull(size_t id, Spread high);
    bool tryPartOfOneMore(size_t id);
    bool tryFraction(size_t id, Spread & test, LayerFraction fraction, bool & kept);
    bool stepTowards(size_t id, const Spread & high, uint32_t delta, uint32_t & step);
    bool fail(std::string text) {
        failure_ = std::move(text);
        return false;
    }
    void say(std::string text) { trace_.push_back(std::move(text)); }
    void sayDevice(size_t id);

    const FitProblem & problem_;
    const Settings & base_;
    std::vector<std::string> & trace_;
    size_t n_devices_;
    std::vector<int64_t> targets_;  // the most that a device may take
    Spread found_;
    std::string failure_;
    size_t n_trials_ = 0;
};

bool LayerSearch::measure(Spread & spread) {
    if (++n_trials_ > kMaxTrials) return fail("the search does not settle on a number of layers");
    Settings trial = base_;
    if (!applySpread(problem_, spread, trial)) return fail("at most 1,000 layers are supported");
    Result<TrialMemory> memory = problem_.memory(trial);
    if (!memory) return fail(memory.error().text());
    spread.bytes = std::move(memory->device_bytes);
    spread.bytes.resize(n_devices_, 0);
    return true;
}

bool LayerSearch::measureDenseOnly(int64_t & surplus) {
    Settings trial = base_;
    const bool joined = hasRule(base_.llama_cpp, LlamaRule::fit_gate_up);
    trial.override_tensors = {{joined ? kAllExperts : phrase("blk\\.\\d+{}", kBlockExpertsApart), "CPU"}};
    const Result<TrialMemory> memory = problem_.memory(trial);
    if (!memory) return fail(memory.error().text());
    surplus = 0;
    for (size_t id = 0; id < n_devices_ && id < memory->device_bytes.size(); ++id) {
        surplus += targets_[id] - memory->device_bytes[id];
    }
    say(surplus > 0 ? phrase("With all experts in system memory the devices have {} MiB to spare.", signedMib(surplus))
                    : phrase("Even with all experts in system memory the devices lack {} MiB.", signedMib(-surplus)));
    return true;
}

/// False position: where between what fits and what does not the target would lie if memory grew evenly.
bool LayerSearch::stepTowards(size_t id, const Spread & high, uint32_t delta, uint32_t & step) {
    const int64_t rise = high.bytes[id] - found_.bytes[id];
    if (rise == 0) return fail(problem_.devices[id].name + " takes the same with and without layers");
    const int64_t guess = wrappedRatio(delta, targets_[id] - found_.bytes[id], rise);
    step = std::min(std::max(static_cast<uint32_t>(guess), uint32_t{1}), delta - 1);
    return true;
}

bool LayerSearch::narrowDense(size_t id, Spread high) {
    uint32_t delta = high.layers[id].n_layer - found_.layers[id].n_layer;
    while (delta > 1) {
        uint32_t step = 0;
        if (!stepTowards(id, high, delta, step)) return false;
        Spread test = found_;
        LayerCount & count = test.layers[id];
        count.n_layer += step;
        // The last device holds the output layer, which can't be partial.
        const bool takes_output = id == n_devices_ - 1 && count.n_part == 0;
        if (problem_.n_expert > 0) count.n_part += takes_output ? step - 1 : step;
        if (!measure(test)) return false;
        (test.bytes[id] <= targets_[id] ? found_ : high) = std::move(test);
        delta = high.layers[id].n_layer - found_.layers[id].n_layer;
    }
    return true;
}

bool LayerSearch::fillDense(size_t id) {
    uint32_t unassigned = problem_.n_layer + 1;
    for (size_t later = id + 1; later < n_devices_; ++later) unassigned -= found_.layers[later].n_layer;
    Spread high = found_;
    LayerCount & count = high.layers[id];
    count.n_layer = unassigned;
    if (problem_.n_expert > 0) count.n_part = id < n_devices_ - 1 ? unassigned : unassigned - 1;
    if (unassigned > 0) {
        if (!measure(high)) return false;
        if (high.bytes[id] <= targets_[id]) {
            found_ = std::move(high);
        } else if (!narrowDense(id, std::move(high))) {
            return false;
        }
    }
    sayDevice(id);
    return true;
}

bool LayerSearch::narrowFull(size_t id, Spread high) {
    uint32_t delta = high.layers[id].full() - found_.layers[id].full();
    while (delta > 1) {
        uint32_t step = 0;
        if (!stepTowards(id, high, delta, step)) return false;
        Spread test = found_;
        uint32_t converted = 0;
        for (; test.dense_start < n_devices_; ++test.dense_start) {
            LayerCount & from = test.layers[test.dense_start];
            const uint32_t n = std::min(step - converted, from.n_part);
            from.n_layer -= n;
            from.n_part -= n;
            test.layers[id].n_layer += n;
            converted += n;
            if (from.n_part > 0) break;
        }
        if (!measure(test)) return false;
        (test.bytes[id] <= targets_[id] ? found_ : high) = std::move(test);
        delta = high.layers[id].full() - found_.layers[id].full();
    }
    return true;
}

bool LayerSearch::fillFull(size_t id) {
    Spread high = found_;
    for (size_t from = found_.dense_start; from < n_devices_; ++from) {
        LayerCount & count = high.layers[from];
        const uint32_t moved = from < n_devices_ - 1 ? count.n_layer : count.n_layer - 1;
        high.layers[id].n_layer += moved;
        count.n_layer -= moved;
        count.n_part = 0;
    }
    high.dense_start = n_devices_ - 1;
    if (!measure(high)) return false;
    if (high.bytes[id] <= targets_[id]) {
        found_ = std::move(high);
    } else if (!narrowFull(id, std::move(high))) {
        return false;
    }
    if (!tryPartOfOneMore(id)) return false;
    sayDevice(id);
    return true;
}

bool LayerSearch::tryFraction(size_t id, Spread & test, LayerFraction fraction, bool & kept) {
    test.layers[id].fraction = fraction;
    if (!measure(test)) return false;
    kept = test.bytes[id] < targets_[id] && (id + 1 == n_devices_ || test.bytes[id + 1] < targets_[id + 1]);
    if (kept) found_ = test;
    return true;
}

/// A small card wastes less where a part of one more layer goes on it, the rest to the next device or the host.
bool LayerSearch::tryPartOfOneMore(size_t id) {
    const size_t from = found_.dense_start;
    if (from >= n_devices_) return true;
    if (found_.layers[from].n_layer <= (id < n_devices_ - 1 ? 0U : 1U)) return true;
    Spread test = found_;
    --test.layers[from].n_layer;
    --test.layers[from].n_part;
    ++test.layers[id].n_layer;
    ++test.layers[id].n_part;
    if (test.layers[from].n_part == 0) ++test.dense_start;
    if (id < n_devices_ - 1) test.overflow_to[id] = static_cast<int32_t>(id) + 1;

    bool kept = false;
    if (!tryFraction(id, test, LayerFraction::up, kept)) return false;
    return tryFraction(id, test, kept ? LayerFraction::gate : LayerFraction::attention, kept);
}

void LayerSearch::sayDevice(size_t id) {
    const LayerCount & count = found_.layers[id];
    std::string text = phrase("{}: {} layers", problem_.devices[id].name, formatCount(count.n_layer));
    if (count.n_part > 0) {
        text += phrase(", {} of them without their experts", formatCount(count.n_part));
        if (count.fraction != LayerFraction::dense) {
            const int32_t to = found_.overflow_to[id];
            const std::string where = to == kHost ? "system memory" : problem_.devices[static_cast<size_t>(to)].name;
            text +=
                phrase(", the first with {} only (the rest in {})", std::string(fractionText(count.fraction)), where);
        }
    }
    say(phrase("{}: takes {} MiB, leaves {} MiB free.", text, signedMib(found_.bytes[id]),
               signedMib(problem_.devices[id].free_bytes - found_.bytes[id])));
}

bool LayerSearch::run() {
    int64_t surplus = 0;
    if (problem_.n_expert > 0 && !measureDenseOnly(surplus)) return false;
    found_.layers.resize(n_devices_);
    found_.overflow_to.assign(n_devices_, kHost);
    if (!measure(found_)) return false;

    say(problem_.n_expert > 0 ? "Layers without their experts, from the last device to the first:"
                              : "Layers from the last device to the first:");
    for (size_t id = n_devices_; id-- > 0;) {
        if (!fillDense(id)) return false;
    }
    if (problem_.n_expert == 0 || surplus <= 0) return true;

    found_.dense_start = n_devices_;
    while (found_.dense_start > 0 && found_.layers[found_.dense_start - 1].n_layer > 0) --found_.dense_start;
    say("Experts back to their layers, from the first device to the last:");
    for (size_t id = 0; id <= found_.dense_start && found_.dense_start < n_devices_; ++id) {
        if (!fillFull(id)) return false;
    }
    for (size_t id = found_.dense_start + 1; id < n_devices_; ++id) sayDevice(id);
    return true;
}

}  // namespace

bool applySpread(const FitProblem & problem, const Spread & spread, Settings & settings) {
    uint32_t n_gpu_layers = 0;
    for (const LayerCount & count : spread.layers) n_gpu_layers += count.n_layer;
    settings.n_gpu_layers = static_cast<int32_t>(n_gpu_layers);
    if (spread.layers.size() > 1) {
        settings.tensor_split.clear();
        for (const LayerCount & count : spread.layers)
            settings.tensor_split.push_back(static_cast<float>(count.n_layer));
    }
    settings.override_tensors.clear();
    uint32_t first = problem.n_layer + 1 - n_gpu_layers;
    for (size_t id = 0; id < spread.layers.size(); ++id) {
        const LayerCount & count = spread.layers[id];
        first += count.full();
        const uint32_t end = first + count.n_part;  // below `first` where n_part has wrapped: then no layer is partial
        for (uint32_t il = first; il < end; ++il) {
            if (il >= kMaxPatterns) return false;
            const LayerFraction fraction = il == first ? count.fraction : LayerFraction::dense;
            const int32_t to = il == first ? spread.overflow_to[id] : kHost;
            settings.override_tensors.push_back(
                {phrase("blk\\.{}{}", std::to_string(il), fractionPattern(fraction, problem.settings.llama_cpp)),
                 to == kHost ? std::string("CPU") : problem.devices[static_cast<size_t>(to)].name});
        }
        first = end;
    }
    return true;
}

void spreadLayers(const FitProblem & problem, Settings & settings, std::vector<std::string> & trace,
                  std::string & failure) {
    const Settings base = settings;
    LayerSearch search(problem, base, trace);
    Settings placed = base;
    if (search.run() && applySpread(problem, search.found(), placed)) {
        settings = placed;
    } else {
        failure = search.failure().empty() ? "at most 1,000 layers are supported" : search.failure();
    }
}

}  // namespace ggufit
