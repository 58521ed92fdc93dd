// The shape of --help: usage lines, and the values of options.
#include "help.h"

namespace ggufit::cli {

std::string HelpFormatter::make_usage(const CLI::App * /*app*/, std::string /*name*/) const {
    return "Usage: " + usage_ + "\n";
}

std::string HelpFormatter::make_option_opts(const CLI::Option * option) const {
    return option->get_type_size() == 0 || option->get_type_name().empty() ? "" : " " + option->get_type_name();
}

}  // namespace ggufit::cli
