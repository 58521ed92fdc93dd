// Finds numbers by names: one table for all that is looked up by its name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ggufit {

/// Names, which stay where they are, with a number each. They are to be our own: names of a file could be chosen so
/// that all of them meet in one place of the table.
class NameIndex {
  public:
    static constexpr uint32_t kNone = UINT32_MAX;

    /// The number of a name, kNone where it has none.
    [[nodiscard]] uint32_t find(std::string_view name) const;

    /// Gives a name its number; what has one keeps it. Returns the number that it has then.
    uint32_t add(std::string_view name, uint32_t number);

  private:
    struct Slot {
        std::string_view name;
        uint32_t number = kNone;
    };

    /// The slot of a name, a free one where it is new. There is one: no more than half of them are taken.
    [[nodiscard]] size_t slotOf(std::string_view name) const;

    std::vector<Slot> slots_;  // none, or a power of two
    size_t n_names_ = 0;
};

}  // namespace ggufit
