// Parses JSON without exceptions, recursion and words for what is wrong.
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/utf8.h"

namespace ggufit {

namespace {

using Json = nlohmann::ordered_json;

bool isDecimalDigit(char c) { return c >= '0' && c <= '9'; }

/// Whether a code unit of UTF-16 is one of the halves that start at `first`.
bool isHalf(uint32_t unit, uint32_t first) { return unit >= first && unit < first + 0x400; }

void appendUtf8(std::string & out, uint32_t point) {
    if (point < 0x80) {
        out += static_cast<char>(point);
        return;
    }
    const int n_more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    // the lead byte has as many ones at its top as there are bytes
    out += static_cast<char>((0xF00U >> (n_more + 1) & 0xFFU) | point >> (6 * n_more));
    for (int i = n_more - 1; i >= 0; --i) out += static_cast<char>(0x80U | (point >> (6 * i) & 0x3FU));
}

/// A text from its front to its end.
class JsonReader {
  public:
    JsonReader(std::string_view text, size_t deepest) : text_(text), deepest_(deepest) { take("\xEF\xBB\xBF"); }

    Json read() {
        Json root;
        for (Json * place = &root; place != nullptr; place = nextPlace()) {
            too_deep_ = open_.size() > deepest_;
            if (too_deep_ || !readValue(*place)) return Json::value_t::discarded;
        }
        if (failed_ || peek() != '\0') return Json::value_t::discarded;
        return root;
    }

    bool tooDeep() const { return too_deep_; }

  private:
    /// The next character that is no blank; zero at the end, which a zero byte is too.
    char peek() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
        return here();
    }

    char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    bool take(std::string_view word) {
        const bool found = text_.substr(at_).starts_with(word);
        if (found) at_ += word.size();
        return found;
    }

    /// The place of the next value within the innermost list or object that is open; null at the end and at a fault.
    Json * nextPlace() {
        while (!open_.empty()) {
            Json & parent = *open_.back();
            const char c = peek();
            if (c == (parent.is_object() ? '}' : ']')) {
                ++at_;
                open_.pop_back();
                first_ = false;
                continue;
            }
            if (!std::exchange(first_, false)) {
                failed_ = c != ',';
                if (failed_) return nullptr;
                ++at_;
            }
            if (parent.is_array()) return &parent.emplace_back();
            std::optional<std::string> key;
            if (peek() == '"') key = readString();
            failed_ = !key || peek() != ':' || parent.size() >= kMostJsonFields;
            if (failed_) return nullptr;
            ++at_;
            return &parent[*key];
        }
        return nullptr;
    }

    /// A value, or of a list or object its opening bracket.
    bool readValue(Json & place) {
        const char c = peek();
        first_ = c == '{' || c == '[';
        if (first_) {
            ++at_;
            place = c == '{' ? Json::value_t::object : Json::value_t::array;
            open_.push_back(&place);
            return true;
        }
        if (c == '"') {
            auto text = readString();
            if (!text) return false;
            place = *std::move(text);
            return true;
        }
        if (c == '-' || isDecimalDigit(c)) return readNumber(place);
        place = nullptr;
        if (take("null")) return true;
        place = c == 't';
        return take("true") || take("false");
    }

    bool skipDigits() {
        const size_t start = at_;
        while (isDecimalDigit(here())) ++at_;
        return at_ > start;
    }

    bool readNumber(Json & place) {
        const size_t start = at_;
        const bool negative = take("-");
        if (!take("0") && !skipDigits()) return false;
        const size_t end_of_whole = at_;
        if (take(".") && !skipDigits()) return false;
        if (take("e") || take("E")) {
            if (!take("+")) take("-");
            if (!skipDigits()) return false;
        }
        const std::string number(text_.substr(start, at_ - start));
        const char * end = number.data() + number.size();
        if (at_ == end_of_whole) {
            int64_t whole = 0;
            uint64_t natural = 0;
            if (negative ? std::from_chars(number.data(), end, whole).ec == std::errc()
                         : std::from_chars(number.data(), end, natural).ec == std::errc()) {
                place = negative ? Json(whole) : Json(natural);
                return true;
            }
        }
        const double decimal = std::strtod(number.c_str(), nullptr);
        place = decimal;
        return std::isfinite(decimal);
    }

    /// The text between quotes, the first of which is next.
    std::optional<std::string> readString() {
        std::string out;
        ++at_;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"') {
                ++at_;
                return out;
            }
            if (c == '\\') {
                ++at_;
                if (!readEscape(out)) return std::nullopt;
                continue;
            }
            size_t n_bytes = plainJsonBytes(text_.substr(at_));
            if (n_bytes == 0) {
                const CodePoint character = decodeUtf8(text_, at_);
                if (!character.valid || character.value < 0x20) return std::nullopt;
                n_bytes = character.n_bytes;
            }
            out += text_.substr(at_, n_bytes);
            at_ += n_bytes;
        }
        return std::nullopt;
    }

    bool readEscape(std::string & out) {
        constexpr std::string_view kShort = "\"\"\\\\//b\bf\fn\nr\rt\t";
        const char c = here();
        ++at_;
        if (c == 'u') return readUnicode(out);
        for (size_t i = 0; i < kShort.size(); i += 2) {
            if (kShort[i] != c) continue;
            out += kShort[i + 1];
            return true;
        }
        return false;
    }

    bool readUnicode(std::string & out) {
        uint32_t point = 0;
        if (!readUnit(point) || isHalf(point, 0xDC00)) return false;
        if (isHalf(point, 0xD800)) {
            uint32_t low = 0;
            if (!take("\\u") || !readUnit(low) || !isHalf(low, 0xDC00)) return false;
            point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        }
        appendUtf8(out, point);
        return true;
    }

    bool readUnit(uint32_t & unit) {
        const std::string_view digits = text_.substr(at_, 4);
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
        at_ += digits.size();
        return digits.size() == 4 && read.ec == std::errc() && read.ptr == digits.data() + 4;
    }

    std::string_view text_;
    size_t deepest_;
    size_t at_ = 0;
    std::vector<Json *> open_;  // the lists and objects around the next value; only the last of a list is ever open
    bool first_ = false;        // nothing was read yet of the innermost one
    bool failed_ = false;
    bool too_deep_ = false;
};

}  // namespace

Json parseJson(std::string_view text, size_t deepest, bool * too_deep) {
    JsonReader reader(text, deepest);
    Json json = reader.read();
    if (too_deep != nullptr) *too_deep = reader.tooDeep();
    return json;
}

}  // namespace ggufit
