// WavTokenizer's decoder: convolutions over time with one attention among them, no cache.
#include <array>
#include <span>
#include <string>

#include "graph/build.h"

namespace ggufit {

namespace {

/// A block's tensor: "posnet.2.conv1.weight".
NodeId weightOf(GraphContext & c, const char * net, uint32_t il, const char * name, const char * what) {
    return c.w(std::string(net) + '.' + std::to_string(il) + '.' + name + what);
}

NodeId flip(GraphBuilder & g, NodeId x) { return g.cont(g.transpose(x)); }

/// A convolution over time that keeps the length, with its bias.
NodeId convolve(GraphContext & c, NodeId kernel, NodeId bias, NodeId x) {
    if (kernel == NodeId::none) return c.g.fail("a convolution without its kernel");
    return c.g.add(c.g.conv1d(kernel, x, 1, c.g[kernel].ne[0] / 2, 1), bias);
}

class Posnet {
  public:
    Posnet(GraphContext & c, uint32_t il) : c_(c), il_(il) {}

    NodeId block(NodeId x) const {
        switch (il_) {
            case 2: return attention(x);
            case 5: return norm(x, "attn_norm");
            default: return residual(x);
        }
    }

  private:
    [[nodiscard]] NodeId w(const char * name, const char * what) const {
        return weightOf(c_, "posnet", il_, name, what);
    }
    [[nodiscard]] NodeId norm(NodeId x, const char * name) const {
        return c_.norm(x, w(name, ".weight"), w(name, ".bias"), NormKind::group, 0);
    }
    [[nodiscard]] NodeId convolved(NodeId x, const char * name) const {
        return convolve(c_, w(name, ".weight"), w(name, ".bias"), x);
    }

    [[nodiscard]] NodeId residual(NodeId x) const {
        GraphBuilder & g = c_.g;
        NodeId cur = norm(x, "norm1");
        cur = convolved(g.mul(g.sigmoid(cur), cur), "conv1");
        cur = norm(cur, "norm2");
        cur = convolved(g.mul(g.sigmoid(cur), cur), "conv2");
        return g.add(cur, x);
    }

    [[nodiscard]] NodeId attention(NodeId x) const {
        GraphBuilder & g = c_.g;
        const NodeId normed = norm(x, "attn_norm");
        const NodeId q = flip(g, convolved(normed, "attn_q"));
        const NodeId k = flip(g, convolved(normed, "attn_k"));
        const NodeId v = convolved(normed, "attn_v");
        const NodeId kq = g.softMax(g.mulMat(k, q));
        return g.add(convolved(g.mulMat(kq, v), "attn_output"), x);
    }

    GraphContext & c_;
    uint32_t il_;
};

NodeId convnextBlock(GraphContext & c, NodeId x, uint32_t il) {
    GraphBuilder & g = c.g;
    const auto w = [&](const char * name, const char * what) { return weightOf(c, "convnext", il, name, what); };
    const NodeId kernel = w("dw", ".weight");
    if (kernel == NodeId::none) return g.fail("a convolution without its kernel");
    NodeId cur = g.add(g.conv1dDw(kernel, x, 1, g[kernel].ne[0] / 2, 1), w("dw", ".bias"));
    cur = c.norm(flip(g, cur), w("norm", ".weight"), w("norm", ".bias"), NormKind::layer, -1);
    Ffn f;
    f.up = w("pw1", ".weight");
    f.up_b = w("pw1", ".bias");
    f.down = w("pw2", ".weight");
    f.down_b = w("pw2", ".bias");
    f.op = Activation::gelu;
    f.gate_kind = FfnGate::sequential;
    cur = g.mul(c.ffn(cur, f, il), w("gamma", ".weight"));
    return g.add(flip(g, cur), x);
}

void wavtokenizerGraph(GraphContext & c) {
    GraphBuilder & g = c.g;
    NodeId x = flip(g, c.inpEmbd());
    x = convolve(c, c.w("conv1d.weight"), c.w("conv1d.bias"), x);
    for (uint32_t il = 0; il < c.hp.posnet_n_layer && g.ok(); ++il) x = Posnet(c, il).block(x);
    x = c.norm(flip(g, x), c.w("token_embd_norm.weight"), c.w("token_embd_norm.bias"), NormKind::layer, 0);
    x = flip(g, x);
    for (uint32_t il = 0; il < c.hp.convnext_n_layer && g.ok(); ++il) x = convnextBlock(c, x, il);
    x = c.norm(flip(g, x), c.w("output_norm.weight"), c.w("output_norm.bias"), NormKind::layer, -1);
    x = g.add(c.linear(c.w("output.weight"), x, c.w("output.scale")), c.w("output.bias"));
    c.finish(c.cb(x, "result_embd"), NodeId::none);
}

constexpr std::array kRows = {
    GraphRow{"wavtokenizer-dec", wavtokenizerGraph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> wavtokenizer() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
