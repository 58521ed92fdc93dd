// The words of `ggufit plan`.
#include "options/parts.h"
#include "render/formats.h"

namespace ggufit::cli {

namespace {

constexpr const char * kFooter = R"(
llama-server's arguments (-c, -ngl, -ts, -ot, -ctk, -fit …) may stand anywhere, and a
whole `llama-server -m …` line may be pasted. They change the plan where they change
memory or placement; samplers and the like are carried over to the entry. What is not
given is as the models.conf wrapper has it: context 131072, cache q8_0, flash attention
on, --fit on with margins 128,1024, one slot.

A GPU is a name ("RTX 4090", "2x RTX 3090"), or any name with sizes:
  --gpu "RTX 5070 Ti,reserved=3500MiB"           the display and other programs hold 3500 MiB
  --gpu "My card,vram=24GB,free=20GB,cc=8.9,backend=CUDA"

Exit status: 0 it fits, 1 it does not fit, 2 wrong usage, 3 wrong input, 4 unsupported.)";

void addPlan(CLI::App & app, Options & options, Texts & texts) {
    addMachineOptions(app, options);
    addPlanSettings(app, options);
    addProfile(app, texts);
    addEntryOptions(app, options);
    addExplain(app, options);
    std::vector<std::string> formats{"text"};
    for (const PlanFormat & format : planFormats()) formats.emplace_back(format.name);
    addFormat(app, texts, formats);
}

}  // namespace

const CommandRow<Command> kPlan{
    .name = "plan",
    .which = Command::plan,
    .description = "Choose a placement and write the models.conf entry",
    .subject = "MODEL",
    .subject_help = kModelHelp,
    .takes_llama_words = true,
    .add = addPlan,
    .footer = kFooter,
};

}  // namespace ggufit::cli
