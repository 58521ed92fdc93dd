// Builds a graph operation by operation, with ggml's shapes. An operation that does not fit its sources notes an error.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "graph/graph.h"

namespace ggufit {

/// ggml's constructors as methods. All take and give positions in graph(). NodeId::none as a source means "without"
/// where a parameter says so, else it is an error. After the first error every operation gives its first source back,
/// so that building runs to its end and the graph is then refused by its `error`.
class GraphBuilder {
  public:
    [[nodiscard]] Graph & graph() { return graph_; }
    [[nodiscard]] const Node & operator[](NodeId id) const { return graph_[id]; }
    [[nodiscard]] bool ok() const { return graph_.error.empty(); }

    /// Notes an error unless there is one; gives NodeId::none.
    NodeId fail(const char * what);

    // Leaves. A buffer of −1 makes a tensor that the allocator places.
    NodeId newTensor(GgmlType type, int64_t ne0, int64_t ne1 = 1, int64_t ne2 = 1, int64_t ne3 = 1,
                     int16_t buffer = -1);
    int16_t buffer(const GraphBuffer & buffer);  // position of this buffer, added where it is new
    NodeId setInput(NodeId a);
    NodeId setOutput(NodeId a);
    NodeId name(NodeId a, const char * base, int32_t layer = -1);

    /// ggml_build_forward_expand: appends a and what it needs, sources first, to the execution order.
    void expand(NodeId a);

    // Element-wise. b of the binary ones is broadcast where its dimensions divide a's.
    NodeId add(NodeId a, NodeId b) { return binary(Op::add, a, b); }
    NodeId sub(NodeId a, NodeId b) { return binary(Op::sub, a, b); }
    NodeId mul(NodeId a, NodeId b) { return binary(Op::mul, a, b); }
    NodeId div(NodeId a, NodeId b) { return binary(Op::div, a, b); }
    NodeId addInplace(NodeId a, NodeId b);
    NodeId addId(NodeId a, NodeId b, NodeId ids);
    NodeId unary(UnaryOp op, NodeId a);
    NodeId simple(Op op, NodeId a);  // sqr, sqrt, log, sin, cos, cumsum, fill, tri, roll: the shape of a, a new tensor
    NodeId scale(NodeId a);          // also scale_bias
    NodeId scaleInplace(NodeId a);
    NodeId clamp(NodeId a);  // in a's own bytes
    NodeId fill(NodeId a) { return simple(Op::fill, a); }
    NodeId tri(NodeId a) { return simple(Op::tri, a); }
    NodeId glu(GluOp op, NodeId a);                 // halves of a's rows
    NodeId gluSplit(GluOp op, NodeId a, NodeId b);  // a gated by b
    NodeId silu(NodeId a) { return unary(UnaryOp::silu, a); }
    NodeId sigmoid(NodeId a) { return unary(UnaryOp::sigmoid, a); }
    NodeId gelu(NodeId a) { return unary(UnaryOp::gelu, a); }
    NodeId relu(NodeId a) { return unary(UnaryOp::relu, a); }
    NodeId tanh(NodeId a) { return unary(UnaryOp::tanh, a); }
    NodeId exp(NodeId a) { return unary(UnaryOp::exp, a); }
    NodeId softplus(NodeId a) { return unary(UnaryOp::softplus, a); }
    NodeId neg(NodeId a) { return unary(UnaryOp::neg, a); }

    // Norms and reductions.
    NodeId norm(NodeId a) { return simple(Op::norm, a); }
    NodeId rmsNorm(NodeId a) { return simple(Op::rms_norm, a); }
    NodeId groupNorm(NodeId a) { return simple(Op::group_norm, a); }
    NodeId l2Norm(NodeId a) { return simple(Op::l2_norm, a); }
    NodeId cumsum(NodeId a) { return simple(Op::cumsum, a); }
    NodeId sumRows(NodeId a);
    NodeId mean(NodeId a);
    NodeId argmax(NodeId a);
    NodeId argsort(NodeId a);
    NodeId argsortTopK(NodeId a, int64_t k);  // argsort and a view of its first k
    NodeId topK(NodeId a, int64_t k);
    NodeId softMax(NodeId a, NodeId mask = NodeId::none, NodeId sinks = NodeId::none);

    // Products.
    NodeId mulMat(NodeId a, NodeId b);
    NodeId mulMatId(NodeId as, NodeId b, NodeId ids);
    NodeId solveTri(NodeId a, NodeId b);

