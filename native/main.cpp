// ggufit's command line: words → options → files → core → terminal.
#include <csignal>
#include <exception>

#include "apply_change.h"
#include "commands.h"
#include "options.h"
#include "progress.h"
#include "terminal.h"

extern char ** environ;

namespace {

using namespace ggufit;

cli::Environment llamaEnvironment() {
    cli::Environment found;
    for (char ** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string text(*entry);
        const size_t equals = text.find('=');
        if (text.starts_with("LLAMA_ARG_") && equals != std::string::npos) {
            found.emplace_back(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return found;
}

int fail(const Error & error) {
    cli::writeError(error);
    return exitCode(error.code);
}

int run(const std::vector<std::string> & words) {
    const auto invocation = cli::parseCommandLine(words);
    if (!invocation) return fail(invocation.error());
    if (!invocation->text.empty()) return cli::writeOut(invocation->text) ? 0 : 3;

    if (invocation->options.quiet) cli::Progress::mute();
    const auto answer = [&] {
        const cli::Command command = invocation->options.command;
        const bool shows_own = command == cli::Command::choose;
        const cli::Progress progress(shows_own                       ? ""
                                     : command == cli::Command::gpus ? "asking the system's tools"
                                                                     : "trying placements");
        return cli::runCommand(invocation->options, llamaEnvironment(), cli::terminalOptions());
    }();
    if (!answer) return fail(answer.error());
    if (!invocation->options.quiet) cli::writeWarnings(answer->warnings);
    if (!cli::writeOut(answer->text)) return fail({ErrorCode::input, "standard output", "writing failed."});
    if (!answer->change) return answer->exit_code;
    const auto written = cli::applyChange(*answer->change);
    return written ? *written : fail(written.error());
}

}  // namespace

int main(int argc, char ** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return run({argv + (argc > 0 ? 1 : 0), argv + argc});
    } catch (const std::exception & failure) {
        return fail({ErrorCode::input, "", std::string("stopped: ") + failure.what() + "."});
    }
}
