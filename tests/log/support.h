// Logs for tests: fixtures, the same in other wrappings, and real ones where they are at hand.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "log/parser.h"

namespace ggufit::test {

/// A log of tests/data/logs. Fails the test where it is missing.
[[nodiscard]] std::string logText(const std::string & name);

/// What is read of a text, as JSON.
[[nodiscard]] nlohmann::json readLog(const std::string & text, uint32_t start = 0);

/// Every line of a text through a function.
[[nodiscard]] std::string eachLine(const std::string & text,
                                   const std::function<std::string(const std::string & line, size_t number)> & change);

/// A published log with what it is known to say.
struct RealLog {
    std::string name, text;
    nlohmann::json expected;
};

/// Published logs belong to those who wrote them and are no part of the project: read from the folder that
/// GGUFIT_REAL_LOGS names, else from shared/logs beside the project. None where there are none.
[[nodiscard]] std::vector<RealLog> realLogs();

}  // namespace ggufit::test
