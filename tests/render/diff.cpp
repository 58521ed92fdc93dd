// A unified diff says exactly what changes: applied to the old text it gives the new one.
#include "render/diff.h"

#include <boost/test/unit_test.hpp>
#include <random>
#include <sstream>

using namespace ggufit;

namespace {

std::vector<std::string> linesOf(const std::string & text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

/// What a patch program makes of it, for texts whose lines all end.
std::string applied(const std::string & before, const std::string & diff) {
    const auto old = linesOf(before);
    std::string out;
    size_t next = 0;
    for (const std::string & line : linesOf(diff)) {
        if (line.starts_with("---") || line.starts_with("+++")) continue;
        if (line.starts_with("@@ -")) {
            const size_t first = std::stoul(line.substr(4));
            const bool none = line.substr(4, line.find(' ', 4) - 4).ends_with(",0");
            while (next < (none ? first : first - 1)) out += old.at(next++) + "\n";
            continue;
        }
        if (line[0] != '+') BOOST_TEST(old.at(next++) == line.substr(1));
        if (line[0] != '-') out += line.substr(1) + "\n";
    }
    while (next < old.size()) out += old[next++] + "\n";
    return out;
}

std::string diffOf(const std::string & before, const std::string & after) {
    return unifiedDiff("f", before, after, {});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(diff)

BOOST_AUTO_TEST_CASE(a_change_is_shown_with_three_lines_around_it) {
    BOOST_TEST(diffOf("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n") ==
               "--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
    BOOST_TEST(diffOf("a\n", "a\n") == "");
    BOOST_TEST(diffOf("", "a\n") == "--- f\n+++ f\n@@ -0,0 +1 @@\n+a\n");
    BOOST_TEST(diffOf("a\n", "") == "--- f\n+++ f\n@@ -1 +0,0 @@\n-a\n");
}

BOOST_AUTO_TEST_CASE(a_last_line_without_an_end_is_said) {
    BOOST_TEST(diffOf("a", "a\n") == "--- f\n+++ f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
}

BOOST_AUTO_TEST_CASE(applied_to_the_old_text_it_gives_the_new_one) {
    std::minstd_rand random(11);
    for (int i = 0; i < 400; ++i) {
        std::string before, after;
        const auto kinds = 2 + random() % 6;
        const auto changes = 1 + random() % 12;
        for (size_t line = 0; line < random() % 60; ++line) {
            const std::string text = "line " + std::to_string(random() % (kinds * 5)) + "\n";
            if (random() % changes != 0 || changes == 1) before += text;
            if (random() % changes != 0 || changes == 1) after += text;
        }
        BOOST_REQUIRE(applied(before, diffOf(before, after)) == after);
    }
}

BOOST_AUTO_TEST_CASE(text_of_a_file_does_not_reach_the_terminal_as_it_is) {
    const std::string diff = diffOf("", "\x1b[2Jgone\r\n");
    BOOST_TEST(diff.find('\x1b') == std::string::npos);
    BOOST_TEST(diff.find('\r') == std::string::npos);
    TextOptions colour;
    colour.colour = true;
    BOOST_TEST(unifiedDiff("f", "a\n", "b\n", colour).find("\x1b[31m-a") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
