// The words of `ggufit inspect`.
#include "options/parts.h"

namespace ggufit::cli {

namespace {

constexpr const char * kFooter = R"(
Any shard of a split model may be given; the others are found beside it.)";

void add(CLI::App & app, Options & /*options*/, Texts & texts) { addFormat(app, texts, {"text", "json"}); }

}  // namespace

const CommandRow<Command> kInspect{
    .name = "inspect",
    .which = Command::inspect,
    .description = "Show what a model is, each fact with its source",
    .subject = "MODEL",
    .subject_help = kModelHelp,
    .add = add,
    .footer = kFooter,
};

}  // namespace ggufit::cli
