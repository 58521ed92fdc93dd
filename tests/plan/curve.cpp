// Context against memory and speed: each point is what a plan with that context says.
#include "plan/curve.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "support/models.h"
#include "support/plans.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

ContextCurve curveOf(const Model & model, const Machine & machine, const std::vector<std::string> & words) {
    const auto parsed = parseArguments(words, wrapperDefaults());
    BOOST_REQUIRE(parsed.ok());
    PlanRequest request;
    request.settings = parsed->settings;
    return contextCurve(model, machine, plannedSettings(model, request));
}

std::vector<std::string> with(std::vector<std::string> words, uint32_t n_ctx) {
    words.insert(words.end(), {"-c", std::to_string(n_ctx)});
    return words;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(curve)

BOOST_AUTO_TEST_CASE(each_point_is_what_a_plan_with_that_context_says) {
    const Model model = realModel("qwen3-14b-q4_k_m");
    const Machine machine = seedMachine();
    const ContextCurve found = curveOf(model, machine, {});
    BOOST_TEST(found.points.size() >= 6U);
    BOOST_TEST(found.largest_n_ctx == model.hparams.n_ctx_train);
    BOOST_TEST(found.points.back().n_ctx == model.hparams.n_ctx_train);
    for (const ContextPoint & point : found.points) {
        const Plan plan = planFor(model, machine, with({}, point.n_ctx));
        BOOST_TEST_CONTEXT("-c " << point.n_ctx) {
            BOOST_TEST(plan.n_ctx == point.n_ctx);
            BOOST_TEST((plan.strategy == point.strategy));
            BOOST_TEST((plan.verdict == point.verdict));
            for (size_t i = 0; i < plan.devices.size(); ++i) {
                const PlanDevice & device = plan.devices[i];
                BOOST_TEST(point.used_bytes[i] == device.model_bytes + device.context_bytes + device.compute_bytes);
                BOOST_TEST(point.headroom_bytes[i] == device.headroom_bytes);
            }
            BOOST_REQUIRE(plan.speed.has_value());
            BOOST_TEST(point.full_tokens_per_second == plan.speed->full.decode_tokens_per_second);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_largest_context_fits_and_a_step_more_does_not) {
    const Model model = realModel("qwen3-14b-q4_k_m");
    const Machine machine = seedMachine();
    const std::vector<std::string> by_hand = {"-ngl", "99", "-fit", "off", "-sm",  "none",
                                              "-mg",  "1",  "-ctk", "f16", "-ctv", "f16"};
    const ContextCurve found = curveOf(model, machine, by_hand);
    BOOST_REQUIRE(found.largest_n_ctx > 0U);
    BOOST_REQUIRE(found.largest_n_ctx < model.hparams.n_ctx_train);
    const auto fits = [&](uint32_t n_ctx) {
        return planFor(model, machine, with(by_hand, n_ctx)).verdict != Verdict::does_not_fit;
    };
    BOOST_TEST(fits(found.largest_n_ctx));
    BOOST_TEST(!fits(found.largest_n_ctx + 1024));
    const bool marked = std::any_of(found.points.begin(), found.points.end(),
                                    [&](const ContextPoint & point) { return point.n_ctx == found.largest_n_ctx; });
    BOOST_TEST(marked);
    BOOST_TEST(found.points.back().full_tokens_per_second == 0.0);  // where it does not fit nothing runs
}

BOOST_AUTO_TEST_CASE(points_rise_and_stand_once_with_the_asked_context_among_them) {
    const Model model = realModel("llama-3.2-1b-q8_0");
    const ContextCurve found = curveOf(model, seedMachine(), {"-c", "20480"});
    BOOST_TEST(std::is_sorted(found.points.begin(), found.points.end(),
                              [](const ContextPoint & a, const ContextPoint & b) { return a.n_ctx <= b.n_ctx; }));
    BOOST_TEST(std::count_if(found.points.begin(), found.points.end(),
                             [](const ContextPoint & point) { return point.n_ctx == 20480; }) == 1);
}

BOOST_AUTO_TEST_CASE(a_plan_holds_it_only_where_it_is_asked_for) {
    const Model model = realModel("llama-3.2-1b-q8_0");
    PlanRequest request;
    request.settings = wrapperDefaults();
    request.alternatives = false;
    BOOST_TEST(!plan(model, seedMachine(), request)->curve.has_value());
    request.curve = true;
    BOOST_TEST(plan(model, seedMachine(), request)->curve.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
