// The core for JavaScript: a session that takes headers and answers in JSON text, and two functions without state.
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api.h"
#include "base/json.h"
#include "choose/file_kind.h"
#include "choose/parse_rows.h"
#include "gguf/likely_size.h"
#include "gguf/read.h"
#include "gguf/shards.h"
#include "hub/repository.h"
#include "inputs.h"
#include "log/check.h"
#include "log/parser.h"
#include "machine/listing.h"
#include "machine/machine.h"
#include "machine/ram_bandwidth.h"
#include "model/card.h"
#include "render/advice.h"
#include "render/check.h"
#include "render/choose.h"
#include "render/formats.h"
#include "render/hub_json.h"
#include "render/json.h"
#include "render/log_json.h"
#include "settings/arguments.h"

namespace ggufit {
namespace {

/// The longest prefix that is taken: real headers stay below 32 MiB.
constexpr double kLargestPrefix = 256.0 * 1024 * 1024;
/// JavaScript's numbers are exact up to here.
constexpr double kLargestExact = 9007199254740991.0;

/// One model: headers in, then answers about it. Every answer is JSON text, {"error": {…}} where something is wrong.
class Session {
  public:
    /// The first `size` bytes of the prefix, which keeps what was written before; false where `size` is more than any
    /// header takes.
    bool resizePrefix(double size) {
        if (!(size >= 0 && size <= kLargestPrefix)) return false;
        prefix_.resize(static_cast<size_t>(size));
        return true;
    }
    uint8_t * prefix() { return prefix_.data(); }

    /// Reads the prefix as the header of one file and keeps it. `truncated` says how many bytes to give at least, and
    /// beside the error how many will probably do.
    std::string addHeader(double file_bytes, const std::string & name) {
        if (!(file_bytes >= 0 && file_bytes <= kLargestExact && std::floor(file_bytes) == file_bytes)) {
            return errorJson(usageError("file_bytes", "is not a size between 0 and 2^53."));
        }
        auto file = readHeader(prefix_, static_cast<uint64_t>(file_bytes), name);
        if (!file.ok()) {
            if (file.error().code != ErrorCode::truncated) return errorJson(file.error());
            Json json = parseJson(errorJson(file.error()));
            json["likely_bytes"] = likelyHeaderBytes(prefix_);
            return dumpJson(json);
        }
        const size_t n_tensors = file->tensors.size();
        const char * kind = fileKindName(fileKind(*file));
        files_.push_back(*std::move(file));
        std::vector<uint8_t>().swap(prefix_);
        return dumpJson(object({{"ok", true}, {"name", name}, {"n_tensors", n_tensors}, {"kind", kind}}));
    }

    /// Joins the headers that were added into one model. They are gone afterwards, whatever the answer.
    std::string build() {
        auto file = joinShards(std::exchange(files_, {}));
        if (!file.ok()) return errorJson(file.error());
        auto model = buildModel(*std::move(file));
        if (!model.ok()) return errorJson(model.error());
        model_ = *std::move(model);
        return dumpJson(object({{"ok", true}}));
    }

    /// `ggufit inspect --json`.
    std::string inspect() const {
        if (!model_) return errorJson(noModel());
        return modelJson(*model_, describeModel(*model_));
    }

    /// `ggufit plan --json`.
    std::string plan(const std::string & text) const {
        if (!model_) return errorJson(noModel());
        auto inputs = readInputs(text);
        if (!inputs.ok()) return errorJson(inputs.error());
        auto plan = ggufit::plan(*model_, *inputs);
        return plan.ok() ? planJson(*plan) : errorJson(plan.error());
    }

    /// The plan in one of the CLI's formats, "format" among the inputs: {"text"}. Its paths are the page's: a name
    /// alone.
    std::string write(const std::string & text) const {
        if (!model_) return errorJson(noModel());
        auto inputs = readInputs(text);
        if (!inputs.ok()) return errorJson(inputs.error());
        const PlanFormat * format = findPlanFormat(readText(text, "format"));
        if (format == nullptr) return errorJson(usageError("inputs.format", "is none of the formats."));
        inputs->brief = !inputs->bench;
        const auto plan = ggufit::plan(*model_, *inputs);
        if (!plan.ok()) return errorJson(plan.error());
        const std::string path = plan->arguments.size() > 1 ? plan->arguments[1] : std::string();
        return dumpJson(object({{"text", format->write(*plan, {path, path, "", path})}}));
    }

