// What differs between backends: operations that fall to the CPU, bytes and order of a split; by their sources' rules.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "sched/hand_made.h"
#include "sched/support.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

std::vector<Backend> backendsOf(const std::string & backend, const std::string & description = "") {
    Machine machine;
    machine.devices = {gpu(backend + "0", 24000)};
    machine.devices[0].backend = backend;
    machine.devices[0].compute_capability = "";
    machine.devices[0].description = description;
    return makeBackends(machine, {0});
}

bool supports(const std::string & backend, GraphBuilder & g, NodeId id) {
    BOOST_REQUIRE_MESSAGE(g.ok(), g.graph().error);
    const auto backends = backendsOf(backend);
    return backends[0].traits->supports_op(g.graph(), g[id], backends[0]);
}

/// Attention over 1024 cells with 8 heads of Q for 2 of K and V.
NodeId attention(GraphBuilder & g, int64_t n_tokens, int64_t head, GgmlType type_k, GgmlType type_v) {
    const int16_t cache = g.buffer({0, HostBuffer::cpu, false});
    const NodeId q = g.newTensor(GgmlType::f32, head, n_tokens, 8);
    const NodeId k = g.newTensor(type_k, head, 1024, 2, 1, cache);
    const NodeId v = g.newTensor(type_v, head, 1024, 2, 1, cache);
    const NodeId mask = g.newTensor(GgmlType::f16, 1024, n_tokens);
    return g.flashAttnExt(q, k, v, mask, NodeId::none, false, false);
}

bool attends(const std::string & backend, int64_t n_tokens, int64_t head, GgmlType type_k, GgmlType type_v) {
    GraphBuilder g;
    const NodeId id = attention(g, n_tokens, head, type_k, type_v);
    return supports(backend, g, id);
}

/// Operations in the order in which the only split runs them.
std::vector<Op> orderOn(const std::string & backend, GraphBuilder & g) {
    BOOST_REQUIRE_MESSAGE(g.ok(), g.graph().error);
    const Schedule schedule = scheduleGraph(g.graph(), backendsOf(backend), {});
    BOOST_REQUIRE(schedule.splits.size() == 1U);
    std::vector<Op> order;
    for (const NodeId id : g.graph().nodes) order.push_back(g[id].op);
    return order;
}

std::string runsOn(const std::string & backend, GraphBuilder & g) {
    const auto backends = backendsOf(backend);
    const Schedule schedule = scheduleGraph(g.graph(), backends, {});
    return backends[schedule.splits.at(0).backend].name;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backends)

BOOST_AUTO_TEST_CASE(a_quantized_cache_is_read_by_the_kernels_that_each_backend_has) {
    using enum GgmlType;
    for (const char * backend : {"CUDA", "ROCm", "Vulkan", "Metal", "SYCL"}) {
        BOOST_TEST(attends(backend, 1, 128, f16, f16), backend);
        BOOST_TEST(attends(backend, 1, 128, q8_0, q8_0), backend);
        BOOST_TEST(!attends(backend, 1, 128, q4_K, q4_K), backend);
    }
    BOOST_TEST(!attends("CUDA", 1, 128, q5_1, q5_1));  // GGML_CUDA_FA_ALL_QUANTS is off
    BOOST_TEST(!attends("SYCL", 1, 128, q5_1, q5_1));
    BOOST_TEST(attends("Metal", 1, 128, q5_1, q5_1));
    BOOST_TEST(attends("Vulkan", 1, 128, q5_1, q5_1));
    BOOST_TEST(!attends("Metal", 1, 128, q8_0, q4_0));  // both alike
    BOOST_TEST(attends("Vulkan", 1, 128, q8_0, q4_0));
    BOOST_TEST(!attends("Vulkan", 1, 128, bf16, f16));  // bf16 goes with bf16
    BOOST_TEST(attends("Vulkan", 1, 128, iq4_nl, iq4_nl));
    BOOST_TEST(!attends("Metal", 1, 128, iq4_nl, iq4_nl));
}

BOOST_AUTO_TEST_CASE(heads_of_odd_sizes_run_where_a_kernel_was_written_for_them) {
    const auto runs = [](const char * backend, int64_t head) {
        return attends(backend, 1, head, GgmlType::f16, GgmlType::f16);
    };
    BOOST_TEST((!runs("CUDA", 48) && !runs("SYCL", 48)));
    BOOST_TEST((runs("Metal", 48) && runs("Vulkan", 48)));
    BOOST_TEST((!runs("Metal", 104) && runs("Vulkan", 104)));  // Vulkan: any multiple of 8
    BOOST_TEST(!runs("Vulkan", 100));
}

