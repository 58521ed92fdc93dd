// A compute graph as shapes: tensors with operation, type, dimensions, strides, sources, views and flags. No data.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gguf/ggml_type.h"
#include "graph/op.h"
#include "placement/weights.h"

namespace ggufit {

/// Position of a tensor in Graph::tensors. A distinct type, so that it is not mistaken for a count or a layer.
enum class NodeId : int32_t { none = -1 };
[[nodiscard]] constexpr size_t at(NodeId id) { return static_cast<size_t>(static_cast<int32_t>(id)); }

inline constexpr size_t kMaxSources = 10;  // GGML_MAX_SRC

inline constexpr int32_t kUnpinned = -2;

inline constexpr uint8_t kInputFlag = 1;   // GGML_TENSOR_FLAG_INPUT: set by the caller before each run
inline constexpr uint8_t kOutputFlag = 2;  // GGML_TENSOR_FLAG_OUTPUT: never freed or overwritten

/// What ggml appends to a name when it makes a tensor from another one.
enum class NameSuffix : uint8_t { none = 0, view = 1, reshaped = 2, permuted = 3, transposed = 4, cont = 5, copy = 6 };

/// A name that costs nothing until it is printed: a literal, the layer, and up to ten suffixes of 3 bits, first lowest.
struct NodeName {
    const char * base = nullptr;  // null: unnamed; ggml then calls it node_N or leaf_N
    int32_t layer = -1;           // printed as "-N" where it is not negative; as "N" after the two bases below
    uint32_t suffixes = 0;
};

/// Bases of the names that unnamed tensors get with their place in the execution order; their views take them over.
inline constexpr char kNodeBase[] = "node_";
inline constexpr char kLeafBase[] = "leaf_";

/// Memory that exists before the graph: weights and caches. Compute tensors have none until the allocator runs.
struct GraphBuffer {
    int32_t device = kHost;                    // position in Machine::devices
    HostBuffer host_buffer = HostBuffer::cpu;  // where device is kHost
    bool weights = false;                      // usage of the buffer: weights steer the scheduler, caches do not
};

struct Node {
    Op op = Op::none;
    uint8_t sub_op = 0;  // UnaryOp or GluOp
    GgmlType type = GgmlType::f32;
    uint8_t flags = 0;
    int16_t buffer = -1;  // position in Graph::buffers; −1: a compute tensor
    bool visited = false;
    uint8_t n_src = 0;  // of src, up to the last source: known once the node is in the execution order
    std::array<int64_t, 4> ne = {1, 1, 1, 1};   // elements by dimension
    std::array<uint64_t, 4> nb = {0, 0, 0, 0};  // strides in bytes; nb[0] of a block type is a block's
    std::array<NodeId, kMaxSources> src{NodeId::none, NodeId::none, NodeId::none, NodeId::none, NodeId::none,
                                        NodeId::none, NodeId::none, NodeId::none, NodeId::none, NodeId::none};
    NodeId view_src = NodeId::none;  // the tensor that owns the bytes; never itself a view
    uint64_t view_offs = 0;
    std::array<int32_t, 4> params = {0, 0, 0, 0};  // the parameters that shapes or support depend on, by operation
    int32_t layer = -1;                            // of the model, where the builder knows it
    int32_t pinned = kUnpinned;                    // a device (or kHost) that llama.cpp sets by hand for this operation
    NodeName name;

    /// Of a node in the execution order; some of them may be none.
    [[nodiscard]] std::span<const NodeId> sources() const { return {src.data(), n_src}; }
};

/// What of a node follows from the placement alone: the buffer of a weight or a cache, the device of a pinned
/// operation.
struct PlacedNode {
    enum class By : uint8_t { weight, cache, layer };
    By by = By::weight;
    NodeId node = NodeId::none;
    uint32_t index = 0;  // position in WeightPlan::weights, in CachePlan::tensors or in WeightPlan::layer_devices
};

struct Graph {
    std::vector<Node> tensors;
    std::vector<NodeId> nodes;  // computed and view tensors in order of execution
    std::vector<NodeId> leafs;  // weights, caches, inputs in order of first use
    std::vector<GraphBuffer> buffers;
    std::vector<PlacedNode> placed;     // in the order in which they were made
    bool shape_is_placed = false;       // which leaves there are follows from the placement too
    std::shared_ptr<const void> names;  // what NodeName::base points to beyond literals, where it is not the caller's
    std::string error;  // the first shape that did not fit; empty: none. A graph with an error is not to be used.

    [[nodiscard]] Node & operator[](NodeId id) { return tensors[at(id)]; }
    [[nodiscard]] const Node & operator[](NodeId id) const { return tensors[at(id)]; }
};

/// The printed name of a tensor ("Qcur-3 (view)"); `index` is its position among nodes or leafs for unnamed ones.
[[nodiscard]] std::string nodeName(const Node & node, size_t index);

[[nodiscard]] int64_t elementsOf(const Node & node);
[[nodiscard]] uint64_t bytesOf(const Node & node);  // ggml_nbytes: from first to last element
[[nodiscard]] bool isContiguous(const Node & node);
/// ggml_is_contiguous_to_n: contiguous in the dimensions below n, whatever the strides above.
[[nodiscard]] bool isContiguousTo(const Node & node, int n);
/// ggml_is_contiguous_n: contiguous from dimension n on, whatever the strides below.
[[nodiscard]] bool isContiguousFrom(const Node & node, int n);
[[nodiscard]] bool isContiguousRows(const Node & node);  // ggml_is_contiguous_rows
[[nodiscard]] bool isPermuted(const Node & node);
[[nodiscard]] bool isTransposed(const Node & node);
[[nodiscard]] bool sameShape(const Node & a, const Node & b);

}  // namespace ggufit
