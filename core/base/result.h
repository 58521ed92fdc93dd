// What a function returns when its input may be wrong: a value, or one Error that says what, where and what to do.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace ggufit {

/// The kinds of wrong input. Each has one exit code (exitCode) and one stable name (errorCodeName), used in JSON.
enum class ErrorCode : uint8_t {
    usage,        // arguments or settings that make no sense
    input,        // a file, text or link whose content is wrong
    truncated,    // a prefix that ends before the header does; needed_bytes says how far to read
    unfinished,   // a whole file that ends before its tensor data: a download that did not finish
    unsupported,  // well-formed, but a version or feature that ggufit does not know
};

/// One sentence for a person, and the facts for a program.
struct Error {
    ErrorCode code = ErrorCode::input;
    std::string where;          // file name, key, tensor, argument; may be empty
    std::string detail;         // what is wrong and what to do about it; a full sentence without the `where`
    uint64_t offset = 0;        // byte offset in the file that the fault was seen at, where there is one
    uint64_t needed_bytes = 0;  // for truncated: read at least so many bytes of the file and try again

    /// "where: detail", as printed.
    [[nodiscard]] std::string text() const { return where.empty() ? detail : where + ": " + detail; }
};

/// CLI exit code of a failure: 2 usage, 3 input (also truncated and unfinished), 4 unsupported.
[[nodiscard]] int exitCode(ErrorCode code);

/// Stable lower-case name of a code, as it stands in JSON.
[[nodiscard]] const char * errorCodeName(ErrorCode code);

/// A value or an Error. Core is compiled without exceptions: check ok() before value().
template <typename T>
class [[nodiscard]] Result {
  public:
    Result(T value) : value_(std::move(value)) {}                                  // NOLINT: implicit on purpose
    Result(const Error & error) : error_(std::make_shared<const Error>(error)) {}  // NOLINT: implicit on purpose

    [[nodiscard]] bool ok() const { return value_.has_value(); }
    explicit operator bool() const { return ok(); }

    [[nodiscard]] T & value() & { return *value_; }
    [[nodiscard]] const T & value() const & { return *value_; }
    [[nodiscard]] T && value() && { return *std::move(value_); }
    [[nodiscard]] const Error & error() const { return *error_; }

    T & operator*() & { return *value_; }
    const T & operator*() const & { return *value_; }
    T && operator*() && { return *std::move(value_); }
    T * operator->() { return &*value_; }
    const T * operator->() const { return &*value_; }

  private:
    std::optional<T> value_;
    std::shared_ptr<const Error> error_;  // where there is no value; apart, so that a Result is little more than that
};

/// Something worth saying that does not stop the plan. Every warning names its remedy.
struct Warning {
    std::string text;    // what was seen
    std::string remedy;  // what to do about it; may be empty where there is nothing to do

    /// Both in one line, joined as the text ends: after a sentence by a space, else by a semicolon.
    [[nodiscard]] std::string whole() const;
};

}  // namespace ggufit
