// Links for tests.
#pragma once

#include <string>

#include "api.h"

namespace ggufit::test {

/// What is planned where nothing else is asked for, with the model's own file name.
[[nodiscard]] inline PlanRequest plainRequest(const Model & model) {
    PlanRequest request;
    request.settings = wrapperDefaults();
    request.model_path = model.file.shards.front().name;
    request.alternatives = false;
    return request;
}

/// A machine of two cards of the table.
[[nodiscard]] inline Machine cardMachine() {
    return parseMachine(R"({"devices": [{"gpu": "RTX 3090"}, {"gpu": "RTX 3090"}], "ram": {"total_mib": 131072,
                            "memory": "DDR4-3200 2ch"}})")
        .value();
}

}  // namespace ggufit::test
