// What each command declares of itself in its own file: words, help, options.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "options.h"

namespace ggufit::cli {

/// Values of options as they were written, where Options keeps what they mean.
struct Texts {
    std::string format = "text", profile = "production", positional;
    bool json = false;
    bool name = false;  // --name, which is so anyway
};

/// A command, or an action of `conf`.
template <typename Which>
struct CommandRow {
    const char * name;
    Which which;
    const char * description;
    const char * subject = "";       // what stands behind the name, "MODEL"
    const char * subject_help = "";  // what that is, where the footer doesn't say it
    bool takes_llama_words = false;  // llama-server's arguments may stand beside its own
    void (*add)(CLI::App & app, Options & options, Texts & texts) = nullptr;  // its options
    const char * footer = "";                                                 // the help's end
};

extern const CommandRow<Command> kPlan, kAdvise, kInspect, kEstimate, kGraph, kLink, kOverrides, kCheck, kConf, kGpus,
    kChoose;

/// The actions of `conf`, in the order of its help.
[[nodiscard]] const std::vector<CommandRow<ConfAction>> & confRows();

}  // namespace ggufit::cli
