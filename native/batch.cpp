// Reads cases line by line over the options of the command line, and keeps the models that they name.
#include "batch.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iostream>
#include <list>

#include "base/json.h"
#include "base/units.h"
#include "base/values.h"
#include "machine/machine.h"
#include "render/json.h"
#include "request.h"
#include "terminal.h"

namespace ggufit::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kLongestCase = size_t{4} << 20;  // a machine and a long -ot have some kilobytes
constexpr size_t kMostModels = 8;

Error wrongCase(std::string where, std::string detail) {
    return {ErrorCode::input, std::move(where), std::move(detail)};
}

/// One line at a time, whatever its length; what is beyond the limit is thrown away.
class Lines {
  public:
    explicit Lines(std::istream & in) : in_(in) {}

    /// False at the end. `too_long`: the line was cut.
    bool next(std::string & line, bool & too_long) {
        line.clear();
        too_long = false;
        bool any = false;
        for (int c = in_.get(); c != std::istream::traits_type::eof(); c = in_.get()) {
            any = true;
            if (c == '\n') return true;
            too_long = too_long || line.size() >= kLongestCase;
            if (!too_long) line += static_cast<char>(c);
        }
        return any;
    }

  private:
    std::istream & in_;
};

/// The models that were read last, by their paths.
class Models {
  public:
    Result<const Model *> get(const std::string & path) {
        const auto found =
            std::find_if(kept_.begin(), kept_.end(), [&](const auto & one) { return one.first == path; });
        if (found != kept_.end()) {
            kept_.splice(kept_.begin(), kept_, found);
            return &kept_.front().second;
        }
        auto model = readModelAt(path);
        if (!model) return model.error();
        kept_.emplace_front(path, std::move(*model));
        if (kept_.size() > kMostModels) kept_.pop_back();
        return &kept_.front().second;
    }

  private:
    std::list<std::pair<std::string, Model>> kept_;
};

/// A case: the options that hold for it, and a machine that it holds itself.
struct Case {
    Options options;
    std::optional<Machine> machine;
    std::string id;  // JSON text
};

/// A text, or a list of texts.
std::optional<std::vector<std::string>> textsOf(const Json & value) {
    if (value.is_string()) return std::vector<std::string>{value.get<std::string>()};
    if (!value.is_array()) return std::nullopt;
    std::vector<std::string> texts;
    for (const Json & one : value) {
        if (!one.is_string()) return std::nullopt;
        texts.push_back(one.get<std::string>());
    }
    return texts;
}

/// Words that replace those of the command line, where one text is split as a shell would.
std::optional<Error> readArguments(const Json & value, Options & options) {
    auto texts = textsOf(value);
    if (!texts) return wrongCase("arguments", "is neither a text nor a list of texts.");
    if (value.is_string()) {
        auto split = splitCommandLine(texts->front());
        if (!split) return split.error();
        texts = std::move(*split);
    }
    options.llama_words.insert(options.llama_words.end(), texts->begin(), texts->end());
    return std::nullopt;
}

std::optional<Error> readMachineKey(const Json & value, Case & one) {
    one.options.gpus.clear();
    one.options.backend.clear();
    if (value.is_string()) {
        one.options.machine_file = value.get<std::string>();
        return std::nullopt;
    }
    auto machine = parseMachine(dumpJson(value));
    if (!machine) return machine.error();
    one.options.machine_file.clear();
    one.machine = std::move(*machine);
    return std::nullopt;
}

std::optional<Error> readChoice(const std::string & key, const std::string & text,
                                const std::vector<std::string> & choices, std::string & kept) {
    if (std::find(choices.begin(), choices.end(), text) == choices.end())
        return wrongCase(key, quotedText(text) + " is none of " + choices.front() + ", " + choices.back() + ".");
    kept = text;
    return std::nullopt;
}

/// One key of a case.
std::optional<Error> readKey(const std::string & key, const Json & value, Case & one) {
    Options & options = one.options;
    if (key == "id") return std::nullopt;
    if (key == "arguments") return readArguments(value, options);
    if (key == "machine") return readMachineKey(value, one);
    if (key == "gpu") {
        auto texts = textsOf(value);
        if (!texts) return wrongCase(key, "is neither a text nor a list of texts.");
        options.gpus = std::move(*texts);
        return std::nullopt;
    }
    const bool number = value.is_number_unsigned() && (key == "ctx" || key == "fill");
    if (!value.is_string() && !number) return wrongCase(key, "is no text.");
    const std::string text = number ? std::to_string(value.get<uint64_t>()) : value.get<std::string>();
    if (key == "outputs") return readChoice(key, text, {"server", "all"}, options.outputs);
    if (key == "reserving") return readChoice(key, text, {"measured", "started"}, options.reserving);
    const std::pair<const char *, std::string *> plain[] = {
        {"backend", &options.backend}, {"ram", &options.ram},   {"ctx", &options.ctx},
        {"kv", &options.kv},           {"fill", &options.fill}, {"llama-cpp", &options.llama_cpp}};
    for (const auto & [name, kept] : plain) {
        if (key != name) continue;
        *kept = text;
        return std::nullopt;
    }
    return wrongCase(key, "is no key of a case; see `ggufit estimate --help`.");
}