    // Layout.
    NodeId reshape(NodeId a, int64_t ne0, int64_t ne1 = 1, int64_t ne2 = 1, int64_t ne3 = 1);
    NodeId view1d(NodeId a, int64_t ne0, uint64_t offset);
    NodeId view2d(NodeId a, int64_t ne0, int64_t ne1, uint64_t nb1, uint64_t offset);
    NodeId view3d(NodeId a, int64_t ne0, int64_t ne1, int64_t ne2, uint64_t nb1, uint64_t nb2, uint64_t offset);
    NodeId view4d(NodeId a, int64_t ne0, int64_t ne1, int64_t ne2, int64_t ne3, uint64_t nb1, uint64_t nb2,
                  uint64_t nb3, uint64_t offset);
    NodeId permute(NodeId a, int axis0, int axis1, int axis2, int axis3);
    NodeId transpose(NodeId a);
    NodeId cont(NodeId a);
    NodeId contAs(NodeId a, int64_t ne0, int64_t ne1 = 1, int64_t ne2 = 1, int64_t ne3 = 1);  // ggml_cont_Nd
    NodeId cpy(NodeId a, NodeId b);
    NodeId cast(NodeId a, GgmlType type);
    NodeId dup(NodeId a) { return simple(Op::dup, a); }
    NodeId set(NodeId a, NodeId b, bool inplace);
    NodeId concat(NodeId a, NodeId b, int dim);
    NodeId repeat(NodeId a, NodeId shape);
    NodeId repeat4d(NodeId a, int64_t ne0, int64_t ne1, int64_t ne2, int64_t ne3);
    NodeId pad(NodeId a, int64_t p0, int64_t p1, int64_t p2, int64_t p3);
    NodeId roll(NodeId a) { return simple(Op::roll, a); }
    NodeId diag(NodeId a);
    NodeId arange(int64_t count);
    NodeId getRows(NodeId a, NodeId b);
    NodeId setRows(NodeId a, NodeId b, NodeId ids);

    // Attention, positions, states.
    NodeId rope(NodeId a, NodeId positions, NodeId factors = NodeId::none);  // every mode: shapes are the same
    NodeId flashAttnExt(NodeId q, NodeId k, NodeId v, NodeId mask, NodeId sinks, bool soft_cap, bool alibi);
    NodeId ssmConv(NodeId sx, NodeId c);
    NodeId ssmScan(NodeId s, NodeId x, NodeId dt, NodeId a, NodeId b, NodeId c, NodeId ids);
    NodeId rwkvWkv6(NodeId k, NodeId v, NodeId r, NodeId tf, NodeId td, NodeId state);
    NodeId rwkvWkv7(NodeId r, NodeId w, NodeId k, NodeId v, NodeId a, NodeId b, NodeId state);
    NodeId gatedLinearAttn(NodeId k, NodeId v, NodeId q, NodeId g, NodeId state);
    NodeId gatedDeltaNet(NodeId q, NodeId k, NodeId v, NodeId g, NodeId beta, NodeId state, int64_t n_slots);
    NodeId lightningIndexer(NodeId q, NodeId k, NodeId weights, NodeId mask);

    // Convolution and pooling.
    NodeId im2col(NodeId a, NodeId b, int64_t stride, int64_t padding, int64_t dilation, bool two_d);
    NodeId conv1d(NodeId a, NodeId b, int64_t stride, int64_t padding, int64_t dilation);
    NodeId conv1dDw(NodeId a, NodeId b, int64_t stride, int64_t padding, int64_t dilation);
    NodeId pool2d(NodeId a, int64_t k0, int64_t k1, int64_t s0, int64_t s1, int64_t p0, int64_t p1);

    /// A new tensor of an operation that has no constructor here (fused operations of one architecture).
    NodeId result(Op op, GgmlType type, std::initializer_list<int64_t> ne, std::initializer_list<NodeId> sources);

  private:
    NodeId binary(Op op, NodeId a, NodeId b);
    NodeId viewOf(NodeId a, Op op, NameSuffix suffix);  // same dimensions and strides, shares the bytes
    NodeId view(NodeId a, std::initializer_list<int64_t> ne, std::initializer_list<uint64_t> nb, uint64_t offset);
    [[nodiscard]] bool has(std::initializer_list<NodeId> sources) const;

    Graph graph_;
    std::vector<std::pair<NodeId, uint8_t>> stack_;  // of expand()
};

}  // namespace ggufit
