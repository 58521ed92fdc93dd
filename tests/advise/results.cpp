// Measured starts: each is put to the configuration it was of, and the criteria of the test plan pick one.
#include "advise/results.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "base/units.h"
#include "support/models.h"
#include "support/plans.h"
#include "support/text.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

const Advice & seedAdvice() {
    static const Advice advice = [] {
        PlanRequest request;
        request.settings = wrapperDefaults();
        request.settings.fit_target_mib = {2048, 3072};
        request.model_path = "qwen3-coder-next.gguf";
        auto made = advise(truthModel("qwen3-coder-next-q5_k_m"), seedMachine(), request);
        if (!made) BOOST_FAIL(made.error().text());
        return std::move(*made);
    }();
    return advice;
}

int32_t positionOf(SuggestionKind kind) {
    for (size_t i = 0; i < seedAdvice().suggestions.size(); ++i) {
        if (seedAdvice().suggestions[i].kind == kind) return static_cast<int32_t>(i);
    }
    BOOST_FAIL("the advice has no such suggestion");
    return -2;
}

int32_t aggressive() { return positionOf(SuggestionKind::aggressive); }
int32_t moderate() { return positionOf(SuggestionKind::moderate); }

/// A start as the plan of a configuration foresees it.
MeasuredStart startOf(int32_t suggestion, double speed, uint64_t prompt_tokens = 1500) {
    const Plan & plan =
        suggestion < 0 ? seedAdvice().plan : seedAdvice().suggestions[static_cast<size_t>(suggestion)].plan;
    MeasuredStart start;
    start.source = "a.log";
    start.n_ctx = plan.n_ctx;
    start.n_ubatch = plan.settings.n_ubatch;
    start.type_k = plan.settings.type_k;
    start.type_v = plan.settings.type_v;
    for (const PlanDevice & device : plan.devices)
        start.devices.push_back({device.name, static_cast<double>(device.model_bytes) / kMib, 0, 0});
    start.decode_tokens_per_second = speed;
    start.prompt_tokens = prompt_tokens;
    return start;
}

MeasuredStart labelled(const std::string & label, double speed, uint64_t prompt_tokens = 1500) {
    MeasuredStart start = startOf(-1, speed, prompt_tokens);
    start.label = label;
    return start;
}

MeasuredStart failed(const std::string & label) {
    MeasuredStart start = labelled(label, 0, 0);
    start.failure = "Out of memory.";
    start.out_of_memory = true;
    return start;
}

Decision decided(const std::vector<MeasuredStart> & starts) {
    auto decision = decide(seedAdvice(), starts);
    if (!decision) BOOST_FAIL(decision.error().text());
    return std::move(*decision);
}

int32_t winnerOf(const std::vector<MeasuredStart> & starts) { return decided(starts).winner.value_or(-2); }

