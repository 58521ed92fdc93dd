// Context against memory and speed: what the plan comes to at other contexts.
#pragma once

#include "machine/machine.h"
#include "model/model.h"
#include "plan/plan.h"
#include "settings/settings.h"

namespace ggufit {

/// The plan for these settings at contexts that double up to what the model was trained with, at their own, and at the
/// largest that fits. Each is chosen anew, so that a point is what a plan with that context says: the points cost about
/// as many brief plans. Contexts that can't be planned are left out.
[[nodiscard]] ContextCurve contextCurve(const Model & model, const Machine & machine, const Settings & settings);

}  // namespace ggufit
