// The report of a plan and its JSON: goldens, and what must hold of any report.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "render/bars.h"
#include "render/escape.h"
#include "render/json.h"
#include "render/text.h"
#include "support/golden.h"
#include "support/models.h"
#include "support/plans.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

struct GoldenPlan {
    const char * name;
    const char * model;
    Machine machine;
};

std::vector<GoldenPlan> goldenPlans() {
    Machine cpu;
    cpu.host.total_mib = 32 * 1024;
    Machine one;
    one.devices = {seedMachine().devices[0]};
    one.host.total_mib = 32 * 1024;
    return {{"qwen3-coder-next", "qwen3-coder-next-q5_k_m", seedMachine()},
            {"gpt-oss-120b", "gpt-oss-120b-f16", seedMachine()},
            {"glm-4.7-flash", "glm-4.7-flash-q4_k_m", seedMachine()},
            {"llama-70b-one-gpu", "llama-3.3-70b-q4_k_m", one},
            {"qwen3-14b-cpu", "qwen3-14b-q4_k_m", cpu}};
}

/// Whole plans take seconds under sanitizers: each is made once.
const Plan & planOf(const GoldenPlan & golden) {
    static std::map<std::string, Plan> made;
    const auto found = made.find(golden.name);
    if (found != made.end()) return found->second;
    return made.emplace(golden.name, wholePlanFor(truthModel(golden.model), golden.machine)).first->second;
}

std::vector<std::string> linesOf(const std::string & text) {
    std::vector<std::string> lines(1);
    for (const char c : text) {
        if (c == '\n') {
            lines.emplace_back();
        } else {
            lines.back() += c;
        }
    }
    return lines;
}

}  // namespace

BOOST_AUTO_TEST_CASE(reports_entries_and_json_are_as_pinned) {
    for (const GoldenPlan & golden : goldenPlans()) {
        const Plan & plan = planOf(golden);
        const std::string stem = std::string("plan/") + golden.name;
        BOOST_TEST(goldenDifference(stem + ".txt", renderPlan(plan, {})) == "");
        BOOST_TEST(goldenDifference(stem + ".conf", plan.entry + "\n" + plan.bench_entry) == "");
        std::string words;
        for (const std::string & word : plan.arguments) words += word + "\n";
        BOOST_TEST(goldenDifference(stem + ".args", words) == "");
    }
    const GoldenPlan first = goldenPlans()[0];
    BOOST_TEST(goldenDifference("plan/qwen3-coder-next.json", planJson(planOf(first))) == "");
}

BOOST_AUTO_TEST_CASE(an_estimate_is_as_pinned) {
    const auto parsed =
        parseArguments(std::vector<std::string>{"-c", "131072", "-ctk", "q8_0", "-ctv", "q8_0", "-np", "1"});
    BOOST_REQUIRE(parsed.ok());
    const auto answer = estimate(truthModel("qwen3-coder-next-q5_k_m"), seedMachine(), parsed->settings);
    BOOST_REQUIRE(answer.ok());
    BOOST_TEST(answer->estimate.warnings.empty());  // rules that --fit wrote are not the user's
    BOOST_TEST(goldenDifference("estimate/qwen3-coder-next.txt", renderEstimate(answer->estimate, answer->fit, {})) ==
               "");
    BOOST_TEST(goldenDifference("estimate/qwen3-coder-next.json", estimateJson(answer->estimate, answer->fit)) == "");
}

