// Decimal numbers are read by JavaScript: the C library's reader, with its 128-bit arithmetic, weighs more than a room.
#include <cstddef>
#include <cstdlib>

/// What JavaScript's Number() makes of a text.
extern "C" __attribute__((import_module("env"), import_name("readNumber"))) double readNumber(const char * text,
                                                                                              size_t size);

namespace {

const char * skipDigits(const char * text) {
    while (*text >= '0' && *text <= '9') ++text;
    return text;
}

/// The end of "-12.5e3", the text itself where there is no number.
const char * endOfNumber(const char * text) {
    const char * whole = text + (*text == '-' || *text == '+' ? 1 : 0);
    const char * end = skipDigits(whole);
    size_t n_digits = static_cast<size_t>(end - whole);
    if (*end == '.') {
        const char * fraction = end + 1;
        end = skipDigits(fraction);
        n_digits += static_cast<size_t>(end - fraction);
    }
    if (n_digits == 0) return text;
    if (*end != 'e' && *end != 'E') return end;
    const char * exponent = end + (end[1] == '-' || end[1] == '+' ? 2 : 1);
    const char * end_of_exponent = skipDigits(exponent);
    return end_of_exponent == exponent ? end : end_of_exponent;
}

}  // namespace

/// Takes strtod's place (--wrap): decimal numbers alone, without spaces before them, which is all that core asks for.
extern "C" double __wrap_strtod(const char * text, char ** end) {  // NOLINT: the linker's name
    const char * stop = endOfNumber(text);
    if (end != nullptr) *end = const_cast<char *>(stop);  // NOLINT: strtod's own signature
    return stop == text ? 0 : readNumber(text, static_cast<size_t>(stop - text));
}
