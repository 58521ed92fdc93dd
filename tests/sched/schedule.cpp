// Where operations run and what is copied for them: the scheduler's rules (ggml-backend.cpp), worked out by hand.
#include <boost/test/unit_test.hpp>

#include "sched/hand_made.h"
#include "sched/support.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

constexpr uint64_t kRows = 64U * 32U * 4U;  // bytes of 32 tokens of 64 values, a multiple of every alignment

struct Outcome {
    Schedule schedule;
    std::vector<uint64_t> bytes;
};

Outcome outcomeOf(GraphBuilder & g, uint32_t n_devices, const ScheduleOptions & options = {}) {
    BOOST_REQUIRE_MESSAGE(g.ok(), g.graph().error);
    const auto backends = backendsWith(n_devices);
    Outcome out;
    out.schedule = scheduleGraph(g.graph(), backends, options);
    BOOST_REQUIRE(out.schedule.ok);
    out.bytes = reserveGraph(g.graph(), out.schedule, backends, false).bytes;
    return out;
}

/// Two layers of a product each, the second one's weights on `second`.
void twoLayers(GraphBuilder & g, int32_t second) {
    const NodeId x = inputOf(g, 64, 32);
    const NodeId y = g.mulMat(weightOn(g, 0, 64, 64), x);
    g.expand(g.mulMat(weightOn(g, second, 64, 64), y));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scheduler)

BOOST_AUTO_TEST_CASE(an_input_is_copied_to_the_device_of_the_weights) {
    GraphBuilder g;
    twoLayers(g, 0);
    const Outcome out = outcomeOf(g, 1);
    BOOST_REQUIRE(out.schedule.splits.size() == 1U);
    BOOST_TEST(out.schedule.splits[0].backend == 0U);
    BOOST_TEST(out.schedule.splits[0].inputs.size() == 1U);
    BOOST_TEST(out.bytes[1] == kRows);       // the input itself is the host's
    BOOST_TEST(out.bytes[0] == 2U * kRows);  // its copy and a product, whose places the second product can reuse
}

BOOST_AUTO_TEST_CASE(a_second_device_makes_a_second_split) {
    GraphBuilder g;
    twoLayers(g, 1);
    const Outcome out = outcomeOf(g, 2);
    BOOST_REQUIRE(out.schedule.splits.size() == 2U);
    BOOST_TEST(out.schedule.splits[0].backend == 0U);
    BOOST_TEST(out.schedule.splits[1].backend == 1U);
    BOOST_TEST(out.schedule.splits[1].inputs.size() == 1U);
    BOOST_TEST(out.bytes[0] == 2U * kRows);
    BOOST_TEST(out.bytes[1] == 2U * kRows);
    BOOST_TEST(out.bytes[2] == kRows);
}

BOOST_AUTO_TEST_CASE(pipelines_keep_four_copies_of_inputs_and_of_what_is_handed_on) {
    GraphBuilder g;
    twoLayers(g, 1);
    ScheduleOptions options;
    options.pipeline = true;
    const Outcome out = outcomeOf(g, 2, options);
    BOOST_TEST(out.schedule.n_copies == 4U);
    BOOST_TEST(out.schedule.graph_inputs.size() == 1U);
    BOOST_TEST(out.bytes[2] == 4U * kRows);          // the input and three copies
    BOOST_TEST(out.bytes[0] == 4U * kRows + kRows);  // four copies of the input, and the product
    BOOST_TEST(out.bytes[1] == 4U * kRows + kRows);  // four copies of the product, and the next
}

