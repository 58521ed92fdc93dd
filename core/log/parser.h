// A stream of bytes → the start of llama.cpp that it holds, or one of several.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "log/log.h"

namespace ggufit {

/// Reads a log in pieces of any size, in memory that does not grow with it. Nothing that it is fed is an error: what it
/// does not know it skips.
class LogParser {
  public:
    /// `start`: which of the starts is wanted, from 1; 0 for the last that came to an end, else the last.
    explicit LogParser(uint32_t start = 0) : wanted_(start) {}

    void feed(std::string_view bytes);

    /// The start that was wanted; one with start 0 where there is none. Feeding is over.
    [[nodiscard]] Log finish();

  private:
    void takeLine(std::string_view line);
    void beginStart();
    void keep();

    uint32_t wanted_;
    uint32_t n_starts_ = 0;
    std::string pending_;  // a line whose end has not come yet
    Log current_;
    Log kept_;
    bool draft_model_ = false;  // a draft model is being loaded: its lines open no start
    bool fitting_ = false;      // between --fit's first line and its last: what is printed is not loaded
};

/// The same for a text that is there as a whole.
[[nodiscard]] Log parseLog(std::string_view text, uint32_t start = 0);

}  // namespace ggufit
