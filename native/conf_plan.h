// Plans for `ggufit conf`: the entry of a model, or of a section's model with what the section says of it.
#pragma once

#include <string>

#include "base/result.h"
#include "commands.h"
#include "options.h"
#include "plan/plan.h"
#include "profile/conf.h"

namespace ggufit::cli {

/// The folder that MODEL= is relative to: --models-dir, else "models" beside the file; empty where that is no folder.
[[nodiscard]] std::string modelsFolder(const Options & options, const std::string & conf_path);

/// A section that is planned anew.
struct OldSection {
    const Conf & conf;
    const ConfSection & section;
};

/// Plans the model at `path` with the words of the command line; with `old` over what that section says (context,
/// cache, slots, arguments that do not place the model), and with its NAME, DESCRIPTION and id.
struct PlannedEntry {
    Plan plan;
    std::string entry;
    std::vector<Warning> warnings;
};
[[nodiscard]] Result<PlannedEntry> planEntry(Options options, const Environment & environment, const std::string & path,
                                             const std::string & models_dir, bool bench, const OldSection * old);

/// Where a section's model lies. Errors: no MODEL; no folder of models.
[[nodiscard]] Result<std::string> sectionModel(const Conf & conf, const ConfSection & section,
                                               const std::string & models_dir);

}  // namespace ggufit::cli
