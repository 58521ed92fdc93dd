// What escaping promises: nothing from a file acts on the terminal, and columns stay aligned.
#include "render/escape.h"

#include <boost/test/unit_test.hpp>

#include "render/table.h"

using namespace ggufit;

BOOST_AUTO_TEST_SUITE(escape)

BOOST_AUTO_TEST_CASE(escape_sequences_become_visible_text) {
    BOOST_TEST(safeTerminal("\x1b[31mred\x07") == "\\x1b[31mred\\x07");
    BOOST_TEST(safeTerminal("a\nb\r\tc\x7f") == "a\\x0ab\\x0d\\x09c\\x7f");
}

BOOST_AUTO_TEST_CASE(one_byte_control_sequence_introducers_are_escaped_in_both_spellings) {
    BOOST_TEST(safeTerminal("\xC2\x9B"
                            "31m") == "\\x9b31m");  // U+009B as UTF-8
    BOOST_TEST(safeTerminal("\x9B"
                            "31m") == "\\x9b31m");  // the bare byte
}

BOOST_AUTO_TEST_CASE(marks_that_turn_the_direction_of_writing_are_escaped) {
    BOOST_TEST(safeTerminal("a\xE2\x80\xAE"
                            "b") == "a\\u202eb");
}

BOOST_AUTO_TEST_CASE(ordinary_text_of_any_script_stays_as_it_is) {
    for (const char * text : {"Qwen3 30B-A3B", "模型", "Größe – α", "🦙"}) BOOST_TEST(safeTerminal(text) == text);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf8_are_escaped_one_by_one) {
    BOOST_TEST(safeTerminal("\xC0\xAF") == "\\xc0\\xaf");           // overlong
    BOOST_TEST(safeTerminal("\xED\xA0\x80") == "\\xed\\xa0\\x80");  // surrogate
    BOOST_TEST(safeTerminal("x\xE6\xA8") == "x\\xe6\\xa8");         // cut short
}

BOOST_AUTO_TEST_CASE(wide_characters_take_two_columns) {
    BOOST_TEST(displayWidth("abc") == 3);
    BOOST_TEST(displayWidth("模型") == 4);
    BOOST_TEST(displayWidth("é") == 1);
}

BOOST_AUTO_TEST_CASE(wrapping_breaks_at_spaces_and_inside_words_only_where_it_must) {
    const std::vector<std::string> at_spaces = {"aa bb", "cc"};
    BOOST_TEST(wrapText("aa bb cc", 5) == at_spaces, boost::test_tools::per_element());
    const std::vector<std::string> inside = {"abcd", "efgh", "i jk"};
    BOOST_TEST(wrapText("abcdefghi jk", 4) == inside, boost::test_tools::per_element());
    const std::vector<std::string> at_separators = {"llama.expert_", "feed_forward_", "length"};
    BOOST_TEST(wrapText("llama.expert_feed_forward_length", 14) == at_separators, boost::test_tools::per_element());
    BOOST_TEST(wrapText("", 4).size() == 1);
}

BOOST_AUTO_TEST_CASE(tables_align_pad_and_leave_no_trailing_spaces) {
    const Table table = {.columns = {{}, {.align = Align::right}, {}},
                         .header = {"name", "n", ""},
                         .rows = {{"a", "1"}, {"模型", "100", "x"}},
                         .footer = {}};
    BOOST_TEST(renderTable(table, 80, false) == "  name    n\n  a       1\n  模型  100  x\n");
}

BOOST_AUTO_TEST_CASE(table_cells_are_escaped) {
    const Table table = {.columns = {{}}, .header = {}, .rows = {{"\x1b[2J"}}, .footer = {}};
    BOOST_TEST(renderTable(table, 80, false) == "  \\x1b[2J\n");
}

BOOST_AUTO_TEST_CASE(colour_appears_only_where_it_is_asked_for) {
    BOOST_TEST(inked("x", Ink::bold, false) == "x");
    BOOST_TEST(inked("x", Ink::bold, true) == "\x1b[1mx\x1b[0m");
}

BOOST_AUTO_TEST_SUITE_END()
