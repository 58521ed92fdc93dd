// Runs the built ggufit as a user would: words, environment, standard output, standard error, exit status.
#pragma once

#include <string>
#include <vector>

namespace ggufit::test {

struct Run {
    int exit_code = -1;  // −1 where it did not end by itself
    std::string out;
    std::string err;
};

/// Runs ggufit with these words. `environment` holds NAME=VALUE words that are set in addition.
[[nodiscard]] Run ggufit(const std::vector<std::string> & words, const std::vector<std::string> & environment = {});

/// The same through a shell, where `$GGUFIT` is the program: for pipes and redirections.
[[nodiscard]] Run shell(const std::string & command);

/// A file of a truth model in a folder of the test's own: its header, then as many bytes as the file has (none of them
/// written). Gives the path.
[[nodiscard]] std::string sparseModel(const std::string & model, const std::string & file_name = "");

/// A file with this content in the same folder. Gives the path.
[[nodiscard]] std::string textFile(const std::string & name, const std::string & content);

/// The folder itself.
[[nodiscard]] const std::string & scratch();

}  // namespace ggufit::test
