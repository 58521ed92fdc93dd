// The texts of --help that CLI11 does not make by itself, and the shape of those that it does.
#include "help.h"

namespace ggufit::cli {

const char * const kRootFooter = R"(
Examples:
  ggufit gpus --save machine.json
  ggufit plan model.gguf --gpu "RTX 4090" --gpu "RTX 5070 Ti,reserved=3500MiB" --ram 64GB
  ggufit plan model.gguf --machine machine.json --format conf >> models.conf
  ggufit plan --gpu "RTX 3090" llama-server -m model.gguf -ngl 99 -c 32768
  ggufit advise model.gguf --machine machine.json > advice.md
  ggufit inspect model-00001-of-00003.gguf
  ggufit link model.gguf --machine machine.json --site https://example.org/ggufit/

Only the header of a file is read. Exit status: 0 it fits, 1 it does not fit, 2 wrong
usage, 3 wrong input, 4 unsupported.
`ggufit COMMAND --help` tells more.)";

const char * const kPlanFooter = R"(
llama-server's arguments (-c, -ngl, -ts, -ot, -ctk, -fit …) may stand anywhere, and a
whole `llama-server -m …` line may be pasted. They change the plan where they change
memory or placement; samplers and the like are carried over to the entry. What is not
given is as the models.conf wrapper has it: context 131072, cache q8_0, flash attention
on, --fit on with margins 128,1024, one slot.

A GPU is a name ("RTX 4090", "2x RTX 3090"), or any name with sizes:
  --gpu "RTX 5070 Ti,reserved=3500MiB"           the display and other programs hold 3500 MiB
  --gpu "My card,vram=24GB,free=20GB,cc=8.9,backend=CUDA"

Exit status: 0 it fits, 1 it does not fit, 2 wrong usage, 3 wrong input, 4 unsupported.)";

const char * const kAdviseFooter = R"(
Writes Markdown: the plan, an aggressive and a moderate suggestion that fit by the same
count, each with arguments, memory by device, graph splits, risk and an entry to paste;
empty tables for the results, the order in which to test, and what decides. Where nothing
better is left it says so. llama-server's arguments and defaults are those of `plan`.

--log gives the startup log of a test: it is of the configuration with its context,
micro-batch, cache types and weights by device, or of NAME (plan, aggressive, moderate,
optional-1). The tables are filled, and the criteria pick one.

Exit status: 0 the plan or a suggestion fits, 1 none does, 2 wrong usage, 3 wrong input,
4 unsupported.)";

const char * const kInspectFooter = R"(
Any shard of a split model may be given; the others are found beside it.)";

const char * const kEstimateFooter = R"(
Answers for llama-server's arguments as they stand, over llama-server's own defaults
(`ggufit plan` uses those of the models.conf wrapper). --fit is followed where it is on.)";

const char * const kGraphFooter = R"(
Lines: "S index backend inputs" for each split and what is copied into it, "L name type
dims flags view buffer" for each leaf, then the nodes in order with their split,
operation, type, dimensions, flags (I input, O output), view and sources. --fit is
followed where it is on.)";

const char * const kLinkFooter = R"(
The link holds what a plan needs of the model's header (no vocabulary), the machine, and
the arguments that differ from the models.conf wrapper's defaults: `ggufit plan LINK`
plans the same without the file, and so does the page. Options beside a link win over
it. No path goes in, nor an argument whose value may be an address or a secret. All of
it stands behind "#", which no browser sends to a server.

Exit status: 0 written, 2 wrong usage, 3 wrong input, 4 unsupported.)";

const char * const kOverridesFooter = R"(
Writes tensor_override_params.txt (one -ot argument a line) and tensor_analysis.json
(every tensor with its device and why), and prints a llama-server command line with
them. Starts from what `ggufit plan` would choose. These rules switch --fit off: the
-ngl and -ts of that line belong to them.

The configuration may hold: llama_cpp_path, context_size, tensor_analysis
{prioritize_experts_on_cpu, maximize_gpu_layers, reserve_context_memory,
memory_safety_margin_mb}, output {save_analysis_json, save_override_params, verbose}.
Arguments win over it.

Exit status: 0 it fits, 1 it does not fit, 2 wrong usage, 3 wrong input, 4 unsupported.)";

const char * const kCheckFooter = R"(
LOG is what llama-server or llama-cli printed when it started, of any build since 2023,
with whatever a container or journal put in front of its lines; - reads standard input:
  docker logs server 2>&1 | ggufit check - --model model.gguf
Of several starts in it the last that came to its end is taken. The machine is that of
the log unless --machine or --gpu is given. llama-server's arguments (-ts, -ot, -ncmoe)
say how it was started where the log does not.

--update writes "# Tested DATE: …" and SPEED into the entry of a models.conf in place of
NOT YET TESTED: the one with the log's model file, of several the one with its context.
The change is shown and asked for. A start that failed changes nothing.

Exit status: 0 it started, 1 it failed or changed no entry, 2 wrong usage, 3 wrong
input, 4 unsupported.)";

const char * const kGpusFooter = R"(
Asks nvidia-smi, amd-smi or rocm-smi, xpu-smi, system_profiler and llama-server
--list-devices, those that are on the PATH, and the kernel. Where llama-server answers, its
order and free memory count. What other programs hold counts as reserved. A tool that does
not answer within 10 seconds is stopped. The other commands ask the same where neither --gpu
nor --machine is given. --json is a machine file too.

Exit status: 0 asked, also where there is no GPU, 2 wrong usage, 3 wrong input.)";

namespace {

std::string confUsage(const std::string & action) {
    const bool plans = action == "add" || action == "bench" || action == "replace";
    std::string subject;
    if (action == "show" || action == "remove") subject = " ID";
    if (action == "add") subject = " MODEL";
    if (action == "bench") subject = " MODEL|ID";
    if (action == "replace") subject = " ID [MODEL]";
    return "Usage: ggufit conf " + action + " FILE" + subject + " [OPTIONS]" +
           (plans ? " [LLAMA-SERVER ARGUMENTS]" : "") + "\n";
}

}  // namespace

std::string HelpFormatter::make_usage(const CLI::App * app, std::string name) const {
    if (app->get_parent() == nullptr) return "Usage: ggufit COMMAND [OPTIONS]\n";
    const std::string & command = app->get_name();
    if (command == "conf") return "Usage: ggufit conf ACTION FILE [OPTIONS]\n";
    if (app->get_parent()->get_name() == "conf") return confUsage(command);
    if (command == "gpus") return "Usage: ggufit gpus [OPTIONS]\n";
    const std::string tail = command == "inspect" ? "" : " [LLAMA-SERVER ARGUMENTS]";
    (void)name;
    const std::string subject = command == "check" ? " LOG" : " MODEL";
    return "Usage: ggufit " + command + subject + " [OPTIONS]" + tail + "\n";
}

std::string HelpFormatter::make_option_opts(const CLI::Option * option) const {
    return option->get_type_size() == 0 || option->get_type_name().empty() ? "" : " " + option->get_type_name();
}

}  // namespace ggufit::cli
