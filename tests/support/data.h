// Test data: headers of real models and llama.cpp's own figures for them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ggufit::test {

/// Bytes of a file below tests/data/; an empty vector where it is missing (tests then fail on the content).
[[nodiscard]] std::vector<uint8_t> readData(const std::string & path);

/// The same as text.
[[nodiscard]] std::string readDataText(const std::string & path);

/// Bytes of the header of a truth model ("qwen3-14b-q4_k_m") or zoo model ("llama-dense"), unpacked at configure time.
[[nodiscard]] std::vector<uint8_t> readHeaderBytes(const std::string & model);

/// Size of that model's whole file.
[[nodiscard]] uint64_t fileBytesOf(const std::string & model);

/// Names of all truth models, then all zoo models.
[[nodiscard]] std::vector<std::string> allModels();

/// Of many cases that a property is tried on, every n-th is enough where the sanitizers run: they take ten times as
/// long and look for faults of memory, not for figures.
#if defined(__SANITIZE_ADDRESS__)
#define GGUFIT_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GGUFIT_SANITIZED
#endif
#endif
#if defined(GGUFIT_SANITIZED)
inline constexpr size_t kEveryNth = 10;
#else
inline constexpr size_t kEveryNth = 1;
#endif
[[nodiscard]] std::vector<std::string> sampledModels();  // every kEveryNth of allModels

}  // namespace ggufit::test
