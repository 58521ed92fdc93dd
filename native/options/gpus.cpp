// The words of `ggufit gpus`.
#include "options/parts.h"

namespace ggufit::cli {

namespace {

constexpr const char * kFooter = R"(
Asks nvidia-smi, amd-smi or rocm-smi, xpu-smi, system_profiler and llama-server
--list-devices, those that are on the PATH, and the kernel. Where llama-server answers, its
order and free memory count. What other programs hold counts as reserved. A tool that does
not answer within 10 seconds is stopped. The other commands ask the same where neither --gpu
nor --machine is given. --json is a machine file too.

Exit status: 0 asked, also where there is no GPU, 2 wrong usage, 3 wrong input.)";

void addGpus(CLI::App & app, Options & options, Texts & texts) {
    app.add_option("--llama-server", options.llama_server,
                   "The llama-server whose devices count; the one on the PATH else")
        ->type_name("PATH")
        ->group("Machine");
    app.add_option("--save", options.save_machine, "Keep them in a machine file, machine.json if none is named")
        ->type_name("[FILE]")
        ->expected(0, 1)
        ->default_str("machine.json")
        ->group("Machine");
    addFormat(app, texts, {"text", "json"});
}

}  // namespace

const CommandRow<Command> kGpus{
    .name = "gpus",
    .which = Command::gpus,
    .description = "Find this machine's GPUs and memory",
    .add = addGpus,
    .footer = kFooter,
};

}  // namespace ggufit::cli
