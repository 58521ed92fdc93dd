// What every fuzz target uses: its input taken apart, claims that end the run where they fail, a bound on its memory.
#pragma once

#include <fuzzer/FuzzedDataProvider.h>
#include <sanitizer/allocator_interface.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ggufit::fuzz {

/// Ends the run, so that the fuzzer keeps the input, where a claim does not hold.
inline void claim(bool holds, const char * sentence) {
    if (holds) return;
    std::fprintf(stderr, "claim broken: %s\n", sentence);
    std::abort();
}

/// A failure is one sentence of bounded length, whatever the input was.
inline void claimSentence(const Error & error) {
    claim(!error.detail.empty(), "an error says what is wrong");
    claim(error.text().size() <= 4096, "an error's text is short");
}

/// No output is longer than so many bytes beyond a multiple of its input.
inline void claimBounded(size_t output, size_t input, size_t factor, size_t beyond) {
    claim(output <= factor * input + beyond, "the output's size is bounded by the input's");
}

/// Claims that what an input makes, all of it that is held at the same time, is bounded by its size: a kilobyte never
/// makes a gigabyte, in one piece or in many. Stands at the start of a target.
class MemoryBound {
  public:
    explicit MemoryBound(size_t input, size_t beyond = size_t{64} << 20)
        : bound_(static_cast<int64_t>(256 * input + beyond)) {
        static const int hooks = __sanitizer_install_malloc_and_free_hooks(onMalloc, onFree);
        claim(hooks > 0, "memory is counted");
        held_ = 0;
        peak_ = 0;
    }
    ~MemoryBound() { claim(peak_ <= bound_, "memory is bounded by the input's size"); }
    MemoryBound(const MemoryBound &) = delete;
    MemoryBound & operator=(const MemoryBound &) = delete;

  private:
    static void onMalloc(const volatile void *, size_t size) {
        held_ += static_cast<int64_t>(size);
        if (held_ > peak_) peak_ = held_;
    }
    static void onFree(const volatile void * memory) {
        if (memory != nullptr)
            held_ -= static_cast<int64_t>(__sanitizer_get_allocated_size(const_cast<const void *>(memory)));
    }

    int64_t bound_;
    inline static int64_t held_ = 0, peak_ = 0;
};

inline std::string_view textOf(const uint8_t * data, size_t size) {
    return {reinterpret_cast<const char *>(data), size};
}

/// The part of a text up to its first zero byte, which is taken away: one input, several texts.
inline std::string_view takeText(std::string_view & rest) {
    const size_t end = rest.find('\0');
    const std::string_view text = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return text;
}

}  // namespace ggufit::fuzz
