// Formats of a plan, each read back by what reads it: YAML by yaml-cpp, command lines and .env files by bash.
#include "render/formats.h"

#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "render/env.h"
#include "support/models.h"
#include "support/plans.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

using Words = std::vector<std::string>;

/// Words that bash prints, each with a NUL behind it, for a script.
Words bash(const std::string & script) {
    const auto file =
        (std::filesystem::temp_directory_path() / ("ggufit-formats-" + std::to_string(::getpid()))).string();
    std::ofstream(file, std::ios::binary) << script;
    std::FILE * pipe = ::popen(("bash '" + file + "'").c_str(), "r");
    BOOST_REQUIRE(pipe != nullptr);
    Words words(1);
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
        if (c == 0) words.emplace_back();
        if (c != 0) words.back() += static_cast<char>(c);
    }
    BOOST_TEST(::pclose(pipe) == 0);
    std::filesystem::remove(file);
    BOOST_TEST(words.back() == "");
    words.pop_back();
    return words;
}

Words splitByBash(const std::string & line) { return bash("printf '%s\\0' " + line); }

const Plan & qwenPlan() {
    static const Plan plan = planFor(realModel("qwen3-14b-q4_k_m"), seedMachine(), {"-ts", "3,1", "-fit", "off"});
    return plan;
}

/// The plan with the name everywhere that a user or a file can put one.
Plan named(const std::string & name) {
    Plan plan = qwenPlan();
    plan.model.name = name;
    plan.machine.devices[0].description = name;
    plan.devices[0].description = name;
    plan.arguments.insert(plan.arguments.end(), {"--alias", name, "-ot", name + "=CPU"});
    return plan;
}

ModelPlace placed(const std::string & name) { return {name, "/srv/" + name, "/srv/" + name, name}; }

std::string written(const char * format, const Plan & plan, const ModelPlace & place) {
    const PlanFormat * found = findPlanFormat(format);
    BOOST_REQUIRE(found != nullptr);
    return found->write(plan, place);
}

/// What the plan starts, with the model at `path`.
Words expected(const Plan & plan, const std::string & path) {
    Words words = plan.arguments;
    *(std::find(words.begin(), words.end(), "-m") + 1) = path;
    return words;
}

/// Names of one line, which every format holds.
const Words kLines = {"it's a \"name\"",
                      "a: b",
                      "# no comment",
                      "a #b",
                      "${PORT}",
                      "${env.HOME}",
                      "$(rm -rf ~)",
                      "`id`",
                      "-rf",
                      "--",
                      "größe 模型 🦙",
                      "- a",
                      "{a: [b]}",
                      "*x &y !z |",
                      "\\",
                      "a\\",
                      "%YAML",
                      "yes",
                      "${UNKNOWN}${PORT",
                      "$$ $PATH $1",
                      "'",
                      "\"",
                      "a,b=c",
                      "null",
                      "\\n",
                      "''${a}''",
                      "@at",
                      "!bang!",
                      "~",
                      "0x1F"};
/// Names that only some formats hold.
const Words kOdd = {"two\nlines", "x\n# y\nservices:", "tab\there",    std::string("\x1b[2J"), "\xff\xfe",
                    "end\n",      "\r\nmodels:",       "\xEF\xBB\xBF", "\u2028x\u0085",        " edges "};

Words all() {
    Words names = kLines;
    names.insert(names.end(), kOdd.begin(), kOdd.end());
    return names;
}

/// The one model of llama-swap's file.
YAML::Node swapModel(const std::string & text, const Plan & plan) {
    const YAML::Node root = YAML::Load(text);
    BOOST_TEST(root.size() == 1U);
    BOOST_TEST(root["models"].size() == 1U);
    return root["models"][plan.id];
}

