// The words of `ggufit graph`.
#include "options/parts.h"

namespace ggufit::cli {

namespace {

constexpr const char * kFooter = R"(
Lines: "S index backend inputs" for each split and what is copied into it, "L name type
dims flags view buffer" for each leaf, then the nodes in order with their split,
operation, type, dimensions, flags (I input, O output), view and sources. --fit is
followed where it is on.)";

void addGraph(CLI::App & app, Options & options, Texts & /*texts*/) {
    addMachineOptions(app, options);
    addChoice(app, "--phase", options.phase, {"prompt", "decode"}, "Which of the two graphs that are reserved",
              "Settings");
    addOutputs(app, options);
    addLlamaCpp(app, options);
}

}  // namespace

const CommandRow<Command> kGraph{
    .name = "graph",
    .which = Command::graph,
    .description = "Print the compute graph as llama.cpp schedules it",
    .subject = "MODEL",
    .subject_help = kModelHelp,
    .takes_llama_words = true,
    .add = addGraph,
    .footer = kFooter,
};

}  // namespace ggufit::cli
