// Matching with std::regex.
#include "support/std_regex.h"

// g++ 12 takes std::regex's own states for uninitialized where the sanitizers are on.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <regex>

namespace ggufit::test {

struct StdPatterns::Compiled {
    std::vector<std::regex> list;
};

StdPatterns::StdPatterns(const std::vector<std::string> & patterns) : compiled_(std::make_unique<Compiled>()) {
    for (const std::string & pattern : patterns) compiled_->list.emplace_back(pattern);
}

StdPatterns::~StdPatterns() = default;

int32_t StdPatterns::firstMatch(const std::string & name) const {
    const auto & list = compiled_->list;
    for (size_t i = 0; i < list.size(); ++i) {
        if (std::regex_search(name, list[i])) return static_cast<int32_t>(i);
    }
    return -1;
}

}  // namespace ggufit::test
