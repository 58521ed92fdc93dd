// RWKV's graphs, of which no real header is at hand: small files built from the tensors that llama.cpp asks for.
#include "graph/recurrent.h"
#include "support/models.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

constexpr uint64_t kEmbd = 128, kHead = 32, kFf = 256, kVocab = 320, kRank = 16;
constexpr uint32_t kLayers = 3;

class RwkvFile {
  public:
    explicit RwkvFile(const std::string & arch) : arch_(arch) {
        file_.string("general.architecture", arch);
        for (const auto & [key, value] : {std::pair{"block_count", uint64_t{kLayers}},
                                          {"context_length", uint64_t{4096}},
                                          {"embedding_length", kEmbd},
                                          {"feed_forward_length", kFf},
                                          {"wkv.head_size", kHead}}) {
            u32(key, value);
        }
        tensor("token_embd.weight", {kEmbd, kVocab});
        tensor("output_norm.weight", {kEmbd});
        tensor("output.weight", {kEmbd, kVocab});
    }

    void u32(const std::string & key, uint64_t value) { file_.u32(arch_ + "." + key, static_cast<uint32_t>(value)); }
    void f32(const std::string & key) { file_.f32(arch_ + "." + key, 1e-5F); }
    void tensor(const std::string & name, const std::vector<uint64_t> & ne) { file_.tensor(name, GgmlType::f32, ne); }
    [[nodiscard]] Model model() const { return builtModel(file_); }

    /// Norms and the feed-forward of RWKV itself (`own`) or of Qwen 2's layers.
    void surroundings(const std::string & blk, bool own, bool receptance) {
        tensor(blk + "attn_norm.weight", {kEmbd});
        if (!own) {
            tensor(blk + "ffn_norm.weight", {kEmbd});
            tensor(blk + "ffn_gate.weight", {kEmbd, kFf});
            tensor(blk + "ffn_up.weight", {kEmbd, kFf});
            tensor(blk + "ffn_down.weight", {kFf, kEmbd});
            return;
        }
        for (const char * name : {"attn_norm.bias", "attn_norm_2.weight", "attn_norm_2.bias"}) {
            tensor(blk + name, {kEmbd});
        }
        tensor(blk + "channel_mix_lerp_k.weight", {kEmbd, 1, 1});
        tensor(blk + "channel_mix_key.weight", {kEmbd, kFf});
        tensor(blk + "channel_mix_value.weight", {kFf, kEmbd});
        if (!receptance) return;
        tensor(blk + "channel_mix_lerp_r.weight", {kEmbd, 1, 1});
        tensor(blk + "channel_mix_receptance.weight", {kEmbd, kEmbd});
    }

    void embeddingNorm() {
        tensor("token_embd_norm.weight", {kEmbd});
        tensor("token_embd_norm.bias", {kEmbd});
        tensor("output_norm.bias", {kEmbd});
    }

  private:
    std::string arch_;
    GgufBuilder file_;
};

struct Variant6 {
    bool own = true, fused_lerp = true, first = true, biases = false;
    uint64_t kv_width = kEmbd;
};

