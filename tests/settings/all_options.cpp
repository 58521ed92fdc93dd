// Every option of llama.cpp's common/arg.cpp by name: known, kept where it changes nothing, named where it is unknown.
#include <boost/test/unit_test.hpp>
#include <set>
#include <sstream>

#include "settings/option.h"
#include "support/arguments.h"
#include "support/data.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

/// A line of tests/data/arguments/names.txt: a name, how many values follow, and whether llama-server takes it.
struct Named {
    std::string name;
    size_t n_values = 0;
    bool server = false;
};

std::vector<Named> allNames() {
    std::istringstream in(readDataText("arguments/names.txt"));
    std::vector<Named> names;
    std::string where;
    for (Named named; in >> named.name >> named.n_values >> where;) {
        named.server = where == "server";
        names.push_back(named);
    }
    return names;
}

bool saysUnknown(const ParsedArguments & arguments) {
    for (const Warning & warning : arguments.warnings) {
        if (warning.text.find("is no argument") != std::string::npos) return true;
    }
    return false;
}

}  // namespace

BOOST_AUTO_TEST_CASE(no_option_of_llama_cpp_is_unknown) {
    const auto names = allNames();
    BOOST_TEST(names.size() == 538u);
    for (const Named & named : names) {
        const auto match = findOption(named.name);
        BOOST_TEST_REQUIRE(match.has_value(), named.name + " is unknown");
        const OptionKind kind = match->option->kind;
        const size_t n_values = kind == OptionKind::two_texts                            ? 2
                                : kind == OptionKind::flag || kind == OptionKind::toggle ? 0
                                                                                         : 1;
        BOOST_TEST(n_values == named.n_values, named.name + " takes another number of values");
        BOOST_TEST((match->option->use != OptionUse::other_program) == named.server, named.name);
    }
}

BOOST_AUTO_TEST_CASE(no_name_stands_in_the_table_that_llama_cpp_does_not_have) {
    std::set<std::string, std::less<>> known;
    for (const Named & named : allNames()) known.insert(named.name);
    for (const Option * option : allOptions()) {
        const auto check = [&](std::string_view name) { BOOST_TEST(known.contains(name), name << " is made up"); };
        forEachName(option->names, check);
        forEachName(option->negated, check);
    }
}

