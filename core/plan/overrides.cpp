// Finds the placement, writes it down as rules with the -ngl and -ts that belong to them, and checks that it is the
// same.
#include "plan/overrides.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/checked.h"
#include "base/units.h"
#include "model/card.h"
#include "plan/advice.h"
#include "plan/choose.h"
#include "plan/devices.h"
#include "plan/fill_layers.h"
#include "settings/arguments.h"

namespace ggufit {

namespace {

const char * const kAllExperts = "blk\\.\\d+\\.ffn_(up|down|gate_up|gate)_(ch|)exps";
constexpr int32_t kAllLayers = 99;  // as people write "all of them"

bool hasExperts(const Model & model) {
    return std::any_of(model.roles.begin(), model.roles.end(), [](const TensorRole & role) { return role.expert; });
}

class Writer {
  public:
    Writer(const Model & model, const Machine & machine, const OverrideRequest & request)
        : model_(model), machine_(machine), request_(request) {}

    Result<OverridePlan> write() {
        PlanRequest wanted;
        wanted.settings = request_.settings;
        asked_ = plannedSettings(model_, wanted);
        experts_on_cpu_ = request_.config.prioritize_experts_on_cpu && hasExperts(model_);
        auto placement = choosePlacement();
        if (!placement) return placement.error();
        auto weights = placeWeights(model_, machine_, placement->placed);
        if (!weights) return weights.error();
        auto used = usedDevices(machine_, placement->placed);
        if (!used) return used.error();
        used_ = std::move(*used);
        plan_.strategy = placement->strategy;
        if (auto error = writeRules(*placement, *weights)) return *error;
        auto explicit_placement = measure(model_, machine_, plan_.settings, Strategy::given);
        if (!explicit_placement) return explicit_placement.error();
        describe(*explicit_placement);
        if (auto error = listTensors(*weights)) return *error;
        note(*placement, *explicit_placement);
        return std::move(plan_);
    }

  private:
    Result<Placement> choosePlacement() {
        auto placement = chooseWith(asked_);
        const Settings wrapper = wrapperDefaults();
        if (placement || asked_.type_k != wrapper.type_k || asked_.type_v != wrapper.type_v) return placement;
        Settings plain = asked_;
        plain.type_k = plain.type_v = GgmlType::f16;
        auto fallback = chooseWith(plain);
        if (!fallback) return placement;
        plan_.warnings.push_back({"A q8_0 cache is not possible: " + placement.error().detail, "The cache is f16."});
        return fallback;
    }

    Result<Placement> chooseWith(const Settings & settings) {
        Settings placed = settings;
        if (experts_on_cpu_) placed.override_tensors.push_back({kAllExperts, "CPU"});
        if (!placesByHand(settings)) {
            const bool by_layers = experts_on_cpu_ || !request_.config.maximize_gpu_layers;
            if (by_layers) return fillLayers(model_, machine_, placed);
        }
        markGiven(placed);
        auto choice = choose(model_, machine_, placed, Explain::no);
        if (!choice) return choice.error();
        return std::move(choice->placement);
    }

    /// -ngl and -ts that put each layer where it is; both are counted from the last layer.
    void writeLayers(const WeightPlan & weights) {
        Settings & settings = plan_.settings;
        const std::vector<int32_t> & layers = weights.layer_devices;
        const auto on_gpu = static_cast<size_t>(
            std::count_if(layers.begin(), layers.end(), [](int32_t device) { return device != kHost; }));
        if (on_gpu == layers.size()) {
            settings.n_gpu_layers = on_gpu <= kAllLayers ? kAllLayers : 10 * kAllLayers + 9;
        } else {
            settings.n_gpu_layers = static_cast<int32_t>(on_gpu);
        }
        settings.tensor_split.clear();
        if (used_.size() < 2 || on_gpu == 0) return;
        for (const uint32_t device : used_) {
            settings.tensor_split.push_back(
                static_cast<double>(std::count(layers.begin(), layers.end(), static_cast<int32_t>(device))));
        }
    }

