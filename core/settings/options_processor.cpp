// Arguments on the CPU: threads, masks, priorities.
#include "settings/option.h"

namespace ggufit {

namespace {

std::optional<Error> readThreads(const OptionGiven & given) {
    given.out.settings.n_threads = given.number > 0 ? given.number : -1;  // 0 and below: as many as the CPU has
    return std::nullopt;
}

using enum OptionKind;
using enum OptionUse;

constexpr Option kOptions[] = {
    {"-t --threads", "", integer, "LLAMA_ARG_THREADS", setting, readThreads},
    {"-tb --threads-batch", "", integer},
    {"-C --cpu-mask", "", text},
    {"-Cr --cpu-range", "", text},
    {"--cpu-strict", "", text},
    {"--prio", "", integer},
    {"--poll", "", text},
    {"-Cb --cpu-mask-batch", "", text},
    {"-Crb --cpu-range-batch", "", text},
    {"--cpu-strict-batch", "", integer},
    {"--prio-batch", "", integer},
    {"--poll-batch", "", integer},
    {"--perf", "--no-perf", toggle, "LLAMA_ARG_PERF"},
    {"--numa", "", text, "LLAMA_ARG_NUMA"},
};

}  // namespace

std::span<const Option> processorOptions() { return kOptions; }

}  // namespace ggufit
