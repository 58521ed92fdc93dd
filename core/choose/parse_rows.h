// Rows and wishes that went out as JSON, read again: the page keeps rows and ranks them anew while wishes change.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "choose/rank.h"

namespace ggufit {

/// A list of rows as toJson(ChooseRow) writes them. Of each what ranking reads; all else keeps its default. Errors name
/// the row.
[[nodiscard]] Result<std::vector<ChooseRow>> parseChooseRows(std::string_view json);

/// {"name", "n_files"?, "size_bytes"?, "min_ctx"?, …}.
struct AskedCandidate {
    ChooseCandidate candidate;
    uint32_t min_ctx = 0;
};
[[nodiscard]] Result<AskedCandidate> parseChooseCandidate(std::string_view json);

/// {"min_tps"?, "min_ctx"?, "sort"?}.
[[nodiscard]] Result<ChooseWishes> parseChooseWishes(std::string_view json);

}  // namespace ggufit
