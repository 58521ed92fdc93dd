// The second stage of the CLI: options → the model, the machine and the arguments that they mean, read.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "commands.h"
#include "machine/machine.h"
#include "model/model.h"
#include "options.h"
#include "settings/arguments.h"

namespace ggufit::cli {

/// What is given. MODEL may be a planning link, whose machine and arguments hold where the options say nothing else.
struct Request {
    Model model;
    Machine machine;
    ParsedArguments arguments;
    std::string path;            // of the model's first file; of a link or a URL, its file name
    bool elsewhere = false;      // the model's files are not on this machine: MODEL is a planning link or a URL
    std::string source = {};     // what names it there; empty where it is a file of this machine
    std::string linked_id = {};  // the section that it asks for
    bool linked_bench = false;
};

/// What a command does without the sizes of GPUs.
enum class WithoutFit : uint8_t { sizes, no_sizes };

/// The machine and the arguments alone, and the models that are named among them, any number.
struct MachineAndArguments {
    Machine machine;
    ParsedArguments arguments;
    std::vector<std::string> models;
};
[[nodiscard]] Result<MachineAndArguments> readMachineAndArguments(const Options & options,
                                                                  const Environment & environment,
                                                                  const Settings & defaults);

/// Reads all of it. The arguments stand over `defaults`, or over those of the wrapper where MODEL is a link, which was
/// made over them.
[[nodiscard]] Result<Request> readRequest(const Options & options, const Environment & environment,
                                          const Settings & defaults, WithoutFit without_fit = WithoutFit::sizes);

/// All of it but the model: its path, what it may run on, and how.
struct Described {
    std::string path;  // or a planning link
    Machine machine;
    ParsedArguments arguments;
};
[[nodiscard]] Result<Described> readDescribed(const Options & options, const Environment & environment,
                                              const Settings & defaults, WithoutFit without_fit,
                                              const Machine * machine = nullptr);

/// The version of --llama-cpp; the newest where it is not given.
[[nodiscard]] Result<LlamaVersion> llamaVersion(const Options & options);

/// The model alone.
[[nodiscard]] Result<Model> readModel(const Options & options);

/// The model of a path, a URL or a planning link.
[[nodiscard]] Result<Model> readModelAt(const std::string & model);

/// MODEL= of the entry: the first shard, relative to `models_dir`, else the file's name alone.
[[nodiscard]] std::string entryPath(const std::string & first_shard, const std::string & models_dir);

}  // namespace ggufit::cli
