// Asks a terminal, and only a terminal; what is not a clear yes writes nothing.
#include "apply_change.h"

#include <unistd.h>

#include <cerrno>

#include "render/escape.h"
#include "terminal.h"

namespace ggufit::cli {

namespace {

/// A line of standard input, without what follows its first 100 characters.
std::string readAnswer() {
    std::string line;
    char c = 0;
    for (;;) {
        const ssize_t got = ::read(STDIN_FILENO, &c, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0 || c == '\n') return line;
        if (line.size() < 100) line += c;
    }
}

bool isYes(const std::string & answer) {
    return answer == "y" || answer == "Y" || answer == "yes" || answer == "Yes" || answer == "YES";
}

}  // namespace

Result<int> applyChange(const FileChange & change) {
    const std::string name = safeTerminal(change.name);
    if (change.ask) {
        if (::isatty(STDIN_FILENO) == 0) {
            return Error{
                ErrorCode::usage, name,
                "nothing was written: standard input is no terminal, so nobody can be asked. Add --yes to write, "
                "or --dry-run to look."};
        }
        if (!writeOut("Write this to " + name + "? [y/N] ")) return 1;
        if (!isYes(readAnswer())) {
            (void)writeOut("Nothing was written.\n");
            return 1;
        }
    }
    if (auto fault = replaceText(change.opened, change.text)) return *fault;
    if (!change.quiet) (void)writeOut("Wrote " + name + ".\n");
    return 0;
}

}  // namespace ggufit::cli
