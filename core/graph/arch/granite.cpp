// Granite, dense and with experts, and MiniCPM: residuals, embedding and logits scaled, rope only where it was trained.
#include <array>
#include <span>

#include "graph/arch/expert_decoder.h"

namespace ggufit {

namespace {

using namespace experts;

constexpr FfnRules kFfn = {.norm_weights = NormWeights::yes,
                           .gating = ExpertGating::softmax,
                           .selection_bias = false,
                           .shared = Shared::where_sized,
                           .dense = Dense::without_router,
                           .dense_biases = true};

void graniteGraph(GraphContext & c) {
    GraphBuilder & g = c.g;
    const bool scales_residual = c.hp.f_residual_scale != 0.0F;
    const AttnRules attn = {.rope = c.hp.rope_finetuned, .rope_factors = true, .name = "attn_out"};
    NodeId x = c.inpEmbd();
    Inputs in;
    if (attn.rope) in.pos = c.inpPos();
    in.attn = c.attnInput();
    in.out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.n_layer; ++il) {
        const int32_t further = c.hp.deepstack_mapping_arr[static_cast<size_t>(il)];
        if (il > 0 && further >= 0) x = c.cb(g.add(x, c.deepstackInput(further)), "deepstack_in", il);
        NodeId residual = x;
        NodeId cur = attention(c, in, rmsNormed(c, x, il, "attn_norm"), il, attn);
        keepOutputs(c, in, il, cur, residual);
        if (scales_residual) cur = g.scale(cur);
        const NodeId ffn_inp = c.cb(g.add(cur, residual), "ffn_inp", il);
        cur = feedForward(c, rmsNormed(c, ffn_inp, il, "ffn_norm"), il, kFfn);
        if (scales_residual) cur = g.scale(cur);
        x = c.cb(g.add(cur, ffn_inp), "l_out", il);
    }
    x = c.cb(c.norm(x, c.w("output_norm.weight"), NodeId::none, NormKind::rms, -1), "result_norm");
    const NodeId logits = g.scale(c.linear(c.outputWeight(), x, c.w("output.scale")));
    c.finish(x, c.cb(logits, "result_output"));
}

constexpr std::array kRows = {
    GraphRow{"granite", graniteGraph},
    GraphRow{"granitemoe", graniteGraph},
    GraphRow{"minicpm", graniteGraph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> granite() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
