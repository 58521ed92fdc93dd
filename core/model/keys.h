// Reads an architecture's metadata keys into hyperparameters, and remembers what was missing or wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gguf/file.h"
#include "model/hparams.h"

namespace ggufit {

/// Access to "<architecture>.<suffix>" keys (a suffix that starts with "general." or "tokenizer." is a whole key).
/// get* leave `out` alone and return false where the key is absent; require* note an error instead. A value of the
/// wrong type or out of range notes an error in both. Only the first error is kept: check error() when done.
class Keys {
  public:
    Keys(const File & file, std::string_view architecture);

    [[nodiscard]] const File & file() const { return file_; }
    [[nodiscard]] std::string_view architecture() const { return architecture_; }
    [[nodiscard]] bool has(std::string_view suffix) const;

    bool get(std::string_view suffix, uint32_t & out);
    bool get(std::string_view suffix, float & out);
    bool get(std::string_view suffix, bool & out);
    bool get(std::string_view suffix, std::string & out);
    void require(std::string_view suffix, uint32_t & out);
    void require(std::string_view suffix, float & out);

    /// llama.cpp's get_key_or_arr: one value for all of the first n layers, or an array of exactly n values (an array
    /// that is longer than n is an error, as it is in llama.cpp).
    bool getPerLayer(std::string_view suffix, PerLayer<uint32_t> & out, uint32_t n);
    bool getPerLayer(std::string_view suffix, PerLayer<uint8_t> & out, uint32_t n);
    void requirePerLayer(std::string_view suffix, PerLayer<uint32_t> & out, uint32_t n);

    /// Notes an error of this header ("what"), unless there is one already. For checks that llama.cpp asserts.
    void fail(std::string_view suffix, std::string detail);

    /// Something a user should know that is no error.
    void warn(std::string text, std::string remedy);

    [[nodiscard]] const std::optional<Error> & error() const { return error_; }
    [[nodiscard]] const std::vector<Warning> & warnings() const { return warnings_; }

    /// The whole key of a suffix, as it stands in the file.
    [[nodiscard]] std::string key(std::string_view suffix) const;

  private:
    const File & file_;
    std::string architecture_;
    std::optional<Error> error_;
    std::vector<Warning> warnings_;
};

}  // namespace ggufit
