// Shapes of the computed operations, as ggml.c's constructors give them.
#include <array>

#include "graph/builder.h"

namespace ggufit {

namespace {

bool canRepeat(const Node & small, const Node & large) {  // ggml_can_repeat
    for (size_t i = 0; i < 4; ++i) {
        if (small.ne[i] == 0 || large.ne[i] % small.ne[i] != 0) return false;
    }
    return true;
}

bool canMulMat(const Node & a, const Node & b) {  // ggml_can_mul_mat
    return a.ne[0] == b.ne[0] && a.ne[2] != 0 && a.ne[3] != 0 && b.ne[2] % a.ne[2] == 0 && b.ne[3] % a.ne[3] == 0;
}

int64_t convolvedSize(int64_t in, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation) {
    return (in + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
}

}  // namespace

NodeId GraphBuilder::simple(Op op, NodeId a) {
    if (!has({a})) return fail("an operation on nothing");
    const Node & s = graph_[a];
    return result(op, s.type, {s.ne[0], s.ne[1], s.ne[2], s.ne[3]}, {a});
}

NodeId GraphBuilder::binary(Op op, NodeId a, NodeId b) {
    if (!has({a, b})) return fail("a binary operation on nothing");
    if (!canRepeat(graph_[b], graph_[a])) return fail("a binary operation on dimensions that do not repeat");
    const NodeId id = simple(op, a);
    if (id != NodeId::none) graph_[id].src[1] = b;
    return id;
}

NodeId GraphBuilder::addInplace(NodeId a, NodeId b) {
    if (!has({a, b}) || !canRepeat(graph_[b], graph_[a])) return fail("add on dimensions that do not repeat");
    const NodeId id = viewOf(a, Op::add, NameSuffix::view);
    if (id != NodeId::none) graph_[id].src[1] = b;
    return id;
}

NodeId GraphBuilder::addId(NodeId a, NodeId b, NodeId ids) {
    if (!has({a, b, ids})) return fail("add_id on nothing");
    const NodeId id = simple(Op::add_id, a);
    if (id == NodeId::none) return id;
    graph_[id].src[1] = b;
    graph_[id].src[2] = ids;
    return id;
}

NodeId GraphBuilder::unary(UnaryOp op, NodeId a) {
    const NodeId id = simple(Op::unary, a);
    if (id != NodeId::none) graph_[id].sub_op = static_cast<uint8_t>(op);
    return id;
}

NodeId GraphBuilder::scale(NodeId a) { return simple(Op::scale, a); }

NodeId GraphBuilder::scaleInplace(NodeId a) { return viewOf(a, Op::scale, NameSuffix::view); }

NodeId GraphBuilder::clamp(NodeId a) { return viewOf(a, Op::clamp, NameSuffix::view); }

NodeId GraphBuilder::glu(GluOp op, NodeId a) {
    if (!has({a})) return fail("glu on nothing");
    const Node & s = graph_[a];
    const NodeId id = result(Op::glu, s.type, {s.ne[0] / 2, s.ne[1], s.ne[2], s.ne[3]}, {a});
    if (id != NodeId::none) graph_[id].sub_op = static_cast<uint8_t>(op);
    return id;
}

NodeId GraphBuilder::gluSplit(GluOp op, NodeId a, NodeId b) {
    if (!has({a, b}) || !sameShape(graph_[a], graph_[b])) return fail("glu on different shapes");
    const NodeId id = simple(Op::glu, a);
    if (id == NodeId::none) return id;
    graph_[id].src[1] = b;
    graph_[id].sub_op = static_cast<uint8_t>(op);
    return id;
}

NodeId GraphBuilder::sumRows(NodeId a) {
    if (!has({a})) return fail("sum_rows of nothing");
    const Node & s = graph_[a];
    return result(Op::sum_rows, s.type, {1, s.ne[1], s.ne[2], s.ne[3]}, {a});
}

NodeId GraphBuilder::mean(NodeId a) {
    if (!has({a})) return fail("mean of nothing");
    const Node & s = graph_[a];
    return result(Op::mean, GgmlType::f32, {1, s.ne[1], s.ne[2], s.ne[3]}, {a});
}

NodeId GraphBuilder::argmax(NodeId a) {
    if (!has({a})) return fail("argmax of nothing");
    return result(Op::argmax, GgmlType::i32, {graph_[a].ne[1]}, {a});
}

NodeId GraphBuilder::argsort(NodeId a) {
    if (!has({a})) return fail("argsort of nothing");
    const Node & s = graph_[a];
    return result(Op::argsort, GgmlType::i32, {s.ne[0], s.ne[1], s.ne[2], s.ne[3]}, {a});
}

NodeId GraphBuilder::argsortTopK(NodeId a, int64_t k) {
    const NodeId sorted = argsort(a);
    if (sorted == NodeId::none) return sorted;
    const Node s = graph_[sorted];
    if (s.ne[0] < k) return fail("top k of fewer than k");
    return view4d(sorted, k, s.ne[1], s.ne[2], s.ne[3], s.nb[1], s.nb[2], s.nb[3], 0);
}

NodeId GraphBuilder::topK(NodeId a, int64_t k) {
    if (!has({a}) || graph_[a].ne[0] < k) return fail("top k of fewer than k");
    const Node & s = graph_[a];
    return result(Op::top_k, GgmlType::i32, {k, s.ne[1], s.ne[2], s.ne[3]}, {a});
}

NodeId GraphBuilder::softMax(NodeId a, NodeId mask, NodeId sinks) {
    const NodeId id = simple(Op::soft_max, a);
    if (id == NodeId::none) return id;
    graph_[id].src[1] = mask;
    graph_[id].src[2] = sinks;
    return id;
}

NodeId GraphBuilder::mulMat(NodeId a, NodeId b) {
    if (!has({a, b})) return fail("mul_mat of nothing");
    const Node & x = graph_[a];
    const Node & y = graph_[b];
    if (!canMulMat(x, y)) return fail("mul_mat on dimensions that do not match");
    if (isTransposed(x)) return fail("mul_mat by a transposed matrix");
    return result(Op::mul_mat, GgmlType::f32, {x.ne[1], y.ne[1], y.ne[2], y.ne[3]}, {a, b});
}

NodeId GraphBuilder::mulMatId(NodeId as, NodeId b, NodeId ids) {
    if (!has({as, b, ids})) return fail("mul_mat_id of nothing");
    const Node & x = graph_[as];
    const Node & y = graph_[b];
    const Node & i = graph_[ids];
    if (x.ne[0] != y.ne[0] || i.ne[1] != y.ne[2]) return fail("mul_mat_id on dimensions that do not match");
    if (y.ne[1] == 0 || i.ne[0] % y.ne[1] != 0) return fail("mul_mat_id on rows that do not broadcast");
    return result(Op::mul_mat_id, GgmlType::f32, {x.ne[1], i.ne[0], y.ne[2], 1}, {as, b, ids});
}

NodeId GraphBuilder::solveTri(NodeId a, NodeId b) {
    if (!has({a, b})) return fail("solve_tri of nothing");
    const Node & y = graph_[b];
    return result(Op::solve_tri, GgmlType::f32, {y.ne[0], y.ne[1], y.ne[2], y.ne[3]}, {a, b});
}

NodeId GraphBuilder::concat(NodeId a, NodeId b, int dim) {
    if (!has({a, b})) return fail("concat of nothing");
    const Node & x = graph_[a];
    const Node & y = graph_[b];
    std::array<int64_t, 4> ne = x.ne;
    for (size_t i = 0; i < 4; ++i) {
        if (static_cast<int>(i) == dim) {
            ne[i] += y.ne[i];
        } else if (x.ne[i] != y.ne[i]) {
            return fail("concat of different dimensions");
        }
    }
    const NodeId id = result(Op::concat, x.type, {ne[0], ne[1], ne[2], ne[3]}, {a, b});
    if (id != NodeId::none) graph_[id].params[0] = dim;
    return id;
}

NodeId GraphBuilder::repeat(NodeId a, NodeId shape) {
    if (!has({a, shape})) return fail("repeat of nothing");
    const Node & s = graph_[shape];
    return repeat4d(a, s.ne[0], s.ne[1], s.ne[2], s.ne[3]);
}

NodeId GraphBuilder::repeat4d(NodeId a, int64_t ne0, int64_t ne1, int64_t ne2, int64_t ne3) {
    if (!has({a})) return fail("repeat of nothing");
    return result(Op::repeat, graph_[a].type, {ne0, ne1, ne2, ne3}, {a});
}

NodeId GraphBuilder::pad(NodeId a, int64_t p0, int64_t p1, int64_t p2, int64_t p3) {
    if (!has({a})) return fail("pad of nothing");
    const Node & s = graph_[a];
    return result(Op::pad, s.type, {s.ne[0] + p0, s.ne[1] + p1, s.ne[2] + p2, s.ne[3] + p3}, {a});
}

NodeId GraphBuilder::diag(NodeId a) {
    if (!has({a})) return fail("diag of nothing");
    const Node & s = graph_[a];
    return result(Op::diag, s.type, {s.ne[0], s.ne[0], s.ne[2], s.ne[3]}, {a});
}

NodeId GraphBuilder::arange(int64_t count) { return result(Op::arange, GgmlType::f32, {count}, {}); }

NodeId GraphBuilder::getRows(NodeId a, NodeId b) {
    if (!has({a, b})) return fail("get_rows of nothing");
    const Node & x = graph_[a];
    const Node & y = graph_[b];
    if (x.ne[2] != y.ne[1]) return fail("get_rows on dimensions that do not match");
    const GgmlType type = x.type == GgmlType::i32 ? GgmlType::i32 : GgmlType::f32;
    return result(Op::get_rows, type, {x.ne[0], y.ne[0], y.ne[1], y.ne[2]}, {a, b});
}

NodeId GraphBuilder::setRows(NodeId a, NodeId b, NodeId ids) {
    if (!has({a, b, ids})) return fail("set_rows of nothing");
    if (graph_[a].ne[0] != graph_[b].ne[0]) return fail("set_rows on rows of different width");
    const NodeId id = viewOf(a, Op::set_rows, NameSuffix::view);
    if (id == NodeId::none) return id;
    graph_[id].src[0] = b;
    graph_[id].src[1] = ids;
    graph_[id].src[2] = a;
    return id;
}

NodeId GraphBuilder::rope(NodeId a, NodeId positions, NodeId factors) {
    const NodeId id = simple(Op::rope, a);
    if (id == NodeId::none) return id;
    graph_[id].src[1] = positions;
    graph_[id].src[2] = factors;
    return id;
}

NodeId GraphBuilder::flashAttnExt(NodeId q, NodeId k, NodeId v, NodeId mask, NodeId sinks, bool soft_cap, bool alibi) {
    if (!has({q, k, v})) return fail("attention on nothing");
    const Node & x = graph_[q];
    if (!canMulMat(graph_[k], x)) return fail("attention on dimensions that do not match");
    const NodeId id =
        result(Op::flash_attn_ext, GgmlType::f32, {graph_[v].ne[0], x.ne[2], x.ne[1], x.ne[3]}, {q, k, v, mask, sinks});
    if (id == NodeId::none) return id;
    graph_[id].params[0] = soft_cap ? 1 : 0;
    graph_[id].params[1] = alibi ? 1 : 0;
    return id;
}

NodeId GraphBuilder::ssmConv(NodeId sx, NodeId c) {
    if (!has({sx, c})) return fail("ssm_conv of nothing");
    const Node & x = graph_[sx];
    const Node & w = graph_[c];
    return result(Op::ssm_conv, GgmlType::f32, {w.ne[1], x.ne[0] - w.ne[0] + 1, x.ne[2]}, {sx, c});
}

NodeId GraphBuilder::ssmScan(NodeId s, NodeId x, NodeId dt, NodeId a, NodeId b, NodeId c, NodeId ids) {
    if (!has({s, x, dt, a, b, c, ids})) return fail("ssm_scan of nothing");
    const Node & state = graph_[s];
    const int64_t n = elementsOf(graph_[x]) + state.ne[0] * state.ne[1] * state.ne[2] * graph_[ids].ne[0];
    return result(Op::ssm_scan, GgmlType::f32, {n}, {s, x, dt, a, b, c, ids});
}

NodeId GraphBuilder::rwkvWkv6(NodeId k, NodeId v, NodeId r, NodeId tf, NodeId td, NodeId state) {
    if (!has({k, v, r, tf, td, state})) return fail("wkv6 of nothing");
    const Node & x = graph_[k];
    return result(Op::rwkv_wkv6, GgmlType::f32, {x.ne[0] * x.ne[1], x.ne[2] + x.ne[0] * graph_[state].ne[1]},
                  {k, v, r, tf, td, state});
}

NodeId GraphBuilder::rwkvWkv7(NodeId r, NodeId w, NodeId k, NodeId v, NodeId a, NodeId b, NodeId state) {
    if (!has({r, w, k, v, a, b, state})) return fail("wkv7 of nothing");
    const Node & x = graph_[k];
    return result(Op::rwkv_wkv7, GgmlType::f32, {x.ne[0] * x.ne[1], x.ne[2] + x.ne[0] * graph_[state].ne[1]},
                  {r, w, k, v, a, b, state});
}

NodeId GraphBuilder::gatedLinearAttn(NodeId k, NodeId v, NodeId q, NodeId g, NodeId state) {
    if (!has({k, v, q, g, state})) return fail("gated linear attention of nothing");
    const Node & x = graph_[k];
    return result(Op::gated_linear_attn, GgmlType::f32, {x.ne[0] * x.ne[1], x.ne[2] + x.ne[0] * graph_[state].ne[1]},
                  {k, v, q, g, state});
}

NodeId GraphBuilder::gatedDeltaNet(NodeId q, NodeId k, NodeId v, NodeId g, NodeId beta, NodeId state, int64_t n_slots) {
    if (!has({q, k, v, g, beta, state})) return fail("gated delta net of nothing");
    const Node & x = graph_[v];
    const NodeId id =
        result(Op::gated_delta_net, GgmlType::f32, {x.ne[0] * x.ne[1], x.ne[2] * x.ne[3] + n_slots * x.ne[0] * x.ne[3]},
               {q, k, v, g, beta, state});
    if (id != NodeId::none) graph_[id].params[0] = static_cast<int32_t>(n_slots);
    return id;
}

NodeId GraphBuilder::lightningIndexer(NodeId q, NodeId k, NodeId weights, NodeId mask) {
    if (!has({q, k, weights, mask})) return fail("lightning indexer of nothing");
    const Node & x = graph_[q];
    return result(Op::lightning_indexer, GgmlType::f32, {graph_[k].ne[2], x.ne[2], 1, x.ne[3]}, {q, k, weights, mask});
}

NodeId GraphBuilder::im2col(NodeId a, NodeId b, int64_t stride, int64_t padding, int64_t dilation, bool two_d) {
    if (!has({a, b})) return fail("im2col of nothing");
    const Node & k = graph_[a];
    const Node & x = graph_[b];
    const int64_t width = convolvedSize(x.ne[0], k.ne[0], stride, padding, dilation);
    const int64_t height = two_d ? convolvedSize(x.ne[1], k.ne[1], stride, padding, dilation) : x.ne[2];
    if (width <= 0 || height <= 0) return fail("a convolution over less than its kernel");
    const GgmlType type = k.type == GgmlType::bf16 ? GgmlType::f32 : GgmlType::f16;
    return result(Op::im2col, type, {k.ne[0] * k.ne[1] * (two_d ? k.ne[2] : 1), width, height, two_d ? x.ne[3] : 1},
                  {a, b});
}

NodeId GraphBuilder::conv1d(NodeId a, NodeId b, int64_t stride, int64_t padding, int64_t dilation) {
    const NodeId columns = im2col(a, b, stride, padding, dilation, false);
    if (columns == NodeId::none) return columns;
    const Node c = graph_[columns];
    const Node k = graph_[a];
    const NodeId left = reshape(columns, c.ne[0], c.ne[2] * c.ne[1]);
    const NodeId product = mulMat(left, reshape(a, k.ne[0] * k.ne[1], k.ne[2]));
    return reshape(product, c.ne[1], k.ne[2], c.ne[2]);
}

NodeId GraphBuilder::conv1dDw(NodeId a, NodeId b, int64_t stride, int64_t padding, int64_t dilation) {
    if (!has({a, b})) return fail("a convolution of nothing");
    const Node x = graph_[b];
    const NodeId columns = im2col(a, reshape(b, x.ne[0], 1, x.ne[1], x.ne[2]), stride, padding, dilation, false);
    const NodeId product = mulMat(columns, a);
    if (product == NodeId::none) return product;
    const Node p = graph_[product];
    return reshape(product, p.ne[0], p.ne[2], 1);
}

NodeId GraphBuilder::pool2d(NodeId a, int64_t k0, int64_t k1, int64_t s0, int64_t s1, int64_t p0, int64_t p1) {
    if (!has({a}) || s0 <= 0 || s1 <= 0) return fail("pool_2d of nothing");
    const Node & s = graph_[a];
    return result(Op::pool_2d, GgmlType::f32,
                  {(s.ne[0] + 2 * p0 - k0) / s0 + 1, (s.ne[1] + 2 * p1 - k1) / s1 + 1, s.ne[2], s.ne[3]}, {a});
}

}  // namespace ggufit