BOOST_AUTO_TEST_CASE(every_variable_of_llama_server_is_known_and_no_other) {
    std::istringstream in(readDataText("arguments/environment.txt"));
    std::set<std::string, std::less<>> wanted;
    for (std::string name; in >> name;) wanted.insert(name);
    std::set<std::string, std::less<>> known;
    for (const Option * option : allOptions()) {
        if (!option->env.empty() && option->use != OptionUse::other_program) known.emplace(option->env);
    }
    BOOST_TEST(known == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_row_that_sets_something_says_how_and_a_note_says_what) {
    for (const Option * option : allOptions()) {
        BOOST_TEST((option->use == OptionUse::setting) == (option->apply != nullptr), option->names);
        const bool notes = option->use == OptionUse::keep_and_note || option->use == OptionUse::drop;
        BOOST_TEST(notes == !option->note.empty(), option->names);
        BOOST_TEST(notes == !option->remedy.empty(), option->names);
        BOOST_TEST((option->kind == OptionKind::toggle) == !option->negated.empty(), option->names);
    }
}

BOOST_AUTO_TEST_CASE(what_changes_neither_memory_nor_speed_is_kept_silently_in_order) {
    const ParsedArguments arguments =
        parsed("--jinja -c 4096 --temp 0.7 --top-p 0.8 --host 0.0.0.0 --no-context-shift -a my-model --no_warmup");
    BOOST_TEST(arguments.warnings.empty());
    BOOST_TEST(arguments.kept ==
                   wordsOf("--jinja --temp 0.7 --top-p 0.8 --host 0.0.0.0 --no-context-shift -a my-model --no-warmup"),
               boost::test_tools::per_element());
    BOOST_TEST(arguments.settings.n_ctx == 4096u);
}

BOOST_AUTO_TEST_CASE(two_values_are_kept_together) {
    BOOST_TEST(parsed("--control-vector-layer-range 1 20 --jinja").kept ==
                   wordsOf("--control-vector-layer-range 1 20 --jinja"),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_unknown_argument_is_a_warning_with_a_suggestion) {
    const ParsedArguments arguments = parsed("--n-gpu-layer 99 --jinja model.gguf");
    BOOST_TEST_REQUIRE(arguments.warnings.size() == 1u);
    BOOST_TEST(arguments.warnings[0].text.find("--n-gpu-layer") != std::string::npos);
    BOOST_TEST(arguments.warnings[0].remedy == "did you mean --n-gpu-layers?");
    BOOST_TEST(arguments.kept == Words{"--jinja"}, boost::test_tools::per_element());
    BOOST_TEST(arguments.positional == Words{"model.gguf"}, boost::test_tools::per_element());
    BOOST_TEST(parsed("--qqqqqqqqqqqq").warnings.at(0).remedy == "see llama-server --help");
    BOOST_TEST(parsed("--unknown model.gguf").positional == Words{"model.gguf"}, boost::test_tools::per_element());
    BOOST_TEST(saysUnknown(parsed("--unknown=5")));
}

BOOST_AUTO_TEST_CASE(thousands_of_unknown_words_give_few_warnings) {
    std::string line;
    for (int i = 0; i < 20000; ++i) line += "--unknown-" + std::to_string(i) + " ";
    BOOST_TEST(parsed(line).warnings.size() <= 21u);
}

BOOST_AUTO_TEST_CASE(models_beside_the_model_are_named_in_a_warning) {
    for (const char * line :
         {"-md draft.gguf", "--mmproj projector.gguf", "--lora adapter.gguf", "-hfd user/model", "--rpc 10.0.0.2:50052",
          "--override-kv a=int:1", "-cram 4096", "--ctx-checkpoints 8", "-bs"}) {
        const ParsedArguments arguments = parsed(line);
        BOOST_TEST(arguments.warnings.size() == 1u, line);
        BOOST_TEST(!arguments.warnings.at(0).remedy.empty());
        BOOST_TEST(arguments.kept == wordsOf(line), boost::test_tools::per_element());
    }
    BOOST_TEST(parsed("-cram 0 --ctx-checkpoints 0").warnings.empty());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_part_of_a_plan_is_left_out_with_a_warning) {
    for (const char * line : {"--draft 16", "-dt 0.1", "--version", "-p hello", "-cnv"}) {
        const ParsedArguments arguments = parsed(line);
        BOOST_TEST(arguments.warnings.size() == 1u, line);
        BOOST_TEST(arguments.kept.empty(), line);
        BOOST_TEST(!saysUnknown(arguments), line);
    }
}

BOOST_AUTO_TEST_CASE(mtp_is_a_setting_and_other_speculative_types_are_kept) {
    const ParsedArguments arguments = parsed("--spec-type draft-mtp,ngram-mod --spec-draft-n-max 3");
    BOOST_TEST(arguments.settings.load_mtp);
    BOOST_TEST(arguments.kept == wordsOf("--spec-type ngram-mod --spec-draft-n-max 3"),
               boost::test_tools::per_element());
    BOOST_TEST(!parsed("--spec-type draft-mtp,none").settings.load_mtp);
    BOOST_TEST(parsed("--spec-type draft-mtp --spec-type ngram-mod").settings.load_mtp);
    BOOST_TEST(refusal("--spec-type magic").where == "--spec-type");
}

BOOST_AUTO_TEST_CASE(presets_set_what_they_stand_for) {
    const ParsedArguments fim = parsed("--fim-qwen-30b-default");
    BOOST_TEST(fim.settings.n_batch == 1024u);
    BOOST_TEST(fim.settings.n_ubatch == 1024u);
    BOOST_TEST(fim.warnings.size() == 1u);
    BOOST_TEST(fim.kept.empty());
    const Settings oss = parsed("--gpt-oss-120b-default").settings;
    BOOST_TEST(oss.n_ctx == 262144u);
    BOOST_TEST(oss.n_parallel == 2);
    BOOST_TEST(oss.n_batch == 32768u);
    const Settings gemma = parsed("--embd-gemma-default").settings;
    BOOST_TEST(gemma.n_parallel == 32);
    BOOST_TEST(gemma.embeddings);
    BOOST_TEST(parsed("--gpt-oss-20b-default -c 8192").settings.n_ctx == 8192u);
}

BOOST_AUTO_TEST_CASE(the_model_is_told_apart_from_other_words) {
    BOOST_TEST(parsed("-m models/a.gguf -c 1024").model == "models/a.gguf");
    BOOST_TEST(parsed("--model a.gguf -m b.gguf").model == "b.gguf");
    BOOST_TEST(parsed("a.gguf -c 1024 b").positional == wordsOf("a.gguf b"), boost::test_tools::per_element());
    BOOST_TEST(parsed("-").positional == Words{"-"}, boost::test_tools::per_element());
}
