// What every model has: sizes, experts, heads, vocabulary, and what is refused with which words.
#include <boost/test/unit_test.hpp>

#include "gguf/read.h"
#include "model/support.h"
#include "support/data.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

void contains(const std::string & text, const std::string & part) {
    BOOST_TEST((text.find(part) != std::string::npos), "\"" << text << "\" does not say \"" << part << "\"");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(model_general)

BOOST_AUTO_TEST_CASE(builds_every_header_of_the_truth_sets) {
    const auto names = allModels();
    BOOST_REQUIRE(names.size() == 128U);
    for (const auto & name : names) {
        const Model model = modelNamed(name);
        BOOST_TEST(model.known_architecture, name);
        BOOST_TEST(model.architecture->name == model.architecture_name, name);
        BOOST_TEST(model.roles.size() == model.file.tensors.size(), name);
        // every row of the token embedding is a token
        const Tensor * embedding = model.file.findTensor("token_embd.weight");
        if (embedding != nullptr) BOOST_TEST(model.hparams.n_vocab == embedding->ne[1], name);
    }
}

BOOST_AUTO_TEST_CASE(heads_share_the_embedding_unless_the_file_says_how_wide_they_are) {
    const auto plain = modelOf(rmsDecoder("qwen3"));
    BOOST_REQUIRE(plain.ok());
    BOOST_TEST(plain->hparams.n_embd_head_k() == 64U / 8U);
    BOOST_TEST(plain->hparams.n_embd_v_gqa() == 2U * 8U);
    BOOST_TEST(plain->hparams.n_rot() == 8U);

    const auto wide = modelOf(rmsDecoder("qwen3")
                                  .u32("qwen3.attention.key_length", 128)
                                  .u32("qwen3.attention.value_length", 64)
                                  .u32("qwen3.rope.dimension_count", 32));
    BOOST_REQUIRE(wide.ok());
    BOOST_TEST(wide->hparams.n_embd_k_gqa() == 2U * 128U);
    BOOST_TEST(wide->hparams.n_embd_v_gqa() == 2U * 64U);
    BOOST_TEST(wide->hparams.n_rot() == 32U);
}

BOOST_AUTO_TEST_CASE(kv_heads_default_to_heads) {
    const auto model = modelOf(GgufBuilder()
                                   .string("general.architecture", "llama")
                                   .u32("llama.context_length", 8)
                                   .u32("llama.embedding_length", 64)
                                   .u32("llama.block_count", 1)
                                   .u32("llama.attention.head_count", 4)
                                   .f32("llama.attention.layer_norm_rms_epsilon", 1e-5F));
    BOOST_REQUIRE(model.ok());
    BOOST_TEST(model->hparams.n_head_kv() == 4U);
}

BOOST_AUTO_TEST_CASE(counts_tokens_from_the_list_the_key_or_the_embedding) {
    const std::vector<std::string> tokens = {"a", "b", "c"};
    const auto listed = modelOf(rmsDecoder("llama")
                                    .string("tokenizer.ggml.model", "gpt2")
                                    .array("tokenizer.ggml.tokens", tokens)
                                    .u32("llama.vocab_size", 9));
    BOOST_REQUIRE(listed.ok());
    BOOST_TEST(listed->hparams.n_vocab == 3U);

    for (const std::string none : {"no_vocab", "none"}) {
        const auto keyed = modelOf(rmsDecoder("llama")
                                       .string("tokenizer.ggml.model", none)
                                       .array("tokenizer.ggml.tokens", tokens)
                                       .u32("llama.vocab_size", 9));
        BOOST_REQUIRE(keyed.ok());
        BOOST_TEST(keyed->hparams.n_vocab == 9U);
    }

    const auto embedded = modelOf(rmsDecoder("llama").tensor("token_embd.weight", GgmlType::f32, {64, 17}));
    BOOST_REQUIRE(embedded.ok());
    BOOST_TEST(embedded->hparams.n_vocab == 17U);
}

BOOST_AUTO_TEST_CASE(names_a_missing_key) {
    BOOST_TEST(refusalOf(GgufBuilder().string("general.architecture", "qwen3")) ==
               "qwen3.context_length: this key is missing, and llama.cpp does not load qwen3 models without it; get a "
               "file from a current converter");
    contains(refusalOf(decoder("qwen3")), "qwen3.attention.layer_norm_rms_epsilon");
    contains(refusalOf(decoder("bloom")), "bloom.attention.layer_norm_epsilon");
    contains(refusalOf(rmsDecoder("deepseek2")), "deepseek2.attention.q_lora_rank");
    contains(refusalOf(rmsDecoder("mamba")), "mamba.ssm.conv_kernel");
}

BOOST_AUTO_TEST_CASE(names_a_key_of_the_wrong_type) {
    const std::string text = refusalOf(rmsDecoder("qwen3").u64("qwen3.expert_count", 4));
    BOOST_TEST(
        text ==
        "qwen3.expert_count: this key holds u64 where llama.cpp expects u32; get a file from a current converter");
    contains(refusalOf(decoder("qwen3").f64("qwen3.attention.layer_norm_rms_epsilon", 1e-5)), "holds f64");
}

BOOST_AUTO_TEST_CASE(takes_one_to_512_layers) {
    const auto withLayers = [](uint32_t n) {
        return GgufBuilder()
            .string("general.architecture", "gpt2")
            .u32("gpt2.context_length", 8)
            .u32("gpt2.embedding_length", 8)
            .u32("gpt2.attention.head_count", 2)
            .f32("gpt2.attention.layer_norm_epsilon", 1e-5F)
            .u32("gpt2.block_count", n);
    };
    contains(refusalOf(withLayers(0)), "gpt2.block_count");
    BOOST_TEST(modelOf(withLayers(512)).ok());
    contains(refusalOf(withLayers(513)), "at most 512 layers");
    contains(refusalOf(withLayers(UINT32_MAX)), "at most 512 layers");
}

BOOST_AUTO_TEST_CASE(refuses_experts_that_llama_cpp_asserts_against) {
    const auto experts = [](uint32_t n, uint32_t used) {
        return rmsDecoder("llama").u32("llama.expert_count", n).u32("llama.expert_used_count", used);
    };
    BOOST_TEST(modelOf(experts(8, 2)).ok());
    BOOST_TEST(modelOf(experts(512, 512)).ok());
    contains(refusalOf(experts(513, 2)), "at most 512 experts");
    contains(refusalOf(experts(8, 9)), "llama.expert_used_count");
    contains(refusalOf(experts(8, 0)), "uses none");
    contains(refusalOf(rmsDecoder("llama").u32("llama.expert_used_count", 1)), "llama.expert_used_count");
    contains(refusalOf(experts(8, 2).u32("llama.expert_group_count", 8)), "llama.expert_group_count");
    contains(refusalOf(experts(8, 2).u32("llama.expert_group_count", 3).u32("llama.expert_group_used_count", 1)),
             "equal groups");
    contains(refusalOf(experts(8, 2).u32("llama.expert_group_count", 4)), "llama.expert_group_used_count");
    BOOST_TEST(modelOf(experts(8, 2).u32("llama.expert_group_count", 4).u32("llama.expert_group_used_count", 2)).ok());
}

BOOST_AUTO_TEST_CASE(per_layer_lists_have_one_value_a_layer) {
    const auto heads = [](const std::vector<int32_t> & counts) {
        return GgufBuilder()
            .string("general.architecture", "openelm")
            .u32("openelm.context_length", 8)
            .u32("openelm.embedding_length", 64)
            .u32("openelm.block_count", 4)
            .f32("openelm.attention.layer_norm_rms_epsilon", 1e-5F)
            .array("openelm.attention.head_count", counts);
    };
    const auto model = modelOf(heads({2, 4, 8, 16}));
    BOOST_REQUIRE(model.ok());
    BOOST_TEST(model->hparams.n_head(3) == 16U);
    BOOST_TEST(model->hparams.n_embd_head_k() == 64U / 2U);  // the first layer's heads
    contains(refusalOf(heads({2, 4, 8})), "has 3 values where llama.cpp expects 4");
    contains(refusalOf(heads({2, 4, 8, 16, 32})), "has 5 values");
    contains(refusalOf(heads({2, -4, 8, 16})), "layer 1 is negative");
    contains(refusalOf(heads(std::vector<int32_t>(2000, 1))), "has 2,000 values");
}

BOOST_AUTO_TEST_CASE(a_model_without_heads_divides_by_nothing) {
    const auto model = modelOf(GgufBuilder()
                                   .string("general.architecture", "llama")
                                   .u32("llama.context_length", 8)
                                   .u32("llama.embedding_length", 64)
                                   .u32("llama.block_count", 2)
                                   .u32("llama.attention.head_count", 0)
                                   .f32("llama.attention.layer_norm_rms_epsilon", 1e-5F));
    BOOST_REQUIRE(model.ok());
    BOOST_TEST(model->hparams.n_embd_head_k() == 0U);
    BOOST_TEST(model->hparams.n_embd_k_gqa() == 0U);
}

BOOST_AUTO_TEST_CASE(huge_values_do_not_wrap) {
    const auto model = modelOf(GgufBuilder()
                                   .string("general.architecture", "rwkv7")
                                   .u32("rwkv7.context_length", UINT32_MAX)
                                   .u32("rwkv7.embedding_length", UINT32_MAX)
                                   .u32("rwkv7.block_count", 1)
                                   .u32("rwkv7.wkv.head_size", UINT32_MAX)
                                   .u32("rwkv7.token_shift_count", UINT32_MAX)
                                   .u32("rwkv7.attention.decay_lora_rank", 1)
                                   .u32("rwkv7.attention.iclr_lora_rank", 1)
                                   .u32("rwkv7.attention.value_residual_mix_lora_rank", 1));
    BOOST_REQUIRE(model.ok());
    const uint64_t largest = UINT32_MAX;
    BOOST_TEST(model->hparams.n_embd_s() == largest * largest);
    BOOST_TEST(model->hparams.n_embd_r() == largest * largest);
}

BOOST_AUTO_TEST_CASE(an_unknown_architecture_warns_and_is_read_all_the_same) {
    const auto model = modelOf(decoder("frobnicator"));
    BOOST_REQUIRE(model.ok());
    BOOST_TEST(!model->known_architecture);
    BOOST_TEST(model->architecture_name == "frobnicator");
    BOOST_TEST((model->architecture->cache == CacheKind::attention));
    BOOST_TEST(model->hparams.n_layer() == 4U);
    BOOST_TEST(model->hparams.n_embd_k_gqa() == 16U);
    BOOST_REQUIRE(!model->warnings.empty());
    contains(model->warnings[0].text, "frobnicator");
    contains(model->warnings[0].text, "full attention");
    BOOST_TEST(!model->warnings[0].remedy.empty());
}

BOOST_AUTO_TEST_CASE(an_unknown_architecture_without_keys_is_read_from_its_tensors) {
    const auto model = modelOf(GgufBuilder()
                                   .string("general.architecture", "frobnicator")
                                   .tensor("token_embd.weight", GgmlType::f16, {32, 100})
                                   .tensor("blk.0.attn_q.weight", GgmlType::f16, {32, 32})
                                   .tensor("blk.6.attn_q.weight", GgmlType::f16, {32, 32}));
    BOOST_REQUIRE(model.ok());
    BOOST_TEST(model->hparams.n_layer() == 7U);
    BOOST_TEST(model->hparams.n_embd == 32U);
    BOOST_TEST(model->hparams.n_vocab == 100U);
}

BOOST_AUTO_TEST_CASE(says_what_a_file_is_that_is_no_model) {
    contains(refusalOf(GgufBuilder().string("general.architecture", "clip")), "projector");
    contains(refusalOf(rmsDecoder("llama").string("general.type", "adapter")), "LoRA");
    contains(refusalOf(rmsDecoder("llama").string("general.type", "imatrix")), "importance matrix");
    contains(refusalOf(GgufBuilder().string("general.name", "nameless")), "general.architecture");
    contains(refusalOf(rmsDecoder("gptj")), "gptj");
    const auto projector = modelOf(GgufBuilder().string("general.architecture", "clip"));
    BOOST_TEST((projector.error().code == ErrorCode::unsupported));
}

BOOST_AUTO_TEST_CASE(refuses_a_rope_scaling_that_llama_cpp_does_not_know) {
    contains(refusalOf(rmsDecoder("llama").string("llama.rope.scaling.type", "spiral")), "llama.rope.scaling.type");
    const auto model = modelOf(rmsDecoder("llama").string("llama.rope.scaling.type", "longrope"));
    BOOST_REQUIRE(model.ok());
    BOOST_TEST((model->hparams.rope_scaling_type == RopeScaling::longrope));
}

BOOST_AUTO_TEST_CASE(rope_turns_whole_heads_where_the_graph_relies_on_it) {
    for (const std::string name : {"llama", "deci", "llama-embed"}) {
        contains(refusalOf(rmsDecoder(name).u32(name + ".rope.dimension_count", 4)), name + ".rope.dimension_count");
    }
    BOOST_TEST(modelOf(rmsDecoder("stablelm")
                           .f32("stablelm.attention.layer_norm_epsilon", 1e-5F)
                           .u32("stablelm.rope.dimension_count", 4))
                   .ok());
}

BOOST_AUTO_TEST_SUITE_END()
