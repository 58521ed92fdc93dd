// Alternatives: few, different from each other, and counted like the plan itself.
#include <boost/test/unit_test.hpp>
#include <set>

#include "plan/alternatives.h"
#include "support/plans.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

const Alternative * find(const Plan & plan, const std::string & name) {
    for (const Alternative & one : plan.alternatives) {
        if (one.name == name) return &one;
    }
    return nullptr;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_plan_itself_is_first_and_the_only_recommended_one) {
    for (const char * name : {"qwen3-14b-q4_k_m", "qwen3-coder-next-q5_k_m", "gpt-oss-120b-f16"}) {
        const Plan plan = wholePlanFor(truthModel(name), seedMachine());
        BOOST_REQUIRE(plan.alternatives.size() > 2U);
        BOOST_TEST(plan.alternatives.size() <= kMostAlternatives + 1);
        BOOST_TEST(plan.alternatives[0].recommended);
        BOOST_TEST(plan.alternatives[0].headroom_bytes[0] == plan.devices[0].headroom_bytes);
        std::set<std::string> names;
        size_t n_recommended = 0;
        for (const Alternative & one : plan.alternatives) {
            names.insert(one.name);
            n_recommended += one.recommended ? 1 : 0;
            BOOST_TEST(one.headroom_bytes.size() == plan.devices.size());
        }
        BOOST_TEST(names.size() == plan.alternatives.size());
        BOOST_TEST(n_recommended == 1U);
    }
}

BOOST_AUTO_TEST_CASE(an_alternative_s_arguments_give_its_figures) {
    const Model & model = truthModel("qwen3-14b-q4_k_m");
    const Plan plan = wholePlanFor(model, seedMachine());
    const Alternative * other = find(plan, "cache_q4_0");
    BOOST_REQUIRE(other != nullptr);
    const Plan again = wholePlanFor(model, seedMachine(), other->arguments);
    BOOST_TEST(again.n_ctx == other->n_ctx);
    BOOST_TEST(again.devices[0].headroom_bytes == other->headroom_bytes[0]);
}

BOOST_AUTO_TEST_CASE(a_smaller_cache_type_leaves_more_room) {
    const Plan plan = wholePlanFor(truthModel("qwen3-14b-q4_k_m"), seedMachine());
    const Alternative * f16 = find(plan, "cache_f16");
    const Alternative * q4 = find(plan, "cache_q4_0");
    BOOST_REQUIRE(f16 != nullptr);
    BOOST_REQUIRE(q4 != nullptr);
    BOOST_TEST(find(plan, "cache_q8_0") == nullptr);  // is the plan itself
    BOOST_TEST(f16->headroom_bytes[0] < plan.devices[0].headroom_bytes);
    BOOST_TEST(q4->headroom_bytes[0] > plan.devices[0].headroom_bytes);
}

BOOST_AUTO_TEST_CASE(no_alternative_has_more_context_than_was_trained) {
    const Plan plan = wholePlanFor(truthModel("qwen3-coder-next-q5_k_m"), seedMachine());
    for (const Alternative & one : plan.alternatives) BOOST_TEST(one.n_ctx <= 262144U, one.name);
    BOOST_TEST(find(plan, "ctx_half") != nullptr);
    BOOST_TEST(find(plan, "ctx_half")->n_ctx == 65536U);
}

BOOST_AUTO_TEST_CASE(without_flash_attention_no_quantized_cache_is_offered) {
    const Plan plan =
        wholePlanFor(truthModel("qwen3-14b-q4_k_m"), seedMachine(), {"-fa", "off", "-ctk", "f16", "-ctv", "f16"});
    for (const Alternative & one : plan.alternatives) BOOST_TEST(!one.name.starts_with("cache_"), one.name);
}