    std::optional<Error> writeRules(const Placement & placement, const WeightPlan & weights) {
        plan_.settings = placement.placed;
        Settings & settings = plan_.settings;
        settings.fit = false;
        settings.fit_target_mib.clear();
        settings.fit_ctx = Settings{}.fit_ctx;
        settings.override_tensors.clear();
        writeLayers(weights);
        if (!used_.empty()) {
            auto rules = overrideRules(model_, machine_, weights);
            if (!rules) return rules.error();
            plan_.rules = std::move(*rules);
        }
        markGiven(settings);
        plan_.arguments = writeArguments(settings);
        plan_.arguments.insert(plan_.arguments.end(), request_.kept_arguments.begin(), request_.kept_arguments.end());
        for (const OverrideRule & rule : plan_.rules) settings.override_tensors.push_back(rule.rule);
        markGiven(settings);
        return std::nullopt;
    }

    void describe(const Placement & placement) {
        const Card card = describeModel(model_);
        plan_.model_name = card.name;
        plan_.architecture = card.architecture;
        plan_.model_path = request_.model_path;
        plan_.llama_cpp_path = request_.config.llama_cpp_path;
        plan_.verdict = placement.verdict;
        plan_.summary = summarize(placement, machine_);
        plan_.n_ctx = placement.estimate.context.n_ctx;
        plan_.graph = placement.estimate.graph;
        plan_.approximate = placement.estimate.approximate;
        plan_.approximate_because = placement.estimate.approximate_because;
        for (const PlanDevice & device : planDevices(placement, machine_)) plan_.devices.push_back(deviceOf(device));
        plan_.host = deviceOf(planHost(placement, machine_));
        const auto append = [&](const std::vector<Warning> & more) {
            plan_.warnings.insert(plan_.warnings.end(), more.begin(), more.end());
        };
        append(request_.config.warnings);
        append(model_.warnings);
        append(placement.estimate.warnings);
        append(adviseSettings(model_, machine_, placement));
    }

    static OverrideDevice deviceOf(const PlanDevice & device) {
        OverrideDevice out;
        out.name = device.name;
        out.description = device.description;
        out.n_layers = device.n_layers;
        out.model_bytes = device.model_bytes;
        out.context_bytes = device.context_bytes;
        out.compute_bytes = device.compute_bytes;
        out.budget_bytes = device.budget_bytes;
        out.headroom_bytes = device.headroom_bytes;
        if (device.budget_bytes > 0) {
            out.utilisation = static_cast<double>(out.used_bytes()) / static_cast<double>(device.budget_bytes);
        }
        return out;
    }

    OverrideDevice & at(int32_t device) {
        return device == kHost ? plan_.host : plan_.devices[static_cast<size_t>(device)];
    }

    std::optional<Error> listTensors(const WeightPlan & meant) {
        const auto placed = placeWeights(model_, machine_, plan_.settings);
        if (!placed) return placed.error();
        const auto same = [](const PlacedWeight & a, const PlacedWeight & b) {
            return a.tensor == b.tensor && a.device == b.device && a.host_buffer == b.host_buffer &&
                   a.bytes == b.bytes && a.duplicate == b.duplicate;
        };
        if (placed->layer_devices != meant.layer_devices ||
            !std::equal(placed->weights.begin(), placed->weights.end(), meant.weights.begin(), meant.weights.end(),
                        same)) {
            return Error{ErrorCode::unsupported, "", "this placement can't be written down as tensor overrides.", 0, 0};
        }
        Settings without_rules = plan_.settings;
        without_rules.override_tensors.clear();
        const auto natural = placeWeights(model_, machine_, without_rules);
        if (!natural) return natural.error();
        std::map<uint32_t, int32_t> natural_device, rule_of;
        for (const PlacedWeight & weight : natural->weights) natural_device.emplace(weight.tensor, weight.device);
        for (size_t i = 0; i < plan_.rules.size(); ++i) {
            for (const uint32_t tensor : plan_.rules[i].tensors) rule_of[tensor] = static_cast<int32_t>(i);
        }
        std::vector<AnalysedTensor> tensors;
        for (const PlacedWeight & weight : placed->weights) {
            AnalysedTensor tensor;
            tensor.tensor = weight.tensor;
            tensor.copy = weight.duplicate;
            tensor.device = weight.device;
            tensor.bytes = weight.bytes;
            const auto rule = rule_of.find(weight.tensor);
            tensor.rule = rule == rule_of.end() ? -1 : rule->second;
            const auto usual = natural_device.find(weight.tensor);
            const bool moved = !weight.duplicate && usual != natural_device.end() && usual->second != weight.device;
            tensor.why = whyOf(tensor, moved, placed->layer_devices);
            ++at(weight.device).n_tensors;
            tensors.push_back(std::move(tensor));
        }
        for (const uint32_t skipped : placed->skipped) {
            AnalysedTensor tensor;
            tensor.tensor = skipped;
            tensor.loaded = false;
            tensor.why = "llama.cpp does not load it with these arguments";
            tensors.push_back(std::move(tensor));
        }
        std::stable_sort(tensors.begin(), tensors.end(),
                         [](const AnalysedTensor & a, const AnalysedTensor & b) { return a.tensor < b.tensor; });
        plan_.tensors = std::move(tensors);
        writeRuleWhys();
        return std::nullopt;
    }

