// Decoders whose attention and feed-forward run side by side: Cohere, Falcon, GPT-NeoX, Phi 2, PLaMo, StableLM.
#include <array>
#include <span>

#include "graph/build.h"
#include "graph/plain_decoder.h"

namespace ggufit {

namespace {

NodeId ffnXAttn(GraphBuilder & g, NodeId x, NodeId attn, NodeId ffn) { return g.add(g.add(ffn, x), attn); }
NodeId ffnAttnX(GraphBuilder & g, NodeId x, NodeId attn, NodeId ffn) { return g.add(g.add(ffn, attn), x); }
NodeId attnFfnX(GraphBuilder & g, NodeId x, NodeId attn, NodeId ffn) { return g.add(g.add(attn, ffn), x); }
NodeId ffnResidual(GraphBuilder & g, NodeId x, NodeId attn, NodeId ffn) { return g.add(ffn, g.add(attn, x)); }

void finishCohere(GraphContext & c, NodeId x) {
    x = c.cb(c.norm(x, c.w("output_norm.weight"), NodeId::none, NormKind::layer, -1), "result_norm");
    NodeId logits = c.linear(c.outputWeight(), x, c.w("output.scale"));
    if (c.hp.f_logit_scale != 0.0F) logits = c.g.scale(logits);
    c.finish(x, c.cb(logits, "result_output"));
}

bool slides(const Hparams & hp, int64_t il) { return hp.is_swa(static_cast<uint32_t>(il)); }

void commandRGraph(GraphContext & c) {
    parallelDecoder(c, {.norm = NormKind::layer, .head_norm = NormKind::layer, .finish = finishCohere}, ffnXAttn);
}

void cohere2Graph(GraphContext & c) {
    const PlainDecoder traits{
        .norm = NormKind::layer, .has_rope = slides, .rope_factors = true, .ffn_scales = true, .finish = finishCohere};
    parallelDecoder(c, traits, ffnXAttn);
}

void falconGraph(GraphContext & c) {
    parallelDecoder(c, {.norm = NormKind::layer, .activation = Activation::gelu}, ffnAttnX);
}

void gptNeoxGraph(GraphContext & c) {
    const PlainDecoder traits{.norm = NormKind::layer, .activation = Activation::gelu};
    if (c.hp.use_par_res) {
        parallelDecoder(c, traits, ffnXAttn);
    } else {
        plainDecoder(c, traits);
    }
}

void phi2Graph(GraphContext & c) {
    parallelDecoder(c, {.norm = NormKind::layer, .scales_q = true, .activation = Activation::gelu}, attnFfnX);
}

void plamoGraph(GraphContext & c) { parallelDecoder(c, {}, ffnAttnX); }

void stableLmGraph(GraphContext & c) {
    const PlainDecoder traits{.norm = NormKind::layer, .head_norm = NormKind::layer};
    if (c.w(0, "ffn_norm.weight") == NodeId::none) {
        parallelDecoder(c, traits, ffnResidual);
    } else {
        plainDecoder(c, traits);
    }
}

constexpr std::array kRows = {
    GraphRow{"cohere2", cohere2Graph},   GraphRow{"command-r", commandRGraph}, GraphRow{"falcon", falconGraph},
    GraphRow{"gptneox", gptNeoxGraph},   GraphRow{"phi2", phi2Graph},          GraphRow{"plamo", plamoGraph},
    GraphRow{"stablelm", stableLmGraph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> parallel() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
