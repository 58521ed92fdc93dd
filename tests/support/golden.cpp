// Reads, compares and rewrites golden files.
#include "support/golden.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/data.h"

namespace ggufit::test {

namespace {

bool updates() {
    const char * value = std::getenv("GGUFIT_UPDATE_GOLDENS");
    return value != nullptr && std::string(value) == "1";
}

}  // namespace

std::string goldenDifference(const std::string & name, const std::string & actual) {
    const std::filesystem::path path = std::string(GGUFIT_TEST_DATA "/golden/") + name;
    if (updates()) {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << actual;
        return "";
    }
    if (!std::filesystem::exists(path)) return "missing " + path.string() + "; GGUFIT_UPDATE_GOLDENS=1 writes it";
    const std::string expected = readDataText("golden/" + name);
    if (expected == actual) return "";

    std::istringstream expected_lines(expected);
    std::istringstream actual_lines(actual);
    for (size_t number = 1;; ++number) {
        std::string expected_line;
        std::string actual_line;
        const bool more_expected = static_cast<bool>(std::getline(expected_lines, expected_line));
        const bool more_actual = static_cast<bool>(std::getline(actual_lines, actual_line));
        if (!more_expected && !more_actual) return name + ": only the last line's end differs";
        if (more_expected != more_actual || expected_line != actual_line) {
            return name + ":" + std::to_string(number) + ":\n  expected: " + expected_line +
                   "\n  actual:   " + actual_line;
        }
    }
}

}  // namespace ggufit::test
