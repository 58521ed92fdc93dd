// MiniMax M3: behind the leading dense layers attention reads the blocks of cells that an indexer scores best, a group
// of heads at a time.
#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "graph/arch/expert_decoder.h"

namespace ggufit {

namespace {

using namespace experts;

constexpr int64_t kMinPositions = 256;  // positions that the inputs cover before any cell is in use

bool present(NodeId id) { return id != NodeId::none; }

int64_t roundUp(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

/// Leaves of block selection (llama.cpp: minimax-m3.cpp, llm_graph_input_msa).
struct BlockInputs {
    bool enabled = false;
    CacheInput indexer;
    NodeId bias = NodeId::none, pos_mask = NodeId::none;
    NodeId pos_cells = NodeId::none;        // which cell holds a position, as row numbers
    NodeId pos_cells_float = NodeId::none;  // the same to calculate with; decoding
    NodeId cell_blocks = NodeId::none;      // the block of each cell; prompts
    NodeId mask_float = NodeId::none;       // the attention mask in single precision; prompts
    int64_t n_cells = 0, n_positions = 0, n_blocks = 0, n_streams = 1, n_stream_tokens = 0;
    int64_t block = 1;
    [[nodiscard]] bool decodes() const { return n_stream_tokens == 1; }
};

/// Selection needs flash attention and a cache that is not shared between sequences.
bool selectsBlocks(const GraphContext & c) {
    return c.request.flash_attn && (c.cache.shape.n_seq_max == 1 || !c.cache.shape.kv_unified);
}

/// In llama.cpp's order, behind the inputs of attention, whose mask says how tokens lie in streams.
BlockInputs blockInputs(GraphContext & c, const AttnInput & attn) {
    GraphBuilder & g = c.g;
    BlockInputs in;
    in.enabled = selectsBlocks(c) && present(attn.base.mask);
    if (!in.enabled) return in;
    in.indexer.label = "indexer_";
    in.indexer.n_cells = attn.base.n_cells;
    in.indexer.k_idxs = c.input(GgmlType::i64, c.n_tokens);
    const Node mask = g[attn.base.mask];
    in.block = std::max<int64_t>(c.hp.indexer_block_size, 1);
    in.n_cells = mask.ne[0];
    in.n_stream_tokens = mask.ne[1];
    in.n_streams = mask.ne[3];
    in.n_positions = roundUp(kMinPositions, in.block);
    in.n_blocks = in.n_positions / in.block;
    in.bias = c.input(GgmlType::f32, in.n_blocks, c.n_tokens);
    in.pos_mask = c.input(GgmlType::f32, in.n_positions, c.n_tokens);
    in.pos_cells = c.input(GgmlType::i32, in.n_positions, in.n_streams);
    if (in.decodes()) {
        in.pos_cells_float = c.input(GgmlType::f32, in.n_positions, in.n_streams);
    } else {
        in.cell_blocks = c.input(GgmlType::i32, in.n_cells, in.n_streams);
        in.mask_float = g.cast(attn.base.mask, GgmlType::f32);
    }
    return in;
}

/// What one layer's selection works on: queries of both kinds, keys and values as the caches hold them.
struct Layer {
    NodeId q = NodeId::none, k = NodeId::none, v = NodeId::none;
    NodeId index_q = NodeId::none, index_k = NodeId::none;
    int64_t head = 0, heads = 0, heads_kv = 0;
    int64_t index_head = 0, index_heads = 0;
    int64_t picked = 0;  // blocks
    int64_t il = 0;
};

/// Flash attention of each group of heads over its own cells; k and v are [head, cells, 1, groups and streams].
NodeId groupedAttention(GraphContext & c, const Layer & l, NodeId q, NodeId k, NodeId v, NodeId mask) {
    GraphBuilder & g = c.g;
    if (!present(q) || !present(k)) return NodeId::none;
    const int64_t tokens = g[q].ne[2];
    const int64_t channels = g[k].ne[3];
    const int64_t group = l.heads / l.heads_kv;
    q = g.permute(g.reshape(q, l.head, group, channels, l.heads * tokens / (group * channels)), 0, 2, 3, 1);
    NodeId out = g.flashAttnExt(q, k, v, mask, NodeId::none, false, c.hp.f_max_alibi_bias > 0.0F);
    if (!present(c.cb(out, "msa_fattn", l.il))) return out;
    g.graph()[out].layer = -1;  // whether flash attention stays on is decided by the dense layers alone
    out = g.permute(out, 0, 1, 3, 2);
    if (present(out) && !isContiguous(g[out])) out = g.cont(out);
    return g.reshape(out, l.head * l.heads, tokens);
}

/// One token a stream: the cells of the picked blocks are gathered.
NodeId gatheredAttention(GraphContext & c, const BlockInputs & in, const Layer & l) {
    GraphBuilder & g = c.g;
    const int64_t ns = in.n_streams;
    const int64_t hd = l.index_heads;
    const int64_t count = l.picked;
    const Node ik = g[l.index_k];
    const Node k = g[l.k];
    const Node v = g[l.v];

    const NodeId index_cells = g.view3d(l.index_k, l.index_head, in.n_cells, ns, ik.nb[2], ik.nb[3], 0);
    const NodeId by_position = g.getRows(index_cells, in.pos_cells);
    const NodeId queries = g.reshape(l.index_q, l.index_head, hd, 1, ns);
    NodeId scores = g.mulMat(g.reshape(by_position, l.index_head, in.n_positions, 1, ns), queries);
    scores = g.addInplace(scores, g.reshape(in.pos_mask, in.n_positions, 1, 1, ns));
    const NodeId best = c.cb(g.pool2d(scores, in.block, 1, in.block, 1, 0, 0), "msa_bs", l.il);
    const NodeId blocks = g.topK(g.add(best, g.reshape(in.bias, in.n_blocks, 1, 1, ns)), count);

    const NodeId starts = g.reshape(g.scale(g.cast(blocks, GgmlType::f32)), 1, count, hd, ns);
    const NodeId positions =
        g.add(g.repeat4d(starts, in.block, count, hd, ns), g.reshape(g.arange(in.block), in.block, 1, 1));
    const NodeId position_ids = g.cast(g.reshape(positions, in.block * count * hd, ns), GgmlType::i32);
    NodeId cells = g.getRows(g.reshape(in.pos_cells_float, 1, in.n_positions, ns), position_ids);
    cells = g.reshape(cells, in.block, count, hd, ns);
    const NodeId rows = g.add(g.scale(cells), g.reshape(g.arange(l.heads_kv), 1, 1, hd));
    const NodeId row_ids = g.cast(g.reshape(rows, in.block * count * hd, ns), GgmlType::i32);

    const NodeId all_k = g.view3d(l.k, l.head, l.heads_kv * in.n_cells, ns, k.nb[1], k.nb[3], 0);
    const NodeId all_v = g.view3d(l.v, l.head, l.heads_kv * in.n_cells, ns, v.nb[1], v.nb[3], 0);
    const NodeId masks = g.getRows(g.reshape(in.pos_mask, 1, in.n_positions, ns), position_ids);
    const auto cut = [&](NodeId all, GgmlType type) {
        const NodeId x = g.reshape(g.getRows(all, row_ids), l.head, in.block * count, 1, hd * ns);
        const GgmlType wanted = traitsOf(type).quantized ? GgmlType::f16 : type;
        return present(x) && g[x].type != wanted ? g.cast(x, wanted) : x;
    };
    const NodeId mask = g.cast(g.reshape(masks, in.block * count, 1, 1, hd * ns), GgmlType::f16);
    return groupedAttention(c, l, l.q, cut(all_k, k.type), cut(all_v, v.type), mask);
}

/// The mask of one stream's tokens: 0 in the picked blocks of each group, [cells, tokens, 1, groups].
NodeId blockMask(GraphContext & c, const BlockInputs & in, const Layer & l, NodeId blocks, NodeId bias,
                 int64_t stream) {
    GraphBuilder & g = c.g;
    const int64_t tokens = in.n_stream_tokens;
    const int64_t hd = l.index_heads;
    NodeId hidden = g.cast(g.scale(bias), GgmlType::f16);
    hidden = g.repeat4d(hidden, in.n_blocks, hd, tokens, 1);
    const NodeId zero = g.scale(g.cast(blocks, GgmlType::f32));
    NodeId mask = g.setRows(g.reshape(hidden, 1, in.n_blocks, hd * tokens), g.reshape(zero, 1, l.picked, hd * tokens),
                            g.reshape(blocks, l.picked, hd * tokens));
    mask = g.cont(g.permute(g.reshape(mask, in.n_blocks, hd, tokens), 0, 2, 1, 3));
    c.cb(mask, "msa_block_mask", l.il);
    const NodeId by_block = g.cont(g.transpose(g.reshape(mask, in.n_blocks, tokens * hd)));
    const Node ids = g[in.cell_blocks];
    const Node whole = g[in.mask_float];
    const auto s = static_cast<uint64_t>(stream);
    const NodeId by_cell = g.getRows(by_block, g.view1d(in.cell_blocks, in.n_cells, s * ids.nb[1]));
    const NodeId expanded = g.reshape(g.cont(g.transpose(by_cell)), in.n_cells, tokens, hd);
    const NodeId own = g.view3d(in.mask_float, in.n_cells, tokens, 1, whole.nb[1], whole.nb[3], s * whole.nb[3]);
    mask = g.reshape(g.addInplace(expanded, own), in.n_cells, tokens, 1, hd);
    return c.cb(g.cast(mask, GgmlType::f16), "msa_mask4", l.il);
}

/// A prompt's tokens of one stream: all cells are read, under a mask that shows the picked blocks.
NodeId maskedAttention(GraphContext & c, const BlockInputs & in, const Layer & l, int64_t stream) {
    GraphBuilder & g = c.g;
    const int64_t tokens = in.n_stream_tokens;
    const int64_t hd = l.index_heads;
    const auto s = static_cast<uint64_t>(stream);
    const uint64_t first = s * static_cast<uint64_t>(tokens);
    const Node iq = g[l.index_q];
    const Node ik = g[l.index_k];
    const Node q = g[l.q];
    const Node k = g[l.k];
    const Node v = g[l.v];
    const Node ids = g[in.pos_cells];
    const auto byToken = [&](NodeId x, int64_t width) {  // [width, 1, tokens] of this stream
        const uint64_t row = g[x].nb[1];
        return g.view3d(x, width, 1, tokens, row, row, first * row);
    };
    const NodeId index_q = g.view3d(l.index_q, l.index_head, hd, tokens, iq.nb[1], iq.nb[2], first * iq.nb[2]);
    const NodeId index_k = g.view2d(l.index_k, l.index_head, in.n_cells, ik.nb[2], s * ik.nb[3]);
    const NodeId by_position = g.getRows(index_k, g.view1d(in.pos_cells, in.n_positions, s * ids.nb[1]));
    NodeId scores = g.mulMat(by_position, g.reshape(index_q, l.index_head, hd * tokens));
    scores = g.addInplace(g.reshape(scores, in.n_positions, hd, tokens), byToken(in.pos_mask, in.n_positions));
    const NodeId best = c.cb(g.pool2d(scores, in.block, 1, in.block, 1, 0, 0), "msa_bs", l.il);
    const NodeId bias = byToken(in.bias, in.n_blocks);
    const NodeId blocks = g.topK(c.cb(g.add(best, bias), "msa_bsf", l.il), l.picked);
    const NodeId mask = blockMask(c, in, l, blocks, bias, stream);

    const NodeId queries = g.view3d(l.q, l.head, l.heads, tokens, q.nb[1], q.nb[2], first * q.nb[2]);
    const NodeId keys = g.view4d(l.k, l.head, l.heads_kv, in.n_cells, 1, k.nb[1], k.nb[2], k.nb[3], s * k.nb[3]);
    const NodeId values = g.view4d(l.v, l.head, l.heads_kv, in.n_cells, 1, v.nb[1], v.nb[2], v.nb[3], s * v.nb[3]);
    return groupedAttention(c, l, queries, g.permute(keys, 0, 3, 1, 2), g.permute(values, 0, 3, 1, 2), mask);
}

/// The indexer's projection with norm and rope.
NodeId indexed(GraphContext & c, NodeId pos, NodeId x, int64_t il, const char * part, int64_t n_heads) {
    const std::string base = std::string("indexer.") + part;
    NodeId y = c.linear(c.w(il, base + "_proj.weight"), x);
    y = c.g.reshape(y, c.hp.indexer_head_size, n_heads, c.n_tokens);
    return c.rope(c.norm(y, c.w(il, base + "_norm.weight"), NodeId::none, NormKind::rms, il), pos);
}

NodeId blockAttention(GraphContext & c, const Inputs & in, const BlockInputs & blocks, const Qkv & p, NodeId x,
                      int64_t il) {
    GraphBuilder & g = c.g;
    const CacheInput & base = in.attn.base;
    Layer l;
    l.il = il;
    l.index_head = c.hp.indexer_head_size;
    l.index_heads = c.hp.indexer_n_head;
    l.index_q = indexed(c, in.pos, x, il, "q", l.index_heads);
    const NodeId index_k = indexed(c, in.pos, x, il, "k", 1);
    g.expand(c.storeK(blocks.indexer, index_k, il));
    l.index_k = c.loadK(blocks.indexer, il);

    l.q = c.rotate(p.q, base.k_rot);
    const NodeId k = c.rotate(p.k, base.k_rot);
    const NodeId v = c.rotate(p.v, base.v_rot);
    g.expand(l.q);
    g.expand(k);
    g.expand(v);
    g.expand(c.storeK(base, k, il));
    g.expand(c.storeV(base, v, il));
    l.k = c.loadK(base, il);
    l.v = c.loadV(base, il);
    if (!g.ok() || !present(l.index_q) || !present(l.index_k) || !present(l.q) || !present(l.k) || !present(l.v)) {
        return g.fail("block selection without an indexer or a cache");
    }
    l.head = g[l.k].ne[0];
    l.heads = c.n_head;
    l.heads_kv = g[l.k].ne[1];
    l.picked = std::min<int64_t>(c.hp.indexer_top_k, blocks.n_blocks);
    if (l.heads_kv != l.index_heads || l.heads_kv == 0 || g[l.k].ne[3] != blocks.n_streams) {
        return g.fail("an indexer whose heads are not one for each group of heads");
    }

    NodeId out = NodeId::none;
    if (blocks.decodes()) {
        out = gatheredAttention(c, blocks, l);
    } else {
        out = maskedAttention(c, blocks, l, 0);
        std::vector<NodeId> others;
        for (int64_t s = 1; s < blocks.n_streams; ++s) others.push_back(maskedAttention(c, blocks, l, s));
        for (const NodeId other : others) out = g.concat(out, other, 1);
    }
    out = c.cb(c.rotate(out, base.v_rot), "kqv_out", il);
    return c.linear(c.w(il, "attn_output.weight"), out, c.w(il, "attn_output.scale"));
}

void minimaxM3Graph(GraphContext & c) {
    GraphBuilder & g = c.g;
    NodeId x = c.inpEmbd();
    Inputs in;
    in.pos = c.inpPos();
    in.attn = c.attnInput();
    const BlockInputs blocks = blockInputs(c, in.attn);
    in.out_ids = c.inpOutIds();
    const AttnRules rules = {.qk_norm = QkNorm::heads, .output_bias = false};
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        const NodeId normed = rmsNormed(c, x, il, "attn_norm");
        const bool sparse = blocks.enabled && il >= static_cast<int64_t>(c.hp.n_layer_dense_lead);
        NodeId cur = sparse ? blockAttention(c, in, blocks, project(c, in, normed, il, rules), normed, il)
                            : attention(c, in, normed, il, rules);
        keepOutputs(c, in, il, cur, residual);
        const NodeId ffn_inp = c.cb(g.add(cur, residual), "ffn_inp", il);
        cur = feedForward(c, rmsNormed(c, ffn_inp, il, "ffn_norm"), il,
                          {.shared = Shared::always, .dense = Dense::leading, .activation = Activation::swiglu_oai});
        x = c.cb(g.add(cur, ffn_inp), "l_out", il);
    }
    c.finishWithHead(x, NormKind::rms);
}

constexpr std::array kRows = {
    GraphRow{"minimax-m3", minimaxM3Graph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> minimax_m3() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
