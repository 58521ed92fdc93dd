// The dense Qwen models, vision and speech included.
#include <array>
#include <span>

#include "graph/build.h"
#include "graph/plain_decoder.h"

namespace ggufit {

namespace {

void plainQwen(GraphContext & c) { plainDecoder(c, {}); }
void qwen3Graph(GraphContext & c) { plainDecoder(c, {.ffn_scales = true, .experts = true}); }

/// Head without the file's output.bias, and logits padded in front up to the vocabulary: the output of the speech model
/// holds the codec's tokens alone.
void finishQwenVl(GraphContext & c, NodeId x) {
    GraphBuilder & g = c.g;
    const NodeId norm = c.w("output_norm.weight");
    const NodeId head = c.outputWeight();
    x = c.cb(c.norm(x, norm, NodeId::none, NormKind::rms, -1), "result_norm");
    NodeId logits = c.linear(head, x, c.w("output.scale"));
    const NodeId vocabulary = c.w("token_embd.weight");
    if (logits == NodeId::none || vocabulary == NodeId::none) return c.finish(x, logits);
    const int64_t missing = g[vocabulary].ne[1] - g[head].ne[1];
    if (missing < 0) g.fail("more outputs than tokens");
    if (missing > 0) {
        const NodeId blank = g.scale(g.view1d(norm, 1, 0));
        logits = g.concat(g.repeat4d(blank, missing, g[logits].ne[1], 1, 1), logits, 0);
    }
    c.finish(x, c.cb(logits, "result_output"));
}

void qwenVlGraph(GraphContext & c) { plainDecoder(c, {.finish = finishQwenVl}); }

constexpr std::array kRows = {
    GraphRow{"qwen", plainQwen},       GraphRow{"qwen2", plainQwen},     GraphRow{"qwen2vl", qwenVlGraph},
    GraphRow{"qwen3", qwen3Graph},     GraphRow{"qwen3moe", qwen3Graph}, GraphRow{"qwen3vl", qwenVlGraph},
    GraphRow{"qwen3tts", qwenVlGraph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> qwen() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
