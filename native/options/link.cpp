// The words of `ggufit link`.
#include "options/parts.h"

namespace ggufit::cli {

namespace {

constexpr const char * kFooter = R"(
The link holds what a plan needs of the model's header (no vocabulary), the machine, and
the arguments that differ from the models.conf wrapper's defaults: `ggufit plan LINK`
plans the same without the file, and so does the page. Options beside a link win over
it. No path goes in, nor an argument whose value may be an address or a secret. All of
it stands behind "#", which no browser sends to a server.

Exit status: 0 written, 2 wrong usage, 3 wrong input, 4 unsupported.)";

void addLink(CLI::App & app, Options & options, Texts & texts) {
    addMachineOptions(app, options);
    addPlanSettings(app, options);
    addProfile(app, texts);
    addId(app, options);
    app.add_option("--site", options.site, "Address of the page; without it the link is the bare fragment")
        ->type_name("URL")
        ->group("Output");
    app.add_flag("--name", texts.name, "The file's name goes in, which is so if nothing is given")->group("Output");
    app.add_flag("--no-name", options.no_name, "The file's name stays out")->excludes("--name")->group("Output");
}

}  // namespace

const CommandRow<Command> kLink{
    .name = "link",
    .which = Command::link,
    .description = "Write the inputs of a plan as a link that repeats it without the file",
    .subject = "MODEL",
    .subject_help = kModelHelp,
    .takes_llama_words = true,
    .add = addLink,
    .footer = kFooter,
};

}  // namespace ggufit::cli
