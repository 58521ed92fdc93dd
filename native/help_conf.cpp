// The texts of `ggufit conf ACTION --help` that CLI11 does not make by itself.
#include "help.h"

namespace ggufit::cli {

const char * const kConfFooter = R"(
FILE comes first:
  ggufit conf list models.conf
  ggufit conf add models.conf models/GLM/model.gguf --machine machine.json
  ggufit conf replace models.conf glm-flash-q4 --machine machine.json
  ggufit conf lint models.conf --machine machine.json

Every byte that a change does not concern stays as it is: comments, order, line ends. A
change is shown first, and written after a yes (or with --yes) as a whole or not at all,
unless the file was changed by something else meanwhile.
`ggufit conf ACTION --help` tells more.)";

const char * const kConfAddFooter = R"(
MODEL is a GGUF file, any shard of a split model, or a planning link; llama-server's
arguments and defaults are those of `ggufit plan`. MODEL= is written relative to
--models-dir, or to the folder "models" beside FILE where there is one. A FILE that is not
there yet is made.

Exit status: 0 written, 1 it does not fit or the answer was no, 2 wrong usage, 3 wrong
input, 4 unsupported.)";

const char * const kConfBenchFooter = R"(
Adds [bench-ID]: context 10240, -b 512 -ub 512, no samplers. In place of a model the id of
a section may be given, whose MODEL is looked for in --models-dir, or in the folder
"models" beside FILE.

Exit status: 0 written, 1 it does not fit or the answer was no, 2 wrong usage, 3 wrong
input, 4 unsupported.)";

const char * const kConfReplaceFooter = R"(
Plans the section's model anew, or MODEL where it is given. NAME, DESCRIPTION, context,
cache type, slots, samplers and what else does not place the model are taken over from
the section unless arguments say otherwise; its placement and batch sizes are not. The
old section stays behind the new one, commented out line by line, under "# Previous: …"
with its measured figures.

Exit status: 0 written, 1 it does not fit or the answer was no, 2 wrong usage, 3 wrong
input, 4 unsupported.)";

const char * const kConfRemoveFooter = R"(
With the section go the comments that touch it and its previous versions; comments that a
blank line sets apart stay.

Exit status: 0 written, 1 the answer was no, 2 wrong usage, 3 wrong input.)";

const char * const kConfLintFooter = R"(
Each finding has its line, why it is one, what to do, and where the rule comes from. Where
there is a folder of models, MODEL is looked for in it; with --machine or --gpu each
section is placed on that machine as it stands.

Exit status: 0 nothing found, 1 findings, 2 wrong usage, 3 wrong input.)";

}  // namespace ggufit::cli
