// Names of GPUs as words.
#include "machine/gpu_words.h"

#include <algorithm>
#include <initializer_list>

#include "base/values.h"

namespace ggufit {

namespace {

constexpr size_t kLongestText = 200;
constexpr size_t kMostWords = 24;

bool isAnyOf(std::string_view word, std::initializer_list<std::string_view> list) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isLetter(char c) { return c >= 'a' && c <= 'z'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool isFiller(std::string_view word) {
    return isAnyOf(word, {"nvidia",  "amd",        "ati", "intel",   "geforce",     "radeon", "graphics",
                          "gpu",     "card",       "r",   "tm",      "corporation", "core",   "cores",
                          "edition", "generation", "mac", "macbook", "imac",        "studio", "mini"});
}

/// "16" + "gb" → "16gb", "sxm" + "4" → "sxm4", "max" + "q" → "maxq", "mobile" → "laptop", "76" + "c" → "76"; the "pro"
/// of a MacBook Pro is no GPU's.
void joinParts(std::vector<std::string> & words) {
    std::vector<std::string> joined;
    for (const std::string & word : words) {
        const bool after_number = !joined.empty() && std::all_of(joined.back().begin(), joined.back().end(), isDigit);
        if (after_number && isAnyOf(word, {"gb", "gib"})) {
            joined.back() += "gb";
        } else if (!joined.empty() && joined.back() == "sxm" && isDigit(word[0])) {
            joined.back() += word;
        } else if ((after_number && word == "c") ||
                   (!joined.empty() && joined.back().find("mac") != std::string::npos &&
                    isAnyOf(word, {"pro", "air"}))) {
            continue;
        } else if (word == "q" && !joined.empty() && joined.back() == "max") {
            joined.back() = "maxq";
        } else {
            joined.push_back(word == "mobile" ? "laptop" : word);
        }
    }
    words = std::move(joined);
}

/// The GPU of a chip that goes by another name: "Strix Halo" → "8060 s".
void nameChip(std::vector<std::string> & words) {
    for (size_t i = 0; i + 1 < words.size(); ++i) {
        if (words[i] != "strix" || words[i + 1] != "halo") continue;
        words[i] = "8060";
        words[i + 1] = "s";
    }
}

}  // namespace

std::vector<std::string> gpuWords(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    const auto endWord = [&] {
        if (!word.empty() && words.size() < kMostWords) words.push_back(word);
        word.clear();
    };
    for (const char raw : text.substr(0, kLongestText)) {
        const char c = lower(raw);
        if (!isDigit(c) && !isLetter(c)) {
            endWord();
            continue;
        }
        if (!word.empty() && isDigit(word.back()) != isDigit(c)) endWord();
        word += c;
    }
    endWord();
    joinParts(words);
    nameChip(words);
    words.erase(std::remove_if(words.begin(), words.end(), [](const std::string & w) { return isFiller(w); }),
                words.end());
    return words;
}

uint64_t sizeWordMib(std::string_view word) {
    return isSizeWord(word) ? parseUnsigned(word.substr(0, word.size() - 2)).value_or(0) * 1024 : 0;
}

bool isSizeWord(std::string_view word) {
    return word.size() > 2 && word.size() < 10 && word.substr(word.size() - 2) == "gb" &&
           std::all_of(word.begin(), word.end() - 2, isDigit);
}

bool isSeriesWord(std::string_view word) {
    return isAnyOf(word, {"rtx", "gtx", "rx", "tesla", "instinct", "arc", "apple", "jetson"});
}

int formRank(std::string_view word) {
    if (word.substr(0, 3) == "sxm" || word == "workstation") return 1;
    return word == "pcie" || word == "maxq" ? 2 : 0;
}

}  // namespace ggufit
