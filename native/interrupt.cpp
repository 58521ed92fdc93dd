// A handler that sets a flag and is gone after its first signal.
#include "interrupt.h"

namespace ggufit::cli {

namespace {

std::atomic<bool> was_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free);  // as a signal handler needs

void ask(int /*signal*/) { was_asked.store(true); }

}  // namespace

Interrupt::Interrupt() {
    was_asked.store(false);
    ::sigaction(SIGINT, nullptr, &before_);
    if (before_.sa_handler == SIG_IGN) return;  // as a shell starts what runs beside it
    struct sigaction action {};
    action.sa_handler = ask;
    sigemptyset(&action.sa_mask);
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &action, nullptr);
}

Interrupt::~Interrupt() { ::sigaction(SIGINT, &before_, nullptr); }

const std::atomic<bool> & Interrupt::flag() { return was_asked; }

}  // namespace ggufit::cli
