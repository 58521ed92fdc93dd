// Cuts a stream into lines, lines into starts, and keeps the one that is wanted.
#include "log/parser.h"

#include <algorithm>

#include "log/read.h"
#include "log/text.h"

namespace ggufit {

namespace {

/// Lines that a program prints first of all.
bool opensProgram(const LogLine & line) {
    if (line.function == "build" || line.function == "build_info") return true;
    if (line.function == "main" && trimBlanks(line.body).starts_with("build = ")) return true;
    return line.function == "ggml_cuda_init" && trimBlanks(line.body).starts_with("found ");
}

/// Lines that a model's loading begins with.
bool opensModel(const LogLine & line) {
    const std::string_view body = trimBlanks(line.body);
    if (body.starts_with("using device ")) return true;
    if (body.starts_with("loaded meta data with ")) return true;
    if (line.function.ends_with("params_fit_impl")) return true;
    if (body.starts_with("- ") && body.ends_with(" MiB free)")) return true;
    if (body.starts_with("Device ") && body.find(", VMM: ") != std::string_view::npos) return true;
    const bool info = line.function == "print_info" || line.function == "llm_load_print_meta";
    return info && (body.starts_with("arch ") || body.starts_with("file type "));
}

bool saysDraft(const LogLine & line) {
    return line.body.find("loading draft model") != std::string_view::npos ||
           line.body.find("creating MTP") != std::string_view::npos;
}

/// A second context of the same model, as multi-token prediction makes one: its settings come after a reservation.
bool opensSecondContext(const LogLine & line, const Log & log) {
    const bool context = line.function == "llama_context" || line.function == "llama_init_from_model";
    return context && log.stage >= LogStage::reserved && trimBlanks(line.body).starts_with("n_seq_max ");
}

bool beginsFit(const LogLine & line) {
    return line.function.ends_with("params_fit_impl") &&
           line.body.find("getting device memory data for initial") != std::string_view::npos;
}

bool endsFit(const LogLine & line) {
    for (const std::string_view mark :
         {"no changes needed", "fit params to free device memory", "fitting params to free memory took"}) {
        if (line.body.find(mark) != std::string_view::npos) return true;
    }
    return false;
}

/// --fit loads without memory to measure; at the highest verbosity its lines are printed like those of the real load.
void forgetDryRuns(Log & log) {
    log.measured = {};
    log.draft = {};
    log.hparams.clear();
    log.types.clear();
    log.settings.clear();
    log.overrides.clear();
    log.offloaded.clear();
    log.pipeline_parallelism.clear();
    log.stage = LogStage::opened;
}

}  // namespace

LogFigures & figuresOf(Log & log) { return log.in_draft ? log.draft : log.measured; }

void LogParser::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        const size_t end = bytes.find('\n');
        const std::string_view piece = bytes.substr(0, end);
        if (end != std::string_view::npos && pending_.empty()) {
            takeLine(piece);
        } else {
            const size_t room = kLongestLogLine - std::min(pending_.size(), kLongestLogLine);
            pending_.append(piece.substr(0, room));
            if (end != std::string_view::npos) {
                takeLine(pending_);
                pending_.clear();
            }
        }
        if (end == std::string_view::npos) return;
        bytes.remove_prefix(end + 1);
    }
}

void LogParser::takeLine(std::string_view bytes) {
    const std::string clean = cleanLogLine(bytes.substr(0, kLongestLogLine));
    const LogLine line = readLogLine(clean);
    if (line.text.empty()) return;

    const bool program = opensProgram(line), model = opensModel(line);
    if (program) fitting_ = false;
    const LogStage stage = current_.stage;
    const bool over = stage >= LogStage::context || current_.failed();
    const bool again = (program && stage >= LogStage::model) || (model && over && !fitting_ && !draft_model_);
    if (again) beginStart();
    if (current_.date.empty()) current_.date = stampedDate(bytes, clean, line);
    if (current_.date.empty() && current_.day.empty()) current_.day = stampedDay(clean, line);
    draft_model_ = draft_model_ || saysDraft(line);
    if (draft_model_ || (!again && !fitting_ && opensSecondContext(line, current_))) current_.in_draft = true;

    if (beginsFit(line)) fitting_ = true;
    readFacts(line, current_);
    readBuffers(line, current_);
    readDevices(line, current_);
    readMemory(line, current_);
    readFailures(line, current_);
    readSpeed(line, current_);
    if (draft_model_ && !current_.draft.graph_splits.empty()) draft_model_ = false;
    if (fitting_ && endsFit(line)) {
        fitting_ = false;
        if (current_.stage >= LogStage::model) forgetDryRuns(current_);
    }
}

void LogParser::beginStart() {
    keep();
    current_ = {};
    fitting_ = draft_model_ = false;
}

void LogParser::keep() {
    if (current_.stage == LogStage::none && !current_.failed() && current_.breakdown.empty()) return;
    current_.start = ++n_starts_;
    current_.truncated = !current_.concluded();
    const bool wanted = wanted_ == 0 ? current_.concluded() || !kept_.concluded() : current_.start == wanted_;
    if (wanted) kept_ = std::move(current_);
}

Log LogParser::finish() {
    if (!pending_.empty()) takeLine(pending_);
    pending_.clear();
    keep();
    current_ = {};
    kept_.n_starts = n_starts_;
    const LogFigures & figures = kept_.measured;
    kept_.quiet = kept_.stage == LogStage::serving && figures.model_buffers.empty() && figures.compute_buffers.empty();
    return std::move(kept_);
}

Log parseLog(std::string_view text, uint32_t start) {
    LogParser parser(start);
    parser.feed(text);
    return parser.finish();
}

}  // namespace ggufit
