// The words of `ggufit conf` and of its actions. FILE and what follows it is read by the command itself.
#include "options/parts.h"

namespace ggufit::cli {

namespace {

constexpr const char * kFooter = R"(
FILE comes first:
  ggufit conf list models.conf
  ggufit conf add models.conf models/GLM/model.gguf --machine machine.json
  ggufit conf replace models.conf glm-flash-q4 --machine machine.json
  ggufit conf lint models.conf --machine machine.json

Every byte that a change does not concern stays as it is: comments, order, line ends. A
change is shown first, and written after a yes (or with --yes) as a whole or not at all,
unless the file was changed by something else meanwhile.
`ggufit conf ACTION --help` tells more.)";

constexpr const char * kAddFooter = R"(
MODEL is a GGUF file, any shard of a split model, its URL, or a planning link; llama-server's
arguments and defaults are those of `ggufit plan`. MODEL= is written relative to
--models-dir, or to the folder "models" beside FILE where there is one. A FILE that is not
there yet is made.

Exit status: 0 written, 1 it does not fit or the answer was no, 2 wrong usage, 3 wrong
input, 4 unsupported.)";

constexpr const char * kBenchFooter = R"(
Adds [bench-ID]: context 10240, -b 512 -ub 512, no samplers. In place of a model the id of
a section may be given, whose MODEL is looked for in --models-dir, or in the folder
"models" beside FILE.

Exit status: 0 written, 1 it does not fit or the answer was no, 2 wrong usage, 3 wrong
input, 4 unsupported.)";

constexpr const char * kReplaceFooter = R"(
Plans the section's model anew, or MODEL where it is given. NAME, DESCRIPTION, context,
cache type, slots, samplers and what else does not place the model are taken over from
the section unless arguments say otherwise; its placement and batch sizes are not. The
old section stays behind the new one, commented out line by line, under "# Previous: …"
with its measured figures.

Exit status: 0 written, 1 it does not fit or the answer was no, 2 wrong usage, 3 wrong
input, 4 unsupported.)";

constexpr const char * kRemoveFooter = R"(
With the section go the comments that touch it and its previous versions; comments that a
blank line sets apart stay.

Exit status: 0 written, 1 the answer was no, 2 wrong usage, 3 wrong input.)";

constexpr const char * kLintFooter = R"(
Each finding has its line, why it is one, what to do, and where the rule comes from. Where
there is a folder of models, MODEL is looked for in it; with --machine or --gpu each
section is placed on that machine as it stands.

Exit status: 0 nothing found, 1 findings, 2 wrong usage, 3 wrong input.)";

void addPrinting(CLI::App & app, Options & /*options*/, Texts & texts) { addFormat(app, texts, {"text", "json"}); }

void addWriting(CLI::App & app, Options & options, Texts & /*texts*/) { addConfWriting(app, options); }

/// What plans has the options of `plan` that say how.
void addModel(CLI::App & app, Options & options) {
    addMachineOptions(app, options);
    addPlanSettings(app, options);
    addEntryOptions(app, options);
}

void addReplacing(CLI::App & app, Options & options, Texts & /*texts*/) {
    addModel(app, options);
    addConfWriting(app, options);
}

void addAdding(CLI::App & app, Options & options, Texts & /*texts*/) {
    addModel(app, options);
    app.add_option("--after", options.after, "Section that the entry goes behind; the end of the file else")
        ->type_name("ID")
        ->group("Entry");
    addConfWriting(app, options);
}

void addLint(CLI::App & app, Options & options, Texts & texts) {
    addMachineOptions(app, options);
    app.add_option("--models-dir", options.models_dir, "Folder that MODEL= is relative to; \"models\" beside FILE else")
        ->type_name("DIR")
        ->group("Entry");
    addFormat(app, texts, {"text", "json"});
}

}  // namespace

const CommandRow<Command> kConf{
    .name = "conf",
    .which = Command::conf,
    .description = "Keep the profiles of a models.conf",
    .subject = "ACTION FILE",
    .footer = kFooter,
};

const std::vector<CommandRow<ConfAction>> & confRows() {
    using enum ConfAction;
    static const std::vector<CommandRow<ConfAction>> rows{
        {"list", list, "List the sections", "FILE", "", false, addPrinting, ""},
        {"show", show, "Show a section as it stands", "FILE ID", "", false, addPrinting, ""},
        {"add", add, "Plan a model and add its entry", "FILE MODEL", "", true, addAdding, kAddFooter},
        {"bench", bench, "Plan a model, or that of a section, and add its bench entry", "FILE MODEL|ID", "", true,
         addAdding, kBenchFooter},
        {"replace", replace, "Plan a section anew; the old one stays as a comment", "FILE ID [MODEL]", "", true,
         addReplacing, kReplaceFooter},
        {"remove", remove, "Remove a section with its comments", "FILE ID", "", false, addWriting, kRemoveFooter},
        {"lint", lint, "Say what is wrong or against the conventions", "FILE", "", false, addLint, kLintFooter},
    };
    return rows;
}

}  // namespace ggufit::cli
