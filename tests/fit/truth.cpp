// What llama.cpp's --fit chose for real models, against what ours chooses.
#include "support/truth.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "base/units.h"
#include "fit/fit.h"

namespace ggufit::test {

namespace {

std::vector<const TruthCase *> fitCases(bool changed) {
    std::vector<const TruthCase *> cases;
    for (const TruthCase & truth : truthCases()) {
        if (!truth.fit_on) continue;
        const Settings given = truthSettings(truth);
        const bool changes = truth.fit.n_gpu_layers != kGpuLayersAuto || truth.fit.n_ctx != given.n_ctx;
        if (changes == changed) cases.push_back(&truth);
    }
    return cases;
}

FitResult fitted(const TruthCase & truth) {
    const auto fit = fitMemory(truthModel(truth.model), truthMachine(truth.machine), truthSettings(truth));
    BOOST_REQUIRE_MESSAGE(fit.ok(), truth.name());
    return *fit;
}

std::vector<std::string> written(const std::vector<TensorOverride> & rules) {
    std::vector<std::string> texts;
    for (const TensorOverride & rule : rules) texts.push_back(rule.pattern + "=" + rule.buffer);
    return texts;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(truth)

BOOST_AUTO_TEST_CASE(changes_nothing_where_llama_cpp_changes_nothing) {
    const auto cases = fitCases(false);
    BOOST_TEST(cases.size() == 78U);
    for (const TruthCase * truth : cases) {
        const FitResult fit = fitted(*truth);
        BOOST_TEST(fitStatusName(fit.status) == "success", truth->name());
        BOOST_TEST(fit.n_ctx == truth->fit.n_ctx, truth->name());
        BOOST_TEST(fit.n_gpu_layers == kGpuLayersAuto, truth->name());
        BOOST_TEST(fit.tensor_split.empty(), truth->name());
        BOOST_TEST(fit.override_tensors.empty(), truth->name());
    }
}

BOOST_AUTO_TEST_CASE(spreads_layers_and_shrinks_contexts_as_llama_cpp_does) {
    const auto cases = fitCases(true);
    BOOST_TEST(cases.size() == 42U);
    for (const TruthCase * truth : cases) {
        const FitResult fit = fitted(*truth);
        BOOST_TEST(fitStatusName(fit.status) == "success", truth->name());
        BOOST_TEST(fit.n_ctx == truth->fit.n_ctx, truth->name());
        BOOST_TEST(fit.n_gpu_layers == truth->fit.n_gpu_layers, truth->name());
        BOOST_TEST(fit.tensor_split == truth->fit.tensor_split, truth->name());
        if (truth->fit.override_tensors.empty()) BOOST_TEST(fit.override_tensors.empty(), truth->name());
    }
}

BOOST_AUTO_TEST_CASE(keeps_experts_where_llama_cpp_keeps_them) {
    size_t n_compared = 0;
    for (const TruthCase * truth : fitCases(true)) {
        BOOST_TEST(written(fitted(*truth).override_tensors) == truth->fit.override_tensors, truth->name());
        n_compared += truth->fit.override_tensors.empty() ? 0U : 1U;
    }
    BOOST_TEST(n_compared == 27U);
}

BOOST_AUTO_TEST_CASE(what_it_chose_leaves_the_margins) {
    for (const TruthCase * truth : fitCases(true)) {
        const Machine & machine = truthMachine(truth->machine);
        const Settings settings = truthSettings(*truth);
        const FitResult fit = fitted(*truth);
        const auto memory = estimateMemory(truthModel(truth->model), machine, fit.settings);
        BOOST_REQUIRE(memory.ok());
        for (size_t id = 0; id < machine.devices.size(); ++id) {
            const uint64_t margin_mib = settings.fit_target_mib.empty() ? 1024 : settings.fit_target_mib[id];
            const uint64_t needed = memory->devices[id].total_bytes() + margin_mib * kMib;
            // A context that was interpolated can miss by a little; compute grows in steps.
            const uint64_t slack = fit.n_gpu_layers == kGpuLayersAuto ? 64 * kMib : 0;
            BOOST_TEST(needed <= machine.devices[id].free_mib * kMib + slack, truth->name() << " " << id);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_trace_names_every_device_and_its_margin) {
    const auto cases = fitCases(true);
    const auto two = std::find_if(cases.begin(), cases.end(),
                                  [](const TruthCase * truth) { return truth->setting == "fit-two-128k-q8-t128"; });
    BOOST_REQUIRE((two != cases.end()));
    const FitResult fit = fitted(**two);
    BOOST_REQUIRE(fit.trace.size() > 3U);
    BOOST_TEST(fit.trace[0].find("CUDA0") == 0U);
    BOOST_TEST(fit.trace[0].find("128 MiB are to stay free") != std::string::npos, fit.trace[0]);
    BOOST_TEST(fit.trace[1].find("CUDA1") == 0U);
    BOOST_TEST(fit.trace[1].find("1,024 MiB are to stay free") != std::string::npos, fit.trace[1]);
    BOOST_TEST(fit.trace.back() == fit.reason);
}

BOOST_AUTO_TEST_CASE(off_passes_the_settings_on) {
    Settings settings;
    settings.fit = false;
    settings.n_gpu_layers = 12;
    const auto fit = fitMemory(truthModel("qwen3-0.6b-q8_0"), truthMachine("4090"), settings);
    BOOST_REQUIRE(fit.ok());
    BOOST_TEST(fitStatusName(fit->status) == "off");
    BOOST_TEST(fit->settings.n_gpu_layers == 12);
}

BOOST_AUTO_TEST_CASE(a_margin_list_that_is_shorter_than_the_devices_leaves_1024_on_the_others) {
    // CUDA0 and CUDA1 are told; CUDA2 keeps llama-server's default.
    Settings settings;
    settings.fit_target_mib = {128, 256};
    const auto fit = fitMemory(truthModel("qwen3-0.6b-q8_0"), truthMachine("3090x3"), settings);
    BOOST_REQUIRE(fit.ok());
    BOOST_REQUIRE(fit->trace.size() > 2U);
    BOOST_TEST(fit->trace[1].find("; 256 MiB") != std::string::npos, fit->trace[1]);
    BOOST_TEST(fit->trace[2].find("; 1,024 MiB") != std::string::npos, fit->trace[2]);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ggufit::test
