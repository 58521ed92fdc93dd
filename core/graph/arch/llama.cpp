// Llama and the decoders that its blocks describe, each in a row.
#include <array>
#include <span>

#include "graph/build.h"
#include "graph/plain_decoder.h"

namespace ggufit {

namespace {

bool threeOfFour(const Hparams & hp, int64_t il) { return (il + 1) % hp.n_no_rope_layer_step != 0; }
bool where7b(const Hparams & hp, int64_t) { return hp.n_layer() == 32; }  // Baichuan; 13B has ALiBi

/// Without an output matrix.
void finishEmbedding(GraphContext & c, NodeId x) {
    c.finish(c.cb(c.norm(x, c.w("output_norm.weight"), NodeId::none, NormKind::rms, -1), "result_norm"), NodeId::none);
}

/// The output matrix is token_embd itself, where it lies for the input.
void finishBitnet(GraphContext & c, NodeId x) {
    x = c.cb(c.norm(x, c.w("output_norm.weight"), NodeId::none, NormKind::rms, -1), "result_norm");
    c.finish(x, c.cb(c.g.mulMat(c.w("token_embd.weight"), x), "result_output"));
}

/// Positions of the image tokens' logits are overwritten, so that text alone comes out.
void finishChameleon(GraphContext & c, NodeId x) {
    GraphBuilder & g = c.g;
    constexpr int64_t kImageTokens = 8192;
    x = c.cb(c.norm(x, c.w("output_norm.weight"), NodeId::none, NormKind::rms, -1), "result_norm");
    const NodeId logits = c.linear(c.outputWeight(), x, c.w("output.scale"));
    const NodeId blank = c.cb(g.clamp(g.newTensor(GgmlType::f32, kImageTokens)), "img_logits");
    c.finish(x, c.cb(g.set(logits, blank, false), "result_output"));
}

void chameleonGraph(GraphContext & c) {
    PlainDecoder t{.head_norm = NormKind::layer, .finish = finishChameleon};
    if (c.hp.swin_norm) {
        t.attn_norm = t.ffn_norm = nullptr;
        t.attn_post_norm = "attn_norm";
        t.ffn_post_norm = "ffn_norm";
    }
    plainDecoder(c, t);
}

/// The fused projection has its parts at multiples of n_embd.
Qkv cogvlmProjection(GraphContext & c, const PlainInputs &, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const NodeId all = g.mulMat(c.w(il, "attn_qkv.weight"), x);
    if (all == NodeId::none) return {};
    const int64_t head = c.n_embd_head_v;
    const auto part = [&](int64_t heads, int64_t start) {
        return g.view3d(all, head, heads, c.n_tokens, static_cast<uint64_t>(head) * sizeof(float), g[all].nb[1],
                        static_cast<uint64_t>(start) * sizeof(float));
    };
    Qkv p;
    p.q = part(c.n_head, 0);
    p.k = part(c.n_head_kv, c.n_embd);
    p.v = part(c.n_head_kv, 2 * c.n_embd);
    return p;
}

#define GGUFIT_PLAIN(...) [](GraphContext & c) { plainDecoder(c, PlainDecoder{__VA_ARGS__}); }

constexpr std::array kRows = {
    GraphRow{"arcee", GGUFIT_PLAIN(.rope_factors = true, .activation = Activation::relu_sqr, .attn_name = "attn_out")},
    GraphRow{"baichuan", GGUFIT_PLAIN(.has_rope = where7b)},
    GraphRow{"bitnet", GGUFIT_PLAIN(.ffn_scales = true, .attn_name = "attn_out", .finish = finishBitnet)},
    GraphRow{"chameleon", chameleonGraph},
    GraphRow{"cogvlm", GGUFIT_PLAIN(.selects_outputs = false, .attn_name = "attn_out", .project = cogvlmProjection)},
    GraphRow{"ernie4_5", GGUFIT_PLAIN(.biases = false)},
    GraphRow{"hunyuan-dense",
             GGUFIT_PLAIN(.head_norm_after_rope = true, .rope_factors = true, .attn_name = "attn_out")},
    GraphRow{"hunyuan_vl", GGUFIT_PLAIN(.head_norm_after_rope = true, .rope_factors = true, .attn_name = "attn_out")},
    GraphRow{"internlm2", GGUFIT_PLAIN()},
    GraphRow{"llama", GGUFIT_PLAIN(.rope_factors = true, .ffn_scales = true, .experts = true, .attn_name = "attn_out")},
    GraphRow{"llama-embed", GGUFIT_PLAIN(.rope_factors = true, .reads_cache = false, .ffn_scales = true,
                                         .experts = true, .attn_name = "attn_out", .finish = finishEmbedding)},
    GraphRow{"maincoder", GGUFIT_PLAIN(.head_norm_after_rope = true)},
    GraphRow{"mistral3",
             GGUFIT_PLAIN(.rope_factors = true, .ffn_scales = true, .experts = true, .attn_name = "attn_out")},
    GraphRow{"nanbeige", GGUFIT_PLAIN(.rope_factors = true, .ffn_scales = true, .attn_name = "attn_out")},
    GraphRow{"orion", GGUFIT_PLAIN(.norm = NormKind::layer)},
    GraphRow{"paddleocr", GGUFIT_PLAIN()},
    GraphRow{"pangu-embedded", GGUFIT_PLAIN()},
    GraphRow{"refact", GGUFIT_PLAIN(.has_rope = noRope, .biases = false)},
    GraphRow{"seed_oss", GGUFIT_PLAIN(.ffn_norm = "post_attention_norm", .attn_name = "attn_out")},
    GraphRow{"smollm3", GGUFIT_PLAIN(.has_rope = threeOfFour, .attn_name = "attn_out")},
    GraphRow{"xverse", GGUFIT_PLAIN()},
};

#undef GGUFIT_PLAIN

}  // namespace

namespace graphs {
std::span<const GraphRow> llama() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
