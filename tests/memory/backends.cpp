// What a user of another backend than CUDA notices: attention or scans that fall to the CPU, and what is assumed.
#include <boost/test/unit_test.hpp>
#include <string>

#include "memory/estimate.h"
#include "support/arguments.h"
#include "support/plans.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

Machine machineOf(const std::string & backend, const std::string & description = "") {
    Machine machine;
    machine.devices = {gpu(backend + "0", 60000)};
    machine.devices[0].backend = backend;
    machine.devices[0].compute_capability = "";
    machine.devices[0].description = description;
    return machine;
}

Estimate estimateOf(const std::string & model, const Machine & machine, const std::string & words) {
    auto estimate = estimateMemory(truthModel(model), machine, parsed(words).settings, Reserving::started);
    BOOST_REQUIRE_MESSAGE(estimate.ok(), (estimate.ok() ? "" : estimate.error().text()));
    return std::move(*estimate);
}

GraphFigures graphOf(const std::string & model, const std::string & backend, const std::string & words) {
    return estimateOf(model, machineOf(backend), words).graph;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backends)

BOOST_AUTO_TEST_CASE(a_cache_of_q5_1_takes_attention_to_the_cpu_where_no_kernel_reads_it) {
    const std::string words = "-np 1 -c 8192 -ctk q5_1 -ctv q5_1";
    constexpr uint32_t kWhole = 2;               // the embeddings on the CPU, the rest on the card
    constexpr uint32_t kTorn = kWhole + 2 * 32;  // there and back in each of 32 layers
    const auto splits = [&](const char * backend) {
        const GraphFigures graph = graphOf("llama-3.1-8b-q4_k_m", backend, words);
        return std::pair(graph.splits_prompt, graph.splits_decode);
    };
    BOOST_CHECK(splits("CUDA") == std::pair(kTorn, kTorn));
    BOOST_CHECK(splits("ROCm") == std::pair(kTorn, kTorn));
    BOOST_CHECK(splits("Vulkan") == std::pair(kWhole, kWhole));
    BOOST_CHECK(splits("Metal") == std::pair(kWhole, kWhole));
    BOOST_CHECK(splits("SYCL") == std::pair(kWhole, kTorn));  // a prompt has the MKL kernel
}

BOOST_AUTO_TEST_CASE(mamba_1_scans_on_the_cpu_with_vulkan_and_sycl) {
    constexpr uint64_t kDecayBytes = 64U * 16 * 5120 * 4;  // ssm_a of 64 layers, which follows the scan
    const Estimate cuda = estimateOf("mamba-2.8b-f16", machineOf("CUDA"), "-np 1 -c 4096");
    BOOST_TEST(cuda.graph.splits_decode == 2U);
    for (const char * backend : {"Vulkan", "SYCL"}) {
        const Estimate other = estimateOf("mamba-2.8b-f16", machineOf(backend), "-np 1 -c 4096");
        BOOST_TEST(other.graph.splits_decode == 2U + 2U * 64U, backend);
        BOOST_TEST(other.host.model_bytes - cuda.host.model_bytes == kDecayBytes, backend);
    }
    BOOST_TEST(graphOf("mamba-2.8b-f16", "Metal", "-np 1 -c 4096").splits_decode == 2U);
}

BOOST_AUTO_TEST_CASE(quantized_rows_are_padded_by_cuda_and_sycl_alone) {
    // 2880 elements a row are padded to 3072 for CUDA: with Vulkan and Metal the weights take what the file has.
    const auto weights = [](const char * backend) {
        return estimateOf("gpt-oss-20b-mxfp4", machineOf(backend), "-np 1 -c 4096").devices[0].model_bytes;
    };
    BOOST_TEST(weights("SYCL") == weights("CUDA"));
    BOOST_TEST(weights("Vulkan") < weights("CUDA"));
    BOOST_TEST(weights("Metal") < weights("CUDA"));
}

BOOST_AUTO_TEST_CASE(what_is_taken_for_granted_about_a_device_is_said) {
    const std::string words = "-np 1 -c 4096";
    const auto because = [&](const std::string & backend, const std::string & description) {
        return estimateOf("llama-3.2-1b-q8_0", machineOf(backend, description), words).approximate_because;
    };
    BOOST_TEST(because("CUDA", "").empty());
    BOOST_TEST(because("ROCm", "").empty());
    BOOST_TEST(because("Metal", "Apple M2 Max").empty());
    BOOST_TEST(because("SYCL", "Intel(R) Arc(TM) B580 Graphics").empty());  // matters beyond 4 GiB
    BOOST_TEST(because("Vulkan", "NVIDIA GeForce RTX 3090") ==
               "Vulkan0: its driver is taken to align buffers to 16 bytes and host memory to 64, as NVIDIA's does");
    BOOST_TEST(because("Vulkan", "AMD Radeon RX 7900 XTX") ==
               "Vulkan0: its driver is taken to align buffers to 4 bytes and host memory to 4096, as Mesa's does");
    BOOST_TEST(because("Vulkan", "Mali-G710").find("others differ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_mac_multiplies_large_batches_on_its_cpu_with_blas) {
    // What the CPU has not repacked: the router's f32 weights and the product with a contiguous V, in each of 48
    // layers, there and back. With logits of all tokens the same rule gives 242 splits on x86, where the 24 layers of a
    // q6_K V and the output are not repacked either: what a start of a Qwen3-VL 30B-A3B with OpenBLAS printed.
    const GraphFigures graph =
        estimateOf("qwen3-30b-a3b-q4_k_m", machineOf("Metal"), "-np 1 -c 4096 -fa off -dev none").graph;
    BOOST_TEST(graph.splits_prompt == 1U + 2U * (2U * 48U - 1U));  // the last router sees the one token that is wanted
    BOOST_TEST(graph.splits_decode == 1U);                         // below 32 rows
    BOOST_TEST(
        estimateOf("qwen3-30b-a3b-q4_k_m", machineOf("CUDA"), "-np 1 -c 4096 -fa off -dev none").graph.splits_prompt ==
        1U);
}

BOOST_AUTO_TEST_CASE(without_a_device_the_cpu_runs_one_split_in_plain_memory) {
    const Estimate estimate = estimateOf("llama-3.1-8b-q4_k_m", Machine{}, "-np 1 -c 4096");
    BOOST_TEST(estimate.devices.empty());
    BOOST_TEST(estimate.graph.splits_prompt == 1U);
    BOOST_TEST(estimate.graph.splits_decode == 1U);
    BOOST_TEST(estimate.graph.nodes_prompt == estimate.graph.nodes_decode);
    BOOST_TEST(!estimate.approximate);
}

BOOST_AUTO_TEST_SUITE_END()
