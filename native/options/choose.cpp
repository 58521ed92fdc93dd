// The words of `ggufit choose`.
#include "options/parts.h"

namespace ggufit::cli {

namespace {

constexpr const char * kFooter = R"(
Reads the header of every GGUF that is named, lies below a folder or in a repository
(hf:owner/name or ms:owner/name), shards as one, projectors, adapters and importance
matrices apart. Plans each briefly for this machine and shows size, bits per weight, largest
context and speed side by side, for each base model by itself. Those that reach --min-tps
with a context of --min-ctx full come first, by --sort; the best three are marked, with the
reason. llama-server's arguments and defaults are those of `plan`; the context is 32768
where neither -c nor --min-ctx says one.

Ctrl-C stops reading and shows what has been read.

Exit status: 0 one reaches it, 1 none does, 2 wrong usage, 3 no model could be read,
130 stopped.)";

void addChoose(CLI::App & app, Options & options, Texts & texts) {
    app.add_option("--min-tps", options.min_tps,
                   "Tokens a second that are enough, with the context full; 10 if not given")
        ->type_name("SPEED")
        ->group("Wishes");
    app.add_option("--min-ctx", options.min_ctx, "Context that is needed, as \"32768\" or \"32k\"")
        ->type_name("TOKENS")
        ->group("Wishes");
    addChoice(app, "--sort", options.sort, {"quality", "speed", "size", "context"}, "What comes first", "Wishes");
    addMachineOptions(app, options);
    addPlanSettings(app, options);
    addFormat(app, texts, {"text", "json"});
}

}  // namespace

const CommandRow<Command> kChoose{
    .name = "choose",
    .which = Command::choose,
    .description = "Compare models or quantizations on a machine",
    .subject = "DIR|FILE|REPO...",
    .takes_llama_words = true,
    .add = addChoose,
    .footer = kFooter,
};

}  // namespace ggufit::cli