BOOST_AUTO_TEST_CASE(a_report_without_colour_holds_no_escape_sequence) {
    for (const GoldenPlan & golden : goldenPlans()) {
        const Plan & plan = planOf(golden);
        BOOST_TEST(renderPlan(plan, {}).find('\x1b') == std::string::npos);
        BOOST_TEST(renderPlan(plan, {.colour = true}).find('\x1b') != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_report_keeps_to_the_width) {
    for (const GoldenPlan & golden : goldenPlans()) {
        const Plan & plan = planOf(golden);
        for (const uint32_t width : {80U, 100U, 140U}) {
            for (const std::string & line : linesOf(renderPlan(plan, {.colour = false, .width = width}))) {
                if (line.starts_with('#')) continue;  // the entry is printed as it will stand in the file
                BOOST_TEST(displayWidth(line) <= width, line);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_smaller_gpu_has_a_shorter_bar) {
    const Plan plan = wholePlanFor(truthModel("glm-4.7-flash-q8_0"), seedMachine());
    const auto lines = linesOf(renderBars(plan.devices, true, {.colour = false, .width = 104}));
    // heading, bar, legend (one or two lines), blank, heading, bar
    const uint32_t first = displayWidth(lines[1]) - 2;
    uint32_t second = 0;
    for (size_t i = 2; i + 1 < lines.size(); ++i) {
        if (lines[i].starts_with("  CUDA1")) second = displayWidth(lines[i + 1]) - 2;
    }
    BOOST_TEST(first == 100U);  // the largest device takes the whole width
    // 24,590 MiB are 100 cells, 16,303 MiB are 66.3
    BOOST_TEST(second == 66U);
}

BOOST_AUTO_TEST_CASE(parts_are_told_apart_by_their_fill) {
    std::set<std::string> fills;
    PlanDevice device;
    device.name = "CUDA0";
    device.used = true;
    const std::vector<std::string> names = {"attention", "feed_forward", "experts", "embeddings", "output",
                                            "cache",     "compute",      "driver",  "reserved",   "free"};
    for (const std::string & name : names) device.parts.push_back({name, uint64_t{1} << 30});
    device.total_bytes = uint64_t{10} << 30;
    const auto lines = linesOf(renderBars({device}, false, {.colour = false, .width = 64}));  // 60 cells, six each
    std::vector<std::string> cells;
    for (size_t i = 2; i < lines[1].size();) {
        const size_t n = (lines[1][i] & 0x80) == 0 ? 1 : (lines[1][i] & 0xE0) == 0xC0 ? 2 : 3;
        cells.push_back(lines[1].substr(i, n));
        i += n;
    }
    BOOST_REQUIRE(cells.size() == 60U);
    for (size_t i = 0; i < cells.size(); i += 6) {
        BOOST_TEST(cells[i] == cells[i + 5]);
        BOOST_TEST(fills.insert(cells[i]).second, cells[i] << " stands for two parts");
    }
}

BOOST_AUTO_TEST_CASE(text_of_a_file_can_t_reach_the_terminal_as_control_characters) {
    GgufBuilder builder;
    builder.string("general.architecture", "llama\x1b[31m")
        .string("general.name", "x\x1b[2J\x07\n\r[evil]")
        .u32("llama\x1b[31m.block_count", 1)
        .tensor("blk.0.attn_q.weight\x1b[0m", GgmlType::f16, {256, 256});
    PlanRequest request;
    request.settings = wrapperDefaults();
    const auto answer = plan(builtModel(builder), seedMachine(), request);
    if (!answer) return;  // refused is as good
    const std::string text = renderPlan(*answer, {});
    BOOST_TEST(text.find('\x1b') == std::string::npos);
    BOOST_TEST(text.find('\x07') == std::string::npos);
    BOOST_TEST(text.find('\r') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(json_holds_the_fields_of_a_plan_by_name) {
    const auto json =
        nlohmann::json::parse(planJson(wholePlanFor(truthModel("qwen3-coder-next-q5_k_m"), seedMachine())));
    for (const char * key :
         {"model",    "machine", "settings", "strategy",     "verdict", "devices",     "host",
          "layers",   "fit",     "reasons",  "alternatives", "entry",   "bench_entry", "arguments",
          "warnings", "summary", "limit",    "n_ctx",        "id",      "approximate", "approximate_because",
          "placed"}) {
        BOOST_TEST(json.contains(key), key);
    }
    BOOST_TEST(json["devices"][0]["name"] == "CUDA0");
    BOOST_TEST(json["machine"]["devices"].size() == 2U);
    BOOST_TEST(json["settings"]["type_k"] == "q8_0");
    BOOST_TEST(json["strategy"] == "fit");
    BOOST_TEST(json["layers"].size() == 48U);
}

BOOST_AUTO_TEST_CASE(json_is_valid_whatever_the_file_says) {
    for (const std::string & name :
         {std::string("\xff\xfe\x80"), std::string("\"\\\n\x01"), std::string("\xed\xa0\x80")}) {
        GgufBuilder builder;
        builder.string("general.architecture", "llama")
            .string("general.name", name)
            .u32("llama.block_count", 1)
            .u32("llama.embedding_length", 256)
            .u32("llama.attention.head_count", 4)
            .u32("llama.context_length", 2048)
            .u32("llama.feed_forward_length", 256)
            .f32("llama.attention.layer_norm_rms_epsilon", 1e-5F)
            .tensor("token_embd.weight", GgmlType::f16, {256, 256});
        Machine machine = seedMachine();
        machine.devices[0].description = name;
        PlanRequest request;
        request.settings = wrapperDefaults();
        request.id = request.model_path = name;
        request.kept_arguments = {"--alias", name};
        const auto answer = plan(builtModel(builder), machine, request);
        if (!answer) {
            BOOST_TEST(nlohmann::json::accept(errorJson(answer.error())));
            continue;
        }
        BOOST_TEST(nlohmann::json::accept(planJson(*answer)));
    }
}
