// Which entry of a models.conf a start belongs to: by the model's file, where several share it by the context.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "profile/conf.h"

namespace ggufit {

/// What a start says of itself.
struct ConfStart {
    std::string model;   // its path, of any system; empty where it is not known
    uint32_t n_ctx = 0;  // 0 where it is not known
};

struct FoundSection {
    ConfSection section;
    std::vector<std::string> notes;  // what does not agree with the start, a sentence each
};

/// The entry `id`, or where that is empty the one whose MODEL is the start's file. Of several the one with most of the
/// path in common, then the one with the start's context. Errors (usage): none or several are left, with a list of
/// those to choose from.
[[nodiscard]] Result<FoundSection> findStarted(const Conf & conf, const ConfStart & start, std::string_view id = {});

/// The context that an entry starts with: its CTX_SIZE, else the wrapper's default; 0 where it is no number.
[[nodiscard]] uint32_t contextOf(const Conf & conf, const ConfSection & section);

}  // namespace ggufit
