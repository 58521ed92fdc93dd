// How long --fit and the tuner search for the largest model on three cards, and a whole plan with its alternatives.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "api.h"
#include "fit/fit.h"
#include "gguf/read.h"
#include "plan/choose.h"
#include "plan/tune.h"
#include "support/data.h"

namespace {

using namespace ggufit;
using namespace ggufit::test;

template <typename T>
T need(Result<T> result) {
    if (!result.ok()) {
        std::fprintf(stderr, "bench_search: %s\n", result.error().text().c_str());
        std::exit(1);
    }
    return *std::move(result);
}

const Model & largest() {
    static const Model model = [] {
        const std::string name = "deepseek-v3.1-q4_k_m";
        return need(buildModel(need(readHeader(readHeaderBytes(name), fileBytesOf(name), name + ".gguf"))));
    }();
    return model;
}

const Machine & threeCards() {
    static const Machine machine = [] {
        Machine made;
        made.devices = need(parseGpu("3x RTX 3090"));
        nameDevices(made.devices);
        made.host = need(parseRam("512GB DDR5-4800 8ch"));
        return made;
    }();
    return machine;
}

Settings wanted() {
    Settings settings = wrapperDefaults();
    settings.n_ctx = 65536;
    markGiven(settings);
    return settings;
}

void fit(benchmark::State & state) {
    for (auto _ : state) benchmark::DoNotOptimize(need(fitMemory(largest(), threeCards(), wanted())));
}

void tune(benchmark::State & state) {
    const Placement chosen = need(measure(largest(), threeCards(), wanted(), Strategy::fit));
    for (auto _ : state) benchmark::DoNotOptimize(need(tunePlacement(largest(), threeCards(), wanted(), chosen)));
}

void wholePlan(benchmark::State & state) {
    PlanRequest request;
    request.settings = wanted();
    for (auto _ : state) benchmark::DoNotOptimize(need(plan(largest(), threeCards(), request)));
}

BENCHMARK(fit)->Name("fit")->Unit(benchmark::kMillisecond);
BENCHMARK(tune)->Name("tune")->Unit(benchmark::kMillisecond);
BENCHMARK(wholePlan)->Name("whole plan")->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