BOOST_AUTO_TEST_CASE(sycl_reads_more_cache_types_in_a_prompt_than_in_a_decode) {
    // ggml-sycl/fattn.cpp: the MKL kernel, from 32 tokens and 1024 cells on.
    BOOST_TEST(!attends("SYCL", 31, 128, GgmlType::q5_1, GgmlType::q5_1));
    BOOST_TEST(attends("SYCL", 32, 128, GgmlType::q5_1, GgmlType::q5_1));
}

BOOST_AUTO_TEST_CASE(weights_of_a_type_without_a_kernel_are_multiplied_by_the_cpu) {
    const auto runs = [](const char * backend, GgmlType type) {
        GraphBuilder g;
        const NodeId w = g.newTensor(type, 256, 8, 1, 1, g.buffer({0, HostBuffer::cpu, true}));
        return supports(backend, g, g.mulMat(w, g.newTensor(GgmlType::f32, 256, 4)));
    };
    for (const char * backend : {"CUDA", "Vulkan", "Metal", "SYCL"})
        BOOST_TEST(runs(backend, GgmlType::iq2_xs), backend);
    BOOST_TEST(!runs("CUDA", GgmlType::tq2_0));
    BOOST_TEST(!runs("Vulkan", GgmlType::tq2_0));
    BOOST_TEST(!runs("Metal", GgmlType::nvfp4));
    BOOST_TEST(runs("Vulkan", GgmlType::nvfp4));
}

BOOST_AUTO_TEST_CASE(vulkan_refuses_tensors_of_four_gibibytes) {
    // maxStorageBufferRange is 2^32 − 1: 4 GiB of f16 is one byte too large.
    const auto runs = [](const char * backend, int64_t rows) {
        GraphBuilder g;
        return supports(backend, g,
                        g.newTensor(GgmlType::f16, 1024, rows, 1, 1, g.buffer({0, HostBuffer::cpu, false})));
    };
    constexpr int64_t k4Gib = int64_t{2} * 1024 * 1024;
    BOOST_TEST(runs("Vulkan", k4Gib - 1));
    BOOST_TEST(!runs("Vulkan", k4Gib));
    BOOST_TEST(runs("CUDA", k4Gib));
}

BOOST_AUTO_TEST_CASE(metal_takes_over_products_alone) {
    // ggml_backend_metal_device_offload_op; the other backends count the rows of any operation.
    const auto addsOn = [](const char * backend) {
        GraphBuilder g;
        g.expand(g.add(inputOf(g, 64, 32), weightOn(g, kHost, 64, 1)));
        return runsOn(backend, g);
    };
    BOOST_TEST(addsOn("Metal") == "CPU");
    BOOST_TEST(addsOn("Vulkan") == "Vulkan0");
    GraphBuilder g;
    const NodeId experts = g.newTensor(GgmlType::f32, 64, 16, 8, 1, g.buffer({kHost, HostBuffer::cpu, true}));
    const NodeId ids = g.setInput(g.newTensor(GgmlType::i32, 2, 32));
    g.expand(g.mulMatId(experts, g.setInput(g.newTensor(GgmlType::f32, 64, 1, 32)), ids));
    BOOST_TEST(runsOn("Metal", g) == "Metal0");  // BLAS takes plain products first
}

BOOST_AUTO_TEST_CASE(metal_keeps_room_for_experts_and_attention) {
    const auto backends = backendsOf("Metal");
    const auto bytes = [&](GraphBuilder & g, NodeId id) {
        BOOST_REQUIRE_MESSAGE(g.ok(), g.graph().error);
        return backends[0].traits->alloc_bytes(g.graph(), g[id], backends[0]);
    };
    GraphBuilder g;
    const NodeId experts = g.newTensor(GgmlType::f32, 64, 16, 8);
    const NodeId ids = g.newTensor(GgmlType::i32, 2, 512);
    const NodeId product = g.mulMatId(experts, g.newTensor(GgmlType::f32, 64, 1, 512), ids);
    BOOST_TEST(bytes(g, product) == 16U * 2 * 512 * 4 + 4 * 8 + 4 * 8 * 512);  // a count and the tokens of each expert
    const NodeId sorted = g.argsort(g.newTensor(GgmlType::f32, 128, 4));
    BOOST_TEST(bytes(g, sorted) == 2U * 128 * 4 * 4);
    // 64 cells of K, V (2 heads of 64 halves) and mask; a byte for each block of 64 cells and 8 tokens; partial results
    // of 32 workgroups with two sums, for at most 32 tokens.
    const uint64_t plain = 64U * 8 * 512 * 4;
    const uint64_t padding = 64U * (2 * (64 * 2 * 2) + 2 * 512);
    const uint64_t blocks = (1024 / 64) * (512 / 8);
    const uint64_t partial = 4U * 32 * 8 * 32 * (64 + 2);
    BOOST_TEST(bytes(g, attention(g, 512, 64, GgmlType::f16, GgmlType::f16)) == plain + padding + blocks + partial);
}

