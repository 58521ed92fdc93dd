// Sizes that ggml's allocator reserves: its rules (ggml-alloc.c), worked out by hand on the CPU, which aligns to 32.
#include <boost/test/unit_test.hpp>

#include "sched/hand_made.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

NodeId square(GraphBuilder & g, NodeId x) { return g.simple(Op::sqr, x); }

uint64_t bytesOnCpu(GraphBuilder & g) {
    BOOST_REQUIRE_MESSAGE(g.ok(), g.graph().error);
    const auto backends = backendsWith(0);
    const Schedule schedule = scheduleGraph(g.graph(), backends, {});
    BOOST_REQUIRE(schedule.ok);
    return reserveGraph(g.graph(), schedule, backends, false).bytes.back();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(allocator)

BOOST_AUTO_TEST_CASE(an_element_wise_operation_takes_over_a_source_that_nothing_else_reads) {
    GraphBuilder g;
    NodeId x = inputOf(g, 64);
    for (int i = 0; i < 5; ++i) x = square(g, x);
    g.expand(x);
    BOOST_TEST(bytesOnCpu(g) == 64U * 4U);  // one place for all six
}

BOOST_AUTO_TEST_CASE(a_source_with_another_reader_keeps_its_place) {
    GraphBuilder g;
    const NodeId x = inputOf(g, 64);
    g.expand(g.add(square(g, x), x));
    BOOST_TEST(bytesOnCpu(g) == 2U * 64U * 4U);  // x, and the square, which the sum takes over
}

BOOST_AUTO_TEST_CASE(an_output_is_never_taken_over) {
    GraphBuilder g;
    const NodeId kept = g.setOutput(square(g, inputOf(g, 64)));
    g.expand(square(g, kept));
    BOOST_TEST(bytesOnCpu(g) == 2U * 64U * 4U);
}

BOOST_AUTO_TEST_CASE(a_view_keeps_what_it_shows) {
    GraphBuilder g;
    const NodeId shown = square(g, inputOf(g, 64));
    const NodeId view = g.view1d(shown, 32, 0);
    g.expand(square(g, shown));  // a place of its own, since the view is read later
    g.expand(g.sumRows(view));   // 4 bytes, padded to 32
    BOOST_TEST(bytesOnCpu(g) == 2U * 64U * 4U + 32U);
}

BOOST_AUTO_TEST_CASE(what_is_read_for_the_last_time_makes_room) {
    GraphBuilder g;
    const NodeId w = weightOn(g, kHost, 64, 64);
    NodeId x = inputOf(g, 64, 32);
    for (int i = 0; i < 4; ++i) x = g.mulMat(w, x);
    g.expand(x);
    BOOST_TEST(bytesOnCpu(g) == 2U * 64U * 32U * 4U);  // a product and its source at a time; weights lie elsewhere
}

BOOST_AUTO_TEST_CASE(the_smallest_hole_that_fits_is_filled) {
    GraphBuilder g;
    const NodeId large = inputOf(g, 256);  //      0 … 1024
    const NodeId first = inputOf(g, 64);   //   1024 … 1280
    const NodeId small = inputOf(g, 64);   //   1280 … 1536
    const NodeId second = inputOf(g, 64);  //   1536 … 1792
    const NodeId sum = g.sumRows(large);   //   1792 … 1824, then `large` is free
    g.expand(sum);
    g.expand(g.sumRows(first));               //   0 … 32
    g.expand(g.sumRows(small));               //  32 … 64, then `small` is free
    g.expand(g.sumRows(second));              // 1280 … 1312: the hole of 256 rather than that of 960
    g.expand(g.repeat4d(sum, 240, 1, 1, 1));  // 64 … 1024: all of the 960 that were left
    g.expand(g.sumRows(first));               // the inputs between the holes live to the end
    g.expand(g.sumRows(second));
    BOOST_TEST(bytesOnCpu(g) == 1824U);
}

BOOST_AUTO_TEST_CASE(cuda_pads_rows_of_quantized_tensors_to_512_elements) {
    GraphBuilder g;
    const NodeId short_row = g.newTensor(GgmlType::q8_0, 64);
    const NodeId whole_row = g.newTensor(GgmlType::q8_0, 1024);
    const auto backends = backendsWith(1);
    const auto bytesOn = [&](size_t b, NodeId id) {
        return backends[b].traits->alloc_bytes(g.graph(), g.graph()[id], backends[b]);
    };
    constexpr uint64_t kBlock = 34;  // of 32 elements
    BOOST_TEST(bytesOn(0, short_row) == 512U / 32U * kBlock);
    BOOST_TEST(bytesOn(0, whole_row) == 1024U / 32U * kBlock);
    BOOST_TEST(bytesOn(1, short_row) == 64U / 32U * kBlock);  // the CPU does not
}

BOOST_AUTO_TEST_CASE(names_what_is_alive_at_the_peak_largest_first) {
    GraphBuilder g;
    const NodeId w = weightOn(g, kHost, 64, 128);
    const NodeId x = inputOf(g, 64, 32);
    const NodeId y = g.mulMat(w, x);
    g.expand(y);
    const auto backends = backendsWith(0);
    const Schedule schedule = scheduleGraph(g.graph(), backends, {});
    const Reservation sizes = reserveGraph(g.graph(), schedule, backends, true);
    BOOST_REQUIRE(sizes.peak.back().size() == 2U);
    BOOST_TEST((sizes.peak.back()[0].id == y));
    BOOST_TEST(sizes.peak.back()[0].bytes == 128U * 32U * 4U);
    BOOST_TEST((sizes.peak.back()[1].id == x));
}

BOOST_AUTO_TEST_SUITE_END()