bool anyHolds(const std::vector<std::string> & lines, const std::string & part) {
    return std::any_of(lines.begin(), lines.end(), [&](const std::string & line) { return holds(line, part); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(results)

BOOST_AUTO_TEST_CASE(a_start_is_of_the_configuration_with_its_weights_by_device) {
    for (int32_t i = -1; i < static_cast<int32_t>(seedAdvice().suggestions.size()); ++i) {
        const Decision decision = decided({startOf(i, 30)});
        BOOST_TEST(decision.starts[0].suggestion == i);
    }
    MeasuredStart other = startOf(-1, 30);
    other.n_ctx = 4096;
    BOOST_TEST(decided({other}).starts[0].suggestion == -2);
    BOOST_TEST(anyHolds(decided({other}).starts[0].notes, "of none of these configurations"));
    MeasuredStart moved = startOf(-1, 30);
    moved.devices[0].weights_mib /= 2;
    BOOST_TEST(decided({moved}).starts[0].suggestion == -2);
    MeasuredStart blank;
    blank.failure = "Out of memory.";
    BOOST_TEST(anyHolds(decided({blank}).starts[0].notes, "several of these configurations"));
}

BOOST_AUTO_TEST_CASE(the_fastest_stable_one_wins_and_must_beat_the_plan) {
    BOOST_TEST(winnerOf({labelled("plan", 30), labelled("moderate", 33), labelled("aggressive", 36)}) == aggressive());
    BOOST_TEST(winnerOf({labelled("plan", 30), labelled("moderate", 36), labelled("aggressive", 33)}) == moderate());
    BOOST_TEST(winnerOf({labelled("plan", 30), labelled("moderate", 29), labelled("aggressive", 30.2)}) == -1);
    const Decision decision = decided({labelled("plan", 30), labelled("moderate", 29)});
    BOOST_TEST(
        anyHolds(decision.reasons, "Suggestion B (Moderate) is out: it is not faster, 29.0 t/s against 30.0 t/s"));
    BOOST_TEST(anyHolds(decision.open, "Suggestion A (Aggressive) was not measured."));
}

BOOST_AUTO_TEST_CASE(equal_speed_takes_the_aggressive_one) {
    BOOST_TEST(winnerOf({labelled("moderate", 33.1), labelled("aggressive", 33.0)}) == aggressive());
    BOOST_TEST(winnerOf({labelled("moderate", 33.5), labelled("aggressive", 33.0)}) == moderate());
}

BOOST_AUTO_TEST_CASE(one_that_failed_once_is_out_however_fast) {
    const Decision decision =
        decided({labelled("plan", 30), labelled("moderate", 33), labelled("aggressive", 40), failed("aggressive")});
    BOOST_TEST(decision.winner.value_or(-2) == moderate());
    BOOST_TEST(anyHolds(decision.reasons, "Suggestion A (Aggressive) is out: 1 of 2 starts failed."));
    BOOST_TEST(!decided({failed("plan"), failed("aggressive")}).winner.has_value());
    // a plan that fails asks for no gain
    BOOST_TEST(winnerOf({failed("plan"), labelled("moderate", 20)}) == moderate());
}

BOOST_AUTO_TEST_CASE(a_long_prompt_goes_before_speed_and_is_asked_for) {
    BOOST_TEST(winnerOf({labelled("plan", 30, 1000), labelled("aggressive", 40, 999)}) == -1);
    const Decision decision = decided({labelled("plan", 30, 40), labelled("aggressive", 40, 40)});
    BOOST_TEST(decision.winner.value_or(-2) == aggressive());
    BOOST_TEST(holds(decision.text, "none was tested with a long prompt"));
    BOOST_TEST(anyHolds(decision.open, "the longest so far had 40"));
}

BOOST_AUTO_TEST_CASE(several_starts_count_by_their_median_and_are_wanted_three_times) {
    const Decision three = decided({labelled("plan", 30), labelled("plan", 50), labelled("plan", 31)});
    BOOST_TEST(three.results.at(0).decode_tokens_per_second == 31.0);
    BOOST_TEST(!anyHolds(three.open, "times in a row"));
    BOOST_TEST(decided({labelled("plan", 30), labelled("plan", 32)}).results.at(0).decode_tokens_per_second == 31.0);
    BOOST_TEST(anyHolds(decided({labelled("plan", 30)}).open, "Start it 3 times in a row; the logs show 1 start."));
}

BOOST_AUTO_TEST_CASE(optional_ones_are_shown_but_never_picked) {
    const int32_t optional = positionOf(SuggestionKind::optional);
    const Decision decision = decided({labelled("plan", 30), labelled("optional-1", 90)});
    BOOST_TEST(decision.starts[1].suggestion == optional);
    BOOST_TEST(decision.winner.value_or(-2) == -1);
    BOOST_TEST(anyHolds(decision.reasons, "Optional 1 is not weighed"));
}

BOOST_AUTO_TEST_CASE(a_label_that_no_configuration_has_is_refused) {
    const auto decision = decide(seedAdvice(), {labelled("optional-9", 30)});
    BOOST_REQUIRE(!decision.ok());
    BOOST_TEST(holds(decision.error().detail, "is none of plan, "));
}

BOOST_AUTO_TEST_SUITE_END()