    /// `ggufit advise` for the same inputs: {"markdown"}.
    std::string advise(const std::string & text) const {
        if (!model_) return errorJson(noModel());
        auto inputs = readInputs(text);
        if (!inputs.ok()) return errorJson(inputs.error());
        auto advice = ggufit::advise(*model_, *inputs);
        return advice.ok() ? dumpJson(object({{"markdown", adviceMarkdown(*advice)}})) : errorJson(advice.error());
    }

    /// These inputs with "name", "n_files", "size_bytes" and "min_ctx" among them: the model as a row of
    /// `ggufit choose --json`.
    std::string chooseRow(const std::string & text) const {
        if (!model_) return errorJson(noModel());
        auto inputs = readInputs(text);
        if (!inputs.ok()) return errorJson(inputs.error());
        const auto asked = parseChooseCandidate(text);
        if (!asked.ok()) return errorJson(asked.error());
        const auto row = ggufit::chooseRow(*model_, *inputs, asked->candidate, asked->min_ctx);
        return row.ok() ? dumpJson(toJson(*row)) : errorJson(row.error());
    }

    /// `ggufit estimate --json`, over llama-server's own defaults.
    std::string estimate(const std::string & text) const {
        if (!model_) return errorJson(noModel());
        auto inputs = readInputs(text);
        if (!inputs.ok()) return errorJson(inputs.error());
        auto machine = parseMachine(inputs->machine_json);
        if (!machine.ok()) return errorJson(machine.error());
        auto arguments = parseArguments(inputs->arguments);
        if (!arguments.ok()) return errorJson(arguments.error());
        auto answer = ggufit::estimate(*model_, *machine, arguments->settings, {.explain = inputs->explain});
        return answer.ok() ? estimateJson(answer->estimate, answer->fit, answer->speed ? &*answer->speed : nullptr)
                           : errorJson(answer.error());
    }

    /// The planning link of these inputs, with "with_name" and "site" among them: {link, left_out}.
    std::string link(const std::string & text) const {
        if (!model_) return errorJson(noModel());
        auto inputs = readInputs(text);
        if (!inputs.ok()) return errorJson(inputs.error());
        auto answer = planLink(*model_, *inputs, readLinkOptions(text));
        if (!answer.ok()) return errorJson(answer.error());
        return dumpJson(object({{"link", answer->link}, {"left_out", answer->left_out}}));
    }

    /// Takes the model of a planning link; the one that was built stays where this fails. Gives the link's other
    /// inputs.
    std::string openLink(const std::string & text) {
        auto opened = ggufit::openLink(text);
        if (!opened.ok()) return errorJson(opened.error());
        model_ = std::move(opened->model);
        Json json = object({{"machine", parseJson(writeMachine(opened->machine))},
                            {"arguments", opened->arguments},
                            {"id", opened->request.id},
                            {"bench", opened->request.bench},
                            {"llama_cpp", versionText(opened->request.settings.llama_cpp)},
                            {"file_name", model_->file.shards.front().name},
                            {"name", describeModel(*model_).name}});
        return dumpJson(json);
    }

    /// `ggufit check --json`; without a model what was measured alone.
    std::string check(const std::string & log, const std::string & text) const {
        const Json json = parseJson(text);
        if (!json.is_object()) return errorJson(usageError("inputs", "is not a JSON object."));
        const auto request = readCheckInputs(json);
        if (!request.ok()) return errorJson(request.error());
        const auto checked = checkLog(ggufit::parseLog(log, startOf(json)), model_ ? &*model_ : nullptr, *request);
        return checked.ok() ? checkJson(*checked) : errorJson(checked.error());
    }

  private:
    static Error noModel() { return usageError("model", "is not built yet: add its headers, then build."); }

