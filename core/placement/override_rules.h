// A placement written down as -ot rules: few anchored patterns by layer range, which decide about every tensor of a
// block.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "machine/machine.h"
#include "model/model.h"
#include "placement/weights.h"
#include "settings/settings.h"

namespace ggufit {

/// One rule, and what it decides.
struct OverrideRule {
    TensorOverride rule;
    int32_t device = kHost;         // position in Machine::devices
    std::vector<uint32_t> tensors;  // positions in File::tensors for which this is the first rule that matches
    uint64_t bytes = 0;             // of them, as allocated
    bool moves = false;             // a tensor of it is not where -ngl and -ts put its layer
};

/// The rules that say for each tensor of a block where `weights` has it, for -ngl and -ts of the same placement. First
/// those for parts of layers, then one for each range of layers, so that the first match decides as meant
/// (llama-model-loader.cpp). Every tensor is matched with every rule before this returns: a tensor that would go
/// elsewhere is an error. Tensors outside the blocks get no rule: embeddings that serve as the output as well would
/// follow one into a wrong buffer. Also an error: more rules than llama.cpp takes, and a device whose name a rule
/// cannot hold.
[[nodiscard]] Result<std::vector<OverrideRule>> overrideRules(const Model & model, const Machine & machine,
                                                              const WeightPlan & weights);

/// Text as a pattern that matches just it: letters, digits, "_" and "-" as they are, a dot as "\.", every other byte as
/// "\x2c". So a name out of a file cannot hold a comma, a quote or a line end in a rule.
[[nodiscard]] std::string literalPattern(std::string_view text);

}  // namespace ggufit
