// The syntax tree of a regular expression and its parser; regex.cpp makes a program of it.
#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ggufit::regex {

inline constexpr uint32_t kMaxNesting = 100;        // groups and counts inside one another
inline constexpr uint32_t kUnbounded = UINT32_MAX;  // of a count without an upper end
inline constexpr uint32_t kMaxCount = 100'000;      // larger counts are cut to this: their program is refused anyway

using CharSet = std::bitset<256>;

enum class NodeKind : uint8_t {
    empty,         // matches the empty text
    set,           // one character of `set`
    begin,         // ^
    end,           // $
    word_edge,     // \b
    no_word_edge,  // \B
    sequence,      // children one after the other
    choice,        // one of the children
    repeat,        // the only child, `least` to `most` times
};

struct Node {
    NodeKind kind = NodeKind::empty;
    uint32_t least = 0, most = 0;
    CharSet set;
    std::vector<uint32_t> children;  // positions in Tree::nodes
};

/// Nodes of a pattern; children stand before their parents, the root is the last.
struct Tree {
    std::vector<Node> nodes;
};

/// Parses the ECMAScript grammar as std::regex of libstdc++ accepts it. Errors are usage errors that name the place.
[[nodiscard]] Result<Tree> parse(std::string_view pattern);

/// Letters, digits and underscore: \w, and what \b looks at.
[[nodiscard]] bool isWord(unsigned char c);

}  // namespace ggufit::regex
