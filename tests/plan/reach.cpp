// Contexts, changes and margins that a plan names: each is tried again by hand.
#include "plan/reach.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "plan/margins.h"
#include "plan/remedies.h"
#include "support/plans.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

Machine oneCard(uint64_t free_mib, uint64_t ram_mib) {
    Machine machine;
    machine.devices = {gpu("CUDA0", free_mib, 1008)};
    machine.host.total_mib = ram_mib;
    return machine;
}

/// Bytes over the margin on each card with every layer on the cards, or less where something is lacking.
int64_t leastSlack(const Model & model, const Machine & machine, Settings settings) {
    settings.fit = false;
    const auto estimate = estimateMemory(model, machine, settings);
    BOOST_REQUIRE(estimate.ok());
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < machine.devices.size(); ++i) {
        const auto free = static_cast<int64_t>(machine.devices[i].free_mib * 1048576);
        const auto margin = static_cast<int64_t>(settings.fit_target_mib.at(i) * 1048576);
        least = std::min(least, free - margin - static_cast<int64_t>(estimate->devices[i].total_bytes()));
    }
    return least;
}

const LargestContext & contextOf(const std::vector<LargestContext> & all, const std::string & name, GgmlType type) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const LargestContext & one) {
        return one.name == name && one.type_k == type && one.type_v == type;
    });
    BOOST_REQUIRE_MESSAGE(found != all.end(), name);
    return *found;
}

std::vector<std::string> wordsOf(const std::string & text) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

const Remedy * changeOf(const Plan & plan, const std::string & name) {
    const auto & changes = plan.remedies.changes;
    const auto found =
        std::find_if(changes.begin(), changes.end(), [&](const Remedy & remedy) { return remedy.name == name; });
    return found == changes.end() ? nullptr : &*found;
}

bool runsFromSystemMemory(const Plan & plan) {
    const auto not_embeddings = [](const Part & part) {
        return part.name == "attention" || part.name == "feed_forward" || part.name == "experts";
    };
    return std::any_of(plan.host.parts.begin(), plan.host.parts.end(), not_embeddings);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reach)

BOOST_AUTO_TEST_CASE(a_largest_context_fits_and_the_next_one_does_not) {
    const Machine machine = seedMachine();
    Settings settings = wrapperDefaults();
    settings.n_ctx = 8192;
    for (const char * name : {"qwen3-32b-iq4_xs", "gemma-3-27b-q4_k_m", "qwen3-30b-a3b-q4_k_m"}) {
        const Model & model = truthModel(name);
        const auto contexts = largestContexts(model, machine, settings);
        for (const GgmlType type : {GgmlType::f16, GgmlType::q8_0, GgmlType::q4_0}) {
            const LargestContext & found = contextOf(contexts, "all_gpus", type);
            Settings tried = settings;
            tried.type_k = tried.type_v = type;
            BOOST_REQUIRE(found.n_ctx > 0);
            tried.n_ctx = found.n_ctx;
            BOOST_TEST(leastSlack(model, machine, tried) >= 0, name << " " << found.n_ctx);
            BOOST_TEST(found.trained == (found.n_ctx == model.hparams.n_ctx_train), name);
            if (found.trained) continue;
            tried.n_ctx = found.n_ctx + 1024;
            BOOST_TEST(leastSlack(model, machine, tried) < 0, name << " " << found.n_ctx);
        }
        BOOST_TEST(contextOf(contexts, "all_gpus", GgmlType::q4_0).n_ctx >=
                   contextOf(contexts, "all_gpus", GgmlType::f16).n_ctx);
    }
}

BOOST_AUTO_TEST_CASE(one_gpu_holds_the_context_that_its_limit_names_and_no_more) {
    const Model & model = truthModel("gemma-3-27b-q4_k_m");
    const Machine machine = oneCard(20000, 65536);
    for (const char * from : {"4096", "9000"}) {
        const Plan plan = planFor(model, machine, {"-c", from});
        BOOST_REQUIRE((plan.strategy == Strategy::single_gpu));
        const size_t at = plan.limit.find("up to ");
        BOOST_REQUIRE_MESSAGE(at != std::string::npos, plan.limit);
        std::string digits = plan.limit.substr(at + 6, plan.limit.find(" tokens") - at - 6);
        digits.erase(std::remove(digits.begin(), digits.end(), ','), digits.end());
        const std::string more = std::to_string(std::stoul(digits) + 1024);
        BOOST_TEST((planFor(model, machine, {"-c", digits}).strategy == Strategy::single_gpu), plan.limit);
        BOOST_TEST((planFor(model, machine, {"-c", more}).strategy == Strategy::fit), plan.limit);
    }
}

BOOST_AUTO_TEST_CASE(experts_in_system_memory_make_room_for_context) {
    const Model & model = truthModel("qwen3-30b-a3b-q4_k_m");
    const auto contexts = largestContexts(model, oneCard(11000, 65536), wrapperDefaults());
    BOOST_TEST(contextOf(contexts, "single_gpu:CUDA0", GgmlType::q8_0).n_ctx == 0U);
    BOOST_TEST(contextOf(contexts, "experts_cpu", GgmlType::q8_0).n_ctx > 32768U);
}

BOOST_AUTO_TEST_CASE(without_gpus_or_flash_attention_less_is_listed) {
    const Model & model = truthModel("qwen3-30b-a3b-q4_k_m");
    Machine none;
    none.host.total_mib = 65536;
    BOOST_TEST(largestContexts(model, none, wrapperDefaults()).empty());
    Settings settings = wrapperDefaults();
    settings.flash_attn = FlashAttention::off;
    settings.type_k = settings.type_v = GgmlType::f16;
    for (const LargestContext & one : largestContexts(model, seedMachine(), settings)) {
        BOOST_TEST((one.type_v == GgmlType::f16));
    }
}

