// The decision tree: which placement is chosen and which reasons are given.
#include <boost/test/unit_test.hpp>

#include "base/units.h"
#include "support/plans.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

/// What llama.cpp needs on one GPU for these words, without --fit.
uint64_t needAlone(const Model & model, const std::vector<std::string> & words) {
    Machine machine;
    machine.devices = {gpu("CUDA0", 1000000)};
    const Plan plan = planFor(model, machine, words);
    const PlanDevice & device = plan.devices[0];
    return device.model_bytes + device.context_bytes + device.compute_bytes;
}

uint64_t ceilMib(uint64_t bytes) { return (bytes + kMib - 1) / kMib; }

}  // namespace

BOOST_AUTO_TEST_CASE(chooses_the_one_gpu_with_the_higher_bandwidth_where_both_hold_all) {
    Machine machine;
    machine.devices = {gpu("CUDA0", 24000, 500), gpu("CUDA1", 24000, 1000)};
    const Plan plan = planFor(truthModel("qwen3-14b-q4_k_m"), machine);
    BOOST_TEST(strategyName(plan.strategy) == "single_gpu");
    BOOST_TEST((plan.settings.split_mode == SplitMode::none));
    BOOST_TEST(plan.settings.main_gpu == 1U);
    BOOST_TEST(!plan.devices[0].used);
    BOOST_TEST(plan.devices[1].used);
}

BOOST_AUTO_TEST_CASE(keeps_the_listed_order_where_a_bandwidth_is_not_known) {
    Machine machine;
    machine.devices = {gpu("CUDA0", 24000, 0), gpu("CUDA1", 24000, 1000)};
    BOOST_TEST(planFor(truthModel("qwen3-14b-q4_k_m"), machine).settings.main_gpu == 0U);
}

BOOST_AUTO_TEST_CASE(takes_the_slower_gpu_where_only_that_holds_all) {
    Machine machine;
    machine.devices = {gpu("CUDA0", 6000, 1000), gpu("CUDA1", 24000, 500)};
    const Plan plan = planFor(truthModel("qwen3-14b-q4_k_m"), machine);
    BOOST_TEST(strategyName(plan.strategy) == "single_gpu");
    BOOST_TEST(plan.settings.main_gpu == 1U);
    const auto asked = reasonsOf(plan, "single_gpu");
    BOOST_REQUIRE(asked.size() == 2U);
    BOOST_TEST(!asked[0].passed);
    BOOST_TEST(asked[1].passed);
}

BOOST_AUTO_TEST_CASE(one_gpu_has_to_leave_its_margin) {
    const Model & model = truthModel("qwen3-14b-q4_k_m");
    const std::vector<std::string> words = {"-c", "8192", "-fitt", "300"};
    const uint64_t need = ceilMib(needAlone(model, words));
    Machine machine;
    machine.devices = {gpu("CUDA0", need + 300)};
    BOOST_TEST(strategyName(planFor(model, machine, words).strategy) == "single_gpu");
    machine.devices = {gpu("CUDA0", need + 298)};
    BOOST_TEST(strategyName(planFor(model, machine, words).strategy) == "fit");
}

BOOST_AUTO_TEST_CASE(the_second_gpu_has_to_leave_the_second_margin) {
    const Model & model = truthModel("qwen3-14b-q4_k_m");
    const uint64_t need = ceilMib(needAlone(model, {"-c", "8192"}));
    Machine machine;
    machine.devices = {gpu("CUDA0", 2000, 1000), gpu("CUDA1", need + 1024, 900)};
    BOOST_TEST(planFor(model, machine, {"-c", "8192"}).settings.main_gpu == 1U);
    machine.devices[1] = gpu("CUDA1", need + 1022, 900);
    BOOST_TEST(strategyName(planFor(model, machine, {"-c", "8192"}).strategy) == "fit");
}

BOOST_AUTO_TEST_CASE(never_moves_experts_to_system_memory_where_one_gpu_holds_all) {
    Machine machine;
    machine.devices = {gpu("CUDA0", 600000)};
    for (const char * name :
         {"gpt-oss-120b-f16", "qwen3-coder-next-q5_k_m", "glm-4.7-flash-q8_0", "deepseek-v3.1-q4_k_m"}) {
        const Plan plan = wholePlanFor(truthModel(name), machine);
        BOOST_TEST(strategyName(plan.strategy) == "single_gpu", name);
        BOOST_TEST(plan.placed.override_tensors.empty(), name);
        BOOST_TEST(plan.host.n_expert_layers == 0U, name);
        for (const Alternative & other : plan.alternatives) BOOST_TEST(other.name != "experts_cpu", name);
    }
}

