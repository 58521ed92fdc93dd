// Sentences with gaps: one call makes them. Adding pieces up takes a call and a temporary for each, which are a large
// part of a WASM module that says as much as ours.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <type_traits>

namespace ggufit {

/// A text whose gaps are written "{}". That there are `n_gaps` of them is checked when it is compiled.
template <size_t n_gaps>
class Pattern {
  public:
    consteval Pattern(const char * text) : text_(text) {  // NOLINT: implicit on purpose
        size_t n = 0;
        for (const char * c = text; *c != '\0'; ++c) n += c[0] == '{' && c[1] == '}' ? 1 : 0;
        if (n != n_gaps) noSuchNumberOfGaps();
    }
    [[nodiscard]] const char * text() const { return text_; }

  private:
    static void noSuchNumberOfGaps() {}  // stops the compiler, which can't call it

    const char * text_;
};

/// The text with its gaps filled in order.
[[nodiscard]] std::string fillGaps(const char * text, std::span<const std::string * const> values);

/// The same, apart from its callers so that they pass values only.
template <typename... Strings>
[[gnu::noinline]] std::string fillWith(const char * text, const Strings &... values) {
    const std::string * const list[] = {&values...};
    return fillGaps(text, list);
}

inline const std::string & textToFill(const std::string & text) { return text; }
inline std::string textToFill(const char * text) { return text; }

/// phrase("{} of {} layers", a, b): the pattern with its gaps filled by texts. What they hold is never read as a gap.
template <typename... Values>
[[nodiscard, gnu::always_inline]] inline std::string phrase(std::type_identity_t<Pattern<sizeof...(Values)>> pattern,
                                                            const Values &... values) {
    return fillWith(pattern.text(), textToFill(values)...);
}

}  // namespace ggufit
