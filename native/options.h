// The first stage of the CLI: the words of the command line → what is asked for.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ggufit::cli {

enum class Command : uint8_t { plan, advise, inspect, estimate, graph, link, overrides, check, conf, gpus, choose };
enum class ConfAction : uint8_t { list, show, add, bench, replace, remove, lint };
enum class Format : uint8_t { text, json, written };  // written: one of render/formats.h

/// ggufit's own options; llama-server's words are kept as they were given.
struct Options {
    Command command = Command::plan;
    Format format = Format::text;
    bool quiet = false;             // --quiet
    std::string format_name;        // --format of `plan`, where that is a written one
    std::vector<std::string> gpus;  // --gpu, as given
    std::string backend;            // --backend
    std::string ram;                // --ram
    std::string machine_file;       // --machine
    std::string ctx;                // --ctx
    std::string kv;                 // --kv
    std::string id;                 // --id
    std::string models_dir;         // --models-dir
    bool bench = false;             // --profile bench
    bool explain = false;           // --explain
    std::string site;               // --site
    bool no_name = false;           // --no-name
    std::string outputs = "server";
    std::string llama_cpp;  // --llama-cpp
    std::string batch;      // --batch
    std::string reserving = "measured";
    std::string fill;              // --fill
    std::string measured;          // --measured
    std::string write_machine;     // --write-machine
    std::string phase = "prompt";  // --phase
    std::string config_file;       // --config
    std::string output = ".";      // --output
    bool dry_run = false;          // --dry-run
    bool verbose = false;          // --verbose
    std::string model;             // --model, of `check`
    std::string start;             // --start
    bool learn = false;            // --learn
    ConfAction conf_action = ConfAction::list;
    std::string update;             // --update
    std::string date;               // --date
    std::vector<std::string> logs;  // --log
    bool yes = false;               // --yes
    std::string after;              // --after
    std::string llama_server;       // --llama-server
    std::string save_machine;       // --save
    std::string min_tps;            // --min-tps
    std::string min_ctx;            // --min-ctx
    std::string sort = "quality";   // --sort
    std::vector<std::string> llama_words;
    std::vector<std::pair<std::string, std::string>> environment;  // LLAMA_ARG_* in front of a pasted line
};

/// What the command line came to: options, or a text (help, version) that is the whole answer.
struct Invocation {
    Options options;
    std::string text;  // not empty: print it and stop
};

/// Reads the words after the program's name. Errors are usage errors.
[[nodiscard]] Result<Invocation> parseCommandLine(const std::vector<std::string> & words);

}  // namespace ggufit::cli
