// Tries a pattern on every name.
#include "placement/tensor_matches.h"

#include "base/regex.h"

namespace ggufit {

namespace {

Result<std::vector<bool>> matchesOf(const Model & model, const std::string & pattern) {
    const auto regex = Regex::compile(pattern);
    if (!regex) return regex.error();
    std::vector<bool> matches;
    matches.reserve(model.file.tensors.size());
    for (const Tensor & tensor : model.file.tensors) matches.push_back(regex->search(tensor.name));
    return matches;
}

}  // namespace

const Result<std::vector<bool>> & TensorMatches::of(const std::string & pattern) {
    auto found = known_.find(pattern);
    if (found == known_.end()) found = known_.emplace(pattern, matchesOf(*model_, pattern)).first;
    return found->second;
}

}  // namespace ggufit
