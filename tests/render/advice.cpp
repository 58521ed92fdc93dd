// The document of an advice: goldens with their facts beside, and text from files that stays text.
#include "render/advice.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "render/markdown.h"
#include "support/golden.h"
#include "support/models.h"
#include "support/plans.h"
#include "support/profile_reader.h"
#include "support/text.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

size_t countOf(const std::string & text, const std::string & part) {
    size_t n = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
    return n;
}

Advice adviceFor(const Model & model, const Machine & machine) {
    PlanRequest request;
    request.settings = wrapperDefaults();
    request.model_path = model.file.shards.front().name;
    auto advice = advise(model, machine, request);
    if (!advice) BOOST_FAIL(advice.error().text());
    return std::move(*advice);
}

/// A document as CommonMark's fences divide it: what stands in fenced blocks, and the lines outside of them.
struct Document {
    std::vector<std::string> blocks;
    std::vector<std::string> lines;
    bool closed = true;
};

Document divide(const std::string & text) {
    Document document;
    std::string fence, block, line;
    for (const char c : text) {
        if (c != '\n') {
            line += c;
            continue;
        }
        const size_t ticks = std::min(line.find_first_not_of('`'), line.size());
        if (fence.empty() && ticks >= 3) {
            fence = line.substr(0, ticks);
        } else if (!fence.empty() && ticks >= fence.size() && ticks == line.size()) {
            document.blocks.push_back(block);
            fence.clear();
            block.clear();
        } else if (!fence.empty()) {
            block += line + "\n";
        } else {
            document.lines.push_back(line);
        }
        line.clear();
    }
    document.closed = fence.empty() && line.empty();
    return document;
}

std::vector<std::string> entriesOf(const Document & document) {
    std::vector<std::string> entries;
    for (const std::string & block : document.blocks) {
        if (holds(block, "\n[") && holds(block, "\nMODEL=") && block.starts_with('#')) entries.push_back(block);
    }
    return entries;
}

Machine machineOf(double cuda1_bandwidth) {
    Machine machine = seedMachine();
    machine.devices[0] = gpu("CUDA0", 23580, 1008);
    machine.devices[1] = gpu("CUDA1", 11758, cuda1_bandwidth, 3584);
    return machine;
}

}  // namespace

BOOST_AUTO_TEST_CASE(advice_is_as_pinned) {
    BOOST_TEST(goldenDifference("advise/qwen3-coder-next.md",
                                adviceMarkdown(adviceFor(truthModel("qwen3-coder-next-q5_k_m"), machineOf(896)))) ==
               "");
    BOOST_TEST(goldenDifference("advise/mistral-small.md",
                                adviceMarkdown(adviceFor(truthModel("mistral-small-24b-q5_k_m"), seedMachine()))) ==
               "");
}

BOOST_AUTO_TEST_CASE(the_document_has_a_table_to_fill_in_for_the_plan_and_each_suggestion) {
    const Advice advice = adviceFor(truthModel("qwen3-coder-next-q5_k_m"), machineOf(896));
    BOOST_REQUIRE(advice.suggestions.size() >= 2U);
    const std::string text = adviceMarkdown(advice);
    BOOST_TEST(countOf(text, "\n| Metric | Value |\n|---|---|\n") == advice.suggestions.size() + 1);
    for (const char * row : {"CUDA0 VRAM (MiB / %)", "CUDA1 VRAM (MiB / %)", "Graph splits (bs=1)", "Speed (t/s)",
                             "Prompt speed (t/s)", "OOM?", "Notes"}) {
        BOOST_TEST(countOf(text, "\n| " + std::string(row) + " | |\n") == advice.suggestions.size() + 1, row);
    }
    for (const char * title : {"## Suggestion A (Aggressive): ", "## Suggestion B (Moderate): ", "## Testing procedure",
                               "## Priority order", "## Decision criteria", "**Key insight:** "}) {
        BOOST_TEST(holds(text, std::string("\n") + title), title);
    }
}

