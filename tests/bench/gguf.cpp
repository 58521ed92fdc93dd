// How long readHeader takes for a 7 MB header, from memory and from a file that is read as a growing prefix.
#include "gguf/read.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "support/large_header.h"

namespace {

using namespace ggufit;
using namespace ggufit::test;

struct Sample {
    std::vector<uint8_t> header = largeHeader().build();
    uint64_t file_bytes = largeHeader().fileBytes();
};

const Sample & sample() {
    static const Sample kept;
    return kept;
}

void readFromMemory(benchmark::State & state) {
    const auto & [header, file_bytes] = sample();
    for (auto _ : state) {
        auto file = readHeader(header, file_bytes, "large.gguf");
        if (!file.ok()) state.SkipWithError(file.error().text().c_str());
        benchmark::DoNotOptimize(file);
    }
    state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * header.size()));
}
BENCHMARK(readFromMemory)->Unit(benchmark::kMillisecond);

/// As the command line and the page do: 1 MiB first, then at least twice as much.
void readFromFile(benchmark::State & state, const std::string & path, uint64_t file_bytes) {
    for (auto _ : state) {
        std::ifstream in(path, std::ios::binary);
        std::vector<uint8_t> prefix;
        uint64_t wanted = uint64_t{1} << 20;
        for (;;) {
            const size_t have = prefix.size();
            prefix.resize(static_cast<size_t>(std::min(wanted, file_bytes)));
            in.read(reinterpret_cast<char *>(prefix.data() + have), static_cast<std::streamsize>(prefix.size() - have));
            auto file = readHeader(prefix, file_bytes, "large.gguf");
            benchmark::DoNotOptimize(file);
            if (file.ok()) break;
            if (file.error().code != ErrorCode::truncated || !in)
                return state.SkipWithError(file.error().text().c_str());
            wanted = std::max<uint64_t>(file.error().needed_bytes, 2 * prefix.size());
        }
    }
}

}  // namespace

/// With the path of a file that write_large_header made, reading from that file is measured too.
int main(int argc, char ** argv) {
    benchmark::Initialize(&argc, argv);
    if (argc > 1) {
        const std::string path = argv[1];
        benchmark::RegisterBenchmark("readFromFile", [path](benchmark::State & state) {
            readFromFile(state, path, sample().file_bytes);
        })->Unit(benchmark::kMillisecond);
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
