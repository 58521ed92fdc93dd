// The core for JavaScript: a session that takes headers and answers in JSON text, and two functions without state.
#include <emscripten/bind.h>
#include <emscripten/val.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api.h"
#include "choose/file_kind.h"
#include "choose/parse_rows.h"
#include "gguf/likely_size.h"
#include "gguf/read.h"
#include "gguf/shards.h"
#include "hub/repository.h"
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

using Json = nlohmann::ordered_json;

/// The longest prefix that is taken: real headers stay below 32 MiB.
constexpr double kLargestPrefix = 256.0 * 1024 * 1024;
/// JavaScript's numbers are exact up to here.
constexpr double kLargestExact = 9007199254740991.0;

std::string dump(const Json & json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Error usageError(std::string where, std::string detail) {
    Error error;
    error.code = ErrorCode::usage;
    error.where = std::move(where);
    error.detail = std::move(detail);
    return error;
}

bool isServerProgram(std::string_view word) {
    word = word.substr(word.find_last_of("/\\") + 1);
    if (word.ends_with(".exe")) word.remove_suffix(4);
    return word == "llama-server" || word == "llama-cli";
}

/// Appends the words of a pasted command line. The program is dropped with what stands before it, but for variables,
/// which come first of all: LLAMA_ARG_* among them count.
std::optional<Error> appendCommandLine(const std::string & text, std::vector<std::string> & words) {
    auto split = splitCommandLine(text);
    if (!split.ok()) return split.error();
    const auto program = std::find_if(split->begin(), split->end(), isServerProgram);
    const auto arguments = program == split->end() ? split->begin() : program + 1;
    words.insert(words.end(), arguments, split->end());
    std::vector<std::string> variables;
    std::copy_if(split->begin(), arguments, std::back_inserter(variables), isAssignment);
    words.insert(words.begin(), variables.begin(), variables.end());
    return std::nullopt;
}

/// What plan() and estimate() are asked: {"machine": {…}, "arguments"?: [words], "command_line"?: text, "id"?,
/// "model_path"?, "bench"?, "brief"?, "explain"?, "curve"?}.
Result<PlanInputs> readInputs(const std::string & text) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return usageError("inputs", "is not a JSON object.");
    PlanInputs inputs;
    if (!json.contains("machine") || !json["machine"].is_object()) {
        return usageError("inputs.machine", "is missing: give the machine as an object.");
    }
    inputs.machine_json = dump(json["machine"]);
    if (const auto words = json.find("arguments"); words != json.end()) {
        if (!words->is_array()) return usageError("inputs.arguments", "is not a list of words.");
        for (const auto & word : *words) {
            if (!word.is_string()) return usageError("inputs.arguments", "holds something that is not a word.");
            inputs.arguments.push_back(word.get<std::string>());
        }
    }
    if (const auto line = json.find("command_line"); line != json.end() && line->is_string()) {
        if (auto error = appendCommandLine(line->get<std::string>(), inputs.arguments)) return *std::move(error);
    }
    if (const auto id = json.find("id"); id != json.end() && id->is_string()) inputs.id = id->get<std::string>();
    if (const auto path = json.find("model_path"); path != json.end() && path->is_string()) {
        inputs.model_path = path->get<std::string>();
    }
    if (const auto bench = json.find("bench"); bench != json.end() && bench->is_boolean()) {
        inputs.bench = bench->get<bool>();
    }
    if (const auto brief = json.find("brief"); brief != json.end() && brief->is_boolean()) {
        inputs.brief = brief->get<bool>();
    }
    if (const auto explain = json.find("explain"); explain != json.end() && explain->is_boolean()) {
        inputs.explain = explain->get<bool>();
    }
    if (const auto curve = json.find("curve"); curve != json.end() && curve->is_boolean()) {
        inputs.curve = curve->get<bool>();
    }
    return inputs;
}

/// What check() is asked: {"arguments"?, "command_line"?, "start"?, "machine"?}; without a machine that of the log.
Result<CheckRequest> readCheckInputs(const Json & json) {
    CheckRequest request;
    if (const auto machine = json.find("machine"); machine != json.end() && machine->is_object()) {
        auto parsed = parseMachine(dump(*machine));
        if (!parsed.ok()) return parsed.error();
        request.machine = *std::move(parsed);
    }
    std::vector<std::string> words;
    if (const auto given = json.find("arguments"); given != json.end() && given->is_array()) {
        for (const auto & word : *given) {
            if (word.is_string()) words.push_back(word.get<std::string>());
        }
    }
    if (const auto line = json.find("command_line"); line != json.end() && line->is_string()) {
        if (auto error = appendCommandLine(line->get<std::string>(), words)) return *std::move(error);
    }
    auto arguments = parseArguments(words);
    if (!arguments.ok()) return arguments.error();
    request.given = arguments->settings;
    request.said_arguments = !words.empty();
    return request;
}

