// A metadata value in a planning link.
#pragma once

#include "gguf/file.h"
#include "link/coder.h"
#include "link/wire_names.h"

namespace ggufit {

/// What a link keeps of a value: texts shortened, of arrays of texts only their length.
[[nodiscard]] Value linkedValue(const Value & value, KeptValue kept);

/// Writes or reads values one after the other; numbers that come again are told by their place.
class WireValues {
  public:
    /// A value, most likely of the expected type. A reader refuses what no file holds.
    template <typename Coder>
    void code(Coder & coder, Texts & texts, ValueType expected, Value & value);

    /// The whole numbers so far.
    [[nodiscard]] const Remembered & known() const { return known_; }

  private:
    template <typename Coder>
    void codeArray(Coder & coder, Array & array);
    template <typename Coder>
    void codeNumber(Coder & coder, ValueType type, uint64_t & bits);

    Chance expected_, kept_;
    Tree<4> types_, element_types_;
    Numbers counts_, integers_, reals_;
    Remembered known_;
    Repeats repeats_;
};

}  // namespace ggufit
