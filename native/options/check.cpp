// The words of `ggufit check`.
#include "options/parts.h"

namespace ggufit::cli {

namespace {

constexpr const char * kFooter = R"(
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

void addCheck(CLI::App & app, Options & options, Texts & texts) {
    app.add_option("--model", options.model,
                   "GGUF file that ran, any shard of it, its URL, or a planning link: predicted beside measured")
        ->type_name("FILE|LINK")
        ->group("Model");
    app.add_option("--start", options.start, "Which of several starts in the log, from 1")
        ->type_name("N")
        ->group("Log");
    addMachineOptions(app, options);
    addLlamaCpp(app, options);
    app.add_option("--update", options.update, "Write what was measured into the entry of this models.conf")
        ->type_name("FILE")
        ->group("Entry");
    app.add_option("--id", options.id, "Section of the entry; the one with the log's model else")
        ->type_name("ID")
        ->group("Entry");
    app.add_option("--date", options.date, "Day of the start; that of the log's lines or of its file else")
        ->type_name("YYYY-MM-DD")
        ->group("Entry");
    app.add_flag("--learn", options.learn, "Keep what was measured of the machine in the file of --write-machine")
        ->group("Machine");
    addWriteMachine(app, options);
    addConfWriting(app, options);
    addFormat(app, texts, {"text", "json"});
}

}  // namespace

const CommandRow<Command> kCheck{
    .name = "check",
    .which = Command::check,
    .description = "Hold a startup log against what is predicted",
    .subject = "LOG",
    .subject_help = "What llama-server or llama-cli printed; - for standard input",
    .takes_llama_words = true,
    .add = addCheck,
    .footer = kFooter,
};

}  // namespace ggufit::cli
