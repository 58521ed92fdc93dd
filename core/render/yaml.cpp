// Quotes text for YAML, by the productions c-printable and ns-esc-char of YAML 1.2.
#include "render/yaml.h"

#include "model/clean_text.h"

namespace ggufit {

namespace {

/// Printed as it is; a byte order mark is not, since some readers take it away.
bool isPrinted(char32_t value) { return !isControl(value) && value != 0xFEFF && value != 0xFFFE && value != 0xFFFF; }

std::string escaped(char32_t value) {
    const int n_digits = value <= 0xFF ? 2 : value <= 0xFFFF ? 4 : 8;
    std::string text = n_digits == 2 ? "\\x" : n_digits == 4 ? "\\u" : "\\U";
    for (int shift = 4 * (n_digits - 1); shift >= 0; shift -= 4) text += "0123456789ABCDEF"[(value >> shift) & 15];
    return text;
}

}  // namespace

std::string yamlString(std::string_view text) {
    std::string out = "\"";
    for (size_t i = 0; i < text.size();) {
        const CodePoint point = decodeUtf8(text, i);
        if (!point.valid) {
            out += "\xEF\xBF\xBD";
        } else if (point.value == '"' || point.value == '\\') {
            out += '\\';
            out += text[i];
        } else if (!isPrinted(point.value)) {
            out += escaped(point.value);
        } else {
            out += text.substr(i, point.n_bytes);
        }
        i += point.n_bytes;
    }
    return out + "\"";
}

bool isYamlLine(std::string_view text) {
    for (size_t i = 0; i < text.size();) {
        const CodePoint point = decodeUtf8(text, i);
        if (!point.valid || !isPrinted(point.value)) return false;
        i += point.n_bytes;
    }
    return true;
}

}  // namespace ggufit
