// The words of `ggufit estimate`.
#include "options/parts.h"

namespace ggufit::cli {

namespace {

constexpr const char * kFooter = R"(
Answers for llama-server's arguments as they stand, over llama-server's own defaults
(`ggufit plan` uses those of the models.conf wrapper). --fit is followed where it is on.)";

void add(CLI::App & app, Options & options, Texts & texts) {
    addMachineOptions(app, options);
    addOutputs(app, options);
    app.add_option("--fill", options.fill, "Tokens in the context that the speed is for, as \"8192\" or \"8k\"; 0 else")
        ->type_name("TOKENS")
        ->group("Settings");
    app.add_option("--measured", options.measured,
                   "Tokens a second that this run generates; the machine file keeps what scales estimates to it")
        ->type_name("SPEED")
        ->group("Machine");
    addWriteMachine(app, options);
    addChoice(app, "--reserving", options.reserving, {"measured", "started"},
              "Compute buffers as --fit measures them, or as a start reserves them", "Settings");
    addExplain(app, options);
    addFormat(app, texts, {"text", "json"});
}

}  // namespace

const CommandRow<Command> kEstimate{
    .name = "estimate",
    .which = Command::estimate,
    .description = "Count the memory that given settings take",
    .subject = "MODEL",
    .subject_help = kModelHelp,
    .takes_llama_words = true,
    .add = add,
    .footer = kFooter,
};

}  // namespace ggufit::cli
