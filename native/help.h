// The texts of --help that CLI11 does not make by itself, and the shape of those that it does.
#pragma once

#include <CLI/CLI.hpp>

namespace ggufit::cli {

extern const char * const kRootFooter;
extern const char * const kPlanFooter;
extern const char * const kAdviseFooter;
extern const char * const kInspectFooter;
extern const char * const kLinkFooter;
extern const char * const kEstimateFooter;
extern const char * const kGraphFooter;
extern const char * const kOverridesFooter;
extern const char * const kCheckFooter;
extern const char * const kGpusFooter;
extern const char * const kConfFooter;
extern const char * const kConfAddFooter;
extern const char * const kConfBenchFooter;
extern const char * const kConfReplaceFooter;
extern const char * const kConfRemoveFooter;
extern const char * const kConfLintFooter;

/// CLI11's formatter with usage lines that say where llama-server's arguments go.
class HelpFormatter : public CLI::Formatter {
  public:
    std::string make_usage(const CLI::App * app, std::string name) const override;
    std::string make_option_opts(const CLI::Option * option) const override;
};

}  // namespace ggufit::cli