    std::vector<uint8_t> prefix_;
    std::vector<File> files_;
    std::optional<Model> model_;
};

/// All GPU presets, for a list to choose from.
std::string gpuPresetsJson() {
    Json list = Json::array();
    for (const GpuPreset & preset : gpuPresets()) {
        list.push_back(object({{"vendor", preset.vendor},
                               {"name", preset.name},
                               {"description", preset.description},
                               {"vram_mib", preset.vram_mib},
                               {"bandwidth_gb_s", preset.bandwidth_gb_s},
                               {"fp16_tflops", preset.fp16_tflops},
                               {"compute_capability", preset.compute_capability},
                               {"architecture", preset.architecture},
                               {"pcie_gen", preset.pcie_gen},
                               {"pcie_lanes", preset.pcie_lanes},
                               {"unified_memory", preset.unified_memory}}));
    }
    return dumpJson(list);
}

/// The devices that a text of --gpu means, as a machine, with a warning where the name is that of other sizes too.
std::string parseGpuJson(const std::string & text) {
    auto devices = parseGpu(text);
    if (!devices.ok()) return errorJson(devices.error());
    Machine machine;
    machine.devices = *std::move(devices);
    Json json = parseJson(writeMachine(machine));
    json["notes"] = Json::array();
    if (const auto note = sizeWarning(text))
        json["notes"].push_back(object({{"text", note->text}, {"remedy", note->remedy}}));
    return dumpJson(json);
}

/// What a text of --ram means.
std::string parseRamJson(const std::string & text) {
    const auto host = parseRam(text);
    if (!host.ok()) return errorJson(host.error());
    const RamBandwidth bandwidth = ramBandwidth(*host);
    return dumpJson(object({{"total_mib", host->total_mib},
                            {"memory", host->memory},
                            {"peak_gb_s", bandwidth.peak_gb_s},
                            {"read_gb_s", bandwidth.read_gb_s},
                            {"assumed", bandwidth.assumed}}));
}

/// The machine that a tool's output or a machine file describes, and what has to be said of it.
std::string parseListingJson(const std::string & text) {
    const auto listing = parseListing(text);
    if (!listing.ok()) return errorJson(listing.error());
    Json notes = Json::array();
    for (const Warning & note : listing->notes) notes.push_back(object({{"text", note.text}, {"remedy", note.remedy}}));
    return dumpJson(object({{"source", listing->source},
                            {"machine", parseJson(writeMachine(listing->machine))},
                            {"notes", std::move(notes)}}));
}

/// Rows and wishes as JSON → what `ggufit choose --json` says of their order.
std::string chooseRankJson(const std::string & rows_text, const std::string & wishes_text) {
    const auto rows = parseChooseRows(rows_text);
    if (!rows.ok()) return errorJson(rows.error());
    const auto wishes = parseChooseWishes(wishes_text);
    return wishes.ok() ? dumpJson(toJson(rankRows(*rows, *wishes))) : errorJson(wishes.error());
}

/// What a startup log says, by itself.
std::string parseLogJson(const std::string & text) { return writeJson(toJson(parseLog(text))); }

/// What a text means that stands where a model is asked for, and which URLs to fetch for it.
std::string modelReferenceJson(const std::string & text, const std::string & endpoints_text) {
    const auto endpoints = readEndpoints(endpoints_text);
    if (!endpoints.ok()) return errorJson(endpoints.error());
    const auto reference = parseModelReference(text, *endpoints);
    return reference.ok() ? referenceJson(*reference, *endpoints) : errorJson(reference.error());
}

/// The models of a reference's repository, from the answers to its files_url, a JSON list of their texts.
std::string hubFilesJson(const std::string & text, const std::string & answers, const std::string & endpoints_text) {
    const auto endpoints = readEndpoints(endpoints_text);
    if (!endpoints.ok()) return errorJson(endpoints.error());
    const auto reference = parseModelReference(text, *endpoints);
    if (!reference.ok()) return errorJson(reference.error());
    const Json list = parseJson(answers);
    if (!list.is_array()) return errorJson(usageError("answers", "is not a list of texts."));
    std::vector<HubFile> files;
    for (const auto & answer : list) {
        if (!answer.is_string()) return errorJson(usageError("answers", "holds something that is not a text."));
        auto page = readHubFiles(answer.get<std::string>());
        if (!page.ok()) return errorJson(page.error());
        files.insert(files.end(), page->begin(), page->end());
        if (files.size() > kMostHubFiles) break;
    }
    return repositoryJson(groupHubFiles(files), *reference, *endpoints);
}

/// The next page of the list of files at `url`, from the answer's header "Link"; empty where this was the last.
std::string hubNextPage(const std::string & url, const std::string & link_header) {
    return nextPageUrl(url, link_header).value_or("");
}

/// Texts cross as bytes: JavaScript writes those of a call one after the other, and reads the answer before the next.
std::vector<std::string> texts;
std::string last_answer;

std::string text(size_t i) { return i < texts.size() ? texts[i] : std::string(); }

void answer(std::string json) {
    last_answer = std::move(json);
    texts.clear();
}

}  // namespace
}  // namespace ggufit

