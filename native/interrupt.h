// Ctrl-C as a question that can be asked, for work that ends in order.
#pragma once

#include <atomic>

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
};

}  // namespace ggufit::cli
