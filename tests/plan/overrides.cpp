// Plans written down as overrides: for every header at hand the rules mean what the plan means.
#include "plan/overrides.h"

#include <boost/test/unit_test.hpp>
#include <numeric>

#include "base/units.h"
#include "plan/placement.h"
#include "settings/arguments.h"
#include "support/data.h"
#include "support/plans.h"
#include "support/std_regex.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

Result<OverridePlan> overridesOf(const Model & model, const Machine & machine, const OverrideConfig & config = {},
                                 const std::vector<std::string> & words = {}) {
    const auto parsed = parseArguments(words, configuredSettings(wrapperDefaults(), config));
    BOOST_REQUIRE(parsed.ok());
    return planOverrides(model, machine, {parsed->settings, parsed->kept, config, "m.gguf"});
}

OverridePlan planned(const Model & model, const Machine & machine, const OverrideConfig & config = {},
                     const std::vector<std::string> & words = {}) {
    auto plan = overridesOf(model, machine, config, words);
    if (!plan) BOOST_FAIL(plan.error().text());
    return std::move(*plan);
}

OverrideConfig expertsOnCpu() {
    OverrideConfig config;
    config.prioritize_experts_on_cpu = true;
    return config;
}

bool says(const OverridePlan & plan, const std::string & part) {
    return std::any_of(plan.notes.begin(), plan.notes.end(),
                       [&](const std::string & note) { return note.find(part) != std::string::npos; });
}

uint64_t expertBytesOn(const OverridePlan & plan, const Model & model, bool devices) {
    uint64_t sum = 0;
    for (const AnalysedTensor & tensor : plan.tensors) {
        if (model.roles[tensor.tensor].expert && (tensor.device != kHost) == devices) sum += tensor.bytes;
    }
    return sum;
}

void checkRules(const OverridePlan & plan, const Model & model, const Machine & machine, const std::string & name) {
    std::vector<std::string> list;
    for (const OverrideRule & rule : plan.rules) list.push_back(rule.rule.pattern);
    const StdPatterns patterns(list);  // as llama.cpp compiles them
    std::vector<uint64_t> bytes(machine.devices.size() + 1, 0);
    size_t n_wrong = 0;
    for (const AnalysedTensor & tensor : plan.tensors) {
        if (!tensor.loaded) continue;
        bytes[static_cast<size_t>(tensor.device + 1)] += tensor.bytes;
        const int32_t rule = patterns.firstMatch(model.file.tensors[tensor.tensor].name);
        const bool block = model.roles[tensor.tensor].block >= 0;
        const bool right = rule == tensor.rule && (rule >= 0) == block &&
                           (rule < 0 || plan.rules[static_cast<size_t>(rule)].device == tensor.device);
        n_wrong += right ? 0 : 1;
        BOOST_TEST(!tensor.why.empty());
    }
    BOOST_TEST(n_wrong == 0U, name);
    BOOST_TEST(bytes[0] == plan.host.model_bytes, name);
    for (size_t i = 0; i < machine.devices.size(); ++i) BOOST_TEST(bytes[i + 1] == plan.devices[i].model_bytes, name);
}

