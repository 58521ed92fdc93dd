// What is wished for decides which rows are picked, in which order, and why the others are not.
#include "choose/rank.h"

#include <boost/test/unit_test.hpp>

#include "choose/parse_rows.h"
#include "render/choose.h"

using namespace ggufit;

namespace {

constexpr uint64_t kGigabyte = 1000000000;

/// A row that fits with 32,768 tokens and reaches 65,536; twice as fast with an empty context as with a full one.
ChooseRow rowOf(const std::string & name, double bits, double full_speed, uint64_t gigabytes) {
    ChooseRow row;
    row.name = name;
    row.group = row.model_name = "model";
    row.bits_per_weight = bits;
    row.size_bytes = gigabytes * kGigabyte;
    row.parameters = 8 * kGigabyte;
    row.verdict = Verdict::fits;
    row.n_ctx = 32768;
    row.n_ctx_train = 131072;
    row.largest_n_ctx = 65536;
    row.placement = "CUDA0";
    row.speed = DecodeSpeeds{{0, 2 * full_speed, full_speed, 3 * full_speed}, {32768, full_speed, 1, 2 * full_speed}};
    return row;
}

std::vector<ChooseRow> fiveRows() {
    return {rowOf("q2", 2.9, 60, 3), rowOf("q8", 8.5, 8, 9), rowOf("q4", 4.8, 40, 5), rowOf("q6", 6.6, 20, 7),
            rowOf("q5", 5.7, 30, 6)};
}

std::vector<std::string> names(const RankedGroup & group, const std::vector<ChooseRow> & rows) {
    std::vector<std::string> out;
    for (const RankedRow & ranked : group.rows) out.push_back(rows[ranked.row].name);
    return out;
}

using Names = std::vector<std::string>;

Names order(const std::vector<ChooseRow> & rows, const ChooseWishes & wishes) {
    const ChooseRanking ranking = rankRows(rows, wishes);
    BOOST_REQUIRE(ranking.groups.size() == 1U);
    return names(ranking.groups[0], rows);
}

const RankedRow & placeOf(const ChooseRanking & ranking, uint32_t row) {
    for (const RankedGroup & group : ranking.groups) {
        for (const RankedRow & ranked : group.rows) {
            if (ranked.row == row) return ranked;
        }
    }
    BOOST_FAIL("row " << row << " has no place");
    return ranking.groups[0].rows[0];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rank)

BOOST_AUTO_TEST_CASE(quality_comes_first_among_those_that_are_fast_enough) {
    const auto rows = fiveRows();
    BOOST_TEST(order(rows, {.min_tps = 10}) == (Names{"q6", "q5", "q4", "q2", "q8"}), boost::test_tools::per_element());
    BOOST_TEST(order(rows, {.min_tps = 35}) == (Names{"q4", "q2", "q8", "q6", "q5"}), boost::test_tools::per_element());
    BOOST_TEST(order(rows, {.min_tps = 0}) == (Names{"q8", "q6", "q5", "q4", "q2"}), boost::test_tools::per_element());
    const ChooseRanking ranking = rankRows(rows, {.min_tps = 10});
    BOOST_TEST(placeOf(ranking, 3).pick == 1U);
    BOOST_TEST(placeOf(ranking, 4).pick == 2U);
    BOOST_TEST(placeOf(ranking, 2).pick == 3U);
    BOOST_TEST(placeOf(ranking, 0).pick == 0U);
    BOOST_TEST(placeOf(ranking, 1).pick == 0U);
    BOOST_TEST(placeOf(ranking, 1).misses == Names{"speed"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(speed_counts_with_the_context_full) {
    const std::vector<ChooseRow> rows = {rowOf("q4", 4.8, 9.9, 5)};  // 19.8 with an empty one
    BOOST_TEST(placeOf(rankRows(rows, {.min_tps = 10}), 0).misses == Names{"speed"}, boost::test_tools::per_element());
    BOOST_TEST(placeOf(rankRows(rows, {.min_tps = 9.9}), 0).misses.empty());
}

BOOST_AUTO_TEST_CASE(other_orders_keep_the_bars) {
    const auto rows = fiveRows();
    BOOST_TEST(order(rows, {.min_tps = 10, .sort = ChooseSort::speed}) == (Names{"q2", "q4", "q5", "q6", "q8"}),
               boost::test_tools::per_element());
    BOOST_TEST(order(rows, {.min_tps = 35, .sort = ChooseSort::size}) == (Names{"q2", "q4", "q5", "q6", "q8"}),
               boost::test_tools::per_element());
    auto longer = rows;
    longer[0].largest_n_ctx = 131072;
    BOOST_TEST(order(longer, {.min_tps = 10, .sort = ChooseSort::context}) == (Names{"q2", "q6", "q5", "q4", "q8"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_context_that_does_not_fit_is_missed_with_what_does) {
    auto rows = fiveRows();
    const ChooseRanking wide = rankRows(rows, {.min_tps = 10, .min_ctx = 100000});
    BOOST_TEST(placeOf(wide, 3).misses == Names{"context"}, boost::test_tools::per_element());
    BOOST_TEST(placeOf(wide, 3).reason == "fits with 65,536 tokens of context at most");
    rows[3].n_ctx_train = rows[3].largest_n_ctx = 65536;
    BOOST_TEST(placeOf(rankRows(rows, {.min_tps = 10, .min_ctx = 100000}), 3).reason ==
               "trained with 65,536 tokens of context");
    rows[3].verdict = Verdict::does_not_fit;
    rows[3].speed.reset();
    rows[3].largest_n_ctx = 0;
    rows[3].placement = "CUDA0 lacks 1,204 MiB";
    const ChooseRanking none = rankRows(rows, {.min_tps = 10});
    BOOST_TEST(placeOf(none, 3).misses == Names{"fit"}, boost::test_tools::per_element());
    BOOST_TEST(placeOf(none, 3).reason == "does not fit: CUDA0 lacks 1,204 MiB");
    BOOST_TEST(names(none.groups[0], rows).back() == "q6");
}

BOOST_AUTO_TEST_CASE(an_unknown_speed_is_no_promise) {
    auto rows = fiveRows();
    rows[3].speed.reset();
    BOOST_TEST(placeOf(rankRows(rows, {.min_tps = 10}), 3).misses == Names{"speed"}, boost::test_tools::per_element());
    BOOST_TEST(placeOf(rankRows(rows, {.min_tps = 0}), 3).misses.empty());
}

BOOST_AUTO_TEST_CASE(equal_bits_are_decided_by_the_importance_matrix) {
    std::vector<ChooseRow> rows = {rowOf("plain", 4.8, 40, 5), rowOf("weighed", 4.8, 40, 5)};
    rows[1].imatrix = true;
    BOOST_TEST(order(rows, {}) == (Names{"weighed", "plain"}), boost::test_tools::per_element());
    rows[0].bits_per_weight = 4.9;
    BOOST_TEST(order(rows, {}) == (Names{"plain", "weighed"}), boost::test_tools::per_element());
    // Weights of 32 bits say no more than those of 16 that they were made from.
    std::vector<ChooseRow> wide = {rowOf("f32", 32, 20, 32), rowOf("f16", 16, 40, 16)};
    BOOST_TEST(order(wide, {}) == (Names{"f16", "f32"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(picks_say_what_they_gain_and_cost) {
    const auto rows = fiveRows();
    const ChooseRanking ranking = rankRows(rows, {.min_tps = 10, .min_ctx = 32768});
    BOOST_TEST(placeOf(ranking, 3).reason ==
               "the most bits per weight (6.60) with at least 10 t/s and a context of 32,768");
    // 6 GB are 14 % less than 7; 30 t/s are half as many again as 20.
    BOOST_TEST(placeOf(ranking, 4).reason == "0.90 fewer bits per weight than the first, 14 % smaller, 50 % faster");
    // Twice as fast.
    BOOST_TEST(placeOf(ranking, 2).reason ==
               "1.80 fewer bits per weight than the first, 29 % smaller, 2.0 times as fast");
}

BOOST_AUTO_TEST_CASE(of_several_models_the_best_of_each_choice_is_picked) {
    std::vector<ChooseRow> rows = fiveRows();
    rows.push_back(rowOf("other", 4.8, 40, 40));
    rows.back().group = rows.back().model_name = "other";
    rows.back().parameters = 70 * kGigabyte;
    const ChooseRanking ranking = rankRows(rows, {.min_tps = 10});
    BOOST_REQUIRE(ranking.groups.size() == 2U);
    BOOST_TEST(ranking.groups[0].group == "other");  // the larger model
    BOOST_TEST(placeOf(ranking, 5).pick == 0U);      // there is nothing to choose
    BOOST_TEST(placeOf(ranking, 3).pick == 1U);
    BOOST_TEST(placeOf(ranking, 4).pick == 0U);
    const ChooseRanking fastest = rankRows(rows, {.min_tps = 10, .sort = ChooseSort::speed});
    BOOST_TEST(fastest.groups[0].group == "model");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_kept_apart) {
    std::vector<ChooseRow> rows = fiveRows();
    rows.push_back(unreadableRow({"bad.gguf", 1, 5}, {ErrorCode::input, "bad.gguf", "is no GGUF file."}));
    const ChooseRanking ranking = rankRows(rows, {});
    BOOST_TEST(ranking.unreadable == std::vector<uint32_t>{5}, boost::test_tools::per_element());
    BOOST_TEST(ranking.groups[0].rows.size() == 5U);
    BOOST_TEST(rows[5].error == "bad.gguf: is no GGUF file.");
    BOOST_TEST(rankRows({}, {}).groups.empty());
}

BOOST_AUTO_TEST_CASE(rows_that_went_out_as_json_rank_the_same) {
    auto rows = fiveRows();
    rows[1].verdict = Verdict::does_not_fit;
    rows[1].speed.reset();
    rows[4].imatrix = true;
    rows.push_back(unreadableRow({"bad.gguf", 1, 5}, {ErrorCode::input, "bad.gguf", "is no GGUF file."}));
    Json list = Json::array();
    for (const ChooseRow & row : rows) list.push_back(toJson(row));
    const auto read = parseChooseRows(list.dump());
    BOOST_REQUIRE(read.ok());
    const auto wishes = parseChooseWishes(R"({"min_tps": 25, "min_ctx": 50000, "sort": "speed"})");
    BOOST_REQUIRE(wishes.ok());
    const ChooseWishes same{.min_tps = 25, .min_ctx = 50000, .sort = ChooseSort::speed};
    BOOST_TEST(toJson(rankRows(*read, *wishes)).dump() == toJson(rankRows(rows, same)).dump());
}

BOOST_AUTO_TEST_CASE(wrong_rows_and_wishes_name_the_field) {
    for (const auto & [text, where] : {std::pair{"{", "rows"},
                                       {"[1]", "rows[0]"},
                                       {R"([{"n_ctx": "many"}])", "rows[0].n_ctx"},
                                       {R"([{}, {"size_bytes": -1}])", "rows[1].size_bytes"},
                                       {R"([{"n_ctx": 1e300}])", "rows[0].n_ctx"},
                                       {R"([{"verdict": "maybe"}])", "rows[0].verdict"},
                                       {R"([{"speed": {"empty": {}}}])", "rows[0].speed.full"}}) {
        const auto rows = parseChooseRows(text);
        BOOST_REQUIRE(!rows.ok());
        BOOST_TEST(rows.error().where == where);
    }
    BOOST_TEST(parseChooseWishes(R"({"sort": "beauty"})").error().where == "wishes.sort");
    BOOST_TEST(parseChooseWishes(R"({"min_ctx": 5e9})").error().where == "wishes.min_ctx");
    BOOST_TEST(parseChooseWishes("{}")->min_tps == 10);
}

BOOST_AUTO_TEST_SUITE_END()
