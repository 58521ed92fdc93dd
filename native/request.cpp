// Where MODEL is opened: the one place that tells a path from a planning link.
#include "request.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "api.h"
#include "base/units.h"
#include "find_models.h"
#include "gpus.h"
#include "read_files.h"
#include "read_machine.h"

namespace ggufit::cli {

namespace {

Environment withMore(Environment environment, const Environment & more) {
    environment.insert(environment.end(), more.begin(), more.end());
    return environment;
}

/// --ctx and --kv as llama-server's arguments, after those that were given. llama-server knows no "128k".
Result<std::vector<std::string>> llamaWords(const Options & options) {
    std::vector<std::string> words = options.llama_words;
    if (!options.ctx.empty()) {
        const auto tokens = parseTokens(options.ctx);
        if (!tokens) return Error{ErrorCode::usage, "--ctx", "no token count; write for example 131072 or 128k."};
        words.insert(words.end(), {"-c", std::to_string(*tokens)});
    }
    if (!options.kv.empty()) words.insert(words.end(), {"-ctk", options.kv, "-ctv", options.kv});
    return words;
}

std::vector<std::string> modelPaths(const ParsedArguments & arguments) {
    std::vector<std::string> paths = arguments.positional;
    if (!arguments.model.empty()) paths.push_back(arguments.model);
    if (const std::string download = downloadOf(arguments); paths.empty() && !download.empty()) paths = {download};
    return paths;
}

Result<std::string> modelPath(const ParsedArguments & arguments) {
    const std::vector<std::string> paths = modelPaths(arguments);
    if (paths.empty()) {
        return Error{
            ErrorCode::usage, "",
            "no model given: name a GGUF file, any shard of a split one, its URL, hf:owner/name, or a planning "
            "link."};
    }
    if (paths.size() > 1) {
        const auto shown = [](const std::string & path) {
            return isPlanningLink(path) ? std::string("a planning link") : path.substr(0, path.find('?'));
        };
        return Error{ErrorCode::usage, shown(paths[1]),
                     "two models given, this one and " + shown(paths[0]) + "; name one (of a split model, any shard)."};
    }
    return paths[0];
}

Result<Model> modelOfFiles(const std::string & path) {
    auto file = readModelFiles(path);
    if (!file) return file.error();
    return buildModel(std::move(*file));
}

/// The path of the model's first file, which llama-server is given.
std::string firstShard(const std::string & path, const Model & model) {
    const std::filesystem::path given(path);
    const std::string name = model.file.shards.empty() ? "" : model.file.shards.front().name;
    return name.empty() ? path : (given.parent_path() / name).string();
}

/// The machine that ggufit runs on, where no other is described; nothing where it has no GPU. One warning says so.
std::optional<Machine> foundMachine(const Options & options, std::vector<Warning> & warnings) {
    const bool described = !options.machine_file.empty() || !options.gpus.empty() || !options.backend.empty();
    const bool host_alone = !options.ram.empty() && options.command == Command::estimate;
    if (described || host_alone) return std::nullopt;
    auto found = findMachine(options);
    if (!found || found->listing.machine.devices.empty()) return std::nullopt;
    warnings.insert(warnings.begin(), {"No machine was described, so this one was taken: " + foundLine(*found) + ".",
                                       "`ggufit gpus` tells how it was found."});
    return std::move(found->listing.machine);
}

/// Names of several sizes add a warning to those of the arguments.
Result<Machine> machineOf(const Options & options, ParsedArguments & arguments, WithoutFit without_fit,
                          const Machine * linked) {
    const bool unneeded = without_fit == WithoutFit::no_sizes && !arguments.settings.fit;
    const Sizes sizes = unneeded ? sizesWithoutFit(options) : Sizes::needed;
    const auto found = linked == nullptr ? foundMachine(options, arguments.warnings) : std::nullopt;
    auto machine = readMachine(options, sizes, found ? &*found : linked);
    const auto sized = sizeWarnings(options, sizes);
    arguments.warnings.insert(arguments.warnings.begin(), sized.begin(), sized.end());
    return machine;
}

/// Arguments over the defaults of a version. What it does not have is said and left out.
Result<ParsedArguments> parseWords(const Options & options, const std::vector<std::string> & words,
                                   const Environment & environment, const Settings & defaults,
                                   const LlamaVersion & linked = {}) {
    const auto version = options.llama_cpp.empty() ? linked : llamaVersion(options);
    if (!version) return version.error();
    auto parsed = parseArguments(words, withMore(environment, options.environment), defaultsOf(*version, defaults));
    if (!parsed) return parsed;
    if (parsed->settings.fit && !hasRule(*version, LlamaRule::fit)) {
        parsed->settings.fit = false;
        parsed->warnings.push_back({options.llama_cpp + " has no --fit: it came with " + firstBuildWith(LlamaRule::fit),
                                    "place the model with -ngl, -ts and -ot"});
    }
    if (auto newer = newerThanKnown(*version, versionText(*version))) parsed->warnings.push_back(*std::move(newer));
    return parsed;
}

}  // namespace

Result<LlamaVersion> llamaVersion(const Options & options) {
    return options.llama_cpp.empty() ? Result<LlamaVersion>(LlamaVersion{}) : parseLlamaVersion(options.llama_cpp);
}

Result<MachineAndArguments> readMachineAndArguments(const Options & options, const Environment & environment,
                                                    const Settings & defaults) {
    const auto words = llamaWords(options);
    if (!words) return words.error();
    auto arguments = parseWords(options, *words, environment, defaults);
    if (!arguments) return arguments.error();
    auto machine = machineOf(options, *arguments, WithoutFit::sizes, nullptr);
    if (!machine) return machine.error();
    std::vector<std::string> models = modelPaths(*arguments);
    return MachineAndArguments{std::move(*machine), std::move(*arguments), std::move(models)};
}

Result<Described> readDescribed(const Options & options, const Environment & environment, const Settings & defaults,
                                WithoutFit without_fit, const Machine * machine) {
    const auto words = llamaWords(options);
    if (!words) return words.error();
    auto arguments = parseWords(options, *words, environment, defaults);
    if (!arguments) return arguments.error();
    auto path = modelPath(*arguments);
    if (!path) return path.error();
    if (isPlanningLink(*path)) return Described{std::move(*path), {}, std::move(*arguments)};
    auto described = machineOf(options, *arguments, without_fit, machine);
    if (!described) return described.error();
    return Described{std::move(*path), std::move(*described), std::move(*arguments)};
}

Result<Request> readRequest(const Options & options, const Environment & environment, const Settings & defaults,
                            WithoutFit without_fit) {
    auto given = readDescribed(options, environment, defaults, without_fit);
    if (!given) return given.error();
    if (!isPlanningLink(given->path)) {
        const auto file = modelFile(given->path);
        if (!file) return file.error();
        auto model = modelOfFiles(*file);
        if (!model) return model.error();
        const bool fetched = isFetched(*file);
        std::string first = fetched ? model->file.shards.front().name : firstShard(*file, *model);
        return Request{std::move(*model), std::move(given->machine), std::move(given->arguments), std::move(first),
                       fetched,           fetched ? *file : ""};
    }

    auto link = openLink(given->path);
    if (!link) return link.error();
    const auto words = llamaWords(options);
    if (!words) return words.error();
    std::vector<std::string> joined = link->arguments;
    joined.insert(joined.end(), words->begin(), words->end());
    auto arguments = parseWords(options, joined, environment, wrapperDefaults(), link->request.settings.llama_cpp);
    if (!arguments) return arguments.error();
    auto machine = machineOf(options, *arguments, without_fit, &link->machine);
    if (!machine) return machine.error();
    return Request{std::move(link->model), std::move(*machine), std::move(*arguments), link->request.model_path,
                   /*elsewhere=*/true,     /*source=*/"",       link->request.id,      link->request.bench};
}

Result<Model> readModel(const Options & options) {
    const auto arguments = parseArguments(options.llama_words);
    if (!arguments) return arguments.error();
    const auto path = modelPath(*arguments);
    if (!path) return path.error();
    return readModelAt(*path);
}

Result<Model> readModelAt(const std::string & model) {
    if (!isPlanningLink(model)) {
        const auto file = modelFile(model);
        if (!file) return file.error();
        return modelOfFiles(*file);
    }
    auto link = openLink(model);
    if (!link) return link.error();
    return std::move(link->model);
}

std::string entryPath(const std::string & first_shard, const std::string & models_dir) {
    const std::filesystem::path file(first_shard);
    if (models_dir.empty()) return file.filename().string();
    std::error_code failed;
    const auto root = std::filesystem::absolute(models_dir, failed).lexically_normal();
    const auto relative = std::filesystem::absolute(file, failed).lexically_normal().lexically_relative(root);
    return relative.empty() || *relative.begin() == ".." ? file.filename().string() : relative.generic_string();
}

}  // namespace ggufit::cli
