// Ctrl-C as a question that can be asked, for work that ends in order.
#pragma once

#include <atomic>
#include <csignal>

namespace ggufit::cli {

/// While it lives the first Ctrl-C only sets a flag; the second one ends the program as usual.
class Interrupt {
  public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt &) = delete;
    Interrupt & operator=(const Interrupt &) = delete;

    [[nodiscard]] static bool asked() { return flag().load(); }
    [[nodiscard]] static const std::atomic<bool> & flag();

  private:
    struct sigaction before_ {};
};

}  // namespace ggufit::cli
