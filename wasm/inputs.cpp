// Reads what JavaScript asks; what is missing or of another type keeps its default.
#include "inputs.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "machine/machine.h"
#include "settings/arguments.h"

namespace ggufit {

namespace {

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

void read(const Json & json, const char * key, bool & value) {
    const auto found = json.find(key);
    if (found != json.end() && found->is_boolean()) value = found->get<bool>();
}

void read(const Json & json, const char * key, std::string & value) {
    const auto found = json.find(key);
    if (found != json.end() && found->is_string()) value = found->get<std::string>();
}

}  // namespace

Error usageError(std::string where, std::string detail) {
    Error error;
    error.code = ErrorCode::usage;
    error.where = std::move(where);
    error.detail = std::move(detail);
    return error;
}

Result<PlanInputs> readInputs(const std::string & text) {
    const Json json = parseJson(text);
    if (!json.is_object()) return usageError("inputs", "is not a JSON object.");
    PlanInputs inputs;
    if (!json.contains("machine") || !json["machine"].is_object()) {
        return usageError("inputs.machine", "is missing: give the machine as an object.");
    }
    inputs.machine_json = dumpJson(json["machine"]);
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
    read(json, "id", inputs.id);
    read(json, "model_path", inputs.model_path);
    read(json, "source", inputs.source);
    read(json, "llama_cpp", inputs.llama_cpp);
    read(json, "bench", inputs.bench);
    read(json, "brief", inputs.brief);
    read(json, "explain", inputs.explain);
    read(json, "curve", inputs.curve);
    return inputs;
}

Result<CheckRequest> readCheckInputs(const Json & json) {
    CheckRequest request;
    if (const auto machine = json.find("machine"); machine != json.end() && machine->is_object()) {
        auto parsed = parseMachine(dumpJson(*machine));
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

LinkOptions readLinkOptions(const std::string & text) {
    const Json json = parseJson(text);
    LinkOptions options;
    read(json, "with_name", options.with_name);
    read(json, "site", options.site);
    return options;
}

std::string readText(const std::string & inputs, const char * name) {
    const Json json = parseJson(inputs);
    std::string text;
    read(json, name, text);
    return text;
}

Result<HubEndpoints> readEndpoints(const std::string & text) {
    HubEndpoints endpoints;
    const Json json = text.empty() ? Json::object() : parseJson(text);
    for (auto [key, address] :
         {std::pair{"hugging_face", &endpoints.hugging_face}, std::pair{"model_scope", &endpoints.model_scope}}) {
        if (!json.is_object() || !json.contains(key) || !json[key].is_string()) continue;
        auto parsed = parseEndpoint(key, json[key].get<std::string>());
        if (!parsed.ok()) return parsed.error();
        *address = *std::move(parsed);
    }
    return endpoints;
}

}  // namespace ggufit
