// A row says what a plan of the same settings says, and what the metadata holds.
#include "choose/row.h"

#include <boost/test/unit_test.hpp>

#include "choose/file_kind.h"
#include "gguf/read.h"
#include "plan/curve.h"
#include "support/data.h"
#include "support/models.h"
#include "support/plans.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

PlanRequest wrapperRequest(uint32_t n_ctx = 0) {
    PlanRequest request;
    request.settings = wrapperDefaults();
    request.settings.n_ctx = n_ctx;
    request.settings.given_n_ctx = n_ctx != 0;
    return request;
}

ChooseRow rowOf(const std::string & name, const Machine & machine, uint32_t n_ctx = 0, uint32_t min_ctx = 0) {
    return chooseRow({name + ".gguf", 1, fileBytesOf(name)}, truthModel(name), machine, wrapperRequest(n_ctx), min_ctx);
}

Machine smallMachine(uint64_t free_mib, uint64_t ram_mib) {
    Machine machine;
    machine.devices = {gpu("CUDA0", free_mib, 1008)};
    machine.host.total_mib = ram_mib;
    return machine;
}

File fileOf(const GgufBuilder & builder) {
    const auto file = readHeader(builder.build(), 0, "x.gguf");
    BOOST_REQUIRE(file.ok());
    return *file;
}

