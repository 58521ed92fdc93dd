// What the files of the linter share: the collector of findings, and where a section's keys stand.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "profile/lint.h"
#include "settings/settings.h"

namespace ggufit {

/// Sources of rules, in words.
inline constexpr const char * kReaderSource = "the reader of the wrapper's start script";
inline constexpr const char * kFitSource = "llama.cpp, common/fit.cpp";
inline constexpr const char * kConventionSource = "conventions of models.conf";

/// Why a finding is one, what to do, and where the rule comes from.
struct ConfRule {
    const char * name;
    std::string why;
    std::string remedy;
    const char * source;
};

class ConfFindings {
  public:
    explicit ConfFindings(const Conf & conf) : conf_(conf) {}

    /// Beyond kMostConfFindings nothing is kept.
    void add(const ConfRule & rule, size_t index, std::string section, std::string text) {
        if (full()) return;
        found_.push_back(
            {rule.name, index + 1, std::move(section), std::move(text), rule.why, rule.remedy, rule.source});
    }
    /// Whether it is full, so that a file of faults alone is not walked to its end.
    [[nodiscard]] bool full() const { return found_.size() >= kMostConfFindings; }
    [[nodiscard]] const Conf & conf() const { return conf_; }
    [[nodiscard]] std::vector<ConfFinding> take() { return std::move(found_); }

  private:
    const Conf & conf_;
    std::vector<ConfFinding> found_;
};

/// The line of a key's value that counts, the last one; the header's where it is not there.
[[nodiscard]] size_t keyLineOf(const Conf & conf, const ConfSection & section, std::string_view key);

/// Whether the section's comments say that its placement is by hand and switches --fit off.
[[nodiscard]] bool saysByHand(const Conf & conf, const ConfSection & section);

/// "experts": rules of -ot that keep experts in system memory, -cmoe and -ncmoe.
[[nodiscard]] bool keepsExpertsInMemory(const Settings & settings);

/// Text of the file in a finding: one line, quoted, at most 80 characters.
[[nodiscard]] std::string shownText(std::string_view text);

/// Keys and values of each section (lint_values.cpp).
void lintValues(ConfFindings & findings, const ConfSection & section);

/// Arguments of each section: placement by hand, batches (lint_arguments.cpp).
void lintArguments(ConfFindings & findings, const ConfSection & section);

}  // namespace ggufit
