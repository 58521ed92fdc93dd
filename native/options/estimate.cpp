// The words of `ggufit estimate`.
#include "options/parts.h"

namespace ggufit::cli {

namespace {

constexpr const char * kFooter = R"(
Answers for llama-server's arguments as they stand, over llama-server's own defaults
(`ggufit plan` uses those of the models.conf wrapper). --fit is followed where it is on.

--batch reads a case a line, and writes a line for each as it goes: the same as --json with
the line's number, or {"line", "error"}. A case is an object of options by their names:
  {"id": 7, "model": "m.gguf", "gpu": "RTX 4090", "ram": "64GB", "arguments": "-c 8192 -ub 2048"}
model, arguments (text or a list), gpu (text or a list), backend, ram, machine (a file or the
machine itself), ctx, kv, fill, outputs, reserving, llama-cpp. What a case leaves out is
taken from the command line; id comes back as it is.

Exit status: 0 counted, 2 wrong usage, 3 wrong input, also of a case, 4 unsupported.)";

void addEstimate(CLI::App & app, Options & options, Texts & texts) {
    addMachineOptions(app, options);
    addOutputs(app, options);
    addLlamaCpp(app, options);
    app.add_option("--batch", options.batch, "Answer a case a line, JSON in and out; - for standard input")
        ->type_name("FILE")
        ->group("Output");
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
    .add = addEstimate,
    .footer = kFooter,
};

}  // namespace ggufit::cli
