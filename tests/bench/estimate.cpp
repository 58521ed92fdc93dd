// How long one estimate of memory and speed takes for headers of real models, per layer too, and how much heap it needs
// at its peak.
#include "memory/estimate.h"

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <new>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "need.h"
#include "settings/arguments.h"
#include "speed/speed.h"
#include "support/data.h"

namespace {

// Counted only while `counting`, so that the timed runs pay no more than a branch.
bool counting = false;
int64_t now_bytes = 0;
int64_t most_bytes = 0;

}  // namespace

void * operator new(size_t bytes) {
    void * block = std::malloc(bytes);
    if (block == nullptr) std::abort();
    if (counting) {
        now_bytes += static_cast<int64_t>(malloc_usable_size(block));
        most_bytes = std::max(most_bytes, now_bytes);
    }
    return block;
}

void operator delete(void * block) noexcept {
    if (counting && block != nullptr) now_bytes -= static_cast<int64_t>(malloc_usable_size(block));
    std::free(block);
}

void operator delete(void * block, size_t) noexcept { operator delete(block); }

namespace {

using namespace ggufit;
using namespace ggufit::test;

const Model & model(const std::string & name) {
    static std::map<std::string, Model> known;
    const auto found = known.find(name);
    if (found != known.end()) return found->second;
    return known[name] = neededModel(name);
}

const Machine & twoCards() {
    static const Machine machine =
        need(parseMachine(nlohmann::json::parse(readDataText("truth/machines.json"))["4090+5070ti"].dump()));
    return machine;
}

Settings settings(const std::string & arguments) {
    std::istringstream in(arguments);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    return need(parseArguments(words)).settings;
}

/// Counters: layers, nanoseconds a layer (as "per_layer", in seconds), peak of the heap during one estimate.
void estimate(benchmark::State & state, const std::string & name, const std::string & arguments) {
    const Model & read = model(name);
    const Settings wanted = settings(arguments);
    uint32_t n_nodes = 0;
    for (auto _ : state) {
        const auto answer = estimateMemory(read, twoCards(), wanted);
        if (!answer.ok()) return state.SkipWithError(answer.error().text().c_str());
        n_nodes = answer->graph.nodes_prompt;
        const auto speed = estimateSpeed(read, twoCards(), wanted, 0);
        if (!speed.ok()) return state.SkipWithError(speed.error().text().c_str());
    }
    if (n_nodes == 0) return state.SkipWithError("no graph was built: this is the formula's time");
    counting = true;
    now_bytes = most_bytes = 0;
    benchmark::DoNotOptimize(estimateMemory(read, twoCards(), wanted));
    benchmark::DoNotOptimize(estimateSpeed(read, twoCards(), wanted, 0));
    counting = false;
    const double n_layers = read.hparams.n_layer();
    state.counters["layers"] = n_layers;
    state.counters["nodes"] = n_nodes;
    state.counters["heap_peak"] = benchmark::Counter(static_cast<double>(most_bytes), benchmark::Counter::kDefaults,
                                                     benchmark::Counter::OneK::kIs1024);
    state.counters["per_layer"] =
        benchmark::Counter(n_layers, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

const bool kRegistered = [] {
    const std::vector<std::array<std::string, 3>> cases = {
        {"deepseek-v3.1, experts on the CPU, 64k", "deepseek-v3.1-q4_k_m", "-ngl 99 -c 65536 --cpu-moe -fit off"},
        {"deepseek-v3.1, full, 8k", "deepseek-v3.1-q4_k_m", "-ngl 99 -c 8192 -np 1 -fit off"},
        {"qwen3-next-80b-a3b, layers moved, 32k", "qwen3-next-80b-a3b-q4_k_m",
         "-ngl 99 -c 32768 -np 1 -fit off -ot blk\\.([0-9]|1[0-4])\\.=CUDA0,blk\\.(1[5-9]|2[0-1])\\.=CUDA1,exps=CPU"},
        {"llama-3.2-1b, full, 8k", "llama-3.2-1b-q8_0", "-ngl 99 -c 8192 -np 1 -fit off"},
        {"llama-3.1-8b, full, 8k", "llama-3.1-8b-q4_k_m", "-ngl 99 -c 8192 -np 1 -fit off"},
        {"llama-3.3-70b, full, 8k", "llama-3.3-70b-q4_k_m", "-ngl 99 -c 8192 -np 1 -fit off"},
    };
    for (const auto & [label, name, arguments] : cases) {
        benchmark::RegisterBenchmark(label.c_str(), [name = name, arguments = arguments](benchmark::State & state) {
            estimate(state, name, arguments);
        })->Unit(benchmark::kMillisecond);
    }
    return true;
}();

}  // namespace

BENCHMARK_MAIN();
