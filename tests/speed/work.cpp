// What a token reads, against the tensors of the file and the arithmetic of caches.
#include "speed/work.h"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>
#include <vector>

#include "settings/arguments.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

TokenWork workOf(const std::string & name, const std::vector<std::string> & words, uint32_t fill) {
    Machine machine;
    machine.devices = parseGpu("RTX 4090").value();
    machine.devices[0].free_mib = machine.devices[0].total_mib = 1U << 20;
    nameDevices(machine.devices);
    const Model & model = truthModel(name);
    std::vector<std::string> all = {"-fit", "off", "-np", "1", "-fa", "on"};
    all.insert(all.end(), words.begin(), words.end());
    const Settings settings = parseArguments(all).value().settings;
    const auto weights = placeWeights(model, machine, settings);
    BOOST_REQUIRE(weights.ok());
    const auto cache = planCache(model, machine, settings, weights->layer_devices);
    BOOST_REQUIRE(cache.ok());
    const auto decode = scheduledGraph(model, machine, settings, *weights, *cache, Phase::decode);
    BOOST_REQUIRE(decode.ok());
    return tokenWork(*decode, machine.devices.size(), cache->shape.n_seq_max, fill);
}

uint64_t bytesOf(const TokenWork & work, WorkKind kind, int32_t device) {
    uint64_t sum = 0;
    for (const Work & step : work.steps) sum += step.kind == kind && step.device == device ? step.bytes : 0;
    return sum;
}

uint64_t fileBytes(const Model & model, const std::function<bool(const Tensor &)> & wanted) {
    uint64_t sum = 0;
    for (const Tensor & tensor : model.file.tensors) sum += wanted(tensor) ? tensor.n_bytes : 0;
    return sum;
}

bool isMatrix(const Tensor & tensor) { return tensor.ne[1] > 1 && tensor.name != "token_embd.weight"; }
bool isExpert(const Tensor & tensor) { return tensor.name.find("_exps.weight") != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(work)

BOOST_AUTO_TEST_CASE(a_token_of_a_dense_model_reads_every_matrix_of_the_file_once) {
    const TokenWork work = workOf("llama-3.1-8b-q4_k_m", {"-ngl", "99", "-c", "4096"}, 0);
    BOOST_TEST(bytesOf(work, WorkKind::weights, 0) == fileBytes(truthModel("llama-3.1-8b-q4_k_m"), isMatrix));
    BOOST_TEST(bytesOf(work, WorkKind::experts, 0) == 0U);
}

BOOST_AUTO_TEST_CASE(tied_embeddings_are_read_as_the_output) {
    const TokenWork work = workOf("llama-3.2-1b-q8_0", {"-ngl", "99", "-c", "4096"}, 0);
    const uint64_t expected =
        fileBytes(truthModel("llama-3.2-1b-q8_0"), [](const Tensor & tensor) { return tensor.ne[1] > 1; });
    BOOST_TEST(bytesOf(work, WorkKind::weights, 0) == expected);
}

BOOST_AUTO_TEST_CASE(of_routed_experts_the_used_ones_are_read) {
    const TokenWork work = workOf("qwen3-30b-a3b-q4_k_m", {"-ngl", "99", "-c", "4096"}, 0);
    const uint64_t experts = fileBytes(truthModel("qwen3-30b-a3b-q4_k_m"), isExpert);
    BOOST_TEST(bytesOf(work, WorkKind::experts, 0) == experts * 8 / 128);
}

BOOST_AUTO_TEST_CASE(experts_in_system_memory_are_read_by_the_processor) {
    const TokenWork work = workOf("qwen3-30b-a3b-q4_k_m", {"-ngl", "99", "-c", "4096", "-cmoe"}, 0);
    const uint64_t experts = fileBytes(truthModel("qwen3-30b-a3b-q4_k_m"), isExpert);
    BOOST_TEST(bytesOf(work, WorkKind::experts, kHost) == experts * 8 / 128);
    BOOST_TEST(bytesOf(work, WorkKind::experts, 0) == 0U);
    BOOST_TEST(work.splits[1] >= 48U);
}

// 32 layers with 8 heads of 128 for keys and for values, two bytes each
BOOST_AUTO_TEST_CASE(the_cache_is_read_as_far_as_it_is_filled) {
    const uint64_t token_bytes = uint64_t{32} * 2 * 8 * 128 * 2;
    for (const auto & [fill, cells] : {std::pair{0U, 256U}, {256U, 256U}, {257U, 512U}, {5000U, 5120U}}) {
        const TokenWork work = workOf("llama-3.1-8b-q4_k_m", {"-ngl", "99", "-c", "8192"}, fill);
        BOOST_TEST(bytesOf(work, WorkKind::cache, 0) == cells * token_bytes);
    }
}

BOOST_AUTO_TEST_CASE(the_cache_is_read_whole_without_flash_attention_too) {
    const uint64_t token_bytes = uint64_t{32} * 2 * 8 * 128 * 2;
    const TokenWork work = workOf("llama-3.1-8b-q4_k_m", {"-ngl", "99", "-c", "8192", "-fa", "off"}, 4096);
    BOOST_TEST(bytesOf(work, WorkKind::cache, 0) == 4096 * token_bytes);
}

// 18 of 36 layers look back 128 tokens: their cache has a window and a micro-batch of cells, 128 + 512 → 768
BOOST_AUTO_TEST_CASE(sliding_layers_stop_growing_at_their_window) {
    const uint64_t layer_bytes = uint64_t{2} * 8 * 64 * 2;
    const TokenWork work = workOf("gpt-oss-120b-f16", {"-ngl", "99", "-c", "65536"}, 32768);
    BOOST_TEST(bytesOf(work, WorkKind::cache, 0) == 18 * layer_bytes * 32768 + 18 * layer_bytes * 768);
}

// multi-head latent attention keeps 512 + 64 values a token and layer, which are keys and values at once
BOOST_AUTO_TEST_CASE(latent_attention_reads_its_keys_alone) {
    const TokenWork work = workOf("glm-4.7-flash-q4_k_m", {"-ngl", "99", "-c", "65536"}, 32768);
    BOOST_TEST(bytesOf(work, WorkKind::cache, 0) == uint64_t{47} * 576 * 2 * 32768);
}

BOOST_AUTO_TEST_CASE(more_slots_do_not_make_a_request_read_more) {
    const TokenWork one = workOf("llama-3.1-8b-q4_k_m", {"-ngl", "99", "-c", "8192"}, 0);
    const TokenWork four = workOf("llama-3.1-8b-q4_k_m", {"-ngl", "99", "-c", "32768", "-np", "4"}, 0);
    BOOST_TEST(bytesOf(four, WorkKind::weights, 0) == bytesOf(one, WorkKind::weights, 0));
    BOOST_TEST(bytesOf(four, WorkKind::cache, 0) == bytesOf(one, WorkKind::cache, 0));
}

BOOST_AUTO_TEST_SUITE_END()
