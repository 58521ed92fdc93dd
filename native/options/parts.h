// Options that several commands have.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "options/command_row.h"

namespace ggufit::cli {

inline constexpr const char * kModelHelp =
    "GGUF file, any shard of a split model, its URL, hf:owner/name[:TAG], or a planning link";

/// --gpu, --backend, --ram, --machine.
void addMachineOptions(CLI::App & app, Options & options);

/// --ctx, --kv, --llama-cpp: what a plan says in words of its own.
void addPlanSettings(CLI::App & app, Options & options);

/// --profile.
void addProfile(CLI::App & app, Texts & texts);

/// --id, and with it --models-dir.
void addId(CLI::App & app, Options & options);
void addEntryOptions(CLI::App & app, Options & options);

/// --outputs.
void addOutputs(CLI::App & app, Options & options);

/// --llama-cpp.
void addLlamaCpp(CLI::App & app, Options & options);

/// --explain.
void addExplain(CLI::App & app, Options & options);

/// --write-machine.
void addWriteMachine(CLI::App & app, Options & options);

/// --yes, --dry-run.
void addConfWriting(CLI::App & app, Options & options);

/// --format with some values, the usual one first, and --json.
void addFormat(CLI::App & app, Texts & texts, const std::vector<std::string> & formats);

/// An option with one of a few values, which its help lists in this order.
void addChoice(CLI::App & app, const std::string & name, std::string & value, const std::vector<std::string> & choices,
               const std::string & description, const std::string & group);

}  // namespace ggufit::cli
