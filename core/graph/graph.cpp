// What follows from a tensor's dimensions and strides, by ggml's definitions (ggml.c).
#include "graph/graph.h"

#include <array>

namespace ggufit {

namespace {

constexpr std::array<std::string_view, 7> kSuffixes = {
    "", " (view)", " (reshaped)", " (permuted)", " (transposed)", " (cont)", " (copy)"};
constexpr size_t kMaxNameBytes = 63;  // GGML_MAX_NAME less the terminator

bool contiguousBetween(const Node & node, int m, int n) {
    const TypeTraits & traits = traitsOf(node.type);
    uint64_t next_nb = traits.block_bytes;
    if (node.ne[0] != traits.block_size && node.nb[0] != next_nb) return false;
    next_nb *= static_cast<uint64_t>(node.ne[0]) / traits.block_size;
    for (int i = 1; i < n; ++i) {
        const auto d = static_cast<size_t>(i);
        if (i > m) {
            if (node.ne[d] != 1 && node.nb[d] != next_nb) return false;
            next_nb *= static_cast<uint64_t>(node.ne[d]);
        } else {
            next_nb = static_cast<uint64_t>(node.ne[d]) * node.nb[d];
        }
    }
    return true;
}

}  // namespace

std::string nodeName(const Node & node, size_t index) {
    std::string name;
    if (node.name.base != nullptr) {
        name = node.name.base;
        const bool numbered = node.name.base == kNodeBase || node.name.base == kLeafBase;
        if (node.name.layer >= 0) name += (numbered ? "" : "-") + std::to_string(node.name.layer);
    } else if (node.name.suffixes == 0) {
        return (node.op == Op::none ? "leaf_" : "node_") + std::to_string(index);
    }
    for (uint32_t rest = node.name.suffixes; rest != 0; rest >>= 3U) name += kSuffixes[rest & 7U];
    if (name.size() > kMaxNameBytes) name.resize(kMaxNameBytes);
    return name;
}

int64_t elementsOf(const Node & node) { return node.ne[0] * node.ne[1] * node.ne[2] * node.ne[3]; }

uint64_t bytesOf(const Node & node) {
    const TypeTraits & traits = traitsOf(node.type);
    for (const int64_t n : node.ne) {
        if (n <= 0) return 0;
    }
    uint64_t bytes = traits.block_size == 1 ? traits.block_bytes + (static_cast<uint64_t>(node.ne[0]) - 1) * node.nb[0]
                                            : static_cast<uint64_t>(node.ne[0]) * node.nb[0] / traits.block_size;
    for (size_t i = 1; i < 4; ++i) bytes += (static_cast<uint64_t>(node.ne[i]) - 1) * node.nb[i];
    return bytes;
}

bool isContiguous(const Node & node) { return contiguousBetween(node, 0, 4); }

bool isContiguousTo(const Node & node, int n) { return contiguousBetween(node, 0, n); }

bool isContiguousFrom(const Node & node, int n) { return contiguousBetween(node, n, 4); }

bool isContiguousRows(const Node & node) {
    const TypeTraits & traits = traitsOf(node.type);
    return node.ne[0] == traits.block_size || node.nb[0] == traits.block_bytes;
}

bool isPermuted(const Node & node) {
    return node.nb[0] > node.nb[1] || node.nb[1] > node.nb[2] || node.nb[2] > node.nb[3];
}

bool isTransposed(const Node & node) { return node.nb[0] > node.nb[1]; }

bool sameShape(const Node & a, const Node & b) { return a.ne == b.ne; }

}  // namespace ggufit