ChooseRow builtRow(const GgufBuilder & builder) {
    return chooseRow({"x.gguf", 1, 0}, builtModel(builder), seedMachine(), wrapperRequest());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(row)

BOOST_AUTO_TEST_CASE(a_row_says_what_the_plan_of_the_same_settings_says) {
    for (const char * name : {"qwen3-coder-next-q5_k_m", "qwen3-32b-iq4_xs", "llama-3.3-70b-q4_k_m",
                              "deepseek-v3.1-q4_k_m", "mamba-2.8b-f16", "gpt-oss-20b-mxfp4"}) {
        const ChooseRow row = rowOf(name, seedMachine(), 16384);
        const Plan plan = planFor(truthModel(name), seedMachine(), {"-c", "16384"});
        BOOST_TEST_CONTEXT(name) {
            BOOST_TEST(row.error == "");
            BOOST_TEST(strategyName(row.strategy) == strategyName(plan.strategy));
            BOOST_TEST(verdictName(row.verdict) == verdictName(plan.verdict));
            BOOST_TEST(row.n_ctx == plan.n_ctx);
            BOOST_TEST(row.host_headroom_bytes == plan.host.headroom_bytes);
            BOOST_REQUIRE(row.headroom_bytes.size() == plan.devices.size());
            for (size_t i = 0; i < plan.devices.size(); ++i)
                BOOST_TEST(row.headroom_bytes[i] == plan.devices[i].headroom_bytes);
            BOOST_REQUIRE(row.speed.has_value() == plan.speed.has_value());
            if (!row.speed) continue;
            BOOST_TEST(row.speed->empty.decode_tokens_per_second == plan.speed->empty.decode_tokens_per_second);
            BOOST_TEST(row.speed->full.decode_tokens_per_second == plan.speed->full.decode_tokens_per_second);
            BOOST_TEST(row.speed->full.decode_low == plan.speed->full.decode_low);
            BOOST_TEST(row.speed->full.fill_tokens == 16384U);
        }
    }
}

BOOST_AUTO_TEST_CASE(bits_per_weight_are_all_tensor_bytes_by_all_parameters) {
    GgufBuilder builder;
    describeSmallLlama(builder);
    // 256 × 256 of f16 are 131,072 bytes; of q8_0 34 bytes for each 32: 69,632. 16 and 8.5 bits: (16 + 8.5) / 2.
    builder.tensor("token_embd.weight", GgmlType::f16, {256, 256}).tensor("output.weight", GgmlType::q8_0, {256, 256});
    const ChooseRow row = builtRow(builder);
    BOOST_TEST(row.parameters == 131072U);
    BOOST_TEST(row.tensor_bytes == 131072U + 69632U);
    BOOST_TEST(row.bits_per_weight == 12.25);
    BOOST_TEST(row.main_type == "f16");
    BOOST_TEST(row.main_type_share == 131072.0 / (131072 + 69632));
    BOOST_TEST(row.quantization == "f16");
}

BOOST_AUTO_TEST_CASE(the_quantization_is_the_metadatas_never_the_names) {
    for (const auto & [number, label] : {std::pair<uint32_t, const char *>{15, "Q4_K_M"},
                                         {11, "Q3_K_S"},
                                         {10, "Q2_K"},
                                         {19, "IQ2_XXS"},
                                         {27, "IQ3_M"},
                                         {0, "F32"},
                                         {38, "MXFP4_MOE"},
                                         {18, "Q6_K"},
                                         {999, "f16"}}) {
        GgufBuilder builder;
        describeSmallLlama(builder);
        builder.u32("general.file_type", number).tensor("token_embd.weight", GgmlType::f16, {256, 256});
        const Model model = builtModel(builder, "model-Q8_0.gguf");
        BOOST_TEST(chooseRow({"model-Q8_0.gguf", 1, 0}, model, seedMachine(), wrapperRequest()).quantization == label);
    }
}

BOOST_AUTO_TEST_CASE(an_importance_matrix_is_told_by_its_keys_and_said_without_its_folders) {
    GgufBuilder builder;
    describeSmallLlama(builder);
    builder.string("quantize.imatrix.dataset", "/home/someone/data/calibration.txt")
        .i32("quantize.imatrix.chunks_count", 125)
        .tensor("token_embd.weight", GgmlType::f16, {256, 256});
    const ChooseRow row = builtRow(builder);
    BOOST_TEST(row.imatrix);
    BOOST_REQUIRE(row.notes.size() == 1U);
    BOOST_TEST(row.notes[0] == "importance matrix (calibration.txt, 125 chunks)");
    BOOST_TEST(!rowOf("qwen3-32b-iq4_xs", seedMachine()).imatrix);
}

BOOST_AUTO_TEST_CASE(quantizations_of_one_model_share_a_group_and_other_models_do_not) {
    const Machine machine = seedMachine();
    const ChooseRow q4 = rowOf("glm-4.7-flash-q4_k_m", machine), q8 = rowOf("glm-4.7-flash-q8_0", machine);
    BOOST_TEST(q4.group == q8.group);
    BOOST_TEST(q4.quantization != q8.quantization);
    // The same shape under another name is another model.
    BOOST_TEST(rowOf("qwen3-next-80b-a3b-q4_k_m", machine).group != rowOf("qwen3-coder-next-q5_k_m", machine).group);
    const auto named = [](const char * name) {
        GgufBuilder builder;
        describeSmallLlama(builder);
        builder.string("general.name", name).tensor("token_embd.weight", GgmlType::f16, {256, 256});
        return builtRow(builder).group;
    };
    BOOST_TEST(named("Tiny-7B Chat") == named("tiny 7b-chat"));
    BOOST_TEST(named("Tiny 7B Chat") != named("Tiny 7B Code"));
}

BOOST_AUTO_TEST_CASE(the_context_is_the_wish_or_what_was_trained_unless_arguments_say_one) {
    const Machine machine = seedMachine();
    BOOST_TEST(rowOf("qwen3-14b-q4_k_m", machine).n_ctx == kChooseContext);
    BOOST_TEST(rowOf("phi-4-q4_k_m", machine).n_ctx == 16384U);  // all that it was trained with
    BOOST_TEST(rowOf("qwen3-14b-q4_k_m", machine, 0, 8192).n_ctx == 8192U);
    BOOST_TEST(rowOf("phi-4-q4_k_m", machine, 0, 65536).n_ctx == 16384U);
    BOOST_TEST(rowOf("qwen3-14b-q4_k_m", machine, 4096, 8192).n_ctx == 4096U);
}

BOOST_AUTO_TEST_CASE(the_largest_context_is_that_of_the_plans_curve) {
    // Machines on which all, some and none of the trained context fits.
    for (const auto & [name, machine] : {std::pair{"qwen3-14b-q4_k_m", smallMachine(24000, 0)},
                                         {"llama-3.1-8b-q4_k_m", smallMachine(8000, 6000)},
                                         {"gemma-3-27b-q4_k_m", smallMachine(6000, 12000)},
                                         {"qwen3-30b-a3b-q4_k_m", smallMachine(6000, 14000)},
                                         {"llama-3.3-70b-q4_k_m", smallMachine(8000, 16000)}}) {
        const Model & model = truthModel(name);
        const PlanRequest request = wrapperRequest(16384);
        const ChooseRow row = chooseRow({name, 1, 0}, model, machine, request);
        const ContextCurve curve = contextCurve(model, machine, request.settings);
        BOOST_TEST_CONTEXT(name) { BOOST_TEST(row.largest_n_ctx == curve.largest_n_ctx); }
    }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_says_what_lacks_and_has_no_speed) {
    const ChooseRow row = rowOf("deepseek-v3.1-q4_k_m", seedMachine());
    BOOST_TEST(verdictName(row.verdict) == "does_not_fit");
    BOOST_TEST(row.placement.find("system memory lacks ") != std::string::npos, row.placement);
    BOOST_TEST(row.largest_n_ctx == 0U);
    BOOST_TEST(!row.speed.has_value());
}

BOOST_AUTO_TEST_CASE(a_cache_type_that_the_model_cannot_have_is_replaced_as_the_plan_does) {
    // Blocks of q8_0 have 32 values: heads of 80 can't be cached in it.
    for (const std::string & name : allModels()) {
        const Model model = realModel(name);
        if (!model.known_architecture) continue;
        const auto plan = makePlan(model, seedMachine(), [] {
            PlanRequest request = wrapperRequest(4096);
            request.alternatives = false;
            return request;
        }());
        const ChooseRow row = chooseRow({name, 1, 0}, model, seedMachine(), wrapperRequest(4096));
        BOOST_TEST(row.error.empty() == plan.ok(), name);
        if (plan.ok()) BOOST_TEST(verdictName(row.verdict) == verdictName(plan->verdict), name);
        if (kEveryNth > 1) break;
    }
}

BOOST_AUTO_TEST_CASE(files_beside_a_model_are_told_by_their_metadata) {
    const auto kindOf = [](const GgufBuilder & builder) {
        return std::string(fileKindName(fileKind(fileOf(builder))));
    };
    const auto typed = [](const char * type) {
        GgufBuilder builder;
        builder.string("general.type", type).string("general.architecture", "llama");
        return builder.tensor("x", GgmlType::f32, {32});
    };
    BOOST_TEST(kindOf(typed("model")) == "model");
    BOOST_TEST(kindOf(typed("mmproj")) == "mmproj");
    BOOST_TEST(kindOf(typed("adapter")) == "adapter");
    BOOST_TEST(kindOf(typed("imatrix")) == "imatrix");
    GgufBuilder clip, lora, vocabulary;
    BOOST_TEST(kindOf(clip.string("general.architecture", "clip").tensor("v", GgmlType::f32, {32})) == "mmproj");
    BOOST_TEST(kindOf(lora.string("adapter.type", "lora").tensor("a", GgmlType::f32, {32})) == "adapter");
    BOOST_TEST(kindOf(vocabulary.string("general.architecture", "llama")) == "vocab");
}

BOOST_AUTO_TEST_SUITE_END()