BOOST_AUTO_TEST_CASE(each_change_that_is_named_keeps_everything_on_the_gpus) {
    const Model & model = truthModel("qwen3-30b-a3b-q4_k_m");
    const Machine machine = oneCard(22000, 65536);
    const Plan plan = wholePlanFor(model, machine);
    BOOST_REQUIRE(runsFromSystemMemory(plan));
    BOOST_TEST((plan.remedies.goal == ReachGoal::all_on_gpus));
    size_t n_tried = 0;
    for (const char * name : {"context", "cache_type", "ubatch"}) {
        const Remedy * remedy = changeOf(plan, name);
        if (remedy == nullptr) continue;
        BOOST_TEST(!runsFromSystemMemory(planFor(model, machine, wordsOf(remedy->change))), remedy->change);
        ++n_tried;
    }
    BOOST_TEST(n_tried >= 1U);
    const Remedy * more = changeOf(plan, "gpu");
    BOOST_REQUIRE(more != nullptr);
    BOOST_TEST(more->change == "one more Test GPU");
    Machine two = machine;
    two.devices.push_back(gpu("CUDA1", 22000, 1008));
    BOOST_TEST(!runsFromSystemMemory(planFor(model, two)));
    const Remedy * context = changeOf(plan, "context");
    BOOST_REQUIRE(context != nullptr);
    const uint32_t more_tokens = static_cast<uint32_t>(std::stoul(wordsOf(context->change).at(1))) + 1024;
    BOOST_TEST(runsFromSystemMemory(planFor(model, machine, {"-c", std::to_string(more_tokens)})));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_at_all_is_told_what_would) {
    const Model & model = truthModel("llama-3.3-70b-q4_k_m");  // 39.6 GiB and a cache of 21 GiB
    const Machine machine = oneCard(23000, 32768);
    const Plan plan = wholePlanFor(model, machine);
    BOOST_REQUIRE((plan.verdict == Verdict::does_not_fit));
    BOOST_TEST((plan.remedies.goal == ReachGoal::fits));
    const Remedy * context = changeOf(plan, "context");
    BOOST_REQUIRE(context != nullptr);
    BOOST_TEST((planFor(model, machine, wordsOf(context->change)).verdict != Verdict::does_not_fit));
}

BOOST_AUTO_TEST_CASE(what_is_on_the_gpus_already_needs_no_change) {
    const Plan plan = wholePlanFor(truthModel("llama-3.1-8b-q4_k_m"), seedMachine());
    BOOST_TEST((plan.remedies.goal == ReachGoal::none));
    BOOST_TEST(plan.remedies.changes.empty());
}

BOOST_AUTO_TEST_CASE(a_smaller_file_is_named_by_what_its_weights_may_have) {
    const Plan plan = wholePlanFor(truthModel("llama-3.3-70b-q4_k_m"), seedMachine(), {"-c", "65536"});
    const Remedy * smaller = changeOf(plan, "quantization");
    BOOST_REQUIRE(smaller != nullptr);
    // 35.5 GiB are free, less 1.1 of margins, 10.6 of cache and 1 to 2 of compute: 22 to 23 GiB for 70.6 B weights are
    // 2.7 to 2.8 bits, which no Q2_K file (3.0) has.
    BOOST_TEST(smaller->change == "IQ2_XXS or smaller");
}

BOOST_AUTO_TEST_CASE(margins_cover_what_grows_after_the_start) {
    const Model & model = truthModel("llama-3.3-70b-q4_k_m");
    Settings settings = wrapperDefaults();
    settings.n_ubatch = 512;
    BOOST_TEST(poolBytes(model, settings) == 28672U * 512U / 128U * 144U);  // ffn_down reads rows of 28,672
    BOOST_TEST(marginText(safeMargins(model, seedMachine(), settings)) == "128,1024");
    settings.n_ubatch = 4096;
    BOOST_TEST(marginText(safeMargins(model, seedMachine(), settings)) == "192,1024");
    const Model & experts = truthModel("qwen3-30b-a3b-q4_k_m");
    settings.n_ubatch = 512;
    BOOST_TEST(poolBytes(experts, settings) == 2048U * 8U * 512U / 128U * 144U);  // 8 experts read each token
}

BOOST_AUTO_TEST_CASE(margins_below_what_is_safe_are_warned_of_and_safe_ones_offered) {
    const Model & model = truthModel("gpt-oss-120b-f16");
    const Plan risky = planFor(model, seedMachine(), {"-fitt", "128,128"});
    BOOST_TEST(std::any_of(risky.warnings.begin(), risky.warnings.end(), [](const Warning & warning) {
        return warning.text.find("--fit leaves 128 MiB free on CUDA1") != std::string::npos &&
               warning.remedy.find("FIT_TARGET=128,1024") != std::string::npos;
    }));
    const Plan wide = wholePlanFor(model, seedMachine(), {"-fitt", "4096,4096"});
    const auto offered = std::find_if(wide.alternatives.begin(), wide.alternatives.end(),
                                      [](const Alternative & one) { return one.name == "margins"; });
    BOOST_REQUIRE(offered != wide.alternatives.end());
    BOOST_TEST(offered->label == "FIT_TARGET=128,1024");
    BOOST_TEST(offered->note.find("expert layer") != std::string::npos, offered->note);
}

BOOST_AUTO_TEST_SUITE_END()
