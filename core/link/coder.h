// Numbers, texts and lists over the range coder, told once for both directions: a Coder that writes takes the value
// that it is given, one that reads replaces it.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "link/range_coder.h"

namespace ggufit {

/// Writes; never fails.
class LinkWriter {
  public:
    static constexpr bool kReads = false;
    void bit(Chance & chance, bool & value) { encoder_.bit(chance, value); }
    [[nodiscard]] bool failed() const { return false; }
    void refuse() {}
    [[nodiscard]] std::vector<uint8_t> finish() { return encoder_.finish(); }

  private:
    RangeEncoder encoder_;
};

/// Reads. After a value that no writer gives, or past the end, it has failed: what comes then is all zeros.
class LinkReader {
  public:
    static constexpr bool kReads = true;
    explicit LinkReader(std::span<const uint8_t> bytes) : decoder_(bytes) {}
    void bit(Chance & chance, bool & value) {
        value = !failed_ && decoder_.bit(chance);
        if (decoder_.overrun()) refuse();
    }
    [[nodiscard]] bool failed() const { return failed_; }
    void refuse() { failed_ = true; }

  private:
    RangeDecoder decoder_;
    bool failed_ = false;
};

/// A symbol of `kBits` bits, each with a chance that depends on those before it.
template <unsigned kBits>
class Tree {
  public:
    template <typename Coder>
    void code(Coder & coder, uint32_t & symbol) {
        uint32_t node = 1;
        for (unsigned i = kBits; i-- > 0;) {
            bool bit = ((symbol >> i) & 1U) != 0;
            coder.bit(chances_[node], bit);
            node = (node << 1U) | (bit ? 1U : 0U);
        }
        symbol = node - (1U << kBits);
    }

  private:
    std::array<Chance, size_t{1} << kBits> chances_{};
};

/// Bits of no known chance.
template <typename Coder>
void plainBits(Coder & coder, unsigned n_bits, uint64_t & value) {
    uint64_t read = 0;
    for (unsigned i = n_bits; i-- > 0;) {
        Chance even;
        bool bit = ((value >> i) & 1U) != 0;
        coder.bit(even, bit);
        read = (read << 1U) | (bit ? 1U : 0U);
    }
    value = read;
}

/// Any number of 64 bits, as an odd number and a power of two: model sizes have many factors of two.
class Numbers {
  public:
    template <typename Coder>
    void code(Coder & coder, uint64_t & value) {
        uint32_t shift = value == 0 ? 0 : static_cast<uint32_t>(std::countr_zero(value));
        uint64_t odd = value >> shift;
        auto length = static_cast<uint32_t>(std::bit_width(odd));
        codeSize(coder, length_, long_length_, length);
        if (length == 0) {
            value = 0;
            return;
        }
        codeSize(coder, shift_, long_shift_, shift);
        if (shift + length > 64) {
            coder.refuse();
            length = 1;
            shift = 0;
        }
        uint64_t inner = (odd >> 1U) & (length > 2 ? (uint64_t{1} << (length - 2)) - 1 : 0);
        if (length > 2) plainBits(coder, length - 2, inner);
        odd = length == 1 ? 1 : (uint64_t{1} << (length - 1)) | (length > 2 ? inner << 1U : 0) | 1U;
        value = odd << shift;
    }

    /// A number of at most `most`; a reader refuses a larger one and gives 0.
    template <typename Coder, typename Number>
    void codeUpTo(Coder & coder, Number & value, uint64_t most) {
        uint64_t wide = value;
        code(coder, wide);
        if (wide > most) {
            coder.refuse();
            wide = 0;
        }
        value = static_cast<Number>(wide);
    }

  private:
    static constexpr uint32_t kLong = 15;

    /// 0 to 64; most are short.
    template <typename Coder>
    static void codeSize(Coder & coder, Tree<4> & usual, Tree<6> & longer, uint32_t & size) {
        uint32_t symbol = std::min(size, kLong);
        usual.code(coder, symbol);
        if (symbol == kLong) {
            uint32_t rest = size - kLong;
            longer.code(coder, rest);
            symbol += rest;
        }
        size = symbol;
        if (size <= 64) return;
        coder.refuse();
        size = 0;
    }

    Tree<4> length_, shift_;
    Tree<6> long_length_, long_shift_;
};

/// Numbers that come again: the last ones first.
class Remembered {
  public:
    void add(uint64_t value) {
        const auto found = std::find(recent_.begin(), recent_.end(), value);
        if (found != recent_.end()) recent_.erase(found);
        recent_.insert(recent_.begin(), value);
        if (recent_.size() > kNew) recent_.pop_back();
    }