/// The arguments and rules, read back as llama-server would, take just what the plan says.
void checkArguments(const OverridePlan & plan, const Model & model, const Machine & machine, const std::string & name) {
    std::vector<std::string> words = plan.arguments;
    for (const std::string & word : overrideWords(plan)) words.push_back(word);
    const auto parsed = parseArguments(std::span<const std::string>(words));
    BOOST_REQUIRE_MESSAGE(parsed.ok(), name);
    BOOST_TEST(parsed->warnings.empty(), name);
    BOOST_TEST(!parsed->settings.fit, name);
    const auto placement = measure(model, machine, parsed->settings, Strategy::given);
    BOOST_REQUIRE_MESSAGE(placement.ok(), name);
    BOOST_TEST(placement->estimate.context.n_ctx == plan.n_ctx, name);
    for (size_t i = 0; i < machine.devices.size(); ++i) {
        BOOST_TEST(placement->estimate.devices[i].total_bytes() == plan.devices[i].used_bytes(), name);
        BOOST_TEST(placement->headroom_bytes[i] == plan.devices[i].headroom_bytes, name);
    }
    BOOST_TEST(placement->estimate.host.total_bytes() == plan.host.used_bytes(), name);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(overrides)

BOOST_AUTO_TEST_CASE(every_header_on_every_machine_is_written_down_as_it_is_planned) {
    size_t n_plans = 0;
    OverrideConfig whole_layers;
    whole_layers.maximize_gpu_layers = false;
    for (const std::string & name : sampledModels()) {
        const Model & model = truthModel(name);
        const bool large = model.file.totalTensorBytes() > kGib;
        for (const char * machine_name : {"4090", "4090+5070ti", "3090x3"}) {
            const Machine & machine = truthMachine(machine_name);
            for (const OverrideConfig & config : {OverrideConfig{}, expertsOnCpu(), whole_layers}) {
                const bool plain = !config.prioritize_experts_on_cpu && config.maximize_gpu_layers;
                if (!(large && plain) && &machine != &truthMachine("4090+5070ti")) continue;
                const std::string which = name + " on " + machine_name;
                const auto plan = overridesOf(model, machine, config, {"-c", "16384"});
                if (!plan) {
                    BOOST_TEST(
                        !makePlan(model, machine, PlanRequest{wrapperDefaults(), {}, "", "", "", false, false}).ok(),
                        which << ": " << plan.error().text());
                    continue;
                }
                ++n_plans;
                checkRules(*plan, model, machine, which);
                checkArguments(*plan, model, machine, which);
            }
        }
    }
    BOOST_TEST(n_plans * kEveryNth > 300U);
}

BOOST_AUTO_TEST_CASE(no_device_gets_more_than_its_budget_where_the_plan_fits) {
    size_t n_seen = 0;
    for (const TruthCase & truth : truthCases()) {
        if (!truth.fit_on || !truth.error.empty() || truth.zoo || n_seen++ % kEveryNth != 0) continue;
        const Model & model = truthModel(truth.model);
        const Machine & machine = truthMachine(truth.machine);
        const Settings settings = truthSettings(truth);
        const auto fitted = measure(model, machine, settings, Strategy::fit);
        BOOST_REQUIRE(fitted.ok());
        const auto plan = planOverrides(model, machine, {settings, {}, {}, "m.gguf"});
        BOOST_REQUIRE_MESSAGE(plan.ok(), truth.name() << ": " << (plan.ok() ? "" : plan.error().text()));
        if (fitted->verdict == Verdict::does_not_fit) continue;
        for (const OverrideDevice & device : plan->devices) {
            BOOST_TEST(device.headroom_bytes >= 0, truth.name() << " on " << truth.machine << ", " << device.name);
        }
    }
}

BOOST_AUTO_TEST_CASE(experts_that_fit_stay_on_the_gpus_unless_the_configuration_wants_them_off) {
    const Model & model = truthModel("glm-4.7-flash-q8_0");
    const OverridePlan plan = planned(model, seedMachine(), {}, {"-c", "8192"});
    BOOST_TEST(expertBytesOn(plan, model, false) == 0U);
    BOOST_TEST(says(plan, "those of 46 of 46 layers are on the GPUs"));
    BOOST_TEST(says(plan, "switch --fit off"));
    BOOST_TEST(says(plan, "-fit off belong to them"));

    const OverridePlan moved = planned(model, seedMachine(), expertsOnCpu(), {"-c", "8192"});
    BOOST_TEST(expertBytesOn(moved, model, true) == 0U);
    BOOST_TEST(says(moved, "prioritize_experts_on_cpu is true"));
    BOOST_TEST(says(moved, "without it those of 46 of 46 layers would be on the GPUs"));
    BOOST_REQUIRE(moved.rules.size() == 2U);
    BOOST_TEST(moved.rules[0].rule.pattern == "^blk\\.([1-9]|[1-3][0-9]|4[0-6])\\.ffn_(down|gate|up)_exps\\.weight$");
    BOOST_TEST(moved.rules[0].rule.buffer == "CPU");
}

BOOST_AUTO_TEST_CASE(the_split_puts_cache_where_the_rules_put_the_layers) {
    const Model & model = truthModel("gpt-oss-120b-f16");
    const OverridePlan plan = planned(model, seedMachine());
    BOOST_REQUIRE(plan.settings.tensor_split.size() == 2U);
    BOOST_TEST(plan.settings.n_gpu_layers == 99);
    const double layers = std::accumulate(plan.settings.tensor_split.begin(), plan.settings.tensor_split.end(), 0.0);
    BOOST_TEST(layers == 37);  // 36 and the output layer
    BOOST_TEST(plan.devices[0].n_layers == plan.settings.tensor_split[0]);
    BOOST_TEST(plan.devices[1].n_layers == plan.settings.tensor_split[1] - 1);
    BOOST_TEST(plan.devices[0].context_bytes > 0U);
    BOOST_TEST(plan.devices[1].context_bytes > 0U);
    BOOST_TEST(plan.host.context_bytes == 0U);
    BOOST_TEST(says(plan, "must not be changed apart"));
}

BOOST_AUTO_TEST_CASE(rules_that_move_nothing_are_said_to_be_needless) {
    const OverridePlan plan = planned(truthModel("qwen3-14b-q4_k_m"), seedMachine());
    BOOST_REQUIRE(plan.rules.size() == 1U);
    BOOST_TEST(plan.rules[0].rule.pattern == "^blk\\.([0-9]|[1-3][0-9])\\.");
    BOOST_TEST(!plan.rules[0].moves);
    BOOST_TEST(says(plan, "do without them"));
    BOOST_TEST(says(plan, "-sm none"));
    BOOST_TEST(!says(plan, "pipeline"));

    Machine pair;  // neither card holds it alone, and without overrides they would work as a pipeline
    pair.devices = {gpu("CUDA0", 24000), gpu("CUDA1", 24000)};
    const OverridePlan split = planned(truthModel("glm-4.7-flash-q8_0"), pair, {}, {"-c", "8192"});
    BOOST_TEST(says(split, "switches pipeline parallelism off"));
}

BOOST_AUTO_TEST_CASE(without_a_gpu_there_is_nothing_to_override) {
    const OverridePlan plan = planned(truthModel("qwen3-14b-q4_k_m"), Machine{});
    BOOST_TEST(plan.rules.empty());
    BOOST_TEST(overrideWords(plan).empty());
    BOOST_TEST(says(plan, "nothing to override"));
}

BOOST_AUTO_TEST_CASE(what_was_given_is_written_down_as_it_was_given) {
    const Model & model = truthModel("glm-4.7-flash-q8_0");
    const OverridePlan plan =
        planned(model, seedMachine(), {}, {"-c", "8192", "-ngl", "99", "-ts", "3,1", "-ot", "exps=CPU"});
    BOOST_TEST(expertBytesOn(plan, model, true) == 0U);
    BOOST_TEST((plan.strategy == Strategy::given));
    BOOST_REQUIRE(plan.rules.size() == 3U);
    BOOST_TEST(plan.settings.tensor_split[0] == 36);  // three quarters of 48
}

BOOST_AUTO_TEST_CASE(too_little_memory_is_a_verdict_that_names_what_lacks) {
    const OverridePlan plan = planned(truthModel("llama-3.3-70b-q4_k_m"), truthMachine("4090"), {}, {"-ngl", "99"});
    BOOST_TEST((plan.verdict == Verdict::does_not_fit));
    BOOST_TEST(plan.summary.find("CUDA0 lacks") != std::string::npos, plan.summary);
}

BOOST_AUTO_TEST_CASE(the_margin_of_the_configuration_is_kept_on_each_device) {
    OverrideConfig config;
    config.memory_safety_margin_mb = 3000;
    for (const bool experts : {false, true}) {
        config.prioritize_experts_on_cpu = experts;
        const OverridePlan plan = planned(truthModel("gpt-oss-120b-f16"), seedMachine(), config);
        for (const OverrideDevice & device : plan.devices) BOOST_TEST(device.headroom_bytes >= 3000 * int64_t{kMib});
    }
}

BOOST_AUTO_TEST_CASE(whole_layers_leave_none_in_two_places) {
    OverrideConfig config;
    config.maximize_gpu_layers = false;
    const Model & model = truthModel("gpt-oss-120b-f16");
    const OverridePlan plan = planned(model, seedMachine(), config);
    BOOST_TEST(plan.rules.size() == 3U);
    for (const OverrideRule & rule : plan.rules) BOOST_TEST(!rule.moves);
    BOOST_TEST(plan.host.n_layers > 0U);
    for (const OverrideDevice & device : plan.devices) BOOST_TEST(device.headroom_bytes >= 128 * int64_t{kMib});
}

BOOST_AUTO_TEST_SUITE_END()
