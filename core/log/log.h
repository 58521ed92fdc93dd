// What a start of llama.cpp printed: model, settings, devices, buffers, graphs, failures and speeds, by their names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ggufit {

/// "name = value" as printed, in order.
using LogFacts = std::vector<std::pair<std::string, std::string>>;

/// The value of a fact; empty where it was not printed.
[[nodiscard]] std::string_view factOf(const LogFacts & facts, std::string_view key);

/// One line "CUDA0 … buffer size = 123.45 MiB". A name may come several times: a buffer for each file or cache.
struct LogBuffer {
    std::string name;  // "CUDA0", "CPU_Mapped", "Vulkan_Host"
    double mib = 0;
};

/// The sum of a buffer's lines; 0 where there is none.
[[nodiscard]] double sumOf(const std::vector<LogBuffer> & buffers, std::string_view name);

struct LogDevice {
    std::string name;                // "CUDA0"
    std::string description;         // "NVIDIA GeForce RTX 4090"
    std::string compute_capability;  // "8.9", empty where it was not printed
    std::string gfx;                 // "gfx1100", likewise
    std::optional<uint64_t> total_mib;
    std::optional<uint64_t> free_mib;          // when the model was about to be loaded
    std::optional<uint64_t> free_at_list_mib;  // when devices were listed, a moment before
};

/// A row of llama.cpp's memory table, in MiB. total = free + (self = model + context + compute) + unaccounted.
struct LogMemoryRow {
    std::string name;         // "CUDA0", "Host"
    std::string description;  // "RTX 4090"; empty for the host
    std::string text;         // "CUDA0 (RTX 4090) | 24080 = 9436 + (14193 = …) + 451"
    bool planned = false;     // printed by --fit before anything was loaded
    bool device = false;      // total, free and unaccounted are there
    int64_t total_mib = 0, free_mib = 0, self_mib = 0, model_mib = 0, context_mib = 0, compute_mib = 0;
    int64_t unaccounted_mib = 0;
};

/// What --fit said of its work.
struct LogFit {
    enum class Outcome : uint8_t { none, fitted, unchanged, failed };
    Outcome outcome = Outcome::none;
    std::vector<std::string> lines;
    std::string failure;  // why it gave up
};

/// Figures of one model's start.
struct LogFigures {
    std::vector<LogBuffer> model_buffers, kv_buffers, rs_buffers, compute_buffers, output_buffers;
    std::vector<std::string> kv_lines, rs_lines;  // sizes, cells and types, as printed
    std::string graph_nodes, graph_splits;        // as printed: "2", "179 (with bs=1024), 111 (with bs=1)"
    std::optional<uint64_t> sched_copies;
};

/// A prompt's and a token's count of a line like "179 (with bs=1024), 111 (with bs=1)"; zeros where it says nothing.
struct LogCounts {
    uint64_t prompt = 0, decode = 0;
};
[[nodiscard]] LogCounts countsOf(std::string_view text);

enum class LogPart : uint8_t { unknown, weights, cache, compute, running };

/// Stable name of a part in JSON: "weights", "cache", "compute", "running", "unknown".
[[nodiscard]] const char * logPartName(LogPart part);

/// Memory that was asked for and not there.
struct LogShortage {
    std::string device;  // "CUDA1", "host"; empty where no line names it
    LogPart part = LogPart::unknown;
    uint64_t bytes = 0;  // of the allocation that failed; 0 where it was not printed
    std::vector<std::string> lines;
    bool survived = false;  // a start went on after it (llama.cpp tries again without pipeline parallelism)
};

/// Tokens a second over the request with the most tokens of its kind; 0 where nothing was printed.
struct LogSpeed {
    double pp_tps = 0, tg_tps = 0;
    uint64_t pp_tokens = 0, tg_tokens = 0;
};

/// How far a start came.
enum class LogStage : uint8_t { none, opened, model, tensors, context, cache, reserved, serving };

/// Stable name of a stage in JSON.
[[nodiscard]] const char * logStageName(LogStage stage);

struct Log {
    uint32_t start = 0;     // which of the starts in the text this is, from 1; 0 where there is none
    uint32_t n_starts = 0;  // in the whole text
    LogStage stage = LogStage::none;
    bool truncated = false;  // it ends before the start did
    bool quiet = false;      // a build that prints buffers at a higher verbosity alone, and none are here
    std::string date;        // "2026-02-16", the first that a line of the start is stamped with; empty where none is
    std::string day;         // "02-16" of a stamp without a year, where `date` is empty
    std::string build;       // "9849 (799fcc04a)"
    std::string command;     // a llama-server line in the text
    std::string model_path;
    LogFacts hparams;                                     // print_info: key = value
    std::vector<std::pair<std::string, uint64_t>> types;  // tensors by type
    LogFacts settings;                                    // llama_context: key = value, and what other lines say
    std::vector<std::string> overrides;                   // tensors whose buffer was overridden, as "NAME=BUFFER"
    std::vector<LogDevice> devices;
    std::string offloaded;  // "31/33"
    LogFigures measured;
    LogFigures draft;                  // of a draft model or a second context
    std::string pipeline_parallelism;  // the line that says so; empty where none does
    std::vector<std::string> clip_lines, other_lines;
    std::vector<LogMemoryRow> breakdown;
    LogFit fit;
    std::vector<LogShortage> shortages;
    std::vector<std::string> errors;
    LogSpeed speed;
    bool in_draft = false;  // what follows belongs to `draft`

    /// A start that came to its end: memory was reserved, or it failed with a reason.
    [[nodiscard]] bool concluded() const { return stage >= LogStage::reserved || failed(); }
    [[nodiscard]] bool failed() const { return !errors.empty() || outOfMemory(); }
    [[nodiscard]] bool outOfMemory() const;
};

}  // namespace ggufit