/// As llama-swap reads a command: lines that are comments go, macros are replaced, the rest is split as a shell would.
Words swapWords(std::string command) {
    std::string kept;
    for (size_t at = 0; at < command.size();) {
        const size_t end = std::min(command.find('\n', at), command.size());
        const std::string line = command.substr(at, end - at);
        const size_t first = line.find_first_not_of(" \t");
        BOOST_TEST((first == std::string::npos || line[first] != '#'), line);
        BOOST_TEST(!line.ends_with("\\"));
        kept += line + " ";
        at = end + 1;
    }
    const size_t macro = kept.find("${PORT}");
    BOOST_REQUIRE(macro != std::string::npos);
    kept.replace(macro, 7, "5800");
    BOOST_TEST(kept.find("${") == std::string::npos, kept);
    return splitByBash(kept);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(formats)

BOOST_AUTO_TEST_CASE(a_command_line_comes_back_from_bash_word_by_word) {
    for (const std::string & name : all()) {
        const Plan plan = named(name);
        const std::string line = written("args", plan, placed(name));
        BOOST_TEST(std::count(line.begin(), line.end(), '\n') == 1);
        Words words = expected(plan, name);
        words.insert(words.begin(), "llama-server");
        BOOST_TEST(splitByBash(line) == words, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(llama_swap_starts_what_was_planned_on_a_port_of_its_own) {
    for (const std::string & name : kLines) {
        const Plan plan = named(name);
        const YAML::Node model = swapModel(written("llama-swap", plan, placed(name)), plan);
        Words words = expected(plan, "/srv/" + name);
        words.insert(words.begin(), {"llama-server", "--port", "5800"});
        BOOST_TEST(swapWords(model["cmd"].as<std::string>()) == words, boost::test_tools::per_element());
        BOOST_TEST(model["proxy"].as<std::string>() == "http://127.0.0.1:${PORT}");
        BOOST_TEST(model["name"].as<std::string>().find("${") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(what_llama_swap_cannot_hold_is_a_comment_and_nothing_else) {
    for (const std::string & name : kOdd) {
        const Plan plan = named(name);
        const std::string text = written("llama-swap", plan, placed(name));
        const YAML::Node model = swapModel(text, plan);
        BOOST_TEST(model.size() == 3U);
        const Words words = swapWords(model["cmd"].as<std::string>());
        const bool held = name == " edges ";
        BOOST_TEST((std::find(words.begin(), words.end(), "-m") != words.end()) == held);
        BOOST_TEST((text.find("# Left out, since llama-swap can't hold its value: --model") == std::string::npos) ==
                   held);
    }
}

BOOST_AUTO_TEST_CASE(llama_swap_sets_host_and_port_itself) {
    Plan plan = qwenPlan();
    plan.arguments.insert(plan.arguments.end(), {"--port", "9999", "--host", "0.0.0.0"});
    const std::string text = written("llama-swap", plan, placed("m.gguf"));
    const Words words = swapWords(swapModel(text, plan)["cmd"].as<std::string>());
    BOOST_TEST(std::count(words.begin(), words.end(), "--port") == 1);
    BOOST_TEST(std::count(words.begin(), words.end(), "--host") == 0);
    BOOST_TEST(text.find("sets it for each model: --host") != std::string::npos);
}

/// As docker compose reads a value: "$$" is "$", a "$" alone would begin a variable.
std::string interpolated(const std::string & text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '$') BOOST_TEST_REQUIRE(text.substr(i, 2) == "$$", text);
        if (text[i] == '$') ++i;
        out += text[i];
    }
    return out;
}

BOOST_AUTO_TEST_CASE(a_compose_service_runs_what_was_planned_in_the_image_of_the_backend) {
    for (const std::string & name : all()) {
        if (name == "\xff\xfe") continue;
        const Plan plan = named(name);
        const YAML::Node root = YAML::Load(written("compose", plan, placed(name)));
        BOOST_TEST(root.size() == 1U);
        BOOST_TEST(root["services"].size() == 1U);
        const YAML::Node service = root["services"][plan.id];
        Words words;
        for (const YAML::Node & word : service["command"]) words.push_back(interpolated(word.as<std::string>()));
        Words planned = expected(plan, "/models/" + name);
        planned.insert(planned.begin(), {"--host", "0.0.0.0", "--port", "8080"});
        BOOST_TEST(words == planned, boost::test_tools::per_element());
        const YAML::Node folder = service["volumes"][0];
        BOOST_TEST(interpolated(folder["source"].as<std::string>()) == "/srv/" + name);
        BOOST_TEST(folder["target"].as<std::string>() == "/models");
        BOOST_TEST(folder["read_only"].as<bool>());
        BOOST_TEST(service["image"].as<std::string>() == "ghcr.io/ggml-org/llama.cpp:server-cuda");
        BOOST_TEST(service["ports"][0].as<std::string>() == "127.0.0.1:8080:8080");
        const YAML::Node gpus = service["deploy"]["resources"]["reservations"]["devices"][0];
        BOOST_TEST(gpus["driver"].as<std::string>() == "nvidia");
        BOOST_TEST(gpus["capabilities"][0].as<std::string>() == "gpu");
    }
}

BOOST_AUTO_TEST_CASE(a_compose_service_takes_image_and_devices_of_other_backends) {
    Plan plan = qwenPlan();
    const auto service = [&] { return YAML::Load(written("compose", plan, placed("m")))["services"][plan.id]; };
    for (Device & device : plan.machine.devices) device.backend = "ROCm";
    BOOST_TEST(service()["image"].as<std::string>() == "ghcr.io/ggml-org/llama.cpp:server-rocm");
    BOOST_TEST(service()["devices"][0].as<std::string>() == "/dev/kfd:/dev/kfd");
    for (Device & device : plan.machine.devices) device.backend = "Metal";
    BOOST_TEST(service()["image"].as<std::string>() == "ghcr.io/ggml-org/llama.cpp:server");
    BOOST_TEST(written("compose", plan, placed("m")).find("# A container has no Metal device") != std::string::npos);
    plan.machine.devices.clear();
    BOOST_TEST(service()["image"].as<std::string>() == "ghcr.io/ggml-org/llama.cpp:server");
    BOOST_TEST(!service()["deploy"]);
}

BOOST_AUTO_TEST_CASE(a_compose_service_is_published_where_host_and_port_say) {
    Plan plan = qwenPlan();
    plan.arguments.insert(plan.arguments.end(), {"--host", "0.0.0.0", "--port", "9000"});
    const YAML::Node service = YAML::Load(written("compose", plan, placed("m")))["services"][plan.id];
    BOOST_TEST(service["ports"][0].as<std::string>() == "0.0.0.0:9000:8080");
    BOOST_TEST(service["command"].size() == expected(plan, "").size());
}

/// MODEL, CTX_SIZE, N_GPU_LAYERS, FIT, FIT_TARGET, EXTRA_ARGS after a shell took the file in.
Words sourced(const std::string & env) {
    return bash(env +
                "\nprintf '%s\\0' \"$MODEL\" \"$CTX_SIZE\" \"$N_GPU_LAYERS\" \"$FIT\" \"$FIT_TARGET\" \"$EXTRA_ARGS\"");
}

BOOST_AUTO_TEST_CASE(an_env_file_has_the_values_of_the_entry_and_the_wrappers_defaults) {
    const Words filled =
        sourced(envOfEntry("[a]\nNAME=A\nMODEL=a b/c.gguf\nCTX_SIZE=4096\nEXTRA_ARGS=--jinja -np 1\n"));
    BOOST_TEST(filled == (Words{"a b/c.gguf", "4096", "auto", "on", "128,1024", "--jinja -np 1"}),
               boost::test_tools::per_element());
    const Words off = sourced(envOfEntry("[a]\nMODEL=m\nCTX_SIZE=1\nN_GPU_LAYERS=20\nFIT=off\nEXTRA_ARGS=-ts 3,1\n"));
    BOOST_TEST(off == (Words{"m", "1", "20", "off", "", "-ts 3,1"}), boost::test_tools::per_element());

    const Plan & plan = qwenPlan();
    const Words planned = sourced(written("env", plan, placed("m")));
    BOOST_TEST(planned[0] == "qwen3-14b-q4_k_m.gguf");
    BOOST_TEST(planned[3] == "off");
    BOOST_TEST(planned[5].find("-ts 3,1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(hostile_values_of_an_env_file_come_back_or_are_left_out) {
    for (const std::string & name : kLines) {
        const std::string env = envOfEntry("[a]\nNAME=" + name + "\nMODEL=x" + name + "\nEXTRA_ARGS=--jinja\n");
        const Words values = sourced(env);
        const bool left_out = env.find("# MODEL is left out") != std::string::npos;
        BOOST_TEST(values[0] == (left_out ? "" : "x" + name));
        BOOST_TEST(left_out == (name == "''${a}''" || name == "it's a \"name\""), name);
        BOOST_TEST(values[5] == "--jinja");
    }
}

BOOST_AUTO_TEST_CASE(every_format_has_a_name_of_its_own) {
    Words names;
    for (const PlanFormat & format : planFormats()) names.emplace_back(format.name);
    BOOST_TEST(names == (Words{"conf", "args", "env", "ini", "llama-swap", "compose", "json"}),
               boost::test_tools::per_element());
    BOOST_TEST(findPlanFormat("text") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