BOOST_AUTO_TEST_CASE(memory_is_that_of_the_suggestion_s_plan) {
    const Advice advice = adviceFor(truthModel("qwen3-coder-next-q5_k_m"), machineOf(896));
    const std::string text = adviceMarkdown(advice);
    for (const Suggestion & one : advice.suggestions) {
        const PlanDevice & device = one.plan.devices[0];
        const auto mib = [](uint64_t bytes) { return formatCount((bytes + kMib / 2) / kMib); };
        const uint64_t needed = device.model_bytes + device.context_bytes + device.compute_bytes;
        const uint64_t shown = needed + device.driver_bytes + device.reserved_bytes;
        const std::string row = "| CUDA0 | " + mib(device.model_bytes) + " | " + mib(device.context_bytes) + " | " +
                                mib(device.compute_bytes) + " | " + mib(needed) + " | 23,580 | " +
                                mib(static_cast<uint64_t>(device.headroom_bytes)) + " | " + mib(shown) + " / ";
        BOOST_TEST(holds(text, row), row);
        BOOST_TEST(holds(text, "sched_reserve: graph splits = " + std::to_string(one.plan.graph.splits_prompt) +
                                   " (with bs=" + std::to_string(one.plan.settings.n_ubatch) + "), " +
                                   std::to_string(one.plan.graph.splits_decode) + " (with bs=1)\n"));
    }
}

BOOST_AUTO_TEST_CASE(entries_can_be_copied_out_of_their_fences) {
    const Advice advice = adviceFor(truthModel("qwen3-coder-next-q5_k_m"), machineOf(896));
    const Document document = divide(adviceMarkdown(advice));
    const auto entries = entriesOf(document);
    BOOST_TEST(document.closed);
    BOOST_REQUIRE(entries.size() == advice.suggestions.size());
    for (size_t i = 0; i < entries.size(); ++i) {
        BOOST_TEST(entries[i] == advice.suggestions[i].plan.entry);
        const Profile profile = readProfile(entries[i]);
        BOOST_TEST(profile.complaints.empty());
        BOOST_REQUIRE(profile.sections.size() == 1U);
        BOOST_TEST(profile.sections[0].id == advice.suggestions[i].plan.id);
    }
}

BOOST_AUTO_TEST_CASE(where_nothing_is_left_to_suggest_the_document_says_so_and_ends) {
    Machine machine;
    machine.host.total_mib = 64 * 1024;
    const std::string text = adviceMarkdown(adviceFor(truthModel("qwen3-14b-q4_k_m"), machine));
    BOOST_TEST(holds(text, "**Status:** nothing to test."));
    BOOST_TEST(holds(text, "No GPU is used"));
    BOOST_TEST(!holds(text, "| Metric |"));
}

BOOST_AUTO_TEST_CASE(text_of_a_file_can_t_become_structure_or_leave_its_fence) {
    const std::vector<std::string> hostile = {
        "```\n# x\n<script>alert(1)</script>",
        "~~~\n````\n# heading",
        "[a](javascript:alert(1)) ![b](http://x/y.png)",
        "<img src=x onerror=alert(1)>",
        "x | y | z\n|---|---|",
        "x\r\n\r\n# heading\r\n- item",
        "# heading",
        "*a* **b** _c_ `d` ~~e~~ $f$ &lt;g&gt; \\*h\\*",
        "x\u2028# y\u2029z\u202e",
        "\xff\xfe\x80",
        "http://evil.example www.evil.example @team #1",
        "    code",
    };
    for (const std::string & text : hostile) {
        GgufBuilder builder;
        describeSmallLlama(builder);
        builder.string("general.name", text)
            .string("general.sampling.temp", text)
            .tensor("token_embd.weight", GgmlType::f16, {256, 256})
            .tensor("output_norm.weight", GgmlType::f32, {256})
            .tensor("blk.0.attn_q.weight", GgmlType::f16, {256, 256})
            .tensor("blk.0.ffn_up.weight", GgmlType::f16, {256, 512});
        Machine machine = seedMachine();
        machine.devices[0].description = machine.host.memory = text;
        PlanRequest request;
        request.settings = wrapperDefaults();
        request.model_path = request.id = text;
        request.kept_arguments = {"--alias", text};
        const auto advice = advise(builtModel(builder), machine, request);
        BOOST_REQUIRE(advice.ok());
        BOOST_TEST(nlohmann::json::accept(adviceJson(*advice)));
        const std::string document_text = adviceMarkdown(*advice);
        const Document document = divide(document_text);
        BOOST_TEST(document.closed, document_text.substr(0, 400));
        BOOST_TEST(entriesOf(document).size() == advice->suggestions.size());
        size_t n_titles = 0;
        for (const std::string & line : document.lines) {
            n_titles += line.starts_with("# ") ? 1 : 0;
            BOOST_TEST(!line.starts_with("# heading"), line);
            for (const char c : {'<', '`', '[', '$', '&', '~'}) {
                for (size_t at = line.find(c); at != std::string::npos; at = line.find(c, at + 1))
                    BOOST_TEST((at > 0 && line[at - 1] == '\\'), line);
            }
            BOOST_TEST(!holds(line, "p://"), line);  // a bare address would become a link
        }
        BOOST_TEST(n_titles == 1U);
        for (const char c : document_text) {
            if (static_cast<unsigned char>(c) < 0x20 && c != '\n') BOOST_ERROR("a control character: " + text);
        }
    }
}

