// The interval is cut in two by the chance; leading bytes that both of its ends share are written or read at once.
#include "link/range_coder.h"

namespace ggufit {

namespace {

constexpr int32_t kOne = 1 << 16;
constexpr int32_t kLeast = 32;   // no bit is ever certain
constexpr uint8_t kMemory = 62;  // so many bits are remembered: later ones weigh as the last of them
constexpr uint32_t kTop = 0xFF000000U;

uint32_t middle(uint32_t low, uint32_t high, const Chance & chance) {
    return low + static_cast<uint32_t>((uint64_t{high - low} * chance.ones) >> 16U);
}

}  // namespace

void Chance::learn(bool bit) {
    const int32_t target = bit ? kOne : 0;
    int32_t next = ones + (target - ones) / (seen + 2);
    if (next < kLeast) next = kLeast;
    if (next > kOne - kLeast) next = kOne - kLeast;
    ones = static_cast<uint16_t>(next);
    if (seen < kMemory) ++seen;
}

void RangeEncoder::bit(Chance & chance, bool value) {
    const uint32_t cut = middle(low_, high_, chance);
    if (value)
        high_ = cut;
    else
        low_ = cut + 1;
    chance.learn(value);
    while (((low_ ^ high_) & kTop) == 0) {
        bytes_.push_back(static_cast<uint8_t>(high_ >> 24U));
        low_ <<= 8U;
        high_ = (high_ << 8U) | 0xFFU;
    }
}

std::vector<uint8_t> RangeEncoder::finish() {
    // the shortest number within the interval, when zeros follow it
    uint32_t code = low_;
    for (const uint32_t mask : {0xFF000000U, 0xFFFF0000U, 0xFFFFFF00U}) {
        const uint64_t rounded = (uint64_t{low_} + ~mask) & mask;
        if (rounded > high_) continue;
        code = static_cast<uint32_t>(rounded);
        break;
    }
    for (; code != 0; code <<= 8U) bytes_.push_back(static_cast<uint8_t>(code >> 24U));
    while (!bytes_.empty() && bytes_.back() == 0) bytes_.pop_back();
    return std::move(bytes_);
}

RangeDecoder::RangeDecoder(std::span<const uint8_t> bytes) : bytes_(bytes) {
    for (size_t i = 0; i < sizeof(uint32_t); ++i) shift();
}

void RangeDecoder::shift() {
    code_ = (code_ << 8U) | (position_ < bytes_.size() ? bytes_[static_cast<size_t>(position_)] : 0U);
    ++position_;
}

bool RangeDecoder::bit(Chance & chance) {
    const uint32_t cut = middle(low_, high_, chance);
    const bool value = code_ <= cut;
    if (value)
        high_ = cut;
    else
        low_ = cut + 1;
    chance.learn(value);
    while (((low_ ^ high_) & kTop) == 0) {
        low_ <<= 8U;
        high_ = (high_ << 8U) | 0xFFU;
        shift();
    }
    return value;
}

}  // namespace ggufit