Model rwkv6(const Variant6 & v) {
    RwkvFile f(v.own ? "rwkv6" : "rwkv6qwen2");
    f.u32("time_mix_extra_dim", kRank);
    f.u32("time_decay_extra_dim", kRank);
    f.u32("token_shift_count", v.own ? 2 : 1);
    f.u32("attention.head_count", v.own ? 0 : kEmbd / kHead);
    if (!v.own) f.u32("attention.head_count_kv", v.kv_width / kHead);
    f.f32(v.own ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon");
    if (v.own) f.u32("rescale_every_n_layers", 2);
    if (v.own) f.embeddingNorm();
    for (uint32_t il = 0; il < kLayers; ++il) {
        const std::string blk = "blk." + std::to_string(il) + ".";
        f.surroundings(blk, v.own, true);
        f.tensor(blk + "time_mix_w1.weight", {kEmbd, kRank * 5});
        f.tensor(blk + "time_mix_w2.weight", {kRank, kEmbd, 5});
        f.tensor(blk + "time_mix_lerp_x.weight", {kEmbd, 1, 1});
        if (v.fused_lerp) {
            f.tensor(blk + "time_mix_lerp_fused.weight", {kEmbd, 1, 1, 5});
        } else {
            for (const char * part : {"w", "k", "v", "r", "g"}) {
                f.tensor(blk + "time_mix_lerp_" + part + ".weight", {kEmbd, 1, 1});
            }
        }
        if (v.first) f.tensor(blk + "time_mix_first.weight", {kHead, kEmbd / kHead});
        f.tensor(blk + "time_mix_decay.weight", {kEmbd});
        f.tensor(blk + "time_mix_decay_w1.weight", {kEmbd, kRank});
        f.tensor(blk + "time_mix_decay_w2.weight", {kRank, kEmbd});
        f.tensor(blk + "time_mix_key.weight", {kEmbd, v.kv_width});
        f.tensor(blk + "time_mix_value.weight", {kEmbd, v.kv_width});
        for (const char * name : {"receptance", "gate", "output"}) {
            f.tensor(blk + "time_mix_" + name + ".weight", {kEmbd, kEmbd});
        }
        if (v.biases) {
            f.tensor(blk + "time_mix_key.bias", {v.kv_width});
            f.tensor(blk + "time_mix_value.bias", {v.kv_width});
            f.tensor(blk + "time_mix_receptance.bias", {kEmbd});
        }
        if (!v.own) continue;
        f.tensor(blk + "time_mix_ln.weight", {kEmbd});
        f.tensor(blk + "time_mix_ln.bias", {kEmbd});
    }
    return f.model();
}

Model rwkv7(bool own, bool gated, bool normed) {
    RwkvFile f(own ? "rwkv7" : "arwkv7");
    f.u32("attention.head_count", own ? 0 : kEmbd / kHead);
    f.u32("token_shift_count", own ? 2 : 1);
    f.u32("attention.decay_lora_rank", kRank);
    f.u32("attention.iclr_lora_rank", kRank);
    f.u32("attention.value_residual_mix_lora_rank", kRank);
    f.u32("attention.gate_lora_rank", gated ? kRank : 0);
    f.f32(own ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon");
    if (own) f.embeddingNorm();
    for (uint32_t il = 0; il < kLayers; ++il) {
        const std::string blk = "blk." + std::to_string(il) + ".";
        f.surroundings(blk, own, false);
        for (const char * part : {"w", "a", "v"}) {
            f.tensor(blk + "time_mix_" + part + "0.weight", {kEmbd});
            f.tensor(blk + "time_mix_" + part + "1.weight", {kEmbd, kRank});
            f.tensor(blk + "time_mix_" + part + "2.weight", {kRank, kEmbd});
        }
        if (gated) {
            f.tensor(blk + "time_mix_g1.weight", {kEmbd, kRank});
            f.tensor(blk + "time_mix_g2.weight", {kRank, kEmbd});
        }
        f.tensor(blk + "time_mix_lerp_fused.weight", {kEmbd, 1, 1, gated ? uint64_t{6} : uint64_t{5}});
        for (const char * name : {"k_k", "k_a", "r_k"}) f.tensor(blk + "time_mix_" + name + ".weight", {kEmbd});
        for (const char * name : {"key", "value", "receptance", "output"}) {
            f.tensor(blk + "time_mix_" + name + ".weight", {kEmbd, kEmbd});
        }
        if (!normed) continue;
        f.tensor(blk + "time_mix_ln.weight", {kEmbd});
        f.tensor(blk + "time_mix_ln.bias", {kEmbd});
    }
    return f.model();
}

/// One wkv operation a layer, and what every recurrent layer copies: the states that no sequence of the batch uses and
/// the new ones, for the shift and for the matrix.
void checkStates(const Model & model, Op wkv) {
    checkReserves(model);
    for (const uint32_t n_seqs : {1U, 4U}) {
        for (const uint32_t n_tokens : {n_seqs, 512U}) {
            const Graph graph = graphOf(model, requestOf(n_tokens, n_seqs));
            BOOST_TEST(count(graph, wkv) == kLayers);
            BOOST_TEST(count(graph, Op::cpy) == 4 * kLayers);
            // The values of n_tokens and, below them, a matrix of a head's size for each head and sequence.
            for (const NodeId id : graph.nodes) {
                if (graph[id].op != wkv) continue;
                BOOST_TEST(graph[id].ne[0] == static_cast<int64_t>(kEmbd));
                BOOST_TEST(graph[id].ne[1] == static_cast<int64_t>(n_tokens + kHead * n_seqs));
            }
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rwkv)

BOOST_AUTO_TEST_CASE(rwkv6_mixes_time_by_wkv6_with_fused_or_separate_weights) {
    checkStates(rwkv6({}), Op::rwkv_wkv6);
    checkStates(rwkv6({.fused_lerp = false}), Op::rwkv_wkv6);
}

BOOST_AUTO_TEST_CASE(rwkv6_halves_the_activations_every_few_layers) {
    // One of the three layers is the second of its pair; the other scalings clear a state, two in each layer.
    const Graph graph = graphOf(rwkv6({}), requestOf(512));
    BOOST_TEST(count(graph, Op::scale) == 2 * kLayers + 1);
}

BOOST_AUTO_TEST_CASE(rwkv6_on_qwen_2_is_linear_attention_unless_the_file_has_a_bonus) {
    checkStates(rwkv6({.own = false, .first = false}), Op::gated_linear_attn);
    checkStates(rwkv6({.own = false, .first = false, .biases = true, .kv_width = 64}), Op::gated_linear_attn);
}

BOOST_AUTO_TEST_CASE(rwkv7_mixes_time_by_wkv7_and_keeps_the_first_layers_values) {
    const Model model = rwkv7(true, true, true);
    checkStates(model, Op::rwkv_wkv7);
    checkStates(rwkv7(false, true, false), Op::rwkv_wkv7);
    checkStates(rwkv7(false, false, true), Op::rwkv_wkv7);
    // Subtractions: the time shift, the key's correction, the channel shift; after the first layer also the distance to
    // the first layer's values.
    BOOST_TEST(count(graphOf(model, requestOf(512)), Op::sub) == 3 * kLayers + (kLayers - 1));
}

BOOST_AUTO_TEST_SUITE_END()
