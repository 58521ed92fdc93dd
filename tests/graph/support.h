// Small decoders from descriptions, and what their graphs hold.
#pragma once

#include <string>
#include <vector>

#include "sched/reserve.h"
#include "support/gguf_builder.h"

namespace ggufit::test {

/// A decoder of 4 layers, 256 wide, 4 heads of 64 with 2 KV heads, 4 experts of which each token takes 2. Tensors are
/// added block by block under the names of GGUF; finish() adds embedding and output.
class SmallDecoder {
  public:
    static constexpr uint32_t kLayers = 4, kWidth = 256, kHeads = 4, kHeadsKv = 2, kHead = 64, kFf = 128, kExperts = 4;

    /// What a cell of the KV cache holds: heads, and the widths of a key and of a value.
    struct Cell {
        uint32_t heads, key, value;
    };

    explicit SmallDecoder(std::string architecture, Cell cell = {kHeadsKv, kHead, kHead});
    /// The same with heads and widths of the feed-forward by layer, in as many layers.
    SmallDecoder(std::string architecture, const std::vector<uint32_t> & heads, const std::vector<uint32_t> & heads_kv,
                 const std::vector<uint32_t> & ff);

    /// A key of the architecture ("attention.sliding_window").
    SmallDecoder & u32(const std::string & key, uint32_t value);
    SmallDecoder & f32(const std::string & key, float value);
    SmallDecoder & boolean(const std::string & key, bool value);
    SmallDecoder & counts(const std::string & key, const std::vector<uint32_t> & values);
    SmallDecoder & tokenTypes(uint32_t count);  // tokenizer.ggml.token_type_count
    SmallDecoder & flag(const std::string & key, bool value);
    SmallDecoder & numbers(const std::string & key, const std::vector<uint32_t> & values);
    SmallDecoder & flags(const std::string & key, const std::vector<bool> & values);

    SmallDecoder & floats(const std::string & key, const std::vector<float> & values);  // no prefix before the key

    /// "blk.IL.NAME" in single precision.
    SmallDecoder & tensor(uint32_t il, const std::string & name, const std::vector<uint64_t> & ne);
    /// A tensor outside of the blocks, under its whole name.
    SmallDecoder & tensor(const std::string & name, const std::vector<uint64_t> & ne);
    SmallDecoder & integers(uint32_t il, const std::string & name, const std::vector<uint64_t> & ne);  // the same, i32
    SmallDecoder & norm(uint32_t il, const std::string & name, uint64_t width = kWidth);
    SmallDecoder & attention(uint32_t il);  // attn_norm, attn_q, attn_k, attn_v, attn_output
    SmallDecoder & headNorms(uint32_t il);  // attn_q_norm, attn_k_norm, each as wide as a head
    SmallDecoder & dense(uint32_t il, const std::string & suffix = "");                // ffn_gate, ffn_up, ffn_down
    SmallDecoder & experts(uint32_t il);                                               // router and the three matrices
    SmallDecoder & whole(const std::string & name, const std::vector<uint64_t> & ne);  // a tensor outside of blocks
    SmallDecoder & typed(const std::string & name, GgmlType type, const std::vector<uint64_t> & ne);  // the same
    SmallDecoder & finish();

    [[nodiscard]] const GgufBuilder & builder() const { return builder_; }

  private:
    void sizes(uint32_t n_layer, uint32_t key, uint32_t value);

    std::string architecture_;
    GgufBuilder builder_;
};

/// The scheduled graph of a decoder on one 24 GB card; fails the test where there is none.
[[nodiscard]] Graph graphOf(const SmallDecoder & decoder, Phase phase, const std::string & arguments = "-ngl 99");

/// Weights that llama.cpp loads and no operation of the graph reads, by name.
[[nodiscard]] std::vector<std::string> unreadWeights(const SmallDecoder & decoder, Phase phase);

/// Computed operations of a kind.
[[nodiscard]] size_t countOf(const Graph & graph, Op op);
[[nodiscard]] size_t countOf(const Graph & graph, UnaryOp op);

}  // namespace ggufit::test