BOOST_AUTO_TEST_CASE(escaped_text_reads_as_itself) {
    // By CommonMark a backslash before ASCII punctuation stands for that character.
    const auto unescaped = [](const std::string & text) {
        std::string out;
        for (size_t i = 0; i < text.size(); ++i) {
            const bool pair = text[i] == '\\' && i + 1 < text.size() && std::ispunct(text[i + 1]) != 0;
            out += text[pair ? ++i : i];
        }
        return out;
    };
    for (const char * text :
         {"a*b_c", "_x_", "# x",   "- x",      "1. x",    "1) x", "---",   "===", "+ x",  "a|b",
          "<b>",   "\\*", "a & b", "http://x", "www.x.y", "a@b",  "~~x~~", "$x$", "q8_0", "--fit"}) {
        BOOST_TEST(unescaped(markdownText(text)) == text);
    }
    BOOST_TEST(markdownText("q8_0 at -ub 256, 1.5 GiB (3 %)") == "q8_0 at -ub 256, 1.5 GiB (3 %)");
    BOOST_TEST(markdownText("--fit stays on") == "--fit stays on");
    BOOST_TEST(markdownText("- x") == "\\- x");
    BOOST_TEST(markdownText("12. x") == "12\\. x");
    BOOST_TEST(markdownText("_x_") == "\\_x\\_");
    BOOST_TEST(markdownText("    x") == "x");
    BOOST_TEST(markdownText("a\nb") == "a\\\\x0ab");
}

BOOST_AUTO_TEST_CASE(a_fence_is_longer_than_any_run_of_backticks_inside) {
    BOOST_TEST(markdownFence("a\n") == "```\na\n```\n");
    BOOST_TEST(markdownFence("a\n````\nb", "sh") == "`````sh\na\n````\nb\n`````\n");
    BOOST_TEST(markdownCode("a") == "`a`");
    BOOST_TEST(markdownCode("a`b") == "`` a`b ``");
}

BOOST_AUTO_TEST_CASE(json_holds_the_fields_of_an_advice_by_name) {
    const Advice advice = adviceFor(truthModel("mistral-small-24b-q5_k_m"), seedMachine());
    const auto json = nlohmann::json::parse(adviceJson(advice));
    for (const char * key : {"plan", "finding", "suggestions", "order", "criteria", "metrics"})
        BOOST_TEST(json.contains(key), key);
    BOOST_REQUIRE(json["suggestions"].size() == advice.suggestions.size());
    for (size_t i = 0; i < advice.suggestions.size(); ++i) {
        const auto & one = json["suggestions"][i];
        for (const char * key : {"kind", "title", "why", "changes", "risk", "risks", "if_it_fails", "plan"})
            BOOST_TEST(one.contains(key), key);
        BOOST_TEST(one["plan"]["entry"] == advice.suggestions[i].plan.entry);
        BOOST_TEST(one["plan"]["devices"][0]["headroom_bytes"] == advice.suggestions[i].plan.devices[0].headroom_bytes);
    }
    BOOST_TEST(json["plan"].contains("model"));
    BOOST_TEST(json["order"][0]["suggestion"] == -1);
}
