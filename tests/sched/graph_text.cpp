// What the comparison of graphs as text sees and what it leaves free.
#include "support/graph_text.h"

#include <boost/test/unit_test.hpp>
#include <string>

using ggufit::test::firstDifference;

namespace {

const std::string kGraph =
    "# splits: S index backend inputs copied in\n"
    "S 0 CPU -\n"
    "S 1 CUDA0 embd\n"
    "# leaves: L name type ne flags view_of buffer\n"
    "L token_embd.weight f32 256,128,1,1 - - CPU\n"
    "L inp_tokens i32 512,1,1,1 I - -\n"
    "L CUDA0#embd (view)#0 f32 256,512,1,1 - - -\n"
    "L cache_k_l0 f16 256,8192,1,1 - - CUDA0\n"
    "# nodes: index split op type ne flags view_of+offset sources name\n"
    "0 0 GET_ROWS f32 256,512,1,1 - - <token_embd.weight>,<inp_tokens> embd\n"
    "1 1 RMS_NORM f32 256,512,1,1 O - <CUDA0#embd (view)#0> norm-0\n"
    "2 . VIEW f16 256,512,1,1 - <cache_k_l0>+64 <cache_k_l0> cache_k_l0 (view)\n";

/// The comparison with kGraph of the same text with every `from` replaced.
std::string differenceWith(const std::string & from, const std::string & to) {
    std::string changed = kGraph;
    size_t n_replaced = 0;
    for (size_t i = changed.find(from); i != std::string::npos; i = changed.find(from, i + to.size())) {
        changed.replace(i, from.size(), to);
        ++n_replaced;
    }
    BOOST_TEST(n_replaced > 0U, from << " is not in the graph");
    return firstDifference(kGraph, changed);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(graph_text)

BOOST_AUTO_TEST_CASE(names_the_first_node_that_differs) {
    BOOST_TEST(differenceWith("GET_ROWS", "CPY").starts_with("node 0\n"));
    BOOST_TEST(differenceWith("1 1 RMS_NORM", "1 0 RMS_NORM").starts_with("node 1\n"));
    BOOST_TEST(differenceWith("RMS_NORM f32", "RMS_NORM f16").starts_with("node 1\n"));
    BOOST_TEST(differenceWith("256,512,1,1 O", "256,512,1,1 -").starts_with("node 1\n"));
    BOOST_TEST(differenceWith("+64", "+128").starts_with("node 2\n"));
    BOOST_TEST(differenceWith("VIEW f16 256,512", "VIEW f16 256,256").starts_with("node 2\n"));
}

BOOST_AUTO_TEST_CASE(tells_leaves_apart_by_what_they_stand_for) {
    BOOST_TEST(differenceWith("token_embd.weight", "token_embd_2.weight").starts_with("node 0\n"));
    BOOST_TEST(differenceWith("cache_k_l0", "cache_k_l1").starts_with("node 2\n"));
    BOOST_TEST(differenceWith("inp_tokens i32 512", "inp_tokens i32 256").starts_with("node 0\n"));
    BOOST_TEST(differenceWith("CUDA0#", "CPU#").starts_with("node 1\n"));
}

BOOST_AUTO_TEST_CASE(names_a_split_that_differs) {
    BOOST_TEST(differenceWith("S 1 CUDA0", "S 1 CUDA1").starts_with("split 1:"));
    BOOST_TEST(differenceWith("S 1 CUDA0 embd\n", "").starts_with("splits:"));
}

BOOST_AUTO_TEST_CASE(misses_no_node_at_the_end) {
    BOOST_TEST(firstDifference(kGraph, kGraph + "3 1 CPY f32 1,1,1,1 - - 2 x\n").starts_with("nodes:"));
    BOOST_TEST(!firstDifference("", "").empty());
}

BOOST_AUTO_TEST_CASE(leaves_the_names_of_nodes_and_inputs_free) {
    BOOST_TEST(differenceWith(" norm-0\n", " norm of 0\n") == "");
    BOOST_TEST(differenceWith("inp_tokens", "leaf_1") == "");
    BOOST_TEST(differenceWith("embd (view)", "leaf_2") == "");
}

BOOST_AUTO_TEST_SUITE_END()
