// How long --fit and the tuner search for the largest model on three cards, a whole plan with its alternatives, and a
// row of `ggufit choose`.
#include <benchmark/benchmark.h>

#include <string>

#include "api.h"
#include "fit/fit.h"
#include "need.h"
#include "plan/choose.h"
#include "plan/tune.h"
#include "support/data.h"

namespace {

using namespace ggufit;
using namespace ggufit::test;

const Model & largest() {
    static const Model model = neededModel("deepseek-v3.1-q4_k_m");
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

/// One of many quantizations of 80 billion weights, experts partly in system memory.
void choiceRow(benchmark::State & state) {
    const Model model = neededModel("qwen3-next-80b-a3b-q4_k_m");
    Machine machine;
    for (const char * card : {"RTX 4090", "RTX 5070 Ti"}) machine.devices.push_back(need(parseGpu(card)).front());
    nameDevices(machine.devices);
    machine.host = need(parseRam("64GB"));
    PlanRequest request;
    request.settings = wrapperDefaults();
    for (auto _ : state) benchmark::DoNotOptimize(chooseRow({"80b", 1, 0}, model, machine, request));
}

BENCHMARK(fit)->Name("fit")->Unit(benchmark::kMillisecond);
BENCHMARK(tune)->Name("tune")->Unit(benchmark::kMillisecond);
BENCHMARK(wholePlan)->Name("whole plan")->Unit(benchmark::kMillisecond);
BENCHMARK(choiceRow)->Name("row of choose")->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