BOOST_AUTO_TEST_CASE(splits_over_two_gpus_what_neither_holds_alone) {
    Machine machine;
    machine.devices = {gpu("CUDA0", 24000, 1000), gpu("CUDA1", 24000, 1000)};
    const Plan plan = planFor(truthModel("glm-4.7-flash-q8_0"), machine);
    BOOST_TEST(strategyName(plan.strategy) == "fit");
    BOOST_TEST(verdictName(plan.verdict) != "does_not_fit");
    BOOST_TEST(plan.devices[0].used);
    BOOST_TEST(plan.devices[1].used);
    BOOST_TEST(plan.host.n_layers == 0U);
    BOOST_REQUIRE(reasonsOf(plan, "all_gpus").size() == 1U);
    BOOST_TEST(reasonsOf(plan, "all_gpus")[0].passed);
    BOOST_TEST(reasonsOf(plan, "dense_on_gpus").empty());
}

BOOST_AUTO_TEST_CASE(glm_flash_in_q8_0_stays_whole_on_two_cards_with_its_cache_at_131072_tokens) {
    // As measured on an RTX 4090 with 24,090 and an RTX 5070 Ti with 12,800 MiB free: 47 layers and the output.
    const Plan plan =
        planFor(truthModel("glm-4.7-flash-q8_0"), truthMachine("4090+5070ti"), {"-c", "131072", "-fitt", "128,1024"});
    BOOST_TEST((plan.strategy == Strategy::fit));
    BOOST_TEST((plan.fit.status == FitStatus::success));
    BOOST_TEST(plan.devices[0].n_layers + plan.devices[1].n_layers == 47U);
    BOOST_TEST(plan.devices[0].n_expert_layers + plan.devices[1].n_expert_layers == 46U);
    for (const TensorOverride & rule : plan.placed.override_tensors) BOOST_TEST(rule.buffer != "CPU", rule.pattern);
    BOOST_TEST((plan.placed.type_k == GgmlType::q8_0));
}

BOOST_AUTO_TEST_CASE(experts_leave_first_where_the_gpus_are_too_small) {
    const Plan plan = planFor(truthModel("qwen3-coder-next-q5_k_m"), seedMachine());
    BOOST_TEST(strategyName(plan.strategy) == "fit");
    BOOST_TEST(verdictName(plan.verdict) != "does_not_fit");
    BOOST_TEST(plan.host.n_layers == 0U);        // attention stays
    BOOST_TEST(plan.host.n_expert_layers > 0U);  // experts leave
    BOOST_TEST(plan.devices[0].n_layers + plan.devices[1].n_layers == 48U);
    BOOST_TEST(!reasonsOf(plan, "all_gpus")[0].passed);
    BOOST_TEST(reasonsOf(plan, "dense_on_gpus")[0].passed);
    BOOST_TEST(plan.devices[0].headroom_bytes >= static_cast<int64_t>(128 * kMib));
    BOOST_TEST(plan.devices[1].headroom_bytes >= static_cast<int64_t>(1024 * kMib));
}

BOOST_AUTO_TEST_CASE(a_placement_by_hand_is_kept_and_measured) {
    const Plan plan = wholePlanFor(truthModel("qwen3-coder-next-q5_k_m"), seedMachine(), {"-ngl", "99"});
    BOOST_TEST(strategyName(plan.strategy) == "given");
    BOOST_TEST(verdictName(plan.verdict) == "does_not_fit");
    BOOST_TEST(plan.summary.starts_with("Does not fit: CUDA0 lacks "), plan.summary);
    BOOST_TEST(plan.placed.n_gpu_layers == 99);
    BOOST_REQUIRE(plan.alternatives.size() > 1U);
    BOOST_TEST(plan.alternatives[1].name == "auto");
    BOOST_TEST(plan.alternatives[1].recommended);
    BOOST_TEST(!plan.alternatives[0].recommended);
}

