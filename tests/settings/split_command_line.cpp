// Pasted text as words, by a POSIX shell's rules.
#include <boost/test/unit_test.hpp>

#include "support/arguments.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

Words split(const std::string & text) {
    const auto result = splitCommandLine(text);
    BOOST_TEST_REQUIRE(result.ok(), text + " is refused: " + (result.ok() ? "" : result.error().text()));
    return result.value();
}

void check(const std::string & text, const Words & words) {
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(split(text) == words, boost::test_tools::per_element()); }
}

}  // namespace

BOOST_AUTO_TEST_CASE(words_are_separated_by_blanks_and_line_ends) {
    check("", {});
    check(" \t\r\n ", {});
    check("-c 4096", {"-c", "4096"});
    check("  -c\t4096\n-fa  on\r\n", {"-c", "4096", "-fa", "on"});
}

BOOST_AUTO_TEST_CASE(quotes_keep_blanks_and_join_with_what_stands_beside_them) {
    check("-m 'my model.gguf'", {"-m", "my model.gguf"});
    check("-m \"my model.gguf\"", {"-m", "my model.gguf"});
    check("a'b'\"c\"d", {"abcd"});
    check("''", {""});
    check("'a\\b' \"a\\b\" \"a\\\"b\" \"\\$x\"", {"a\\b", "a\\b", "a\"b", "$x"});
    check("'it'\\''s'", {"it's"});
    check("\"line one\nline two\"", {"line one\nline two"});
}

BOOST_AUTO_TEST_CASE(a_backslash_escapes_and_continues_lines) {
    check("my\\ model.gguf", {"my model.gguf"});
    check("-c \\\n 4096", {"-c", "4096"});
    check("-c \\\r\n 4096", {"-c", "4096"});
    check("-c 40\\\n96", {"-c", "4096"});
    check("\"40\\\n96\"", {"4096"});
    check("a\\", {"a"});
    check("-c ^\r\n 4096 `\n -fa on", {"-c", "4096", "-fa", "on"});
}

BOOST_AUTO_TEST_CASE(a_comment_ends_with_its_line) {
    check("-c 4096 # the context\n-fa on", {"-c", "4096", "-fa", "on"});
    check("a#b '#c'", {"a#b", "#c"});
    check("# nothing", {});
}

BOOST_AUTO_TEST_CASE(nothing_is_expanded) {
    check("$HOME ~ *.gguf `id` $(id)", {"$HOME", "~", "*.gguf", "`id`", "$(id)"});
}

BOOST_AUTO_TEST_CASE(other_commands_and_redirections_are_left_out) {
    check("cd /opt && llama-server -c 1 > log.txt 2>&1 &", {"llama-server", "-c", "1"});
    check("llama-server -c 1 | tee log", {"llama-server", "-c", "1"});
    check("llama-server -c 1 >log; echo done", {"llama-server", "-c", "1"});
    check("-c 1 -fa on &", {"-c", "1", "-fa", "on"});
    check("-ot 'a|b=CPU' \";\"", {"-ot", "a|b=CPU", ";"});
    check(R"(-ot blk\\.(0|1)\\.=CPU)", {"-ot", R"(blk\.(0|1)\.=CPU)"});
}

BOOST_AUTO_TEST_CASE(an_open_quote_is_refused_with_its_place) {
    for (const char * text : {"-m 'model.gguf", "-m \"model.gguf", "-m \"a\\\"", "'"}) {
        const auto result = splitCommandLine(text);
        BOOST_TEST_REQUIRE(!result.ok());
        BOOST_TEST((result.error().code == ErrorCode::usage));
        BOOST_TEST(result.error().offset == std::string(text).find_first_of("'\""));
    }
}

BOOST_AUTO_TEST_CASE(hostile_text_is_bounded) {
    BOOST_TEST(!splitCommandLine(std::string((1 << 20) + 1, 'a')).ok());
    BOOST_TEST(!splitCommandLine(std::string("a\0b", 3)).ok());
    BOOST_TEST(split(std::string(1 << 20, 'a')).size() == 1u);
    std::string pairs;
    for (int i = 0; i < 1 << 19; ++i) pairs += "a ";
    BOOST_TEST(split(pairs).size() == size_t{1} << 19);
    for (int byte = 0; byte < 256; ++byte) (void)splitCommandLine(std::string(3, static_cast<char>(byte)));
}
