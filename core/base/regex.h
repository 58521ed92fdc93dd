// A small regular-expression matcher for -ot patterns: linear time, no exceptions, no surprises from hostile text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ggufit {

/// A compiled pattern of the ECMAScript syntax that llama.cpp's std::regex uses: alternatives, groups, classes, the
/// escapes \d \w \s \b and their negations, anchors, greedy and lazy counts. Look-ahead and back-references are refused
/// with a sentence. Matching is a simulation of all states at once: O(pattern × text), whatever the pattern.
class Regex {
  public:
    [[nodiscard]] static Result<Regex> compile(std::string_view pattern);

    /// Whether the pattern matches anywhere in the text (std::regex_search).
    [[nodiscard]] bool search(std::string_view text) const;

    struct Step;  // one instruction of the compiled program

    Regex(const Regex &);
    Regex(Regex &&) noexcept;
    Regex & operator=(const Regex &);
    Regex & operator=(Regex &&) noexcept;
    ~Regex();

  private:
    Regex();
    std::vector<Step> steps_;
    std::string required_;  // text that every match contains; may be empty
};

}  // namespace ggufit
