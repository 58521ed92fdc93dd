// Where candidates come from: folders, files, URLs, repositories.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "base/result.h"
#include "choose/report.h"
#include "fetch.h"

namespace ggufit::cli {

struct ChooseSources {
    std::vector<ChooseCandidate> candidates;
    std::vector<ModelFiles> files;   // of each candidate
    std::vector<ChooseRow> refused;  // known to be unreadable before anything is read
    std::vector<ChooseAside> aside;  // that a repository's names tell
    std::vector<std::string> notes;  // what was not searched
    std::string from;                // the folder or repository, where there is one alone
};

/// All models that these places hold; lists of repositories are fetched. Errors: a place that can't be searched, or
/// no model in any.
[[nodiscard]] Result<ChooseSources> findSources(const std::vector<std::string> & places, const Access & access,
                                                const std::atomic<bool> & cancelled);

}  // namespace ggufit::cli