BOOST_AUTO_TEST_CASE(no_gpu_means_system_memory) {
    Machine machine;
    machine.host.total_mib = 32 * 1024;
    const Plan plan = planFor(truthModel("qwen3-14b-q4_k_m"), machine);
    BOOST_TEST(strategyName(plan.strategy) == "cpu");
    BOOST_TEST(verdictName(plan.verdict) == "fits");
    BOOST_TEST(plan.host.n_layers == 40U);

    BOOST_TEST(strategyName(planFor(truthModel("qwen3-14b-q4_k_m"), seedMachine(), {"-dev", "none"}).strategy) ==
               "cpu");
}

BOOST_AUTO_TEST_CASE(too_little_system_memory_does_not_fit) {
    Machine machine = seedMachine();
    machine.host.total_mib = 16 * 1024;
    const Plan plan = planFor(truthModel("qwen3-coder-next-q5_k_m"), machine);
    BOOST_TEST(verdictName(plan.verdict) == "does_not_fit");
    BOOST_TEST(plan.summary.find("system memory lacks ") != std::string::npos, plan.summary);
    BOOST_REQUIRE(reasonsOf(plan, "host").size() == 1U);
    BOOST_TEST(!reasonsOf(plan, "host")[0].passed);
}

BOOST_AUTO_TEST_CASE(less_than_512_mib_free_is_tight) {
    const Model & model = truthModel("llama-3.2-1b-q8_0");
    const std::vector<std::string> words = {"-c", "4096", "-fitt", "0"};
    const uint64_t need = ceilMib(needAlone(model, words));
    Machine machine;
    machine.devices = {gpu("CUDA0", need + 510)};
    BOOST_TEST(verdictName(planFor(model, machine, words).verdict) == "tight");
    machine.devices = {gpu("CUDA0", need + 513)};
    BOOST_TEST(verdictName(planFor(model, machine, words).verdict) == "fits");
}

BOOST_AUTO_TEST_CASE(the_context_is_that_of_the_profile_but_not_more_than_was_trained) {
    BOOST_TEST(planFor(truthModel("qwen3-coder-next-q5_k_m"), seedMachine()).n_ctx == 131072U);
    BOOST_TEST(planFor(truthModel("qwen3-14b-q4_k_m"), seedMachine()).n_ctx == 40960U);  // trained with 40,960
    BOOST_TEST(planFor(truthModel("qwen3-14b-q4_k_m"), seedMachine(), {"-c", "0"}).n_ctx == 40960U);
    BOOST_TEST(planFor(truthModel("qwen3-coder-next-q5_k_m"), seedMachine(), {"-c", "262144"}).n_ctx == 262144U);
    BOOST_TEST(planFor(truthModel("qwen3-coder-next-q5_k_m"), seedMachine(), {}, true).n_ctx == 10240U);
}

BOOST_AUTO_TEST_CASE(a_bench_plan_has_small_batches_and_leaves_more_experts_on_the_gpus) {
    const Plan production = planFor(truthModel("qwen3-coder-next-q5_k_m"), seedMachine());
    const Plan bench = planFor(truthModel("qwen3-coder-next-q5_k_m"), seedMachine(), {}, true);
    BOOST_TEST(bench.settings.n_batch == 512U);
    BOOST_TEST(bench.settings.n_ubatch == 512U);
    BOOST_TEST(bench.host.n_expert_layers < production.host.n_expert_layers);
}

BOOST_AUTO_TEST_CASE(a_context_beyond_the_trained_one_is_warned_of) {
    const Plan plan = planFor(truthModel("qwen3-14b-q4_k_m"), seedMachine(), {"-c", "65536"});
    BOOST_TEST(plan.n_ctx == 65536U);
    BOOST_REQUIRE(!plan.warnings.empty());
    BOOST_TEST(plan.warnings.back().text.find("40,960") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_cache_type_of_the_wrapper_s_that_the_model_can_t_have_becomes_f16) {
    // llama.cpp uses no flash attention for Grok, and a quantized V cache needs it.
    const Plan plan = planFor(truthModel("grok-moe"), seedMachine());
    BOOST_TEST((plan.settings.type_v == GgmlType::f16));
    BOOST_TEST(plan.entry.find(" -ctk f16 -ctv f16") != std::string::npos, plan.entry);
    BOOST_REQUIRE(!plan.warnings.empty());
    BOOST_TEST(plan.warnings.back().text.find("flash attention") != std::string::npos);
}
