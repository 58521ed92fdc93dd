// The words of `ggufit advise`.
#include "options/parts.h"

namespace ggufit::cli {

namespace {

constexpr const char * kFooter = R"(
Writes Markdown: the plan, an aggressive and a moderate suggestion that fit by the same
count, each with arguments, memory by device, graph splits, risk and an entry to paste;
empty tables for the results, the order in which to test, and what decides. Where nothing
better is left it says so. llama-server's arguments and defaults are those of `plan`.

--log gives the startup log of a test: it is of the configuration with its context,
micro-batch, cache types and weights by device, or of NAME (plan, aggressive, moderate,
optional-1). The tables are filled, and the criteria pick one.

Exit status: 0 the plan or a suggestion fits, 1 none does, 2 wrong usage, 3 wrong input,
4 unsupported.)";

void addAdvise(CLI::App & app, Options & options, Texts & texts) {
    addMachineOptions(app, options);
    addPlanSettings(app, options);
    addEntryOptions(app, options);
    app.add_option("--log", options.logs, "Startup log of a test, once for each: fills the tables and decides")
        ->type_name("[NAME=]FILE")
        ->allow_extra_args(false)
        ->group("Results");
    addFormat(app, texts, {"markdown", "json"});
}

}  // namespace

const CommandRow<Command> kAdvise{
    .name = "advise",
    .which = Command::advise,
    .description = "Write a test plan of what may be better than the plan",
    .subject = "MODEL",
    .subject_help = kModelHelp,
    .takes_llama_words = true,
    .add = addAdvise,
    .footer = kFooter,
};

}  // namespace ggufit::cli
