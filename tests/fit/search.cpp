// What --fit decides for models whose memory is worked out by hand.
#include "fit/search.h"

#include <boost/test/unit_test.hpp>

#include "fit/toy_model.h"

namespace ggufit::test {

namespace {

Settings withContext(uint32_t n_ctx) {
    Settings settings;
    settings.n_ctx = n_ctx;
    settings.given_n_ctx = true;
    return settings;
}

bool says(const std::string & text, const std::string & words) { return text.find(words) != std::string::npos; }

using Split = std::vector<uint32_t>;
using Overrides = std::vector<TensorOverride>;

}  // namespace

BOOST_AUTO_TEST_SUITE(search)

BOOST_AUTO_TEST_CASE(changes_nothing_where_the_margin_is_just_kept) {
    // 10 × 100 + 50 = 1,050 MiB; 1,150 − 1,050 = 100.
    ToyModel toy{.free_mib = {1150}, .margin_mib = {100}};
    const FitResult fit = toy.fit(withContext(8192));
    BOOST_TEST(fitStatusName(fit.status) == "success");
    BOOST_TEST(fit.n_gpu_layers == kGpuLayersAuto);
    BOOST_TEST(fit.n_ctx == 8192U);
    BOOST_TEST(fit.tensor_split.empty());
    BOOST_TEST(fit.override_tensors.empty());
    BOOST_TEST(!fit.settings.fit);
    BOOST_TEST(toy.trials.size() == 1U);
    BOOST_TEST(says(fit.reason, "No changes needed"));
}

BOOST_AUTO_TEST_CASE(places_as_many_layers_as_leave_the_margin) {
    // The output and 8 layers: 50 + 800 = 850 <= 950 − 100; a ninth would be 950.
    ToyModel toy{.free_mib = {950}, .margin_mib = {100}};
    const FitResult fit = toy.fit(withContext(8192));
    BOOST_TEST(fitStatusName(fit.status) == "success");
    BOOST_TEST(fit.n_gpu_layers == 9);
    BOOST_TEST(fit.tensor_split.empty());
    BOOST_TEST(fit.settings.n_gpu_layers == 9);
}

BOOST_AUTO_TEST_CASE(fills_the_last_device_first) {
    // CUDA1 takes 50 + 3 × 100 of 400; 7 layers are left, of which CUDA0 takes 5 of 500.
    ToyModel toy{.free_mib = {500, 400}, .margin_mib = {0, 0}};
    const FitResult fit = toy.fit(withContext(8192));
    BOOST_TEST(fit.n_gpu_layers == 9);
    BOOST_TEST(fit.tensor_split == (Split{5, 4}), boost::test_tools::per_element());
    BOOST_TEST(fit.settings.tensor_split.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_context_that_was_not_given_shrinks_to_what_fits) {
    // 1,050 MiB + 10 × 2,048 bytes a token: 32,768 tokens take 640 MiB, 4,096 take 80 MiB. Of 1,400 − 50 MiB 300 are
    // left for the cache: 4,096 + 28,672 × (1,350 − 1,130) / (1,690 − 1,130) = 15,360, a multiple of 256.
    ToyModel toy{.cache_bytes_per_token = 2048, .free_mib = {1400}, .margin_mib = {50}};
    const FitResult fit = toy.fit({});
    BOOST_TEST(fitStatusName(fit.status) == "success");
    BOOST_TEST(fit.n_ctx == 15360U);
    BOOST_TEST(fit.n_gpu_layers == kGpuLayersAuto);
    BOOST_TEST(says(fit.reason, "15,360"));
}

BOOST_AUTO_TEST_CASE(a_reduced_context_is_rounded_down_to_a_multiple_of_256) {
    ToyModel toy{.cache_bytes_per_token = 2048, .free_mib = {1401}, .margin_mib = {50}};
    // One MiB more is 51.2 tokens more, which is rounded away.
    BOOST_TEST(toy.fit({}).n_ctx == 15360U);
}

BOOST_AUTO_TEST_CASE(the_smallest_context_is_taken_before_layers_leave) {
    // Even 4,096 tokens need 1,130 MiB; of 1,000 the output and 8 layers with 8 MiB of cache each: 914.
    ToyModel toy{.cache_bytes_per_token = 2048, .free_mib = {1000}, .margin_mib = {0}};
    const FitResult fit = toy.fit({});
    BOOST_TEST(fit.n_ctx == 4096U);
    BOOST_TEST(fit.n_gpu_layers == 9);
}

BOOST_AUTO_TEST_CASE(a_given_context_is_never_reduced) {
    ToyModel toy{.cache_bytes_per_token = 2048, .free_mib = {1400}, .margin_mib = {50}};
    const FitResult fit = toy.fit(withContext(32768));
    // 50 + n × (100 + 64) <= 1,350 gives 7 layers and the output.
    BOOST_TEST(fit.n_ctx == 32768U);
    BOOST_TEST(fit.n_gpu_layers == 8);
}

BOOST_AUTO_TEST_CASE(the_full_context_that_was_asked_for_is_never_reduced) {
    ToyModel toy{.cache_bytes_per_token = 2048, .free_mib = {1400}, .margin_mib = {50}};
    FitProblem problem = toy.problem({});
    problem.n_ctx_min = kFitCtxFull;
    const FitResult fit = searchFit(problem).value();
    BOOST_TEST(fit.n_ctx == 0U);
    BOOST_TEST(fit.n_gpu_layers == 8);
}

BOOST_AUTO_TEST_CASE(experts_leave_first_and_part_of_a_layer_stays) {
    // Dense: 10 × 10 + 50 = 150. Of 1,000 each layer with its experts adds 300: two full ones (750) and of a third up
    // and gate (950); with its down it would be 1,050. llama.cpp counts the output layer first, so its rules go on to a
    // layer 10 that is none.
    ToyModel toy{.attention_mib = 10, .expert_tensor_mib = 100, .free_mib = {1000}, .margin_mib = {0}};
    const FitResult fit = toy.fit(withContext(8192));
    BOOST_TEST(fit.n_gpu_layers == 11);
    BOOST_REQUIRE(fit.override_tensors.size() == 9U);
    BOOST_TEST((fit.override_tensors[0] == TensorOverride{"blk\\.2\\.ffn_down.*", "CPU"}));
    BOOST_TEST((fit.override_tensors[1] == TensorOverride{"blk\\.3\\.ffn_(up|down|gate_up|gate)_(ch|)exps", "CPU"}));
    BOOST_TEST((fit.override_tensors[8] == TensorOverride{"blk\\.10\\.ffn_(up|down|gate_up|gate)_(ch|)exps", "CPU"}));
}

BOOST_AUTO_TEST_CASE(a_layer_at_the_border_overflows_to_the_next_device) {
    // Dense 150 MiB all on CUDA1. CUDA0 gets full layers of 310: three are 930 of 1,060, up of a fourth makes 1,040.
    ToyModel toy{.attention_mib = 10, .expert_tensor_mib = 100, .free_mib = {1060, 700}, .margin_mib = {0, 0}};
    const FitResult fit = toy.fit(withContext(8192));
    BOOST_TEST(fit.n_gpu_layers == 11);
    BOOST_TEST(fit.tensor_split == (Split{4, 7}), boost::test_tools::per_element());
    BOOST_REQUIRE(!fit.override_tensors.empty());
    BOOST_TEST((fit.override_tensors[0] == TensorOverride{"blk\\.3\\.ffn_(gate|gate_up|down).*", "CUDA1"}));
}

BOOST_AUTO_TEST_CASE(dense_layers_leave_too_where_all_experts_outside_are_not_enough) {
    // 10 × 100 + 50 = 1,050 of dense weights on 500 MiB. The output layer is counted first, so the first layer keeps
    // its experts: one layer takes 50 + 400 = 450, a second one without experts would make it 550.
    ToyModel toy{.expert_tensor_mib = 100, .free_mib = {500}, .margin_mib = {0}};
    const FitResult fit = toy.fit(withContext(8192));
    BOOST_TEST(fitStatusName(fit.status) == "success");
    BOOST_TEST(fit.n_gpu_layers == 2);
    BOOST_REQUIRE(fit.override_tensors.size() == 1U);
    BOOST_TEST(fit.override_tensors[0].pattern == "blk\\.10\\.ffn_(up|down|gate_up|gate)_(ch|)exps");
}

BOOST_AUTO_TEST_CASE(names_the_argument_that_makes_it_give_up) {
    const ToyModel one{.free_mib = {500}, .margin_mib = {0}};
    const ToyModel two{.free_mib = {300, 300}, .margin_mib = {0, 0}};
    Settings layers = withContext(8192), all = layers, split = layers, overrides = layers, row = layers,
             tensor = layers;
    layers.n_gpu_layers = 99;
    all.n_gpu_layers = kGpuLayersAll;
    split.tensor_split = {3, 1};
    overrides.override_tensors = {{"exps", "CPU"}};
    row.split_mode = SplitMode::row;
    tensor.split_mode = SplitMode::tensor;
    const std::tuple<const ToyModel &, const Settings &, const char *> cases[] = {
        {one, layers, "-ngl 99"}, {one, all, "-ngl all"}, {two, split, "-ts"},
        {one, overrides, "-ot"},  {two, row, "-sm row"},  {one, tensor, "-sm tensor"}};
    for (const auto & [toy, settings, words] : cases) {
        const FitResult fit = toy.fit(settings);
        BOOST_TEST(fitStatusName(fit.status) == "failure", words);
        BOOST_TEST(says(fit.reason, words), fit.reason);
        BOOST_TEST(fit.settings.n_gpu_layers == settings.n_gpu_layers);
        BOOST_TEST((fit.settings.override_tensors == settings.override_tensors));
        BOOST_TEST((fit.settings.tensor_split == settings.tensor_split));
    }
}

BOOST_AUTO_TEST_CASE(a_given_placement_that_fits_is_no_reason_to_give_up) {
    const ToyModel toy{.free_mib = {2000}, .margin_mib = {100}};
    Settings settings = withContext(8192);
    settings.n_gpu_layers = 99;
    BOOST_TEST(fitStatusName(toy.fit(settings).status) == "success");
}

BOOST_AUTO_TEST_CASE(one_device_ignores_a_tensor_split) {
    const ToyModel toy{.free_mib = {950}, .margin_mib = {100}};
    Settings settings = withContext(8192);
    settings.tensor_split = {1};
    BOOST_TEST(toy.fit(settings).n_gpu_layers == 9);
}

BOOST_AUTO_TEST_CASE(a_context_reduced_before_it_gave_up_stays_reduced) {
    // llama.cpp shrinks the context before it looks at -ngl.
    const ToyModel toy{.cache_bytes_per_token = 2048, .free_mib = {500}, .margin_mib = {0}};
    Settings settings;
    settings.n_gpu_layers = 99;
    const FitResult fit = toy.fit(settings);
    BOOST_TEST(fitStatusName(fit.status) == "failure");
    BOOST_TEST(fit.settings.n_ctx == 4096U);
}

BOOST_AUTO_TEST_CASE(without_a_device_only_the_context_can_shrink) {
    // 1,050 MiB and 640 of cache; 1,024 are to stay free.
    ToyModel toy{.cache_bytes_per_token = 2048, .host_mib = 3000};
    BOOST_TEST(toy.fit({}).n_ctx == 0U);
    toy.host_mib = 2424;  // 1,400 for the model: as on a device with 1,400, but nothing else to leave free
    BOOST_TEST(toy.fit({}).n_ctx == 4096U + 28672U * 270 / 560 / 256 * 256);
    toy.host_mib = 2000;
    BOOST_TEST(fitStatusName(toy.fit({}).status) == "failure");
    BOOST_TEST(fitStatusName(toy.fit(withContext(32768)).status) == "failure");
}

BOOST_AUTO_TEST_CASE(without_a_device_builds_before_b8834_change_nothing) {
    const ToyModel toy{.cache_bytes_per_token = 2048, .host_mib = 2424};  // less than it takes
    Settings settings;
    settings.llama_cpp = {.build = 8833};  // #21568 came with b8834
    BOOST_TEST(fitStatusName(toy.fit(settings).status) == "success");
    BOOST_TEST(toy.fit(settings).n_ctx == 0U);
    settings.llama_cpp = {.build = 8834};
    BOOST_TEST(toy.fit(settings).n_ctx > 0U);
}

BOOST_AUTO_TEST_CASE(system_memory_of_unknown_size_is_taken_as_enough) {
    const FitResult fit = ToyModel{.cache_bytes_per_token = 2048}.fit({});
    BOOST_TEST(fitStatusName(fit.status) == "success");
    BOOST_REQUIRE(!fit.trace.empty());
    BOOST_TEST(says(fit.trace[0], "not known"), fit.trace[0]);
}

BOOST_AUTO_TEST_CASE(no_layer_on_devices_leaves_nothing_to_save) {
    // llama.cpp divides by the number of layers on devices here.
    ToyModel toy{.cache_bytes_per_token = 2048, .free_mib = {100, 100}, .margin_mib = {1000, 1000}};
    Settings settings;
    settings.n_gpu_layers = 0;
    BOOST_TEST(fitStatusName(toy.fit(settings).status) == "failure");
}

BOOST_AUTO_TEST_CASE(settles_in_some_tens_of_trials) {
    ToyModel toy{.n_layer = 512, .attention_mib = 10, .expert_tensor_mib = 100, .compute_mib = 300};
    toy.free_mib = {24000, 16000, 12000, 24000};
    toy.margin_mib = {1024, 1024, 1024, 1024};
    BOOST_TEST(fitStatusName(toy.fit(withContext(8192)).status) == "success");
    BOOST_TEST(toy.trials.size() <= 80U);
}

BOOST_AUTO_TEST_CASE(passes_on_why_the_memory_of_the_given_settings_is_not_known) {
    FitProblem problem = ToyModel{.free_mib = {1000}, .margin_mib = {0}}.problem({});
    problem.memory = [](const Settings &) -> Result<TrialMemory> {
        return Error{ErrorCode::usage, "-ot", "no such buffer.", 0, 0};
    };
    const auto fit = searchFit(problem);
    BOOST_REQUIRE(!fit.ok());
    BOOST_TEST(fit.error().where == "-ot");
}

BOOST_AUTO_TEST_CASE(gives_up_where_a_trial_can_not_be_measured) {
    const ToyModel toy{.free_mib = {500}, .margin_mib = {0}};
    FitProblem problem = toy.problem(withContext(8192));
    const MemoryOfTrial real = problem.memory;
    problem.memory = [&](const Settings & trial) -> Result<TrialMemory> {
        if (trial.n_gpu_layers >= 0) return Error{ErrorCode::usage, "trial", "can't be measured.", 0, 0};
        return real(trial);
    };
    const auto fit = searchFit(problem);
    BOOST_REQUIRE(fit.ok());
    BOOST_TEST(fitStatusName(fit->status) == "failure");
    BOOST_TEST(fit->settings.n_gpu_layers == kGpuLayersAuto);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ggufit::test
