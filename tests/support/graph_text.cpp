// Reads graphs as text and finds the first node at which two of them part.
#include "support/graph_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <utility>
#include <vector>

namespace ggufit::test {

namespace {

using Leaves = std::map<std::string, std::string, std::less<>>;

struct ParsedGraph {
    Leaves leaves;  // name in the text → what it is compared by
    std::vector<std::string_view> nodes, splits;
};

/// Cuts the first word off a line.
std::string_view takeWord(std::string_view & line) {
    const size_t end = line.find(' ');
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    return word;
}

/// Cuts the last word off a line. A leaf's name may hold spaces, so its line is read from the end.
std::string_view takeLastWord(std::string_view & line) {
    const size_t space = line.rfind(' ');
    if (space == std::string_view::npos) return std::exchange(line, {});
    const std::string_view word = line.substr(space + 1);
    line = line.substr(0, space);
    return word;
}

bool isComparedByName(std::string_view name) {
    constexpr std::array<std::string_view, 5> kStarts = {"cache_", "blk.", "token_embd", "output", "rope_"};
    const auto starts = [&](std::string_view start) { return name.starts_with(start); };
    return std::any_of(kStarts.begin(), kStarts.end(), starts) || name.ends_with(".weight") || name.ends_with(".bias");
}

/// The backend of a copy made by the scheduler ("CUDA0#embd#0"), cut off the name with the number; empty for others.
std::string_view takeBackend(std::string_view & name) {
    const size_t first = name.find('#');
    const size_t last = name.rfind('#');
    if (first == last || first == 0 || last + 1 == name.size()) return {};
    const auto isDigit = [](unsigned char c) { return std::isdigit(c) != 0; };
    if (!std::all_of(name.begin() + static_cast<std::ptrdiff_t>(last) + 1, name.end(), isDigit)) return {};
    const std::string_view backend = name.substr(0, first);
    name = name.substr(first + 1, last - first - 1);
    return backend;
}

void addLeaf(std::string_view line, Leaves & leaves) {
    for (int i = 0; i < 3; ++i) takeLastWord(line);  // buffer, view, flags
    const std::string_view ne = takeLastWord(line);
    const std::string_view type = takeLastWord(line);
    const std::string_view name = line;
    const std::string_view backend = takeBackend(line);
    std::string known = isComparedByName(line) ? std::string(line) : std::string(type) + "[" + std::string(ne) + "]";
    if (!backend.empty()) known += "@" + std::string(backend);
    leaves[std::string(name)] = known;
}

ParsedGraph parseGraph(std::string_view text) {
    ParsedGraph graph;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.starts_with("L ")) {
            addLeaf(line.substr(2), graph.leaves);
        } else if (line.starts_with("S ")) {
            for (int i = 0; i < 2; ++i) takeWord(line);  // the letter and the index
            graph.splits.push_back(takeWord(line));
        } else if (!line.empty() && line[0] != '#') {
            graph.nodes.push_back(line);
        }
    }
    return graph;
}

/// Where the name that opens at text[open] == '<' closes: at a '>' that ends a reference.
size_t closeOf(std::string_view text, size_t open) {
    for (size_t i = text.find('>', open); i != std::string_view::npos; i = text.find('>', i + 1)) {
        if (i + 1 == text.size() || std::string_view(", +").find(text[i + 1]) != std::string_view::npos) return i;
    }
    return std::string_view::npos;
}

/// References with each leaf's name replaced by what it is compared by, without spaces.
std::string comparable(std::string_view references, const Leaves & leaves) {
    std::string out;
    for (size_t i = 0; i < references.size(); ++i) {
        const size_t close = references[i] == '<' ? closeOf(references, i) : std::string_view::npos;
        if (close == std::string_view::npos) {
            out += references[i];
            continue;
        }
        const std::string_view name = references.substr(i + 1, close - i - 1);
        const auto leaf = leaves.find(name);
        std::string known = leaf == leaves.end() ? std::string(name) : leaf->second;
        std::replace(known.begin(), known.end(), ' ', '_');
        out += "<" + known + ">";
        i = close;
    }
    return out;
}

/// A node's line without its index and its name.
std::string comparableNode(std::string_view line, const Leaves & leaves) {
    takeWord(line);
    std::string out;
    for (int i = 0; i < 5; ++i) out += std::string(takeWord(line)) + " ";  // split, operation, type, ne, flags
    const std::string known = comparable(line, leaves);
    std::string_view rest = known;
    out += std::string(takeWord(rest)) + " ";  // view
    return out + std::string(takeWord(rest));  // sources
}

std::string counts(const char * what, size_t llama_cpp, size_t ours) {
    return std::string(what) + ": llama.cpp has " + std::to_string(llama_cpp) + ", ours " + std::to_string(ours);
}

}  // namespace

std::string firstDifference(std::string_view llama_cpp, std::string_view ours) {
    const ParsedGraph a = parseGraph(llama_cpp);
    const ParsedGraph b = parseGraph(ours);
    if (a.nodes.empty()) return "llama.cpp's text holds no node";
    for (size_t i = 0; i < std::min(a.nodes.size(), b.nodes.size()); ++i) {
        if (comparableNode(a.nodes[i], a.leaves) == comparableNode(b.nodes[i], b.leaves)) continue;
        return "node " + std::to_string(i) + "\n    llama.cpp: " + std::string(a.nodes[i]) +
               "\n    ours:      " + std::string(b.nodes[i]);
    }
    if (a.nodes.size() != b.nodes.size()) return counts("nodes", a.nodes.size(), b.nodes.size());
    if (a.splits.size() != b.splits.size()) return counts("splits", a.splits.size(), b.splits.size());
    for (size_t i = 0; i < a.splits.size(); ++i) {
        if (a.splits[i] == b.splits[i]) continue;
        return "split " + std::to_string(i) + ": llama.cpp runs it on " + std::string(a.splits[i]) + ", ours on " +
               std::string(b.splits[i]);
    }
    return {};
}

}  // namespace ggufit::test
