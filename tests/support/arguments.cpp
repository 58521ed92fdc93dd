// Command lines in tests.
#include "support/arguments.h"

#include <boost/test/unit_test.hpp>
#include <sstream>

namespace ggufit::test {

Words wordsOf(const std::string & line) {
    std::istringstream in(line);
    Words words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

ParsedArguments parsed(const std::string & line) {
    auto result = parseArguments(wordsOf(line));
    BOOST_TEST_REQUIRE(result.ok(), line + " is refused: " + (result.ok() ? "" : result.error().text()));
    return result.value();
}

Error refusal(const std::string & line) {
    const auto result = parseArguments(wordsOf(line));
    BOOST_TEST_REQUIRE(!result.ok(), line + " is not refused");
    return result.error();
}

}  // namespace ggufit::test
