// Rows against what a user weighs: which reach it, in which order, the best three with a reason.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "choose/row.h"

namespace ggufit {

/// What comes first among those that reach the wishes.
enum class ChooseSort : uint8_t { quality, speed, size, context };
[[nodiscard]] const char * chooseSortName(ChooseSort sort);
[[nodiscard]] std::optional<ChooseSort> parseChooseSort(std::string_view name);

struct ChooseWishes {
    double min_tps = 10;   // decode tokens a second with the context full
    uint32_t min_ctx = 0;  // tokens of context; 0: those that each row was planned for
    ChooseSort sort = ChooseSort::quality;
};

/// A row's place.
struct RankedRow {
    uint32_t row = 0;                 // position in the rows
    uint32_t pick = 0;                // 1 to 3 of the best; 0: none of them
    std::vector<std::string> misses;  // "fit", "context", "speed"; none where it reaches all
    std::string reason;               // of a pick, or which bar is missed: one clause without a full stop; may be empty
};

/// Rows of one base model, those that reach the wishes first.
struct RankedGroup {
    std::string group, model_name, architecture;
    uint64_t parameters = 0;
    std::vector<RankedRow> rows;
};

struct ChooseRanking {
    ChooseWishes wishes;
    std::vector<RankedGroup> groups;
    std::vector<uint32_t> unreadable;  // positions of rows with an error
};

/// Quality is bits per weight, which compare within one base model alone: above 16 they count as 16, and within a
/// hundredth an importance matrix decides. Of one base model the best three are picked, of several the best of each
/// that has a choice.
[[nodiscard]] ChooseRanking rankRows(const std::vector<ChooseRow> & rows, const ChooseWishes & wishes);

}  // namespace ggufit