    [[nodiscard]] std::string nameOf(int32_t device) const {
        return device == kHost ? "system memory" : machine_.devices[static_cast<size_t>(device)].name;
    }

    [[nodiscard]] std::string whyOf(const AnalysedTensor & tensor, bool moved,
                                    const std::vector<int32_t> & layers) const {
        const TensorRole & role = model_.roles[tensor.tensor];
        if (tensor.copy) {
            return role.block < 0 && role.layer == TensorLayer::repeating
                       ? "a copy for the layers of " + nameOf(tensor.device)
                       : "a copy for the output layer";
        }
        if (role.layer == TensorLayer::input) return "input embeddings are looked up in system memory";
        if (role.layer == TensorLayer::output && role.block < 0)
            return "part of the output layer, which is the last one";
        if (role.block < 0) return "used by all layers, made where the first one is";
        const auto il = static_cast<size_t>(role.block);
        const int32_t layer = il + 1 < layers.size() ? layers[il] : kHost;
        const std::string which = "layer " + std::to_string(role.block);
        if (moved) {
            if (experts_on_cpu_ && role.expert && tensor.device == kHost)
                return "prioritize_experts_on_cpu keeps routed experts in system memory";
            if (plan_.strategy == Strategy::given) return "a given override takes it off " + nameOf(layer);
            if (role.expert && tensor.device == kHost)
                return "routed experts leave first, and " + nameOf(layer) + " has no room for those of " + which;
            return nameOf(layer) + " has no room for this part of " + which;
        }
        if (tensor.device != layer) return nameOf(layer) + " can't use it, so it stays in system memory";
        if (layer == kHost) return which + " stays in system memory (-ngl " + nglText() + ")";
        return which + " is on " + nameOf(layer) + ", with its attention and cache";
    }

    [[nodiscard]] std::string nglText() const { return std::to_string(plan_.settings.n_gpu_layers); }

    void writeRuleWhys() {
        for (const OverrideRule & rule : plan_.rules) {
            const bool experts = std::all_of(rule.tensors.begin(), rule.tensors.end(),
                                             [&](uint32_t tensor) { return model_.roles[tensor].expert; });
            std::string why;
            if (!rule.moves) {
                why = rule.device == kHost
                          ? "layers that -ngl " + nglText() + " leaves in system memory"
                          : "layers of " + nameOf(rule.device) + (used_.size() > 1 ? ", as -ts has it" : "");
            } else if (experts) {
                why = "routed experts that " +
                      std::string(rule.device == kHost ? "stay in system memory" : "go to " + nameOf(rule.device));
            } else {
                why = "parts of layers that go to " + nameOf(rule.device);
            }
            plan_.rule_whys.push_back(std::move(why));
        }
    }

    void note(const Placement & chosen, const Placement & written) {
        if (used_.empty()) {
            say("No GPU is used, so there is nothing to override.");
            return;
        }
        noteFit();
        noteExperts(written);
        if (!request_.config.maximize_gpu_layers) {
            say(placesByHand(request_.settings) ? "maximize_gpu_layers is false, but the placement is given by hand."
                                                : "maximize_gpu_layers is false: layers that do not fit whole stay in "
                                                  "system memory.");
        }
        const bool moves =
            std::any_of(plan_.rules.begin(), plan_.rules.end(), [](const OverrideRule & rule) { return rule.moves; });
        if (!moves) {
            std::string text =
                "No tensor leaves its layer here: the rules only restate what the other arguments say, "
                "which do without them";
            if (chosen.estimate.graph.pipeline)
                text += ", and any -ot switches pipeline parallelism off, which makes prompts faster";
            say(text + ".");
        }
        noteMargins(written);
    }

