// File → Model: what llama.cpp would build from this file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "gguf/file.h"
#include "model/architecture.h"
#include "model/hparams.h"
#include "model/tensor_role.h"

namespace ggufit {

/// A model as the planner sees it. Tensors and their roles have the same positions.
struct Model {
    File file;
    const Architecture * architecture = nullptr;  // never null; unknownArchitecture() where the name is not known
    std::string architecture_name;                // general.architecture, as the file says it
    bool known_architecture = true;
    bool needs_other_model = false;  // architecture->needs_other_model holds for this file
    Hparams hparams;
    std::vector<TensorRole> roles;
    std::vector<Warning> warnings;
};

/// Reads hyperparameters and roles. An unknown architecture gives a reading with a warning that says what is assumed; a
/// known one whose keys llama.cpp would refuse gives an error that names the key.
[[nodiscard]] Result<Model> buildModel(File file);

}  // namespace ggufit
