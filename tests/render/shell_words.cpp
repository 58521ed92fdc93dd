// Words that a shell reads back as they were, and that act on no terminal.
#include "render/shell_words.h"

#include <boost/test/unit_test.hpp>

using namespace ggufit;

BOOST_AUTO_TEST_SUITE(shell_words)

BOOST_AUTO_TEST_CASE(plain_words_stay_as_they_are_and_others_are_quoted) {
    BOOST_TEST(shellWord("models/qwen3-14b-q4_k_m.gguf") == "models/qwen3-14b-q4_k_m.gguf");
    BOOST_TEST(shellWord("") == "''");
    BOOST_TEST(shellWord("^blk\\.[0-9]\\.=CUDA0") == "'^blk\\.[0-9]\\.=CUDA0'");
    BOOST_TEST(shellWord("it's") == "'it'\\''s'");
    BOOST_TEST(shellWord("$(rm -rf ~)") == "'$(rm -rf ~)'");
    BOOST_TEST(shellWord("größe") == "'größe'");
    BOOST_TEST(shellLine({"-m", "a b", "-c", "8"}) == "-m 'a b' -c 8");
}

BOOST_AUTO_TEST_CASE(what_acts_on_a_terminal_is_written_in_octal) {
    BOOST_TEST(shellWord("a\x1b[31m'\\1") == "$'a\\033[31m\\'\\\\1'");
    BOOST_TEST(shellWord("a\nb") == "$'a\\012b'");
    BOOST_TEST(shellWord("\xff") == "$'\\377'");
}

BOOST_AUTO_TEST_SUITE_END()
