// What is in a models.conf, and what is wrong with it → text for a terminal, and JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "profile/conf.h"
#include "profile/lint.h"
#include "render/text.h"

namespace ggufit {

/// `ggufit conf list`: a row for each section.
[[nodiscard]] std::string renderConfList(const Conf & conf, const TextOptions & options);

/// `ggufit conf list --json`: {"sections": [{"id", "readable", "line", "last_line", "previous_versions", "tested",
/// "values": {KEY: value}}]}.
[[nodiscard]] std::string confListJson(const Conf & conf);

/// `ggufit conf show`: the section as it stands in the file, comments and previous versions included.
[[nodiscard]] std::string renderConfSection(const Conf & conf, const ConfSection & section);

/// `ggufit conf show --json`: one of the list's sections, and its "text".
[[nodiscard]] std::string confSectionJson(const Conf & conf, const ConfSection & section);

/// `ggufit conf lint`: "FILE:LINE: …" with why, remedy and source under each.
[[nodiscard]] std::string renderLint(std::string_view name, const std::vector<ConfFinding> & findings,
                                     size_t n_sections, const TextOptions & options);

/// `ggufit conf lint --json`: {"file", "n_sections", "findings": [{"rule", "line", "section", "text", "why", "remedy",
/// "source"}]}.
[[nodiscard]] std::string lintJson(std::string_view name, const std::vector<ConfFinding> & findings, size_t n_sections);

}  // namespace ggufit
