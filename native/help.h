// The shape of --help where it is not CLI11's own.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>

namespace ggufit::cli {

/// CLI11's formatter with a usage line that says where llama-server's arguments go.
class HelpFormatter : public CLI::Formatter {
  public:
    /// `usage` is what follows "Usage: ".
    explicit HelpFormatter(std::string usage) : usage_(std::move(usage)) {}
    std::string make_usage(const CLI::App * app, std::string name) const override;
    std::string make_option_opts(const CLI::Option * option) const override;

  private:
    std::string usage_;
};

}  // namespace ggufit::cli
