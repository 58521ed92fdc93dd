// What is wrong or against the conventions in a models.conf, each with its line, why, remedy and source.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "machine/machine.h"
#include "model/model.h"
#include "profile/conf.h"

namespace ggufit {

struct ConfFinding {
    std::string rule;     // stable name: "layers_with_fit", "unknown_key", …
    size_t line = 0;      // from 1
    std::string section;  // id, empty outside of sections
    std::string text;     // what is there
    std::string why;
    std::string remedy;
    std::string source;  // what the rule comes from
};

/// A file with more faults is no models.conf, and nobody reads all of them.
inline constexpr size_t kMostConfFindings = 1000;

/// What the text alone shows: ids, keys, values, arguments, comments. In order of lines; kMostConfFindings at most.
[[nodiscard]] std::vector<ConfFinding> lintConf(const Conf & conf);

/// What a section's model on a machine shows: it does not fit; experts in system memory that would fit on the GPUs.
[[nodiscard]] std::vector<ConfFinding> lintPlacement(const Conf & conf, const ConfSection & section,
                                                     const Model & model, const Machine & machine);

/// MODEL could not be read from where it should be; `why` is a sentence.
[[nodiscard]] ConfFinding missingModel(const Conf & conf, const ConfSection & section, std::string text,
                                       std::string why);

/// Sorts findings by line, those of one line by rule.
void sortFindings(std::vector<ConfFinding> & findings);

}  // namespace ggufit