    void noteFit() {
        const Settings & settings = plan_.settings;
        std::string text =
            "These rules switch --fit off, which works only while -ngl, -ts and -ot are left alone: -ngl " + nglText();
        if (settings.split_mode == SplitMode::none) {
            text += " -sm none" + (settings.main_gpu == 0 ? "" : " -mg " + std::to_string(settings.main_gpu));
        }
        for (size_t i = 0; i < settings.tensor_split.size(); ++i) {
            text += (i == 0 ? " -ts " : ",") + formatFixed(settings.tensor_split[i], 0);
        }
        text += " -fit off belong to them.";
        if (!settings.tensor_split.empty())
            text += " A layer's cache lies where -ts puts the layer, so the two must not be changed apart.";
        say(std::move(text));
    }

    void noteExperts(const Placement & written) {
        if (request_.config.prioritize_experts_on_cpu && !hasExperts(model_)) {
            say("prioritize_experts_on_cpu is true, but this model has no experts.");
            return;
        }
        if (!hasExperts(model_)) return;
        if (!experts_on_cpu_) {
            const PlacedLayers experts = countExperts(written);
            say("Experts in system memory are a trade-off, no default: those of " + formatCount(experts.on_devices) +
                " of " + formatCount(experts.total) + " layers are on the GPUs.");
            return;
        }
        std::string text = "prioritize_experts_on_cpu is true: all routed experts are in system memory, " +
                           formatGib(expertBytes(kHost)) + ", whether a GPU has room for them or not";
        Settings free = plan_.settings;
        free.override_tensors = asked_.override_tensors;
        free.n_gpu_layers = asked_.n_gpu_layers;
        free.tensor_split = asked_.tensor_split;
        free.split_mode = asked_.split_mode;
        free.main_gpu = asked_.main_gpu;
        free.fit = asked_.fit;
        free.fit_target_mib = asked_.fit_target_mib;
        free.fit_ctx = asked_.fit_ctx;
        markGiven(free);
        const auto choice = choose(model_, machine_, free, Explain::no);
        if (choice && choice->placement.verdict != Verdict::does_not_fit) {
            const PlacedLayers experts = countExperts(choice->placement);
            text += "; without it those of " + formatCount(experts.on_devices) + " of " + formatCount(experts.total) +
                    " layers would be on the GPUs, which is faster";
        }
        say(text + ".");
    }

    [[nodiscard]] uint64_t expertBytes(int32_t device) const {
        uint64_t sum = 0;
        for (const AnalysedTensor & tensor : plan_.tensors) {
            if (tensor.loaded && tensor.device == device && model_.roles[tensor.tensor].expert)
                sum = saturatingAdd(sum, tensor.bytes);
        }
        return sum;
    }

    void noteMargins(const Placement & written) {
        for (size_t i = 0; i < used_.size(); ++i) {
            const int64_t left = written.headroom_bytes[used_[i]];
            const uint64_t margin = marginBytes(asked_, i);
            if (!written.used[used_[i]] || left < 0 || static_cast<uint64_t>(left) >= margin) continue;
            say(machine_.devices[used_[i]].name + " has " + formatMib(static_cast<uint64_t>(left)) +
                " left, less than the margin of " + formatMib(margin) + ".");
        }
    }

    void say(std::string text) { plan_.notes.push_back(std::move(text)); }

    const Model & model_;
    const Machine & machine_;
    const OverrideRequest & request_;
    Settings asked_;
    std::vector<uint32_t> used_;
    bool experts_on_cpu_ = false;
    OverridePlan plan_;
};

}  // namespace

Result<OverridePlan> planOverrides(const Model & model, const Machine & machine, const OverrideRequest & request) {
    return Writer(model, machine, request).write();
}

std::vector<std::string> overrideWords(const OverridePlan & plan) {
    std::vector<std::string> words;
    for (const OverrideRule & rule : plan.rules) {
        words.insert(words.end(), {"-ot", rule.rule.pattern + "=" + rule.rule.buffer});
    }
    return words;
}

}  // namespace ggufit