BOOST_AUTO_TEST_CASE(vulkan_and_metal_pull_what_does_not_wait_forward) {
    const auto build = [](GraphBuilder & g) {  // the second product reads the input alone
        const NodeId x = inputOf(g, 64, 4);
        const NodeId square = g.simple(Op::sqr, g.mulMat(weightOn(g, 0, 64, 64), x));
        g.expand(g.sub(square, g.mulMat(weightOn(g, 0, 64, 64), x)));
    };
    const std::vector<Op> pulled = {Op::mul_mat, Op::mul_mat, Op::sqr, Op::sub};
    const std::vector<Op> as_built = {Op::mul_mat, Op::sqr, Op::mul_mat, Op::sub};
    for (const auto & [backend, order] : {std::pair("Vulkan", pulled), {"Metal", pulled}, {"CUDA", as_built}}) {
        GraphBuilder g;
        build(g);
        BOOST_CHECK_MESSAGE(orderOn(backend, g) == order, backend);
    }
}

BOOST_AUTO_TEST_CASE(what_shaders_fuse_stays_together) {
    GraphBuilder g;  // a norm with its weight, of which Vulkan takes the weight along; a square waits
    const NodeId x = g.mulMat(weightOn(g, 0, 64, 64), inputOf(g, 64, 4));
    const NodeId square = g.simple(Op::sqr, x);
    const NodeId normed = g.mul(g.rmsNorm(x), weightOn(g, 0, 64, 1));
    g.expand(g.sub(square, normed));
    const std::vector<Op> order = {Op::mul_mat, Op::sqr, Op::rms_norm, Op::mul, Op::sub};
    BOOST_CHECK(orderOn("Vulkan", g) == order);
}

BOOST_AUTO_TEST_CASE(memory_that_vulkan_pins_is_aligned_as_its_driver_maps_it) {
    const auto alignments = [](const char * backend, const char * description) {
        const auto backends = backendsOf(backend, description);
        return std::pair(backends[0].buffers.alignment, backends[1].buffers.alignment);
    };
    BOOST_CHECK(alignments("Vulkan", "NVIDIA GeForce RTX 3090") == std::pair(uint64_t{16}, uint64_t{64}));
    BOOST_CHECK(alignments("Vulkan", "Radeon 8060S Graphics") == std::pair(uint64_t{4}, uint64_t{4096}));
    BOOST_CHECK(alignments("CUDA", "") == std::pair(uint64_t{128}, uint64_t{32}));
    BOOST_CHECK(alignments("Metal", "Apple M2") == std::pair(uint64_t{32}, uint64_t{32}));
}

BOOST_AUTO_TEST_CASE(blas_and_the_cpu_share_one_buffer) {
    GraphBuilder g;  // a product for BLAS, a square for the CPU, which takes its bytes over
    const NodeId weight = g.newTensor(GgmlType::f32, 64, 64, 1, 1, g.buffer({kHost, HostBuffer::cpu, true}));
    g.expand(g.simple(Op::sqr, g.mulMat(weight, inputOf(g, 64, 32))));
    const auto backends = backendsOf("Metal");
    BOOST_REQUIRE(backends.size() == 3U);
    const Schedule schedule = scheduleGraph(g.graph(), backends, {});
    BOOST_REQUIRE(schedule.splits.size() == 2U);
    BOOST_TEST(backends[schedule.splits[0].backend].name == "BLAS");
    BOOST_TEST(backends[schedule.splits[1].backend].name == "CPU");
    BOOST_TEST(schedule.splits[1].inputs.empty());  // nothing is copied between them
    const Reservation reserved = reserveGraph(g.graph(), schedule, backends, false);
    BOOST_TEST(reserved.bytes[0] == 0U);
    BOOST_TEST(reserved.bytes[1] + reserved.bytes[2] == 2U * 64 * 32 * 4);  // the input and the product
}

BOOST_AUTO_TEST_CASE(only_an_integrated_rocm_card_reads_pinned_memory_in_place) {
    for (const char * backend : {"CUDA", "ROCm", "Vulkan", "Metal", "SYCL"}) {
        Machine machine;
        machine.devices = {gpu("X0", 24000)};
        machine.devices[0].backend = backend;
        machine.devices[0].unified_memory = true;
        const auto backends = makeBackends(machine, {0});
        BOOST_TEST(readsBuffer(backends[0], kHost, HostBuffer::pinned) == (std::string(backend) == "ROCm"), backend);
        const bool pins = std::string(backend) != "Metal";
        BOOST_CHECK(hostComputeBuffer(machine, {0}) == (pins ? HostBuffer::pinned : HostBuffer::cpu));
    }
    BOOST_CHECK(hostComputeBuffer({}, {}) == HostBuffer::cpu);
}

BOOST_AUTO_TEST_SUITE_END()
