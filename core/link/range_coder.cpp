// The interval is cut in two by the chance; leading bytes that both of its ends share are written or read at once.
#include "link/range_coder.h"

namespace ggufit {

namespace {

constexpr int32_t kOne = 1 << 16;
constexpr int32_t kLeast = 32;   // no bit is ever certain
constexpr uint8_t kMemory = 62;  // so many bits are remembered: later ones weigh as the last of them

}  // namespace

uint32_t RangeInterval::cut(const Chance & chance) const {
    return low + static_cast<uint32_t>((uint64_t{high - low} * chance.ones) >> 16U);
}

void Chance::learn(bool bit) {
    const int32_t target = bit ? kOne : 0;
    int32_t next = ones + (target - ones) / (seen + 2);
    if (next < kLeast) next = kLeast;
    if (next > kOne - kLeast) next = kOne - kLeast;
    ones = static_cast<uint16_t>(next);
    if (seen < kMemory) ++seen;
}

void RangeEncoder::bit(Chance & chance, bool value) {
    interval_.take(interval_.cut(chance), value, [this](uint8_t byte) { bytes_.push_back(byte); });
    chance.learn(value);
}

std::vector<uint8_t> RangeEncoder::finish() {
    // the shortest number within the interval, when zeros follow it
    uint32_t code = interval_.low;
    for (const uint32_t mask : {0xFF000000U, 0xFFFF0000U, 0xFFFFFF00U}) {
        const uint64_t rounded = (uint64_t{interval_.low} + ~mask) & mask;
        if (rounded > interval_.high) continue;
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
    const uint32_t cut = interval_.cut(chance);
    const bool value = code_ <= cut;
    interval_.take(cut, value, [this](uint8_t /*byte*/) { shift(); });
    chance.learn(value);
    return value;
}

}  // namespace ggufit
