// Finds the placement, writes it down as rules with the -ngl and -ts that belong to them, and checks that it is the
// same.
#include "plan/overrides.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/checked.h"
#include "base/phrase.h"
#include "base/sort.h"
#include "base/units.h"
#include "model/card.h"
#include "plan/advice.h"
#include "plan/choose.h"
#include "plan/devices.h"
#include "plan/fill_layers.h"
#include "plan/override_words.h"
#include "settings/arguments.h"

namespace ggufit {

namespace {

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
            tensor.why = tensorWhy(facts(), tensor, moved, placed->layer_devices);
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
        stableSort(tensors, [](const AnalysedTensor & a, const AnalysedTensor & b) { return a.tensor < b.tensor; });
        plan_.tensors = std::move(tensors);
        for (const OverrideRule & rule : plan_.rules) plan_.rule_whys.push_back(ruleWhy(facts(), rule));
        return std::nullopt;
    }

    [[nodiscard]] OverrideFacts facts() const { return {model_, machine_, plan_, used_, experts_on_cpu_}; }

    void note(const Placement & chosen, const Placement & written) {
        if (used_.empty()) {
            plan_.notes.emplace_back("No GPU is used, so there is nothing to override.");
            return;
        }
        plan_.notes.push_back(fitNote(facts()));
        if (hasExperts(model_)) {
            plan_.notes.push_back(expertNote(facts(), written, experts_on_cpu_ ? withoutPreference() : std::nullopt));
        } else if (request_.config.prioritize_experts_on_cpu) {
            plan_.notes.emplace_back("prioritize_experts_on_cpu is true, but this model has no experts.");
        }
        if (!request_.config.maximize_gpu_layers) {
            plan_.notes.emplace_back(
                placesByHand(request_.settings)
                    ? "maximize_gpu_layers is false, but the placement is given by hand."
                    : "maximize_gpu_layers is false: layers that do not fit whole stay in system memory.");
        }
        const bool moves =
            std::any_of(plan_.rules.begin(), plan_.rules.end(), [](const OverrideRule & rule) { return rule.moves; });
        if (!moves) plan_.notes.push_back(restatingNote(chosen));
        for (std::string & text : marginNotes(facts(), written, asked_)) plan_.notes.push_back(std::move(text));
    }

    /// What the plan would do with experts if the configuration left them alone.
    [[nodiscard]] std::optional<PlacedLayers> withoutPreference() const {
        Settings settings = asked_;
        settings.type_k = plan_.settings.type_k;  // of the fallback
        settings.type_v = plan_.settings.type_v;
        const auto choice = choose(model_, machine_, settings, Explain::no);
        if (!choice || choice->placement.verdict == Verdict::does_not_fit) return std::nullopt;
        return countExperts(choice->placement);
    }

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
        words.insert(words.end(), {"-ot", phrase("{}={}", rule.rule.pattern, rule.rule.buffer)});
    }
    return words;
}

}  // namespace ggufit
