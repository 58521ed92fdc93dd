// Texts about system memory as words, and the sizes among them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ggufit {

/// A number, a run of letters in lower case, or a single other character.
struct RamWord {
    std::string text;
    double number = 0;  // 0 where it is none
    bool apart = true;  // a blank stands before it, or nothing does
};

/// At most 64 words of a text of at most 200 characters. Blanks are no words.
[[nodiscard]] std::vector<RamWord> ramWords(std::string_view text);

/// A size of memory among words: its bytes, and the number of words that it takes.
struct RamSize {
    uint64_t bytes = 0;
    size_t n_words = 0;
};

/// The size that starts at a word: "64 GB", "1.1TB", "4x16GB". Nothing where there is none, and none of a rate
/// ("60 GB/s").
[[nodiscard]] std::optional<RamSize> ramSizeAt(const std::vector<RamWord> & words, size_t i);

}  // namespace ggufit
