// Golden files: text that is pinned byte for byte under tests/data/golden.
#pragma once

#include <string>

namespace ggufit::test {

/// Compares `actual` with tests/data/golden/`name` and returns nothing to say where they are equal; else the first line
/// that differs, for BOOST_TEST_MESSAGE and friends: BOOST_TEST(goldenDifference("inspect/x.txt", text) == "").
/// With GGUFIT_UPDATE_GOLDENS=1 in the environment the file is rewritten instead; read the diff before it is committed.
[[nodiscard]] std::string goldenDifference(const std::string & name, const std::string & actual);

}  // namespace ggufit::test
