// A plan's inputs ↔ the fragment of a URL: all that repeats the plan without the model's file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gguf/file.h"
#include "machine/machine.h"
#include "settings/settings.h"

namespace ggufit {

/// What a planning link says.
struct PlanningLink {
    File file;  // linkedHeader of the model's: buildModel takes it as it would a file's
    Machine machine;
    std::vector<std::string> arguments;  // for llama-server, over wrapperDefaults()
    std::string id;                      // section of the entry; empty: made from the names
    bool bench = false;
    LlamaVersion llama_cpp = {};  // whose rules hold; the newest, or one that has --fit
};

struct LinkOptions {
    bool with_name = false;  // the model's file name goes in, without its folder
    std::string site = {};   // what stands in front of "#"; empty: the bare fragment, "plan=…"
};

/// The link of a plan. Errors: a model that no link holds (more than 20,000 tensors, names of no model).
[[nodiscard]] Result<std::string> encodeLink(PlanningLink link, const LinkOptions & options = {});

/// Reads a whole URL or its fragment. The file and the machine are checked like those that were read from files; the
/// arguments are words, as a user could have typed them. Errors are sentences about the link: none, newer, damaged, or
/// saying what cannot be.
[[nodiscard]] Result<PlanningLink> decodeLink(std::string_view text);

/// Whether a text is meant as a planning link rather than as a path: "…#plan=…", "#plan=…" or "plan=…".
[[nodiscard]] bool isPlanningLink(std::string_view text);

/// Arguments that a link carries.
struct LinkArguments {
    std::vector<std::string> words;     // parsed over wrapperDefaults() they give the same settings and kept arguments
    std::vector<std::string> left_out;  // names of arguments whose values may be paths, addresses or secrets
};

/// What of settings and kept arguments (ParsedArguments) differs from the wrapper's defaults.
[[nodiscard]] LinkArguments linkArguments(const Settings & settings, const std::vector<std::string> & kept);

}  // namespace ggufit
