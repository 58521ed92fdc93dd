// The words of `ggufit overrides`.
#include "options/parts.h"

namespace ggufit::cli {

namespace {

constexpr const char * kFooter = R"(
Writes tensor_override_params.txt (one -ot argument a line) and tensor_analysis.json
(every tensor with its device and why), and prints a llama-server command line with
them. Starts from what `ggufit plan` would choose. These rules switch --fit off: the
-ngl and -ts of that line belong to them.

The configuration may hold: llama_cpp_path, context_size, tensor_analysis
{prioritize_experts_on_cpu, maximize_gpu_layers, reserve_context_memory,
memory_safety_margin_mb}, output {save_analysis_json, save_override_params, verbose}.
Arguments win over it.

Exit status: 0 it fits, 1 it does not fit, 2 wrong usage, 3 wrong input, 4 unsupported.)";

void addOverrides(CLI::App & app, Options & options, Texts & texts) {
    addMachineOptions(app, options);
    app.add_option("--config", options.config_file, "Read context, margin and preferences from a JSON file")
        ->type_name("FILE")
        ->group("Settings");
    app.add_option("--output", options.output, "Folder for the two files; the current one where it is not given")
        ->type_name("DIR")
        ->group("Output");
    app.add_flag("--dry-run", options.dry_run, "Print the analysis and write nothing")->group("Output");
    app.add_flag("--verbose", options.verbose, "List every tensor")->group("Output");
    addFormat(app, texts, {"text", "json"});
}

}  // namespace

const CommandRow<Command> kOverrides{
    .name = "overrides",
    .which = Command::overrides,
    .description = "Write a placement down as tensor overrides (-ot)",
    .subject = "MODEL",
    .subject_help = kModelHelp,
    .takes_llama_words = true,
    .add = addOverrides,
    .footer = kFooter,
};

}  // namespace ggufit::cli
