// Which tensors of a model the patterns of -ot mean.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/model.h"
#include "placement/weights.h"

namespace ggufit {

/// Keeps what it was asked: --fit places a model again and again, mostly with the same patterns. The model must outlive
/// it.
class TensorMatches {
  public:
    explicit TensorMatches(const Model & model) : model_(&model) {}

    /// By position in the file's directory; an error where the pattern is none.
    [[nodiscard]] const Result<std::vector<bool>> & of(const std::string & pattern);

  private:
    const Model * model_;
    std::map<std::string, Result<std::vector<bool>>> known_;
};

/// placeWeights() with what an earlier placement of the model found out.
[[nodiscard]] Result<WeightPlan> placeWeights(const Model & model, const Machine & machine, const Settings & settings,
                                              TensorMatches & matches);

}  // namespace ggufit