std::optional<Error> readCase(const std::string & line, Case & one) {
    const Json json = parseJson(line);
    if (!json.is_object()) return wrongCase("", "the line is no JSON object, or nested deeper than one of a case.");
    if (json.contains("id")) one.id = dumpJson(json["id"]);
    if (json.contains("model")) {
        if (!json["model"].is_string()) return wrongCase("model", "is no text.");
        one.options.llama_words.push_back(json["model"].get<std::string>());
    }
    for (const auto & [key, value] : json.items()) {
        if (key == "model") continue;
        if (auto fault = readKey(key, value, one)) return fault;
    }
    const Options & options = one.options;
    const bool described = one.machine || !options.machine_file.empty() || !options.gpus.empty() ||
                           !options.backend.empty() || !options.ram.empty();
    if (described) return std::nullopt;
    return wrongCase("", "no machine given: a case has gpu, ram or machine, or the command line has them for all.");
}

Result<std::string> answerOf(uint64_t line, const Case & one, const Environment & environment, Models & models) {
    const Machine * machine = one.machine ? &*one.machine : nullptr;
    const auto given = readDescribed(one.options, environment, Settings{}, WithoutFit::no_sizes, machine);
    if (!given) return given.error();
    if (isPlanningLink(given->path))
        return wrongCase("model", "a planning link has a machine and arguments of its own: estimate it by itself.");
    const auto model = models.get(given->path);
    if (!model) return model.error();
    const auto request = estimateRequest(one.options);
    if (!request) return request.error();
    Settings settings = given->arguments.settings;
    settings.outputs = one.options.outputs == "all" ? Outputs::all : Outputs::server;
    const auto estimated = estimate(**model, given->machine, settings, *request);
    if (!estimated) return estimated.error();
    return caseJson(line, one.id, estimated->estimate, estimated->fit, estimated->speed ? &*estimated->speed : nullptr,
                    given->arguments.warnings);
}

}  // namespace

Result<EstimateRequest> estimateRequest(const Options & options) {
    EstimateRequest request;
    request.reserving = options.reserving == "started" ? Reserving::started : Reserving::measured;
    request.explain = options.explain;
    if (options.fill.empty()) return request;
    const auto tokens = parseTokens(options.fill);
    if (!tokens) return Error{ErrorCode::usage, "--fill", "no token count; write for example 8192 or 8k."};
    request.fill_tokens = static_cast<uint32_t>(std::min<uint64_t>(*tokens, UINT32_MAX));
    return request;
}

Result<Answer> runBatch(const Options & options, const Environment & environment) {
    if (!options.write_machine.empty() || !options.measured.empty())
        return Error{ErrorCode::usage, "--batch", "--write-machine and --measured are of one estimate alone."};
    std::ifstream file;
    if (options.batch != "-") {
        file.open(options.batch, std::ios::binary);
        if (!file)
            return Error{ErrorCode::input, options.batch,
                         std::string("can't be opened: ") + std::strerror(errno) + "."};
    }
    Lines lines(options.batch == "-" ? std::cin : file);
    Models models;
    Answer answer;
    std::string line;
    bool too_long = false;
    for (uint64_t number = 1; lines.next(line, too_long); ++number) {
        if (!too_long && line.find_first_not_of(" \t\r") == std::string::npos) continue;
        Case one{options, std::nullopt, ""};
        std::optional<Error> fault = too_long ? wrongCase("", "the line is longer than 4 MiB.") : readCase(line, one);
        std::string written;
        if (!fault) {
            auto text = answerOf(number, one, environment, models);
            if (text) written = std::move(*text);
            if (!text) fault = text.error();
        }
        if (fault) {
            written = caseErrorJson(number, one.id, *fault);
            answer.exit_code = exitCode(ErrorCode::input);
        }
        if (!writeOut(written)) return Error{ErrorCode::input, "standard output", "writing failed."};
    }
    return answer;
}

}  // namespace ggufit::cli
