// The formats that a plan is written in, by name.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "plan/plan.h"

namespace ggufit {

/// Where the model lies, for what is started elsewhere than ggufit is.
struct ModelPlace {
    std::string path;      // of its first file, as given
    std::string absolute;  // the same from the root, or `path` where that is not known
    std::string folder;    // that holds the models, from the root; empty where that is not known
    std::string relative;  // of its first file in the folder
};

struct PlanFormat {
    const char * name;  // as --format takes it
    std::string (*write)(const Plan & plan, const ModelPlace & place);
};

/// conf, args, env, ini, llama-swap, compose, json.
[[nodiscard]] std::span<const PlanFormat> planFormats();

/// The format of a name; null where there is none.
[[nodiscard]] const PlanFormat * findPlanFormat(std::string_view name);

}  // namespace ggufit
