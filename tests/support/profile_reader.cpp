// Lines are trimmed, blank ones and those with # skipped; headers are [a-zA-Z0-9_-]+; a value starts after the first =.
#include "support/profile_reader.h"

// g++ 12 takes std::regex's own states for uninitialized where the sanitizers are on.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <regex>

namespace ggufit::test {

namespace {

std::string trimmed(const std::string & line) {
    const size_t first = line.find_first_not_of(" \t\r\v\f");
    if (first == std::string::npos) return "";
    return line.substr(first, line.find_last_not_of(" \t\r\v\f") - first + 1);
}

}  // namespace

Profile readProfile(std::string_view text) {
    static const std::regex header("^\\[([a-zA-Z0-9_-]+)\\]$");
    static const std::regex key("^[A-Z_]+$");
    Profile profile;
    std::string line;
    for (const char c : std::string(text) + "\n") {
        if (c != '\n') {
            line += c;
            continue;
        }
        const std::string content = trimmed(line);
        line.clear();
        std::smatch match;
        const size_t equals = content.find('=');
        if (content.empty()) continue;
        if (content[0] == '#') {
            profile.comments.push_back(content);
        } else if (std::regex_match(content, match, header)) {
            profile.sections.push_back({match[1], {}, {}});
        } else if (equals == std::string::npos || !std::regex_match(content.substr(0, equals), key)) {
            profile.complaints.push_back("neither header nor key: " + content);
        } else if (profile.sections.empty()) {
            profile.complaints.push_back("key before a header: " + content);
        } else {
            Section & section = profile.sections.back();
            if (section.values.contains(content.substr(0, equals)))
                profile.complaints.push_back("key given twice: " + content);
            section.keys.push_back(content.substr(0, equals));
            section.values[content.substr(0, equals)] = content.substr(equals + 1);
        }
    }
    return profile;
}

}  // namespace ggufit::test
