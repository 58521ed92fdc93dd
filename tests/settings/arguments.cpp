// What llama-server's arguments mean, one claim for each rule of common/arg.cpp.
#include "settings/arguments.h"

#include <boost/test/unit_test.hpp>

#include "support/arguments.h"

using namespace ggufit;
using namespace ggufit::test;

BOOST_AUTO_TEST_CASE(defaults_are_those_of_llama_server) {
    const Settings settings = parsed("").settings;
    BOOST_TEST((settings == Settings{}));
    BOOST_TEST(settings.n_ctx == 0u);
    BOOST_TEST(settings.n_batch == 2048u);
    BOOST_TEST(settings.n_ubatch == 512u);
    BOOST_TEST(settings.fit);
    BOOST_TEST(settings.n_gpu_layers == kGpuLayersAuto);
}

BOOST_AUTO_TEST_CASE(reads_size_layers_and_cache_types) {
    const Settings settings = parsed("-ngl 99 -c 131072 -ctk q8_0 -ctv q5_1 -np 1 -fit off").settings;
    BOOST_TEST(settings.n_gpu_layers == 99);
    BOOST_TEST(settings.n_ctx == 131072u);
    BOOST_TEST((settings.type_k == GgmlType::q8_0));
    BOOST_TEST((settings.type_v == GgmlType::q5_1));
    BOOST_TEST(settings.n_parallel == 1);
    BOOST_TEST(!settings.fit);
}

BOOST_AUTO_TEST_CASE(short_and_long_names_mean_the_same) {
    const char * const pairs[][2] = {
        {"-c 4096", "--ctx-size 4096"},
        {"-b 1024", "--batch-size 1024"},
        {"-ub 256", "--ubatch-size 256"},
        {"-np 3", "--parallel 3"},
        {"-kvu", "--kv-unified"},
        {"-fa on", "--flash-attn on"},
        {"-ctk f32", "--cache-type-k f32"},
        {"-ctv bf16", "--cache-type-v bf16"},
        {"-ngl 7", "--gpu-layers 7"},
        {"-ngl 7", "--n-gpu-layers 7"},
        {"-sm row", "--split-mode row"},
        {"-mg 1", "--main-gpu 1"},
        {"-ts 3,1", "--tensor-split 3,1"},
        {"-ot a=CPU", "--override-tensor a=CPU"},
        {"-cmoe", "--cpu-moe"},
        {"-ncmoe 2", "--n-cpu-moe 2"},
        {"-dev CUDA1", "--device CUDA1"},
        {"-nkvo", "--no-kv-offload"},
        {"-nr", "--no-repack"},
        {"-fit off", "--fit off"},
        {"-fitt 512", "--fit-target 512"},
        {"-fitc 8192", "--fit-ctx 8192"},
        {"-lm none", "--load-mode none"},
        {"-lm none", "--no-mmap"},
        {"-dio", "--direct-io"},
        {"-t 8", "--threads 8"},
        {"--embedding", "--embeddings"},
        {"--rerank", "--reranking"},
    };
    for (const auto & [left, right] : pairs) {
        BOOST_TEST_CONTEXT(left << " / " << right) {
            BOOST_TEST((parsed(left).settings == parsed(right).settings));
            BOOST_TEST((parsed(left).settings != Settings{}));
        }
    }
}

BOOST_AUTO_TEST_CASE(underscores_in_long_names_count_as_dashes) {
    BOOST_TEST(parsed("--ctx_size 4096").settings.n_ctx == 4096u);
    BOOST_TEST(parsed("--ctx_size=4096").settings.n_ctx == 4096u);
}

BOOST_AUTO_TEST_CASE(a_value_may_follow_an_equals_sign) {
    BOOST_TEST(parsed("--ctx-size=8192").settings.n_ctx == 8192u);
    BOOST_TEST(parsed("--override-tensor=exps=CPU").settings.override_tensors.at(0).pattern == "exps");
    BOOST_TEST(parsed("--temp=0.7").kept == (Words{"--temp", "0.7"}));
    BOOST_TEST(refusal("--kv-unified=yes").where == "--kv-unified");
}

BOOST_AUTO_TEST_CASE(the_last_of_several_wins) {
    BOOST_TEST(parsed("-c 1024 -c 2048").settings.n_ctx == 2048u);
    BOOST_TEST(!parsed("-kvu -no-kvu").settings.kv_unified);
    BOOST_TEST(parsed("-nkvo -kvo").settings.kv_offload);
}

BOOST_AUTO_TEST_CASE(context_zero_asks_for_all_of_the_trained_context) {
    const Settings settings = parsed("-c 0").settings;
    BOOST_TEST(settings.n_ctx == 0u);
    BOOST_TEST(settings.fit_ctx == kFitCtxFull);
    BOOST_TEST(!settings.given_n_ctx);
    BOOST_TEST(parsed("-c 0 -fitc 8192").settings.fit_ctx == 8192u);
    BOOST_TEST(parsed("-c 4096").settings.fit_ctx == 4096u);
}

