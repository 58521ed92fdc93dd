// Groups numbers of equal length by their digits: digits that the same rest may follow share one class.
#include "base/number_pattern.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/sort.h"

namespace ggufit {

namespace {

using Texts = std::vector<std::string>;  // sorted, of one length, no duplicates

/// "7", "[89]", "[0-35]": ascending digits.
std::string digitClass(const std::string & digits) {
    if (digits.size() == 1) return digits;
    std::string text = "[";
    for (size_t i = 0; i < digits.size();) {
        size_t end = i + 1;
        while (end < digits.size() && digits[end] == digits[end - 1] + 1) ++end;
        text += digits[i];
        if (end - i > 2) text += '-';
        if (end - i > 1) text += digits[end - 1];
        i = end;
    }
    return text + "]";
}

std::string inBrackets(const Texts & alternatives) {
    if (alternatives.size() == 1) return alternatives.front();
    std::string text = "(";
    for (const std::string & alternative : alternatives) text += (text.size() == 1 ? "" : "|") + alternative;
    return text + ")";
}

/// Alternatives for texts of one length, in the order of the smallest number of each. Recursion is as deep as a number
/// is long.
Texts alternativesOf(const Texts & texts) {
    if (texts.front().empty()) return {""};
    std::map<char, Texts> rests;
    for (const std::string & text : texts) rests[text.front()].push_back(text.substr(1));
    std::vector<std::pair<Texts, std::string>> groups;  // what may follow, after which digits
    for (const auto & after : rests) {
        const auto same =
            std::find_if(groups.begin(), groups.end(), [&](const auto & group) { return group.first == after.second; });
        if (same != groups.end()) {
            same->second += after.first;
        } else {
            groups.emplace_back(after.second, std::string(1, after.first));
        }
    }
    Texts alternatives;
    for (const auto & [rest, digits] : groups) {
        alternatives.push_back(digitClass(digits) + inBrackets(alternativesOf(rest)));
    }
    return alternatives;
}

}  // namespace

std::string numberPattern(const std::vector<uint32_t> & numbers) {
    std::vector<uint32_t> sorted = numbers;
    stableSort(sorted, std::less<>());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    std::map<size_t, Texts> by_length;
    for (const uint32_t number : sorted) {
        const std::string text = std::to_string(number);
        by_length[text.size()].push_back(text);
    }
    Texts all;
    for (const auto & [length, texts] : by_length) {
        for (std::string & alternative : alternativesOf(texts)) all.push_back(std::move(alternative));
    }
    return all.empty() ? "" : inBrackets(all);
}

}  // namespace ggufit
