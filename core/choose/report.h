// What `ggufit choose` answers: rows, their ranking, and what else was found.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "choose/rank.h"
#include "choose/row.h"
#include "machine/machine.h"

namespace ggufit {

/// A file that is no model to choose.
struct ChooseAside {
    std::string name;
    std::string kind;  // fileKindName
    uint64_t size_bytes = 0;
};

struct ChooseReport {
    std::string source;  // what was searched: a folder, a repository; empty for single files
    Machine machine;
    std::vector<ChooseRow> rows;
    ChooseRanking ranking;
    std::vector<ChooseAside> aside;
    uint32_t n_unread = 0;           // candidates that were left out since reading was stopped
    std::vector<std::string> notes;  // what was not searched, a sentence each
};

}  // namespace ggufit