BOOST_AUTO_TEST_CASE(layers_are_a_number_auto_or_all) {
    BOOST_TEST(parsed("-ngl auto").settings.n_gpu_layers == kGpuLayersAuto);
    BOOST_TEST(parsed("-ngl all").settings.n_gpu_layers == kGpuLayersAll);
    BOOST_TEST(parsed("-ngl -1").settings.n_gpu_layers == kGpuLayersAuto);
    BOOST_TEST(parsed("-ngl -7").settings.n_gpu_layers == kGpuLayersAll);
    BOOST_TEST(parsed("-ngl 0").settings.n_gpu_layers == 0);
    BOOST_TEST(refusal("-ngl most").where == "-ngl");
}

BOOST_AUTO_TEST_CASE(flash_attention_is_on_off_or_auto_and_bare_it_is_on) {
    using enum FlashAttention;
    BOOST_TEST((parsed("-fa on").settings.flash_attn == on));
    BOOST_TEST((parsed("-fa 1").settings.flash_attn == on));
    BOOST_TEST((parsed("-fa off").settings.flash_attn == off));
    BOOST_TEST((parsed("-fa disabled").settings.flash_attn == off));
    BOOST_TEST((parsed("-fa on -fa auto").settings.flash_attn == automatic));
    BOOST_TEST((parsed("-fa on -fa -1").settings.flash_attn == automatic));
    const ParsedArguments bare = parsed("-fa -c 4096");
    BOOST_TEST((bare.settings.flash_attn == on));
    BOOST_TEST(bare.settings.n_ctx == 4096u);
    BOOST_TEST(bare.warnings.size() == 1u);
    BOOST_TEST((parsed("-c 4096 -fa").settings.flash_attn == on));
    BOOST_TEST(refusal("-fa perhaps").where == "-fa");
}