uint32_t startOf(const Json & json) {
    const auto start = json.find("start");
    return start != json.end() && start->is_number_unsigned() ? start->get<uint32_t>() : 0;
}

/// What link() is asked beyond the plan's inputs, where those are sound.
LinkOptions readLinkOptions(const std::string & text) {
    const Json json = Json::parse(text, nullptr, false);
    LinkOptions options;
    if (const auto named = json.find("with_name"); named != json.end() && named->is_boolean()) {
        options.with_name = named->get<bool>();
    }
    if (const auto site = json.find("site"); site != json.end() && site->is_string()) {
        options.site = site->get<std::string>();
    }
    return options;
}

/// A text among the inputs; empty where there is none.
std::string readText(const std::string & inputs, const char * name) {
    const Json json = Json::parse(inputs, nullptr, false);
    const auto text = json.find(name);
    return json.is_object() && text != json.end() && text->is_string() ? text->get<std::string>() : std::string();
}

/// One model: headers in, then answers about it. Every answer is JSON text, {"error": {…}} where something is wrong.
class Session {
  public:
    /// A view of the first `size` bytes of the prefix, which keeps what was written before; null where `size` is more
    /// than any header takes. The view is good until the next call.
    emscripten::val prefix(double size) {
        if (!(size >= 0 && size <= kLargestPrefix)) return emscripten::val::null();
        prefix_.resize(static_cast<size_t>(size));
        return emscripten::val(emscripten::typed_memory_view(prefix_.size(), prefix_.data()));
    }

    /// Reads the prefix as the header of one file and keeps it. `truncated` says how many bytes to give at least, and
    /// beside the error how many will probably do.
    std::string addHeader(double file_bytes, const std::string & name) {
        if (!(file_bytes >= 0 && file_bytes <= kLargestExact && std::floor(file_bytes) == file_bytes)) {
            return errorJson(usageError("file_bytes", "is not a size between 0 and 2^53."));
        }
        auto file = readHeader(prefix_, static_cast<uint64_t>(file_bytes), name);
        if (!file.ok()) {
            if (file.error().code != ErrorCode::truncated) return errorJson(file.error());
            Json json = Json::parse(errorJson(file.error()), nullptr, false);
            json["likely_bytes"] = likelyHeaderBytes(prefix_);
            return dump(json);
        }
        const size_t n_tensors = file->tensors.size();
        const char * kind = fileKindName(fileKind(*file));
        files_.push_back(*std::move(file));
        std::vector<uint8_t>().swap(prefix_);
        return dump({{"ok", true}, {"name", name}, {"n_tensors", n_tensors}, {"kind", kind}});
    }

    /// Joins the headers that were added into one model. They are gone afterwards, whatever the answer.
    std::string build() {
        auto file = joinShards(std::exchange(files_, {}));
        if (!file.ok()) return errorJson(file.error());
        auto model = buildModel(*std::move(file));
        if (!model.ok()) return errorJson(model.error());
        model_ = *std::move(model);
        return dump({{"ok", true}});
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
        return dump({{"text", format->write(*plan, {path, path, "", path})}});
    }

    /// `ggufit advise` for the same inputs: {"markdown"}.
    std::string advise(const std::string & text) const {
        if (!model_) return errorJson(noModel());
        auto inputs = readInputs(text);
        if (!inputs.ok()) return errorJson(inputs.error());
        auto advice = ggufit::advise(*model_, *inputs);
        return advice.ok() ? dump({{"markdown", adviceMarkdown(*advice)}}) : errorJson(advice.error());
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
        return row.ok() ? dump(toJson(*row)) : errorJson(row.error());
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
        return dump({{"link", answer->link}, {"left_out", answer->left_out}});
    }

    /// Takes the model of a planning link; the one that was built stays where this fails. Gives the link's other
    /// inputs.
    std::string openLink(const std::string & text) {
        auto opened = ggufit::openLink(text);
        if (!opened.ok()) return errorJson(opened.error());
        model_ = std::move(opened->model);
        Json json = {{"machine", Json::parse(writeMachine(opened->machine), nullptr, false)},
                     {"arguments", opened->arguments},
                     {"id", opened->request.id},
                     {"bench", opened->request.bench},
                     {"file_name", model_->file.shards.front().name},
                     {"name", describeModel(*model_).name}};
        return dump(json);
    }

    /// `ggufit check --json`; without a model what was measured alone.
    std::string check(const std::string & log, const std::string & text) const {
        const Json json = Json::parse(text, nullptr, false);
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
        list.push_back({{"vendor", preset.vendor},
                        {"name", preset.name},
                        {"description", preset.description},
                        {"vram_mib", preset.vram_mib},
                        {"bandwidth_gb_s", preset.bandwidth_gb_s},
                        {"fp16_tflops", preset.fp16_tflops},
                        {"compute_capability", preset.compute_capability},
                        {"architecture", preset.architecture},
                        {"pcie_gen", preset.pcie_gen},
                        {"pcie_lanes", preset.pcie_lanes},
                        {"unified_memory", preset.unified_memory}});
    }
    return dump(list);
}

