// A handler that sets a flag and is gone after its first signal.
#include "interrupt.h"

#include <csignal>

namespace ggufit::cli {

namespace {

volatile std::sig_atomic_t was_asked = 0;

void ask(int /*signal*/) { was_asked = 1; }

}  // namespace

Interrupt::Interrupt() {
    was_asked = 0;
    struct sigaction action {};
    action.sa_handler = ask;
    sigemptyset(&action.sa_mask);
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &action, nullptr);
}

Interrupt::~Interrupt() {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, nullptr);
}

bool Interrupt::asked() { return was_asked != 0; }

}  // namespace ggufit::cli
