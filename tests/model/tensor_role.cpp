// What tensors are for, read from their names.
#include "model/tensor_role.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "support/truth.h"

using namespace ggufit;

BOOST_AUTO_TEST_SUITE(tensor_role)

BOOST_AUTO_TEST_CASE(weights_of_blocks_know_their_block_and_operation) {
    const TensorRole role = tensorRole("blk.17.attn_q.weight");
    BOOST_TEST(role.known);
    BOOST_TEST(role.block == 17);
    BOOST_CHECK(role.layer == TensorLayer::repeating && role.op == WeightOp::mul_mat &&
                role.part == WeightPart::attention);
    BOOST_CHECK(tensorRole("blk.0.attn_norm.weight").op == WeightOp::mul);
    BOOST_CHECK(tensorRole("blk.0.ssm_conv1d.weight").op == WeightOp::ssm_conv);
    BOOST_CHECK(tensorRole("blk.3.shortconv.conv.weight").op == WeightOp::ssm_conv);
    BOOST_CHECK(tensorRole("blk.3.attn_sinks.weight").op == WeightOp::scale);
    BOOST_TEST(tensorRole("dec.blk.5.cross_attn_q.weight").block == 5);
}

BOOST_AUTO_TEST_CASE(input_and_output_layers_stand_outside_the_blocks) {
    BOOST_CHECK(tensorRole("token_embd.weight").layer == TensorLayer::input);
    BOOST_CHECK(tensorRole("token_embd.weight").op == WeightOp::get_rows);
    BOOST_CHECK(tensorRole("output.weight").layer == TensorLayer::output);
    BOOST_CHECK(tensorRole("output_norm.weight").part == WeightPart::output);
    BOOST_TEST(tensorRole("output.weight").block == -1);
    BOOST_CHECK(tensorRole("rope_freqs.weight").layer == TensorLayer::repeating);
}

BOOST_AUTO_TEST_CASE(a_bias_is_added_whatever_its_weight_does) {
    BOOST_CHECK(tensorRole("blk.0.attn_q.bias").op == WeightOp::add);
    BOOST_CHECK(tensorRole("blk.0.ffn_up_exps.bias").op == WeightOp::add_id);
    BOOST_CHECK(tensorRole("blk.0.attn_norm.bias").op == WeightOp::add);
    BOOST_CHECK(tensorRole("blk.0.ffn_up_exps.scale").op == WeightOp::mul_mat_id);
    BOOST_CHECK(tensorRole("blk.0.attn_q.input_scale").op == WeightOp::mul_mat);
}

BOOST_AUTO_TEST_CASE(routed_and_shared_experts_are_told_apart) {
    const TensorRole routed = tensorRole("blk.9.ffn_gate_up_exps.weight");
    BOOST_TEST((routed.expert && !routed.shared_expert && routed.part == WeightPart::experts));
    const TensorRole shared = tensorRole("blk.9.ffn_up_shexp.weight");
    BOOST_TEST((!shared.expert && shared.shared_expert && shared.part == WeightPart::feed_forward));
    BOOST_TEST(!tensorRole("blk.9.ffn_norm_exps.weight").expert);
    BOOST_TEST(!tensorRole("blk.9.ffn_gate_inp.weight").expert);
}

BOOST_AUTO_TEST_CASE(an_architecture_may_use_a_name_for_something_else) {
    BOOST_CHECK(tensorRole("blk.1.ssm_a").op == WeightOp::ssm_scan);
    BOOST_CHECK(tensorRole("blk.1.ssm_a", {.ssm_a_multiplies = true}).op == WeightOp::mul);
    BOOST_CHECK(tensorRole("token_embd_norm.weight").layer == TensorLayer::repeating);
    const TensorRole norm = tensorRole("token_embd_norm.weight", {.token_embd_norm_is_output = true});
    BOOST_CHECK(norm.layer == TensorLayer::output && norm.part == WeightPart::output);
}

BOOST_AUTO_TEST_CASE(unknown_names_get_a_best_reading) {
    const TensorRole role = tensorRole("blk.4.ffn_new_exps.weight");
    BOOST_TEST((!role.known && role.block == 4 && role.expert));
    for (const char * name :
         {"", ".", "blk.", "blk.x.attn_q.weight", "blk.99999999999999999999.attn_q.weight", "weight", ".weight"}) {
        BOOST_TEST(!tensorRole(name).known, name);
    }
    BOOST_TEST(tensorRole("blk.4").block == -1);
}

BOOST_AUTO_TEST_CASE(every_tensor_of_every_truth_model_is_known) {
    std::string last;
    for (const auto & truth : test::truthCases()) {
        if (truth.model == last) continue;
        last = truth.model;
        const Model & model = test::truthModel(truth.model);
        BOOST_REQUIRE(model.roles.size() == model.file.tensors.size());
        for (size_t i = 0; i < model.roles.size(); ++i)
            BOOST_TEST(model.roles[i].known, last << " " << model.file.tensors[i].name);
    }
}

BOOST_AUTO_TEST_SUITE_END()
