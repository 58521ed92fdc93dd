// A binary range coder whose chances adapt: what a planning link is packed with.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ggufit {

/// The chance of a one, learned from the bits that were coded with it (the estimate of Krichevsky and Trofimov).
struct Chance {
    uint16_t ones = 1U << 15;  // in 65,536ths
    uint8_t seen = 0;

    void learn(bool bit);
};

/// What both directions narrow bit by bit.
class RangeInterval {
  public:
    /// The last number that stands for a one.
    [[nodiscard]] uint32_t cut(const Chance & chance) const;

    /// Keeps the part of a bit, and calls `shift` with the leading byte for each that both ends then share.
    template <typename Shift>
    void take(uint32_t cut, bool bit, const Shift & shift) {
        if (bit)
            high = cut;
        else
            low = cut + 1;
        for (; ((low ^ high) >> 24U) == 0; low <<= 8U, high = (high << 8U) | 0xFFU) {
            shift(static_cast<uint8_t>(high >> 24U));
        }
    }

    uint32_t low = 0, high = UINT32_MAX;
};

/// Bits → bytes, each bit at the cost of its chance.
class RangeEncoder {
  public:
    void bit(Chance & chance, bool value);
    /// The bytes of all bits; zeros at the end are left out, since the decoder goes on with zeros.
    [[nodiscard]] std::vector<uint8_t> finish();

  private:
    RangeInterval interval_;
    std::vector<uint8_t> bytes_;
};

/// The same bits back, with the same chances in the same order.
class RangeDecoder {
  public:
    explicit RangeDecoder(std::span<const uint8_t> bytes);
    [[nodiscard]] bool bit(Chance & chance);
    /// More was read than any encoder leaves out.
    [[nodiscard]] bool overrun() const { return position_ > bytes_.size() + sizeof(uint32_t); }

  private:
    void shift();

    std::span<const uint8_t> bytes_;
    uint64_t position_ = 0;
    RangeInterval interval_;
    uint32_t code_ = 0;
};

}  // namespace ggufit
