// Names of GPUs as words that can be compared: "NVIDIA GeForce RTX 5070Ti" → rtx 5070 ti.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ggufit {

/// Lower-case words, split between letters and digits; words that say nothing ("NVIDIA", "Graphics") are left out, a
/// memory size stays one word ("16gb"). At most 24 words of a text of at most 200 characters.
[[nodiscard]] std::vector<std::string> gpuWords(std::string_view text);

/// Whether a word is a memory size ("16gb").
[[nodiscard]] bool isSizeWord(std::string_view word);

/// Its MiB; 0 where it is none.
[[nodiscard]] uint64_t sizeWordMib(std::string_view word);

/// Whether a word names a series rather than a card ("rtx", "rx", "tesla"), so that people leave it out.
[[nodiscard]] bool isSeriesWord(std::string_view word);

/// 1 or 2 where a word names the form of a card that comes in several which plan nearly alike ("sxm4", "pcie"), the
/// more common form first; else 0.
[[nodiscard]] int formRank(std::string_view word);

}  // namespace ggufit
