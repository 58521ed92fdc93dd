// Numbers as patterns: each matches its numbers and no other, which is tried for all that a layer can have.
#include "base/number_pattern.h"

#include <boost/test/unit_test.hpp>
#include <random>
#include <set>

#include "base/regex.h"
#include "support/data.h"
#include "support/std_regex.h"

using namespace ggufit;
using test::kEveryNth;

namespace {

std::vector<uint32_t> range(uint32_t first, uint32_t last) {
    std::vector<uint32_t> numbers;
    for (uint32_t n = first; n <= last; ++n) numbers.push_back(n);
    return numbers;
}

/// The first of 0 to 999 that the pattern decides wrongly, or −1.
int32_t firstWrong(const std::vector<uint32_t> & numbers) {
    const auto regex = Regex::compile("^blk\\." + numberPattern(numbers) + "\\.");
    BOOST_REQUIRE(regex.ok());
    const std::set<uint32_t> wanted(numbers.begin(), numbers.end());
    for (uint32_t n = 0; n < 1000; ++n) {
        if (regex->search("blk." + std::to_string(n) + ".x") != wanted.contains(n)) return static_cast<int32_t>(n);
    }
    return -1;
}

}  // namespace

BOOST_AUTO_TEST_CASE(patterns_are_as_short_as_one_would_write_them) {
    BOOST_TEST(numberPattern({}) == "");
    BOOST_TEST(numberPattern({7}) == "7");
    BOOST_TEST(numberPattern({8, 9}) == "[89]");
    BOOST_TEST(numberPattern(range(0, 9)) == "[0-9]");
    BOOST_TEST(numberPattern(range(0, 24)) == "([0-9]|1[0-9]|2[0-4])");
    BOOST_TEST(numberPattern(range(10, 24)) == "(1[0-9]|2[0-4])");
    BOOST_TEST(numberPattern(range(8, 47)) == "([89]|[1-3][0-9]|4[0-7])");
    BOOST_TEST(numberPattern(range(95, 126)) == "(9[5-9]|1([01][0-9]|2[0-6]))");
    BOOST_TEST(numberPattern({9, 1, 3, 5, 7, 3, 11, 13, 15, 17, 19}) == "([13579]|1[13579])");
}

BOOST_AUTO_TEST_CASE(every_range_below_1000_matches_its_numbers_and_no_other) {
    size_t n_ranges = 0;
    for (uint32_t first = 0; first < 1000; first += first < 130 ? 1 : 87) {
        for (uint32_t last = first; last < 1000; last += last < 130 ? 7 : 101) {
            if (n_ranges++ % kEveryNth != 0) continue;
            const int32_t wrong = firstWrong(range(first, last));
            BOOST_TEST(wrong == -1,
                       first << " to " << last << ": " << wrong << " in " << numberPattern(range(first, last)));
        }
    }
}

BOOST_AUTO_TEST_CASE(any_set_of_numbers_matches_itself_and_no_other) {
    std::mt19937 random(4);
    for (int round = 0; round < 200 / static_cast<int>(kEveryNth); ++round) {
        std::vector<uint32_t> numbers;
        const uint32_t most = round % 2 == 0 ? 100 : 1000;
        for (uint32_t n = 0; n < most; ++n) {
            if (random() % (round % 7 + 2) == 0) numbers.push_back(n);
        }
        if (numbers.empty()) continue;
        std::shuffle(numbers.begin(), numbers.end(), random);
        BOOST_TEST(firstWrong(numbers) == -1, numberPattern(numbers));
    }
}

// llama.cpp compiles patterns with std::regex.
BOOST_AUTO_TEST_CASE(std_regex_reads_the_patterns_alike) {
    for (const auto & numbers : {range(0, 24), range(8, 47), range(95, 126), {3, 17, 400}, range(0, 511)}) {
        const test::StdPatterns pattern({"^blk\\." + numberPattern(numbers) + "\\."});
        const std::set<uint32_t> wanted(numbers.begin(), numbers.end());
        for (uint32_t n = 0; n < 1000; n += kEveryNth) {
            const bool found = pattern.firstMatch("blk." + std::to_string(n) + ".x") == 0;
            BOOST_TEST(found == wanted.contains(n), n << " in " << numberPattern(numbers));
        }
    }
}
