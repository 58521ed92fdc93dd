// Writes JSON: the text of a value.
#include <array>
#include <cmath>

#include "base/json.h"
#include "base/utf8.h"

namespace ggufit {

namespace {

using Json = nlohmann::ordered_json;

void writeEscaped(std::string & out, char c) {
    constexpr std::string_view kShort = "\bb\ff\nn\rr\tt\"\"\\\\";
    constexpr std::string_view kDigits = "0123456789abcdef";
    out += '\\';
    for (size_t i = 0; i < kShort.size(); i += 2) {
        if (kShort[i] != c) continue;
        out += kShort[i + 1];
        return;
    }
    out += "u00";
    out += kDigits[static_cast<size_t>(c) / 16];
    out += kDigits[static_cast<size_t>(c) % 16];
}

void writeQuoted(std::string & out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        size_t n_bytes = plainJsonBytes(text);
        if (n_bytes > 0) {
            out += text.substr(0, n_bytes);
        } else if (static_cast<unsigned char>(text.front()) < 0x80) {
            n_bytes = 1;
            writeEscaped(out, text.front());
        } else {
            const CodePoint character = decodeUtf8(text, 0);
            n_bytes = character.n_bytes;
            out += character.valid ? text.substr(0, n_bytes) : kReplacement;
        }
        text.remove_prefix(n_bytes);
    }
    out += '"';
}

/// One value after the other, into one text.
class Writer {
  public:
    explicit Writer(int indent) : indent_(indent) {}

    void write(const Json & json) {
        switch (json.type()) {
            case Json::value_t::object:
            case Json::value_t::array: return writeMembers(json);
            case Json::value_t::string: return writeQuoted(text_, *json.get_ptr<const Json::string_t *>());
            case Json::value_t::boolean: text_ += json.get<bool>() ? "true" : "false"; return;
            case Json::value_t::number_integer: text_ += std::to_string(json.get<int64_t>()); return;
            case Json::value_t::number_unsigned: text_ += std::to_string(json.get<uint64_t>()); return;
            case Json::value_t::number_float: text_ += dumpDecimal(json.get<double>()); return;
            default: text_ += "null"; return;
        }
    }

    std::string take() { return std::move(text_); }

  private:
    void startLine() {
        if (indent_ < 0) return;
        text_ += '\n';
        text_.append(depth_ * static_cast<size_t>(indent_), ' ');
    }

    void writeMembers(const Json & json) {
        const bool is_object = json.is_object();
        text_ += is_object ? '{' : '[';
        ++depth_;
        for (auto member = json.begin(); member != json.end(); ++member) {
            if (member != json.begin()) text_ += ',';
            startLine();
            if (is_object) {
                writeQuoted(text_, member.key());
                text_ += indent_ < 0 ? ":" : ": ";
            }
            write(*member);
        }
        --depth_;
        if (!json.empty()) startLine();
        text_ += is_object ? '}' : ']';
    }

    int indent_;
    size_t depth_ = 0;
    std::string text_;
};

}  // namespace

size_t plainJsonBytes(std::string_view text) {
    size_t n_bytes = 0;
    while (n_bytes < text.size()) {
        const auto byte = static_cast<unsigned char>(text[n_bytes]);
        if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') break;
        ++n_bytes;
    }
    return n_bytes;
}

std::string dumpJson(const Json & json, int indent) {
    Writer writer(indent);
    writer.write(json);
    return writer.take();
}

std::string dumpDecimal(double value) {
    if (!std::isfinite(value)) return "null";
    std::array<char, 64> text{};
    return {text.data(), nlohmann::detail::to_chars(text.data(), text.data() + text.size(), value)};
}

}  // namespace ggufit
