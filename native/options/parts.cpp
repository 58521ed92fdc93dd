// Declares the options that several commands have.
#include "options/parts.h"

#include <algorithm>

namespace ggufit::cli {

namespace {

/// What a value was called before.
std::string otherName(std::string & given) {
    if (given == "preset") given = "ini";
    return "";
}

}  // namespace

void addMachineOptions(CLI::App & app, Options & options) {
    app.add_option("--gpu", options.gpus, "A GPU by name or sizes; once for each GPU, in llama.cpp's order")
        ->type_name("GPU")
        ->allow_extra_args(false)
        ->group("Machine");
    app.add_option("--backend", options.backend,
                   "What drives the --gpu devices; the usual one of each card if not given")
        ->type_name("CUDA|ROCm|Vulkan|Metal|SYCL|CPU")
        ->group("Machine");
    app.add_option("--ram", options.ram, "System memory, as \"64GB\" or \"64GB DDR5-6000 2ch\"")
        ->type_name("SIZE")
        ->group("Machine");
    app.add_option("--machine", options.machine_file, "Read GPUs and memory from a JSON file")
        ->type_name("FILE")
        ->group("Machine");
}

void addPlanSettings(CLI::App & app, Options & options) {
    app.add_option("--ctx", options.ctx, "Context in tokens, as \"131072\" or \"128k\"; the same as -c")
        ->type_name("TOKENS")
        ->group("Settings");
    app.add_option("--kv", options.kv, "Type of the K and V cache, as \"q8_0\"; the same as -ctk and -ctv")
        ->type_name("TYPE")
        ->group("Settings");
    addLlamaCpp(app, options);
}

void addProfile(CLI::App & app, Texts & texts) {
    addChoice(app, "--profile", texts.profile, {"production", "bench"}, "What the plan is for", "Entry");
}

void addId(CLI::App & app, Options & options) {
    app.add_option("--id", options.id, "Section of the entry")->type_name("ID")->group("Entry");
}

void addEntryOptions(CLI::App & app, Options & options) {
    addId(app, options);
    app.add_option("--models-dir", options.models_dir, "Folder that MODEL= is relative to")
        ->type_name("DIR")
        ->group("Entry");
}

void addOutputs(CLI::App & app, Options & options) {
    addChoice(app, "--outputs", options.outputs, {"server", "all"},
              "Tokens that logits are reserved for: one a slot, or all of a batch", "Settings");
}

void addLlamaCpp(CLI::App & app, Options & options) {
    app.add_option("--llama-cpp", options.llama_cpp,
                   "Rules of this build, as \"b9460\" or the day \"2026-06-01\"; the newest known else")
        ->type_name("VERSION")
        ->group("Settings");
}

void addExplain(CLI::App & app, Options & options) {
    app.add_flag("--explain", options.explain, "Say what fills each compute buffer, and what would shrink it")
        ->group("Output");
}

void addWriteMachine(CLI::App & app, Options & options) {
    app.add_option("--write-machine", options.write_machine, "Write the machine to a JSON file, for --machine")
        ->type_name("FILE")
        ->group("Machine");
}

void addConfWriting(CLI::App & app, Options & options) {
    app.add_flag("-y,--yes", options.yes, "Write without asking")->group("Output");
    app.add_flag("--dry-run", options.dry_run, "Show the change and write nothing")->group("Output");
}

void addFormat(CLI::App & app, Texts & texts, const std::vector<std::string> & formats) {
    addChoice(app, "--format", texts.format, formats, "What to print", "Output");
    app.add_flag("--json", texts.json, "The same as --format json")->group("Output");
}

void addChoice(CLI::App & app, const std::string & name, std::string & value, const std::vector<std::string> & choices,
               const std::string & description, const std::string & group) {
    std::string listed;
    for (const std::string & choice : choices) listed += (listed.empty() ? "" : "|") + choice;
    const auto check = [choices, listed](const std::string & given) -> std::string {
        const bool known = std::find(choices.begin(), choices.end(), given) != choices.end();
        return known ? "" : "\"" + given + "\" is none of " + listed;
    };
    app.add_option(name, value, description)
        ->type_name(listed)
        ->transform(CLI::Validator(otherName, ""))
        ->check(CLI::Validator(check, ""))
        ->group(group);
}

}  // namespace ggufit::cli