// What module.js calls. Each answers with last_answer but those that give something back.
#define GGUFIT_EXPORT(name) extern "C" __attribute__((export_name(#name)))

using ggufit::answer;
using ggufit::Session;
using ggufit::text;

GGUFIT_EXPORT(newText) char * ggufit_newText(size_t size) { return ggufit::texts.emplace_back(size, '\0').data(); }
GGUFIT_EXPORT(answerData) const char * ggufit_answerData() { return ggufit::last_answer.data(); }
GGUFIT_EXPORT(answerSize) size_t ggufit_answerSize() { return ggufit::last_answer.size(); }

GGUFIT_EXPORT(newSession) Session * ggufit_newSession() { return new Session; }
GGUFIT_EXPORT(deleteSession) void ggufit_deleteSession(Session * session) { delete session; }
GGUFIT_EXPORT(resizePrefix) bool ggufit_resizePrefix(Session * session, double size) {
    return session->resizePrefix(size);
}
GGUFIT_EXPORT(prefix) uint8_t * ggufit_prefix(Session * session) { return session->prefix(); }
GGUFIT_EXPORT(addHeader) void ggufit_addHeader(Session * session, double file_bytes) {
    answer(session->addHeader(file_bytes, text(0)));
}
GGUFIT_EXPORT(build) void ggufit_build(Session * session) { answer(session->build()); }
GGUFIT_EXPORT(inspect) void ggufit_inspect(Session * session) { answer(session->inspect()); }
GGUFIT_EXPORT(plan) void ggufit_plan(Session * session) { answer(session->plan(text(0))); }
GGUFIT_EXPORT(write) void ggufit_write(Session * session) { answer(session->write(text(0))); }
GGUFIT_EXPORT(advise) void ggufit_advise(Session * session) { answer(session->advise(text(0))); }
GGUFIT_EXPORT(chooseRow) void ggufit_chooseRow(Session * session) { answer(session->chooseRow(text(0))); }
GGUFIT_EXPORT(estimate) void ggufit_estimate(Session * session) { answer(session->estimate(text(0))); }
GGUFIT_EXPORT(link) void ggufit_link(Session * session) { answer(session->link(text(0))); }
GGUFIT_EXPORT(openLink) void ggufit_openLink(Session * session) { answer(session->openLink(text(0))); }
GGUFIT_EXPORT(check) void ggufit_check(Session * session) { answer(session->check(text(0), text(1))); }

GGUFIT_EXPORT(gpuPresets) void ggufit_gpuPresets() { answer(ggufit::gpuPresetsJson()); }
GGUFIT_EXPORT(parseGpu) void ggufit_parseGpu() { answer(ggufit::parseGpuJson(text(0))); }
GGUFIT_EXPORT(parseRam) void ggufit_parseRam() { answer(ggufit::parseRamJson(text(0))); }
GGUFIT_EXPORT(parseListing) void ggufit_parseListing() { answer(ggufit::parseListingJson(text(0))); }
GGUFIT_EXPORT(chooseRank) void ggufit_chooseRank() { answer(ggufit::chooseRankJson(text(0), text(1))); }
GGUFIT_EXPORT(parseLog) void ggufit_parseLog() { answer(ggufit::parseLogJson(text(0))); }
GGUFIT_EXPORT(modelReference) void ggufit_modelReference() { answer(ggufit::modelReferenceJson(text(0), text(1))); }
GGUFIT_EXPORT(hubFiles) void ggufit_hubFiles() { answer(ggufit::hubFilesJson(text(0), text(1), text(2))); }
GGUFIT_EXPORT(hubNextPage) void ggufit_hubNextPage() { answer(ggufit::hubNextPage(text(0), text(1))); }
GGUFIT_EXPORT(version) void ggufit_version() { answer(GGUFIT_VERSION); }
