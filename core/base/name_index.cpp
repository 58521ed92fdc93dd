// A hash table with open addressing.
#include "base/name_index.h"

#include <utility>

namespace ggufit {

namespace {

constexpr size_t kFirstSlots = 64;

uint32_t hashOf(std::string_view name) {  // FNV-1a
    uint32_t hash = 2166136261U;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return hash;
}

}  // namespace

size_t NameIndex::slotOf(std::string_view name) const {
    const size_t last = slots_.size() - 1;
    size_t at = hashOf(name) & last;
    while (slots_[at].number != kNone && slots_[at].name != name) at = (at + 1) & last;
    return at;
}

uint32_t NameIndex::find(std::string_view name) const { return slots_.empty() ? kNone : slots_[slotOf(name)].number; }

uint32_t NameIndex::add(std::string_view name, uint32_t number) {
    if (slots_.size() <= 2 * n_names_) {
        const std::vector<Slot> old =
            std::exchange(slots_, std::vector<Slot>(slots_.empty() ? kFirstSlots : 4 * slots_.size()));
        for (const Slot & slot : old) {
            if (slot.number != kNone) slots_[slotOf(slot.name)] = slot;
        }
    }
    Slot & slot = slots_[slotOf(name)];
    if (slot.number == kNone) {
        slot = {name, number};
        ++n_names_;
    }
    return slot.number;
}

}  // namespace ggufit
