// What is printed to be installed or pasted elsewhere: formats of a plan, completions, the manual.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "cli/run.h"
#include "support/data.h"
#include "support/text.h"

using namespace ggufit::test;

namespace {

Run planAs(const std::string & format, const std::string & model, const std::vector<std::string> & more = {}) {
    std::vector<std::string> words{"plan", model, "--gpu", "RTX 4090", "--format", format};
    words.insert(words.end(), more.begin(), more.end());
    return ggufit::test::ggufit(words);
}

/// What bash offers for the last of these words, by the completion that ggufit prints.
std::string offered(const std::string & words) {
    const std::string script = "eval \"$(\"$GGUFIT\" completion bash)\"; COMP_WORDS=(" + words +
                               "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _ggufit; printf '%s\\n' \"${COMPREPLY[@]}\"";
    const Run run = shell("bash -c '" + [&] {
        std::string quoted;
        for (const char c : script) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
        return quoted;
    }() + "'");
    BOOST_TEST(run.exit_code == 0);
    BOOST_TEST(run.err == "");
    return run.out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(formats)

BOOST_AUTO_TEST_CASE(what_starts_elsewhere_names_the_model_from_the_root) {
    std::filesystem::create_directories(scratch() + "/store/qwen");
    const std::string file = scratch() + "/store/qwen/m.gguf";
    std::filesystem::rename(sparseModel("qwen3-14b-q4_k_m", "moved.gguf"), file);
    const Run swap =
        shell("cd '" + scratch() + "/store' && \"$GGUFIT\" plan qwen/m.gguf --gpu 'RTX 4090' --format llama-swap");
    BOOST_TEST(holds(swap.out, "\n      -m " + file + "\n"), swap.out + swap.err);
    const Run alone = planAs("compose", file);
    BOOST_TEST(holds(alone.out, "source: \"" + scratch() + "/store/qwen\"\n"), alone.out);
    BOOST_TEST(holds(alone.out, "- \"/models/m.gguf\"\n"));
    const Run within = planAs("compose", file, {"--models-dir", scratch() + "/store"});
    BOOST_TEST(holds(within.out, "source: \"" + scratch() + "/store\"\n"), within.out);
    BOOST_TEST(holds(within.out, "- \"/models/qwen/m.gguf\"\n"));
}

BOOST_AUTO_TEST_CASE(the_format_that_was_called_preset_still_is) {
    const std::string model = sparseModel("qwen3-14b-q4_k_m");
    const Run ini = planAs("ini", model);
    BOOST_TEST(holds(ini.out, "\n[qwen3-14b-q4-k-m]\n"));
    BOOST_TEST(planAs("preset", model).out == ini.out);
    const Run unknown = planAs("yaml", model);
    BOOST_TEST(unknown.exit_code == 2);
    BOOST_TEST(holds(unknown.err, "text|conf|args|env|ini|llama-swap|compose|json"), unknown.err);
}

BOOST_AUTO_TEST_CASE(bash_completes_commands_actions_options_and_values) {
    BOOST_TEST(offered("ggufit pl") == "plan\n");
    BOOST_TEST(offered("ggufit conf li") == "list\nlint\n");
    BOOST_TEST(offered("ggufit plan --form") == "--format\n");
    BOOST_TEST(offered("ggufit plan --format comp") == "compose\n");
    BOOST_TEST(offered("ggufit conf add --af") == "--after\n");
    std::filesystem::create_directories(scratch() + "/offered");
    (void)textFile("offered/two words.gguf", "");
    BOOST_TEST(offered("ggufit plan " + scratch() + "/offered/") == scratch() + "/offered/two words.gguf\n");
}

BOOST_AUTO_TEST_CASE(every_command_is_in_each_completion_and_in_the_manual) {
    for (const std::string & words : {std::string("completion bash"), std::string("completion zsh"),
                                      std::string("completion fish"), std::string("manual")}) {
        const Run run = shell("\"$GGUFIT\" " + words);
        BOOST_TEST(run.exit_code == 0);
        for (const char * command :
             {"plan", "advise", "inspect", "estimate", "graph", "link", "overrides", "check", "conf", "choose"})
            BOOST_TEST(holds(run.out, command), words << " lacks " << command);
    }
    BOOST_TEST(shell("\"$GGUFIT\" completion bash | bash -n").exit_code == 0);
    const Run unknown = ggufit::test::ggufit({"completion", "tcsh"});
    BOOST_TEST(unknown.exit_code == 2);
    BOOST_TEST(holds(unknown.err, "bash|zsh|fish"));
}

BOOST_AUTO_TEST_SUITE_END()