BOOST_AUTO_TEST_CASE(takes_only_the_cache_types_that_llama_server_takes) {
    for (const char * type : {"f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "iq4_nl", "q5_0", "q5_1"}) {
        BOOST_TEST(parsed(std::string("-ctk ") + type + " -ctv " + type).warnings.empty());
    }
    for (const char * type : {"q6_K", "Q8_0", "q8", "turbo3", "f64"}) {
        BOOST_TEST(refusal(std::string("-ctk ") + type).detail.find("q8_0, q4_0") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(slots_are_a_number_or_auto) {
    BOOST_TEST(resolveSlots(parsed("").settings).n_seq_max == 4u);
    BOOST_TEST(resolveSlots(parsed("").settings).kv_unified);
    BOOST_TEST(resolveSlots(parsed("-np -1 -no-kvu").settings).kv_unified);
    BOOST_TEST(resolveSlots(parsed("-np 8").settings).n_seq_max == 8u);
    BOOST_TEST(!resolveSlots(parsed("-np 8").settings).kv_unified);
    BOOST_TEST(resolveSlots(parsed("-np 8 -kvu").settings).kv_unified);
    BOOST_TEST(refusal("-np 0").where == "-np");
    BOOST_TEST(refusal("-np 257").where == "-np");
}

BOOST_AUTO_TEST_CASE(embeddings_limit_the_batch_to_the_micro_batch) {
    BOOST_TEST(parsed("--embeddings").settings.n_batch == 512u);
    BOOST_TEST(parsed("--embeddings -ub 4096").settings.n_batch == 2048u);
    BOOST_TEST(parsed("-ub 0 -b 1024").settings.n_ubatch == 1024u);
    const Settings rerank = parsed("--reranking").settings;
    BOOST_TEST(rerank.embeddings);
    BOOST_TEST(rerank.pooling.value() == "rank");
    BOOST_TEST(parsed("--pooling last").settings.pooling.value() == "last");
    BOOST_TEST(refusal("--pooling sum").where == "--pooling");
}

BOOST_AUTO_TEST_CASE(load_modes_are_one_setting_of_which_the_last_wins) {
    const auto mode = [](const char * line) {
        const Settings settings = parsed(line).settings;
        return std::string(settings.mmap ? "mmap " : "") + (settings.mlock ? "mlock " : "") +
               (settings.direct_io ? "dio " : "");
    };
    BOOST_TEST(mode("") == "mmap ");
    BOOST_TEST(mode("--no-mmap") == "");
    BOOST_TEST(mode("--mlock") == "mlock ");
    BOOST_TEST(mode("--mlock --no-mmap") == "");
    BOOST_TEST(mode("--no-mmap --mlock") == "mlock ");
    BOOST_TEST(mode("-lm mmap+mlock") == "mmap mlock ");
    BOOST_TEST(mode("-lm dio") == "dio ");
    BOOST_TEST(mode("-dio -ndio") == "");
    BOOST_TEST(parsed("--mlock --no-mmap").warnings.size() == 1u);
    BOOST_TEST(refusal("-lm fast").where == "-lm");
}

BOOST_AUTO_TEST_CASE(switches_reach_their_settings) {
    BOOST_TEST(parsed("--swa-full").settings.swa_full);
    BOOST_TEST(parsed("--no-host").settings.no_host);
    BOOST_TEST(!parsed("--no-op-offload").settings.op_offload);
    BOOST_TEST(parsed("--no-op-offload --op-offload").settings.op_offload);
    BOOST_TEST(!parsed("-nr").settings.repack);
    BOOST_TEST(parsed("-t 0").settings.n_threads == -1);
    BOOST_TEST(parsed("-t 12").settings.n_threads == 12);
}

BOOST_AUTO_TEST_CASE(numbers_are_read_strictly_and_the_error_names_the_argument) {
    for (const char * line : {"-c 12abc", "-c 128k", "-c 4294967296", "-c -5", "-c 1.5", "-c 0x10", "-b 0", "-b -1",
                              "-ub -1", "-mg -1", "-ncmoe -1", "-ncmoe ten", "-fitc -2", "--top-k many"}) {
        BOOST_TEST_CONTEXT(line) {
            const Error error = refusal(line);
            BOOST_TEST((error.code == ErrorCode::usage));
            BOOST_TEST(error.where == std::string(line).substr(0, std::string(line).find(' ')));
            BOOST_TEST(error.detail.back() == '.');
        }
    }
}

BOOST_AUTO_TEST_CASE(a_shorthand_that_llama_server_would_misread_is_said_in_full) {
    BOOST_TEST(refusal("-c 128k").detail.find("write 131072") != std::string::npos, refusal("-c 128k").detail);
    BOOST_TEST(refusal("-c many").detail.find("write") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_missing_value_is_an_error_that_names_the_argument) {
    for (const char * line : {"-c", "-ngl", "-ot", "--temp", "-m", "--control-vector-layer-range 1"}) {
        BOOST_TEST(refusal(line).where == std::string(line).substr(0, std::string(line).find(' ')));
    }
}

BOOST_AUTO_TEST_CASE(given_says_what_fit_would_find_changed) {
    const Settings none = parsed("-ngl auto -ts 0,0 -c 0").settings;
    BOOST_TEST(!none.given_n_gpu_layers);
    BOOST_TEST(!none.given_tensor_split);
    BOOST_TEST(!none.given_override_tensors);
    BOOST_TEST(!none.given_n_ctx);
    const Settings all = parsed("-ngl all -ts 0,1 -cmoe -c 1").settings;
    BOOST_TEST(all.given_n_gpu_layers);
    BOOST_TEST(all.given_tensor_split);
    BOOST_TEST(all.given_override_tensors);
    BOOST_TEST(all.given_n_ctx);
    BOOST_TEST(!parsed("-ncmoe 0").settings.given_override_tensors);
}

BOOST_AUTO_TEST_CASE(arguments_are_read_over_the_defaults_given) {
    Settings defaults;
    defaults.n_ctx = 131072;
    defaults.type_k = defaults.type_v = GgmlType::q8_0;
    const auto result = parseArguments(Words{"-ctk", "f16"}, defaults);
    BOOST_TEST_REQUIRE(result.ok());
    BOOST_TEST(result->settings.n_ctx == 131072u);
    BOOST_TEST(result->settings.given_n_ctx);
    BOOST_TEST((result->settings.type_k == GgmlType::f16));
    BOOST_TEST((result->settings.type_v == GgmlType::q8_0));
}

// common/arg.cpp: -hf <user>/<model>[:quant], -hff FILE, -mu URL.
BOOST_AUTO_TEST_CASE(a_model_to_download_is_named_as_llama_server_names_it) {
    const auto download = [](const std::vector<std::string> & words) {
        const auto parsed = parseArguments(words);
        BOOST_TEST_REQUIRE(parsed.ok());
        BOOST_TEST(parsed->warnings.empty());
        BOOST_TEST(parsed->kept.empty());
        return downloadOf(*parsed);
    };
    BOOST_TEST(download({"-hf", "owner/name:Q8_0"}) == "hf:owner/name:Q8_0");
    BOOST_TEST(download({"--hf-repo", "owner/name:Q8_0", "--hf-file", "x.gguf"}) == "hf:owner/name/x.gguf");
    BOOST_TEST(download({"-mu", "https://host/x.gguf"}) == "https://host/x.gguf");
    BOOST_TEST(download({"-c", "4096"}) == "");
}

BOOST_AUTO_TEST_CASE(a_model_that_is_there_wins_over_one_to_download_and_a_warning_says_so) {
    const auto parsed = parseArguments(std::vector<std::string>{"-m", "x.gguf", "-hf", "owner/name"});
    BOOST_TEST_REQUIRE(parsed.ok());
    BOOST_TEST_REQUIRE(parsed->warnings.size() == 1U);
    BOOST_TEST(parsed->warnings[0].text.find("-hf names a model to download") == 0U);
}
