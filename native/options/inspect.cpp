// The words of `ggufit inspect`.
#include "options/parts.h"

namespace ggufit::cli {

namespace {

constexpr const char * kFooter = R"(
Any shard of a split model may be given; the others are found beside it.

A model may be one that is not downloaded yet; only its header is fetched:
  https://host/model.gguf          any server that serves ranges
  hf:owner/name                    Hugging Face; the file that `llama-server -hf` would take
  hf:owner/name:Q8_0               the one with this tag
  hf:owner/name/folder/file.gguf   this one; hf:owner/name@revision of another revision
  ms:owner/name                    ModelScope)";

void addInspect(CLI::App & app, Options & /*options*/, Texts & texts) { addFormat(app, texts, {"text", "json"}); }

}  // namespace

const CommandRow<Command> kInspect{
    .name = "inspect",
    .which = Command::inspect,
    .description = "Show what a model is, each fact with its source",
    .subject = "MODEL",
    .subject_help = kModelHelp,
    .add = addInspect,
    .footer = kFooter,
};

}  // namespace ggufit::cli
