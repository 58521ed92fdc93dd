// Streams a log through the parser, checks it, and keeps what was learned where that is asked for.
#include "check.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "base/values.h"
#include "check_update.h"
#include "log/check.h"
#include "log/parser.h"
#include "model/model.h"
#include "read_machine.h"
#include "render/check.h"
#include "render/escape.h"
#include "request.h"
#include "settings/arguments.h"
#include "write_files.h"

namespace ggufit::cli {

namespace {

/// What the words say besides ggufit's own options.
struct Words {
    std::string log;
    std::string model;
    ParsedArguments arguments;
    bool said_arguments = false;
};

Result<Words> readWords(const Options & options) {
    Words words;
    std::vector<std::string> rest;
    for (const std::string & word : options.llama_words) {
        if (word == "-" && words.log.empty()) {
            words.log = word;
        } else {
            rest.push_back(word);
        }
    }
    auto arguments = parseArguments(rest);
    if (!arguments) return arguments.error();
    for (const std::string & word : arguments->positional) {
        if (!words.log.empty())
            return Error{ErrorCode::usage, word, "a second log; check one at a time (name the model with --model)."};
        words.log = word;
    }
    if (words.log.empty()) return Error{ErrorCode::usage, "", "no log given: name a file, or - for standard input."};
    words.model = options.model.empty() ? arguments->model : options.model;
    const size_t own = arguments->positional.size() + (arguments->model.empty() ? 0 : 2);
    words.said_arguments = rest.size() > own;
    words.arguments = std::move(*arguments);
    return words;
}

Result<uint32_t> startNumber(const Options & options) {
    if (options.start.empty()) return uint32_t{0};
    const auto number = parseInteger(options.start);
    if (number && *number > 0) return static_cast<uint32_t>(*number);
    return usageError("--start", quotedText(options.start) + " is no number of a start; the first is 1.");
}

Error readError(const std::string & path) {
    return {ErrorCode::input, path == "-" ? "standard input" : path,
            std::string("can't be read: ") + std::strerror(errno) + "."};
}

Result<std::optional<Model>> readCheckedModel(const std::string & path) {
    if (path.empty()) return std::optional<Model>();
    auto model = readModelAt(path);
    if (!model) return model.error();
    return std::optional<Model>(std::move(*model));
}

Result<CheckRequest> readCheckRequest(const Options & options, Words & words) {
    CheckRequest request;
    request.given = words.arguments.settings;
    const auto version = llamaVersion(options);
    if (!version) return version.error();
    request.given.llama_cpp = *version;
    request.said_arguments = words.said_arguments;
    request.learn = options.learn || !options.write_machine.empty();
    if (!options.machine_file.empty() || !options.gpus.empty()) {
        auto machine = readMachine(options);
        if (!machine) return machine.error();
        request.machine = std::move(*machine);
    } else if (!options.ram.empty()) {
        auto host = parseRam(options.ram);
        if (!host) return host.error();
        request.host = std::move(*host);
    }
    return request;
}

/// Writes what was learned; one line that says so.
Result<std::string> writeLearned(const Options & options, const Check & check) {
    if (!check.learned) return std::string();
    if (options.write_machine.empty())
        return Error{ErrorCode::usage, "--learn", "say with --write-machine FILE where the machine is kept."};
    const std::filesystem::path path(options.write_machine);
    const std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
    if (auto fault = writeFiles(folder, {{path.filename().string(), writeMachine(*check.learned)}})) return *fault;
    return "\nWrote " + safeTerminal(options.write_machine) +
           " with the free memory, the driver's share and the speed that were measured; plans with --machine use "
           "them.\n";
}

}  // namespace

Result<Log> readLogFile(const std::string & path, uint32_t start) {
    const bool given = path != "-";
    const int descriptor = given ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (descriptor < 0) return readError(path);
    LogParser parser(start);
    std::vector<char> block(size_t{1} << 18);
    ssize_t got = 0;
    do {
        got = ::read(descriptor, block.data(), block.size());
        if (got > 0) parser.feed({block.data(), static_cast<size_t>(got)});
    } while (got > 0 || (got < 0 && errno == EINTR));
    std::optional<Error> fault;
    if (got < 0) fault = readError(path);
    if (given) ::close(descriptor);
    if (fault) return *std::move(fault);
    return parser.finish();
}

Result<Answer> runCheck(const Options & options, const TextOptions & text_options) {
    auto words = readWords(options);
    if (!words) return words.error();
    if (auto wrong = wrongUpdate(options)) return *std::move(wrong);
    const auto start = startNumber(options);
    if (!start) return start.error();
    const auto request = readCheckRequest(options, *words);
    if (!request) return request.error();
    const auto model = readCheckedModel(words->model);
    if (!model) return model.error();
    auto log = readLogFile(words->log, *start);
    if (!log) return log.error();
    auto check = checkLog(std::move(*log), model->has_value() ? &**model : nullptr, *request);
    if (!check) {
        Error error = check.error();
        if (error.where == "log") error.where = words->log == "-" ? "standard input" : words->log;
        return error;
    }
    std::optional<EntryUpdate> update;
    if (!options.update.empty()) {
        auto made = updateEntry(options, words->log, words->model, *check);
        if (!made) return made.error();
        update.emplace(std::move(*made));
    }
    const auto written = writeLearned(options, *check);
    if (!written) return written.error();
    Answer answer;
    answer.exit_code = check->log.failed() ? 1 : 0;
    answer.text = options.format == Format::json ? checkJson(*check, update ? &update->said : nullptr)
                                                 : renderCheck(*check, text_options) + *written;
    if (update) addUpdate(options, std::move(*update), text_options, answer);
    answer.warnings = std::move(words->arguments.warnings);
    return answer;
}

}  // namespace ggufit::cli
