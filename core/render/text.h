// A plan, an estimate, a model → text for a terminal.
#pragma once

#include <string>

#include "memory/estimate.h"
#include "model/card.h"
#include "plan/plan.h"
#include "render/escape.h"
#include "speed/speed.h"

namespace ggufit {

struct TextOptions {
    bool colour = false;
    uint32_t width = 100;  // columns
};

/// The report: verdict, architecture card, a bar per device, reasons, alternatives, entry.
[[nodiscard]] std::string renderPlan(const Plan & plan, const TextOptions & options);
/// `ggufit inspect`: the card with its sources, types, layers, shards.
[[nodiscard]] std::string renderModel(const Model & model, const Card & card, const TextOptions & options);
/// `ggufit estimate` without --json: a table by device.
[[nodiscard]] std::string renderEstimate(const Estimate & estimate, const FitResult & fit, const TextOptions & options,
                                         const SpeedEstimate * speed = nullptr);

}  // namespace ggufit
