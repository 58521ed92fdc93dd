// Candidates as text: one table that says who misses what, in the terminal's width, whatever names they have.
#include "render/choose.h"

#include <boost/test/unit_test.hpp>

#include "render/escape.h"
#include "support/text.h"

using namespace ggufit;
using test::holds;

namespace {

constexpr uint64_t kGibibyte = 1ULL << 30;

ChooseRow rowOf(const std::string & name, double bits, double speed, uint64_t gibibytes) {
    ChooseRow row;
    row.name = "models/" + name + ".gguf";
    row.model_name = row.group = "Small 8B";
    row.architecture = "llama";
    row.parameters = 8000000000;
    row.size_bytes = gibibytes * kGibibyte;
    row.bits_per_weight = bits;
    row.quantization = "Q4_K_M";
    row.verdict = Verdict::fits;
    row.placement = "CUDA0";
    row.n_ctx = 32768;
    row.largest_n_ctx = 131072;
    row.headroom_bytes = {static_cast<int64_t>(2 * kGibibyte), -static_cast<int64_t>(kGibibyte / 2)};
    row.speed = DecodeSpeeds{{0, 2 * speed, 0, 0}, {32768, speed, 0, 0}};
    return row;
}

ChooseReport reportOf(std::vector<ChooseRow> rows) {
    ChooseReport report;
    report.rows = std::move(rows);
    report.ranking = rankRows(report.rows, {});
    return report;
}

ChooseReport threeRows() {
    return reportOf({rowOf("small-8b-Q4_K_M", 4.8, 30, 5), rowOf("small-8b-UD-Q4_K_XL", 5.1, 25, 6),
                     rowOf("small-8b-Q8_0", 8.5, 8, 9)});
}

std::vector<std::string> linesOf(const std::string & text) {
    std::vector<std::string> lines(1);
    for (const char c : text) {
        if (c == '\n')
            lines.emplace_back();
        else
            lines.back() += c;
    }
    return lines;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(choose)

BOOST_AUTO_TEST_CASE(a_table_shows_what_differs_and_who_misses) {
    const std::string text = renderChoice(threeRows(), {});
    BOOST_TEST(holds(text, "Wished for: 10 t/s with a context of 32,768 full; quality first.\n"), text);
    BOOST_TEST(holds(text, "Small 8B, llama, 8.0 B parameters\n"), text);
    BOOST_TEST(holds(text, "  1  UD-Q4_K_XL  Q4_K_M  6.0    5.10  128k   50 → 25  CUDA0\n"), text);
    BOOST_TEST(holds(text, "  2  Q4_K_M      Q4_K_M  5.0    4.80  128k   60 → 30  CUDA0\n"), text);
    BOOST_TEST(holds(text, "  ✗  Q8_0        Q4_K_M  9.0    8.50  128k  16 → 8.0  CUDA0\n"), text);
    BOOST_TEST(
        holds(text, "  1 UD-Q4_K_XL: the most bits per weight (5.10) with at least 10 t/s and a context of 32,768.\n"),
        text);
}

BOOST_AUTO_TEST_CASE(a_wide_terminal_gets_room_on_the_devices_and_the_missed_bar) {
    const std::string text = renderChoice(threeRows(), {.width = 130});
    BOOST_TEST(holds(text, "2.0 / -0.5"), text);
    BOOST_TEST(holds(text, "speed   CUDA0\n"), text);
}

BOOST_AUTO_TEST_CASE(no_line_is_wider_than_the_terminal_and_no_name_acts_on_it) {
    auto rows = threeRows().rows;
    rows.push_back(rowOf("a-name-that-goes-on-and-on-with-many-words-until-nothing-fits-UD-Q4_K_XL", 4.8, 30, 5));
    rows.back().group = rows.back().model_name = "evil \x1b[31m";
    rows.push_back(rowOf("esc\x1b[2J", 4.8, 30, 5));
    rows.back().group = "third";
    rows.push_back(unreadableRow({"x\x1b]0;title\x07.gguf", 1, 7}, {ErrorCode::input, "", "is no GGUF\x1b[0m file."}));
    ChooseReport report = reportOf(rows);
    report.aside.push_back({"mm\x1bproj.gguf", "mmproj", 7});
    report.notes.emplace_back("a\x1b note.");
    for (const uint32_t width : {80U, 100U, 119U, 120U, 140U}) {
        const std::string text = renderChoice(report, {.width = width});
        BOOST_TEST(!holds(text, "\x1b"), text);
        for (const std::string & line : linesOf(text)) BOOST_TEST(displayWidth(line) <= width, line);
    }
}

BOOST_AUTO_TEST_CASE(where_nothing_reaches_the_wish_the_nearest_says_why) {
    auto rows = threeRows().rows;
    const ChooseReport report = [&] {
        ChooseReport made = reportOf(rows);
        made.ranking = rankRows(made.rows, {.min_tps = 100});
        made.n_unread = 2;
        return made;
    }();
    const std::string text = renderChoice(report, {});
    BOOST_TEST(holds(text, "None reaches that. Nearest is Q4_K_M: 30 t/s with the context full.\n"), text);
    BOOST_TEST(holds(text, "Stopped before 2 more were read"), text);
    ChooseReport nothing;
    nothing.n_unread = 2;
    BOOST_TEST(holds(renderChoice(nothing, {}), "Stopped before any was read.\n"));
}

BOOST_AUTO_TEST_SUITE_END()
