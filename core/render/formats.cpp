// The table of formats.
#include "render/formats.h"

#include <algorithm>
#include <array>

#include "render/args.h"
#include "render/compose.h"
#include "render/env.h"
#include "render/json.h"
#include "render/llama_swap.h"

namespace ggufit {

namespace {

constexpr std::array<PlanFormat, 7> kFormats = {{
    {"conf", [](const Plan & plan, const ModelPlace &) { return plan.bench ? plan.bench_entry : plan.entry; }},
    {"args", [](const Plan & plan, const ModelPlace & place) { return commandLine(plan, place.path); }},
    {"env", [](const Plan & plan, const ModelPlace &) { return wrapperEnv(plan); }},
    {"ini", [](const Plan & plan, const ModelPlace &) { return plan.preset; }},
    {"llama-swap", [](const Plan & plan, const ModelPlace & place) { return llamaSwapEntry(plan, place.absolute); }},
    {"compose",
     [](const Plan & plan, const ModelPlace & place) { return composeService(plan, place.folder, place.relative); }},
    {"json", [](const Plan & plan, const ModelPlace &) { return planJson(plan); }},
}};

}  // namespace

std::span<const PlanFormat> planFormats() { return kFormats; }

const PlanFormat * findPlanFormat(std::string_view name) {
    const auto * const found = std::find_if(kFormats.begin(), kFormats.end(),
                                            [name](const PlanFormat & format) { return name == format.name; });
    return found == kFormats.end() ? nullptr : found;
}

}  // namespace ggufit
