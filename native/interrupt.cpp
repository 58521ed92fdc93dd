// A handler that sets a flag and is gone after its first signal.
#include "interrupt.h"

#include <csignal>

namespace ggufit::cli {

namespace {

std::atomic<bool> was_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free);  // as a signal handler needs

void ask(int /*signal*/) { was_asked.store(true); }

}  // namespace

Interrupt::Interrupt() {
    was_asked.store(false);
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

const std::atomic<bool> & Interrupt::flag() { return was_asked; }

}  // namespace ggufit::cli
