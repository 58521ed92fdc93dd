// Reads a section's own settings, plans over them, and writes the entry under the section's name.
#include "conf_plan.h"

#include <algorithm>
#include <filesystem>

#include "api.h"
#include "base/values.h"
#include "profile/conf_settings.h"
#include "profile/edit.h"
#include "request.h"

namespace ggufit::cli {

namespace {

constexpr std::string_view kBench = "bench-";

bool isFlag(const std::string & word) {
    return word.size() > 1 && word[0] == '-' && !(word[1] >= '0' && word[1] <= '9') && word[1] != '.';
}

/// Words of the section that the command line does not give anew, then those of the command line.
std::vector<std::string> joinedArguments(const std::vector<std::string> & old, const std::vector<std::string> & given) {
    std::vector<std::string> words;
    for (size_t i = 0; i < old.size();) {
        size_t end = i + 1;
        while (end < old.size() && !isFlag(old[end])) ++end;
        // An entry has --jinja by itself, in front.
        if (old[i] != "--jinja" && std::find(given.begin(), given.end(), old[i]) == given.end())
            words.insert(words.end(), old.begin() + static_cast<std::ptrdiff_t>(i),
                         old.begin() + static_cast<std::ptrdiff_t>(end));
        i = end;
    }
    words.insert(words.end(), given.begin(), given.end());
    return words;
}

/// The wrapper's defaults with what a section says of context, cache and slots.
Settings sectionDefaults(const Settings & said, const OldSection & old, bool bench) {
    Settings defaults = wrapperDefaults();
    const auto context = valueOf(old.conf, old.section, "CTX_SIZE");
    if (!bench && context && !context->empty()) defaults.n_ctx = said.n_ctx;
    if (said.n_parallel > 0) defaults.n_parallel = said.n_parallel;
    defaults.type_k = said.type_k;
    defaults.type_v = said.type_v;
    defaults.flash_attn = said.flash_attn;
    return defaults;
}

std::string withoutBench(const std::string & id) { return id.starts_with(kBench) ? id.substr(kBench.size()) : id; }

}  // namespace

std::string modelsFolder(const Options & options, const std::string & conf_path) {
    if (!options.models_dir.empty()) return options.models_dir;
    const auto beside = std::filesystem::path(conf_path).parent_path() / "models";
    std::error_code ignored;
    return std::filesystem::is_directory(beside, ignored) ? beside.string() : "";
}

Result<std::string> sectionModel(const Conf & conf, const ConfSection & section, const std::string & models_dir) {
    const std::string model = valueOf(conf, section, "MODEL").value_or("");
    if (model.empty())
        return Error{ErrorCode::input, "[" + section.id + "]", "has no MODEL; name the GGUF file on the command line."};
    if (models_dir.empty()) {
        return Error{ErrorCode::usage, "--models-dir",
                     "say where the models are: there is no folder \"models\" beside the file."};
    }
    // What a file that somebody else wrote names is opened, and how it begins may be printed.
    const auto below = std::filesystem::path(model).lexically_normal();
    if (below.is_absolute() || *below.begin() == "..") {
        return Error{ErrorCode::input, "[" + section.id + "]",
                     "MODEL leads out of the models' folder, which the wrapper's container does not have: name a file "
                     "in it, or say the path on the command line."};
    }
    return (std::filesystem::path(models_dir) / model).string();
}

Result<PlannedEntry> planEntry(Options options, const Environment & environment, const std::string & path,
                               const std::string & models_dir, bool bench, const OldSection * old) {
    if (const auto version = planVersion(options.llama_cpp); !version) return version.error();
    Settings defaults = wrapperDefaults();
    std::vector<std::string> kept;
    if (old != nullptr) {
        const auto said = argumentsOf(old->conf, old->section);
        if (!said) {
            return Error{ErrorCode::input, "[" + old->section.id + "]",
                         "its arguments can't be taken over: " + said.error().text()};
        }
        defaults = sectionDefaults(said->settings, *old, bench);
        kept = said->kept;
    }
    options.llama_words.push_back(path);
    auto given = readRequest(options, environment, defaults);
    if (!given) return given.error();

    PlanRequest request;
    request.settings = given->arguments.settings;
    request.kept_arguments = joinedArguments(kept, given->arguments.kept);
    request.id = !options.id.empty() ? withoutBench(options.id)
                 : old != nullptr    ? withoutBench(old->section.id)
                                     : given->linked_id;
    request.model_path = given->elsewhere ? given->path : entryPath(given->path, models_dir);
    request.source = given->source;
    request.bench = bench;
    request.alternatives = false;  // entries do not show them
    auto plan = ggufit::plan(given->model, given->machine, request);
    if (!plan) return plan.error();

    PlannedEntry planned{std::move(*plan), "", std::move(given->arguments.warnings)};
    planned.entry = bench ? planned.plan.bench_entry : planned.plan.entry;
    const std::vector<Warning> & seen = planned.plan.warnings;
    planned.warnings.insert(planned.warnings.end(), seen.begin(), seen.end());
    if (old == nullptr) return planned;
    for (const char * key : {"NAME", "DESCRIPTION"}) {
        if (bench && key[0] == 'D') continue;  // a bench entry has none
        const auto value = valueOf(old->conf, old->section, key);
        if (value && !value->empty()) planned.entry = withValue(planned.entry, key, *value);
    }
    const bool renamed = !options.id.empty();
    if (!renamed) planned.entry = withId(planned.entry, old->section.id);
    return planned;
}

}  // namespace ggufit::cli