    template <typename Coder>
    void code(Coder & coder, Numbers & otherwise, uint64_t & value) {
        const auto found = std::find(recent_.begin(), recent_.end(), value);
        auto place = found == recent_.end() ? kNew : static_cast<uint32_t>(found - recent_.begin());
        place_.code(coder, place);
        if (place >= recent_.size() && place != kNew) {
            coder.refuse();
            place = kNew;
        }
        if (place == kNew)
            otherwise.code(coder, value);
        else
            value = recent_[place];
        add(value);
    }

  private:
    static constexpr uint32_t kNew = 63;

    std::vector<uint64_t> recent_;
    Tree<6> place_;
};

/// Texts, byte by byte, each by the kind of the one before it.
class Texts {
  public:
    Texts();

    /// At most `most` bytes: a writer cuts the text, a reader refuses a longer one.
    template <typename Coder>
    void code(Coder & coder, std::string & text, size_t most) {
        if (text.size() > most) text.resize(most);
        auto size = static_cast<uint64_t>(text.size());
        lengths_.codeUpTo(coder, size, most);
        if constexpr (Coder::kReads) text.clear();
        uint8_t before = ' ';
        for (size_t i = 0; i < size && !coder.failed(); ++i) {
            uint32_t symbol = Coder::kReads ? 0U : static_cast<uint8_t>(text[i]);
            letters_[kindOf(before)].code(coder, symbol);
            before = static_cast<uint8_t>(symbol);
            if constexpr (Coder::kReads) text.push_back(static_cast<char>(before));
        }
    }

    /// A text that is most often one of `known`, which are at most 2^kBits − 1.
    template <unsigned kBits, typename Coder>
    void codeKnown(Coder & coder, Tree<kBits> & places, std::span<const std::string_view> known, std::string & text,
                   size_t most) {
        constexpr uint32_t kOther = (1U << kBits) - 1;
        const auto found = std::find(known.begin(), known.end(), text);
        auto place = found == known.end() ? kOther : static_cast<uint32_t>(found - known.begin());
        places.code(coder, place);
        if (place == kOther) return code(coder, text, most);
        if (place >= known.size()) {
            coder.refuse();
            place = 0;
        }
        text = std::string(known[place]);
    }

  private:
    static constexpr size_t kKinds = 5;
    [[nodiscard]] static size_t kindOf(uint8_t byte);

    Numbers lengths_;
    std::array<Tree<8>, kKinds> letters_;
};

/// A row of values, one for each layer or so: most are as the one before, often in a period.
class Repeats {
  public:
    /// What is known of a row so far.
    struct Row {
        uint64_t last = 0, other = 0;  // the value before, and the last that differed from it
        uint32_t changes = 0;          // of the last values, a bit each: whether it was as the one before
        uint8_t n_values = 0;          // none, one or more
    };

    /// Codes the next value of a row; `fresh` codes one that is neither of the row's last two.
    template <typename Coder, typename Fresh>
    void code(Coder & coder, Row & row, uint64_t & value, Fresh fresh) {
        bool same = row.n_values > 0 && value == row.last;
        if (row.n_values > 0) coder.bit(same_[row.changes], same);
        if (same) {
            value = row.last;
        } else {
            bool other = row.n_values > 1 && value == row.other;
            if (row.n_values > 1) coder.bit(other_, other);
            if (other)
                value = row.other;
            else
                fresh(value);
            if (row.n_values > 0) row.other = row.last;
            row.last = value;
            row.n_values = row.n_values == 0 ? 1 : 2;
        }
        row.changes = (row.changes << 1U | (same ? 0U : 1U)) & (kContexts - 1);
    }

  private:
    static constexpr uint32_t kContexts = 128;

    std::array<Chance, kContexts> same_{};
    Chance other_;
};

/// A number with decimals: short decimals as thousandths, others bit by bit.
class Decimals {
  public:
    template <typename Coder>
    void code(Coder & coder, double & value) {
        uint64_t thousandths = value >= 0 && value < 1e12 ? static_cast<uint64_t>(std::llround(value * 1000)) : 0;
        bool is_short = static_cast<double>(thousandths) / 1000 == value;
        coder.bit(short_, is_short);
        if (is_short) {
            numbers_.code(coder, thousandths);
            value = static_cast<double>(thousandths) / 1000;
            return;
        }
        uint64_t bits = 0;
        std::memcpy(&bits, &value, sizeof bits);
        plainBits(coder, 64, bits);
        std::memcpy(&value, &bits, sizeof bits);
    }

  private:
    Chance short_;
    Numbers numbers_;
};

}  // namespace ggufit
