// The report of tensor overrides and its JSON.
#include "render/overrides.h"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "render/escape.h"
#include "support/golden.h"
#include "support/plans.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

OverridePlan overridesFor(const Model & model, const Machine & machine) {
    Settings settings = wrapperDefaults();
    settings.n_ctx = 65536;
    markGiven(settings);
    auto plan = planOverrides(model, machine, {settings, {"--jinja"}, {}, "models/it's.gguf"});
    if (!plan) BOOST_FAIL(plan.error().text());
    return std::move(*plan);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(overrides)

BOOST_AUTO_TEST_CASE(the_report_and_the_line_to_run_are_pinned) {
    const Model & model = truthModel("gpt-oss-120b-f16");
    const OverridePlan plan = overridesFor(model, seedMachine());
    const std::string text = renderOverrides(plan, model, false, {}) + "\n" + overridesUsage(plan);
    BOOST_TEST(goldenDifference("overrides/gpt-oss-120b.txt", text) == "");
    BOOST_TEST(goldenDifference("overrides/gpt-oss-120b.params", overrideParams(plan)) == "");
}

BOOST_AUTO_TEST_CASE(no_line_of_the_report_but_the_rules_is_wider_than_the_terminal) {
    const Model & model = truthModel("glm-4.7-flash-q8_0");
    const OverridePlan plan = overridesFor(model, seedMachine());
    const std::string text = renderOverrides(plan, model, true, {.width = 100});
    for (size_t start = 0; start < text.size();) {
        const size_t end = std::min(text.find('\n', start), text.size());
        const std::string line = text.substr(start, end - start);
        if (!line.starts_with("  -ot ")) BOOST_TEST(displayWidth(line) <= 100U, line);
        start = end + 1;
    }
}

BOOST_AUTO_TEST_CASE(json_has_every_tensor_with_its_reason_and_every_device_with_its_totals) {
    const Model & model = truthModel("glm-4.7-flash-q8_0");
    const OverridePlan plan = overridesFor(model, seedMachine());
    const auto json = nlohmann::json::parse(overridesJson(plan, model));
    std::set<std::string> names;
    for (const auto & tensor : json["tensors"]) {
        names.insert(tensor["name"].get<std::string>());
        BOOST_TEST(tensor["why"].get<std::string>() != "");
        BOOST_TEST(tensor["bytes"].is_number_unsigned());
        if (tensor["override"].is_null()) continue;
        BOOST_TEST(json["overrides"][tensor["override"].get<size_t>()]["buffer"] == tensor["device"]);
    }
    BOOST_TEST(names.size() == model.file.tensors.size());
    for (const auto & device : json["devices"]) {
        BOOST_TEST(device["used_bytes"].get<int64_t>() + device["headroom_bytes"].get<int64_t>() ==
                   device["budget_bytes"].get<int64_t>());
    }
}

BOOST_AUTO_TEST_SUITE_END()
