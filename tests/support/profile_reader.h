// Reads models.conf as the wrapper does, by its rules alone.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ggufit::test {

struct Section {
    std::string id;
    std::map<std::string, std::string> values;
    std::vector<std::string> keys;  // in order
};

/// Sections of a models.conf text. What the reader would skip or misread is noted in `complaints`: a header that is
/// none, a key before any header, a line that is neither.
struct Profile {
    std::vector<Section> sections;
    std::vector<std::string> complaints;
    std::vector<std::string> comments;
};

[[nodiscard]] Profile readProfile(std::string_view text);

}  // namespace ggufit::test