BOOST_AUTO_TEST_CASE(a_device_takes_over_large_batches_of_weights_in_host_memory) {
    const auto backendOf = [](int64_t n_tokens, bool op_offload) {
        GraphBuilder g;
        g.expand(g.mulMat(weightOn(g, kHost, 64, 64), inputOf(g, 64, n_tokens)));
        ScheduleOptions options;
        options.op_offload = op_offload;
        return uint32_t{outcomeOf(g, 1, options).schedule.splits.at(0).backend};
    };
    constexpr uint32_t kDevice = 0;
    constexpr uint32_t kCpu = 1;
    BOOST_TEST(backendOf(32, true) == kDevice);  // ggml-cuda.cu: from 32 rows on
    BOOST_TEST(backendOf(31, true) == kCpu);
    BOOST_TEST(backendOf(32, false) == kCpu);  // --no-op-offload
}

BOOST_AUTO_TEST_CASE(weights_that_a_device_takes_over_are_copied_to_it) {
    GraphBuilder g;
    g.expand(g.mulMat(weightOn(g, kHost, 64, 64), inputOf(g, 64, 32)));
    const Outcome out = outcomeOf(g, 1);
    BOOST_TEST(out.schedule.splits[0].inputs.size() == 2U);
    BOOST_TEST(out.bytes[0] == 64U * 64U * 4U + 2U * kRows);  // weights, input, product
}

BOOST_AUTO_TEST_CASE(operations_without_weights_follow_their_neighbours) {
    GraphBuilder g;
    const NodeId y = g.mulMat(weightOn(g, 0, 64, 64), inputOf(g, 64, 32));
    g.expand(g.simple(Op::sqr, y));
    const Outcome out = outcomeOf(g, 1);
    BOOST_TEST(out.schedule.splits.size() == 1U);
    BOOST_TEST(out.bytes[0] == 2U * kRows);  // the input's copy and the product, which its square takes over
}

BOOST_AUTO_TEST_CASE(an_operation_set_to_the_host_by_hand_runs_there_where_that_is_asked_for) {
    for (const bool pinned : {true, false}) {
        GraphBuilder g;
        const NodeId y = g.mulMat(weightOn(g, 0, 64, 64), inputOf(g, 64, 32));
        const NodeId square = g.simple(Op::sqr, y);
        g.graph()[square].pinned = kHost;
        g.expand(square);
        ScheduleOptions options;
        options.pinned = pinned;
        const Outcome out = outcomeOf(g, 1, options);
        BOOST_TEST(out.schedule.splits.size() == (pinned ? 2U : 1U));
        BOOST_TEST(uint32_t{out.schedule.splits.back().backend} == (pinned ? 1U : 0U));
    }
}

BOOST_AUTO_TEST_CASE(cuda_joins_quantized_streams_that_lie_apart_but_not_end_to_end) {
    // Two streams of 64 cells each out of caches of 128: gaps in the fourth dimension only.
    constexpr uint64_t kRow = 34U * 2U;  // 64 values of q8_0
    const auto joinedAlong = [](int dim) {
        GraphBuilder g;
        const NodeId cache = g.newTensor(GgmlType::q8_0, 64, 128, 1, 2, g.buffer({0, HostBuffer::cpu, false}));
        const NodeId part = g.view4d(cache, 64, 64, 1, 2, kRow, kRow * 64, kRow * 128, 0);
        const NodeId joined = g.concat(part, part, dim);
        BOOST_REQUIRE_MESSAGE(g.ok(), g.graph().error);
        return cudaSupportsOp(g.graph(), g.graph()[joined], backendsWith(1)[0]);
    };
    BOOST_TEST(joinedAlong(1));
    BOOST_TEST(joinedAlong(2));
    BOOST_TEST(!joinedAlong(3));
}

BOOST_AUTO_TEST_CASE(memory_on_a_device_that_does_not_take_part_is_refused) {
    GraphBuilder g;
    const NodeId cache = g.newTensor(GgmlType::f32, 64, 32, 1, 1, g.buffer({1, HostBuffer::cpu, false}));
    g.expand(g.scaleInplace(cache));
    BOOST_TEST(scheduleGraph(g.graph(), backendsWith(2), {}).ok);
    BOOST_TEST(!scheduleGraph(g.graph(), backendsWith(1), {}).ok);
}

BOOST_AUTO_TEST_SUITE_END()
