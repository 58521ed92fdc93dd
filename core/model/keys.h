// Reads an architecture's metadata keys into hyperparameters, and remembers what was missing or wrong.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gguf/file.h"
#include "model/hparams.h"

namespace ggufit {

/// Access to "<architecture>.<suffix>" keys (a suffix that starts with "general.", "tokenizer." or "xielu." is a whole
/// key). get* leave `out` alone and return false where the key is absent; require* note an error instead. Types are
/// llama.cpp's: u32, f32, bool or string, exactly (GGUFMeta::GKV). A value of another type notes an error in both.
/// Only the first error is kept: check error() when done.
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
    void require(std::string_view suffix, bool & out);

    /// Notes an error where the key is absent: for values that llama.cpp needs and that change nothing here.
    void requirePresent(std::string_view suffix);

    /// llama.cpp's get_key_or_arr: one value for all of the first n layers, or an array of exactly n values (an array
    /// that is longer than n is an error, as it is in llama.cpp).
    bool getPerLayer(std::string_view suffix, PerLayer<uint32_t> & out, uint32_t n);
    bool getPerLayer(std::string_view suffix, PerLayer<uint8_t> & out, uint32_t n);
    bool getPerLayer(std::string_view suffix, PerLayer<float> & out, uint32_t n);
    void requirePerLayer(std::string_view suffix, PerLayer<uint32_t> & out, uint32_t n);
    void requirePerLayer(std::string_view suffix, PerLayer<uint8_t> & out, uint32_t n);
    void requirePerLayer(std::string_view suffix, PerLayer<float> & out, uint32_t n);

    /// llama.cpp's get_key_or_arr for one value: an array counts as absent.
    bool getUnlessArray(std::string_view suffix, uint32_t & out);

    /// llama.cpp's get_arr: an array of at most kMaxLayers values, written from the front; false where the key is
    /// absent or no array.
    bool getArray(std::string_view suffix, PerLayer<uint32_t> & out);
    bool getArray(std::string_view suffix, PerLayer<int32_t> & out);

    /// Elements of an array, or nothing where the key is absent or no array.
    [[nodiscard]] std::optional<uint64_t> arrayCount(std::string_view suffix) const;

    /// rope.dimension_sections: four numbers.
    bool getSections(std::string_view suffix, std::array<uint32_t, 4> & out);

    /// Notes an error of this header ("what"), unless there is one already. For checks that llama.cpp asserts.
    void fail(std::string_view suffix, std::string detail, ErrorCode code = ErrorCode::input);

    /// Something a user should know that is no error.
    void warn(std::string text, std::string remedy);

    [[nodiscard]] const std::optional<Error> & error() const { return error_; }
    [[nodiscard]] const std::vector<Warning> & warnings() const { return warnings_; }

    /// The whole key of a suffix, as it stands in the file.
    [[nodiscard]] std::string key(std::string_view suffix) const;

  private:
    [[nodiscard]] const Value * find(std::string_view suffix) const;
    void missing(std::string_view suffix);
    void wrongType(std::string_view suffix, const Value & value, std::string_view expected);
    template <typename T>
    bool readPerLayer(std::string_view suffix, PerLayer<T> & out, uint32_t n);
    template <typename T>
    bool readArray(std::string_view suffix, PerLayer<T> & out);

    const File & file_;
    std::string architecture_;
    std::optional<Error> error_;
    std::vector<Warning> warnings_;
};

}  // namespace ggufit
