// All architectures, from the files of arch/: the build writes their names into architectures.inc.
#include <algorithm>
#include <vector>

#include "base/sort.h"
#include "model/architecture.h"

namespace ggufit {

namespace arch {
#define GGUFIT_ARCHITECTURES(family) std::span<const Architecture> family();
#include "architectures.inc"
#undef GGUFIT_ARCHITECTURES
}  // namespace arch

namespace {

using Rows = std::vector<const Architecture *>;

void append(Rows & rows, std::span<const Architecture> family) {
    for (const Architecture & row : family) rows.push_back(&row);
}

Rows sortedRows() {
    Rows rows;
    rows.reserve(160);
#define GGUFIT_ARCHITECTURES(family) append(rows, arch::family());
#include "architectures.inc"
#undef GGUFIT_ARCHITECTURES
    stableSort(rows, [](const Architecture * a, const Architecture * b) { return a->name < b->name; });
    return rows;
}

const Rows & allRows() {
    static const Rows rows = sortedRows();
    return rows;
}

}  // namespace

const Architecture * findArchitecture(std::string_view name) {
    const Rows & rows = allRows();
    const auto found =
        std::lower_bound(rows.begin(), rows.end(), name,
                         [](const Architecture * row, std::string_view wanted) { return row->name < wanted; });
    return found != rows.end() && (*found)->name == name ? *found : nullptr;
}

std::span<const Architecture * const> allArchitectures() { return allRows(); }

}  // namespace ggufit
