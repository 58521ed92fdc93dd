// The last stage of the CLI: colour and width of the terminal, and output that survives a closed pipe.
#include "terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "write_all.h"

namespace ggufit::cli {

namespace {

constexpr uint32_t kNarrowest = 60, kWidest = 140;

/// Whether all was written, or nobody listens any more.
bool writeTo(int descriptor, std::string_view text) { return writeAll(descriptor, text) || errno == EPIPE; }

}  // namespace

TextOptions terminalOptions() {
    TextOptions options;
    if (::isatty(STDOUT_FILENO) == 0) return options;
    const char * no_color = std::getenv("NO_COLOR");
    const char * term = std::getenv("TERM");
    options.colour = (no_color == nullptr || *no_color == '\0') && term != nullptr && std::string_view(term) != "dumb";
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        options.width = std::clamp<uint32_t>(size.ws_col, kNarrowest, kWidest);
    }
    return options;
}

bool writeOut(std::string_view text) { return writeTo(STDOUT_FILENO, text); }

void writeWarnings(const std::vector<Warning> & warnings) {
    for (const Warning & warning : warnings) {
        (void)writeTo(STDERR_FILENO, "ggufit: warning: " + safeTerminal(warning.whole()) + "\n");
    }
}

void writeError(const Error & error) { (void)writeTo(STDERR_FILENO, "ggufit: " + safeTerminal(error.text()) + "\n"); }

}  // namespace ggufit::cli