/// The devices that a text of --gpu means, as a machine, with a warning where the name is that of other sizes too.
std::string parseGpuJson(const std::string & text) {
    auto devices = parseGpu(text);
    if (!devices.ok()) return errorJson(devices.error());
    Machine machine;
    machine.devices = *std::move(devices);
    Json json = Json::parse(writeMachine(machine), nullptr, false);
    json["notes"] = Json::array();
    if (const auto note = sizeWarning(text)) json["notes"].push_back({{"text", note->text}, {"remedy", note->remedy}});
    return dump(json);
}

/// What a text of --ram means.
std::string parseRamJson(const std::string & text) {
    const auto host = parseRam(text);
    if (!host.ok()) return errorJson(host.error());
    const RamBandwidth bandwidth = ramBandwidth(*host);
    return dump({{"total_mib", host->total_mib},
                 {"memory", host->memory},
                 {"peak_gb_s", bandwidth.peak_gb_s},
                 {"read_gb_s", bandwidth.read_gb_s},
                 {"assumed", bandwidth.assumed}});
}

/// The machine that a tool's output or a machine file describes, and what has to be said of it.
std::string parseListingJson(const std::string & text) {
    const auto listing = parseListing(text);
    if (!listing.ok()) return errorJson(listing.error());
    Json notes = Json::array();
    for (const Warning & note : listing->notes) notes.push_back({{"text", note.text}, {"remedy", note.remedy}});
    return dump({{"source", listing->source},
                 {"machine", Json::parse(writeMachine(listing->machine), nullptr, false)},
                 {"notes", std::move(notes)}});
}

/// Rows and wishes as JSON → what `ggufit choose --json` says of their order.
std::string chooseRankJson(const std::string & rows_text, const std::string & wishes_text) {
    const auto rows = parseChooseRows(rows_text);
    if (!rows.ok()) return errorJson(rows.error());
    const auto wishes = parseChooseWishes(wishes_text);
    return wishes.ok() ? dump(toJson(rankRows(*rows, *wishes))) : errorJson(wishes.error());
}

/// What a startup log says, by itself.
std::string parseLogJson(const std::string & text) { return writeJson(toJson(parseLog(text))); }

/// {"hugging_face"?, "model_scope"?}; empty text and what is left out mean the sites' own addresses.
Result<HubEndpoints> readEndpoints(const std::string & text) {
    HubEndpoints endpoints;
    const Json json = text.empty() ? Json::object() : Json::parse(text, nullptr, false);
    for (auto [key, address] :
         {std::pair{"hugging_face", &endpoints.hugging_face}, std::pair{"model_scope", &endpoints.model_scope}}) {
        if (!json.is_object() || !json.contains(key) || !json[key].is_string()) continue;
        auto parsed = parseEndpoint(key, json[key].get<std::string>());
        if (!parsed.ok()) return parsed.error();
        *address = *std::move(parsed);
    }
    return endpoints;
}

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
    const Json list = Json::parse(answers, nullptr, false);
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

std::string version() { return GGUFIT_VERSION; }

}  // namespace
}  // namespace ggufit

EMSCRIPTEN_BINDINGS(ggufit) {
    using ggufit::Session;
    emscripten::class_<Session>("Session")
        .constructor<>()
        .function("prefix", &Session::prefix)
        .function("addHeader", &Session::addHeader)
        .function("build", &Session::build)
        .function("inspect", &Session::inspect)
        .function("plan", &Session::plan)
        .function("write", &Session::write)
        .function("advise", &Session::advise)
        .function("chooseRow", &Session::chooseRow)
        .function("estimate", &Session::estimate)
        .function("link", &Session::link)
        .function("openLink", &Session::openLink)
        .function("check", &Session::check);
    emscripten::function("gpuPresets", &ggufit::gpuPresetsJson);
    emscripten::function("parseGpu", &ggufit::parseGpuJson);
    emscripten::function("parseRam", &ggufit::parseRamJson);
    emscripten::function("parseListing", &ggufit::parseListingJson);
    emscripten::function("chooseRank", &ggufit::chooseRankJson);
    emscripten::function("parseLog", &ggufit::parseLogJson);
    emscripten::function("modelReference", &ggufit::modelReferenceJson);
    emscripten::function("hubFiles", &ggufit::hubFilesJson);
    emscripten::function("hubNextPage", &ggufit::hubNextPage);
    emscripten::function("version", &ggufit::version);
}
