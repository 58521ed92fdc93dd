// Lines on memory that was allocated: weights, caches, states, outputs, compute buffers, and the graphs behind them.
#include <algorithm>

#include "log/read.h"

namespace ggufit {

namespace {

constexpr size_t kLongestName = 80;

/// "   CUDA0 model buffer size =   123.45 MiB" in its words.
struct BufferLine {
    std::string name, kind;
    double mib = 0;
};

std::optional<BufferLine> bufferLine(std::string_view body) {
    const size_t mark = body.find(" buffer size = ");
    if (mark == std::string_view::npos) return std::nullopt;
    const std::string_view right = body.substr(mark + 15);
    const auto number = leadingNumber(right);
    if (!number) return std::nullopt;
    const std::string_view left = trimBlanks(body.substr(0, mark));
    const size_t blank = left.find(' ');
    BufferLine line;
    line.name = left.substr(0, blank);
    line.kind = blank == std::string_view::npos ? "" : trimBlanks(left.substr(blank));
    line.mib = *number;
    if (line.name.empty() || line.name.size() > kLongestName) return std::nullopt;
    if (right.find("GiB") != std::string_view::npos) line.mib *= 1024;
    return line;
}

/// A further reservation of the same graphs takes the place of the one before.
void addCompute(LogFigures & figures, LogBuffer buffer) {
    if (!figures.graph_splits.empty()) {
        figures.compute_buffers.clear();
        figures.graph_nodes.clear();
        figures.graph_splits.clear();
    }
    addEntry(figures.compute_buffers, std::move(buffer));
}

void readBuffer(const LogLine & line, Log & log) {
    const auto found = bufferLine(line.body);
    if (!found) return;
    if (line.function == "alloc_compute_meta" || line.function.starts_with("clip")) return;
    LogFigures & figures = figuresOf(log);
    const LogBuffer buffer{found->name, found->mib};
    if (found->kind == "model" || (found->kind.empty() && line.function == "llm_load_tensors")) {
        advanceTo(log, LogStage::tensors);
        addEntry(figures.model_buffers, buffer);
    } else if (found->kind == "KV" || found->kind.ends_with("state")) {
        advanceTo(log, LogStage::cache);
        addEntry(figures.kv_buffers, buffer);
    } else if (found->kind == "RS") {
        advanceTo(log, LogStage::cache);
        addEntry(figures.rs_buffers, buffer);
    } else if (found->kind == "output") {
        advanceTo(log, LogStage::context);
        figures.output_buffers = {buffer};
    } else if (found->kind == "compute") {
        advanceTo(log, LogStage::reserved);
        addCompute(figures, buffer);
    }
}

/// Builds of 2023 print sums: "mem required  = 3891.34 MB", "VRAM used: 4807.05 MiB", "compute buffer total size = …".
void readSum(const LogLine & line, Log & log) {
    LogFigures & figures = figuresOf(log);
    const auto add = [&](std::string_view mark, std::vector<LogBuffer> & list, const char * name, LogStage stage) {
        const auto rest = after(line.body, mark);
        const auto mib = rest ? leadingNumber(*rest) : std::nullopt;
        if (!mib) return;
        advanceTo(log, stage);
        addEntry(list, {name, *mib});
    };
    if (line.function == "llm_load_tensors" || line.function == "llama_model_load_internal") {
        add("mem required  = ", figures.model_buffers, "CPU", LogStage::tensors);
        add("VRAM used: ", figures.model_buffers, "VRAM", LogStage::tensors);
        add("VRAM used           = ", figures.model_buffers, "VRAM", LogStage::tensors);
    } else if (line.function == "llama_kv_cache_init") {
        add("VRAM kv self = ", figures.kv_buffers, "VRAM", LogStage::cache);
    } else if (line.function == "llama_new_context_with_model") {
        add("compute buffer total size = ", figures.compute_buffers, "CPU", LogStage::reserved);
        add("VRAM scratch buffer: ", figures.compute_buffers, "VRAM", LogStage::reserved);
        const bool alone = figures.kv_buffers.empty();
        if (alone) add("kv self size  = ", figures.kv_buffers, "CPU", LogStage::cache);
    }
}

bool isCacheFunction(std::string_view function) {
    return function.starts_with("llama_kv_cache") || function.starts_with("llama_memory") || function == "init" ||
           function == "llama_context" || function == "llama_init_from_model" ||
           function == "llama_new_context_with_model";
}

/// "size = 160.00 MiB ( 8192 cells, …), K (f16): …", "KV self size = …", "creating SWA KV cache, size = 3072 cells".
void readCacheLine(const LogLine & line, Log & log) {
    if (!isCacheFunction(line.function)) return;
    const std::string_view body = trimBlanks(line.body);
    const bool sizes = body.starts_with("size = ") || body.starts_with("KV self size");
    const bool creating = body.starts_with("creating ") && body.find(" cache") != std::string_view::npos;
    if (!sizes && !creating) return;
    LogFigures & figures = figuresOf(log);
    const bool recurrent = line.function == "llama_memory_recurrent";
    addEntry(recurrent ? figures.rs_lines : figures.kv_lines, std::string(body));
    const size_t seqs = body.find(" seqs");
    if (seqs == std::string_view::npos || &figures != &log.measured) return;
    const size_t begin = body.rfind(',', seqs);
    const auto n_seq_max = begin == std::string_view::npos ? std::nullopt : leadingCount(body.substr(begin + 1));
    if (n_seq_max) offerFact(log.settings, "n_seq_max", std::to_string(*n_seq_max));
}

void readGraph(const LogLine & line, Log & log) {
    if (line.function == "alloc_compute_meta") {
        addEntry(log.clip_lines, std::string(line.tagged));
        return;
    }
    const std::string_view body = trimBlanks(line.body);
    LogFigures & figures = figuresOf(log);
    if (const auto copies = after(body, "sched copies = ")) figures.sched_copies = leadingCount(*copies);
    if (!body.starts_with("graph ")) return;
    const auto value = after(body, "= ");
    if (!value || value->size() > kLongestName) return;
    if (body.starts_with("graph nodes")) {
        figures.graph_nodes = trimBlanks(*value);
    } else if (body.starts_with("graph splits")) {
        figures.graph_splits = trimBlanks(*value);
    }
    advanceTo(log, LogStage::reserved);
}

void readOffloaded(const LogLine & line, Log & log) {
    const auto layers = between(line.body, "offloaded ", " layers to GPU");
    if (!layers || layers->size() > 20 || &figuresOf(log) != &log.measured) return;
    advanceTo(log, LogStage::tensors);
    log.offloaded = *layers;
}

void readNotes(const LogLine & line, Log & log) {
    if (line.body.find("pipeline parallelism enabled") != std::string_view::npos) {
        log.pipeline_parallelism = line.tagged;
    } else if (line.body.find("retrying without pipeline parallelism") != std::string_view::npos) {
        addEntry(log.other_lines, std::string(line.tagged));
        for (LogShortage & shortage : log.shortages) shortage.survived = true;
    }
}

}  // namespace

void readBuffers(const LogLine & line, Log & log) {
    readBuffer(line, log);
    readSum(line, log);
    readCacheLine(line, log);
    readGraph(line, log);
    readOffloaded(line, log);
    readNotes(line, log);
}

}  // namespace ggufit
