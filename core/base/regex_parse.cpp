// A recursive-descent parser for ECMAScript regular expressions without look-ahead and back-references.
#include "base/regex_parse.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/phrase.h"

namespace ggufit::regex {

namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool isSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

template <typename Test>
CharSet setOf(Test test) {
    CharSet set;
    for (unsigned i = 0; i < 128; ++i) set[i] = test(static_cast<char>(i));
    return set;
}

CharSet single(char c) {
    CharSet set;
    set.set(static_cast<unsigned char>(c));
    return set;
}

/// \d \D \s \S \w \W.
std::optional<CharSet> escapedClass(char c) {
    switch (c) {
        case 'd': return setOf(isDigit);
        case 'D': return ~setOf(isDigit);
        case 's': return setOf(isSpace);
        case 'S': return ~setOf(isSpace);
        case 'w': return setOf([](char x) { return isWord(static_cast<unsigned char>(x)); });
        case 'W': return ~setOf([](char x) { return isWord(static_cast<unsigned char>(x)); });
        default: return std::nullopt;
    }
}

/// [:name:] of the C locale.
std::optional<CharSet> namedClass(std::string_view name) {
    const auto printable = [](char c) { return c > ' ' && c < 127; };
    if (name == "alpha") return setOf(isAlpha);
    if (name == "digit" || name == "d") return setOf(isDigit);
    if (name == "alnum") return setOf([](char c) { return isAlpha(c) || isDigit(c); });
    if (name == "w") return escapedClass('w');
    if (name == "space" || name == "s") return setOf(isSpace);
    if (name == "blank") return setOf([](char c) { return c == ' ' || c == '\t'; });
    if (name == "upper") return setOf([](char c) { return c >= 'A' && c <= 'Z'; });
    if (name == "lower") return setOf([](char c) { return c >= 'a' && c <= 'z'; });
    if (name == "xdigit") return setOf([](char c) { return isDigit(c) || (isAlpha(c) && (c | 0x20) <= 'f'); });
    if (name == "punct") return setOf([&](char c) { return printable(c) && !isAlpha(c) && !isDigit(c); });
    if (name == "graph") return setOf(printable);
    if (name == "print") return setOf([&](char c) { return printable(c) || c == ' '; });
    if (name == "cntrl") return setOf([](char c) { return c < ' ' || c == 127; });
    return std::nullopt;
}

class Parser {
  public:
    explicit Parser(std::string_view pattern) : pattern_(pattern) {}

    Result<Tree> parseAll() {
        const uint32_t root = choice(0);
        if (!failed() && !atEnd()) fail(peek() == ')' ? "there is a ) without its (" : "a count has nothing to repeat");
        if (failed()) return *error_;
        if (root + 1 != tree_.nodes.size()) tree_.nodes.push_back({NodeKind::sequence, 0, 0, {}, {root}});
        return std::move(tree_);
    }

  private:
    [[nodiscard]] bool atEnd() const { return at_ >= pattern_.size(); }
    [[nodiscard]] char peek() const { return pattern_[at_]; }
    [[nodiscard]] bool failed() const { return error_.has_value(); }

    bool take(char c) {
        if (atEnd() || peek() != c) return false;
        ++at_;
        return true;
    }

    void fail(const std::string & what) {
        if (failed()) return;
        error_ = Error{ErrorCode::usage, phrase("pattern '{}'", std::string(pattern_.substr(0, 200))),
                       phrase("{} (at character {})", what, std::to_string(at_ + 1)), at_, 0};
    }

    uint32_t add(Node node) {
        tree_.nodes.push_back(std::move(node));
        return static_cast<uint32_t>(tree_.nodes.size() - 1);
    }

    uint32_t addSet(const CharSet & set) { return add({NodeKind::set, 0, 0, set, {}}); }

    uint32_t choice(uint32_t depth) {
        std::vector<uint32_t> parts = {sequence(depth)};
        while (!failed() && take('|')) parts.push_back(sequence(depth));
        if (parts.size() == 1) return parts[0];
        return add({NodeKind::choice, 0, 0, {}, std::move(parts)});
    }

    uint32_t sequence(uint32_t depth) {
        std::vector<uint32_t> parts;
        while (!failed() && !atEnd() && peek() != '|' && peek() != ')') {
            if (const auto assertion = takeAssertion()) {
                parts.push_back(add({*assertion, 0, 0, {}, {}}));
                continue;
            }
            const std::optional<uint32_t> atom = takeAtom(depth);
            if (!atom) break;
            parts.push_back(counted(*atom, depth));
        }
        if (parts.size() == 1) return parts[0];
        return add({parts.empty() ? NodeKind::empty : NodeKind::sequence, 0, 0, {}, std::move(parts)});
    }

    std::optional<NodeKind> takeAssertion() {
        if (take('^')) return NodeKind::begin;
        if (take('$')) return NodeKind::end;
        if (peek() == '\\' && at_ + 1 < pattern_.size()) {
            const char next = pattern_[at_ + 1];
            if (next != 'b' && next != 'B') return std::nullopt;
            at_ += 2;
            return next == 'b' ? NodeKind::word_edge : NodeKind::no_word_edge;
        }
        return std::nullopt;
    }

    /// An atom, or nothing where a count stands without one.
    std::optional<uint32_t> takeAtom(uint32_t depth) {
        switch (peek()) {
            case '*':
            case '+':
            case '?':
            case '{': return std::nullopt;
            case '(': return group(depth);
            case '[': ++at_; return addSet(bracket());
            case '\\': return addSet(escape(false));
            case '.': {
                ++at_;
                CharSet set;
                set.set().reset('\n').reset('\r');
                return addSet(set);
            }
            default: return addSet(single(pattern_[at_++]));
        }
    }

    uint32_t group(uint32_t depth) {
        ++at_;
        if (depth >= kMaxNesting) {
            fail(phrase("groups are nested more than {} deep", std::to_string(kMaxNesting)));
            return 0;
        }
        if (take('?') && !take(':')) {
            fail("look-ahead and other (?…) groups are not supported: use plain groups and alternatives");
            return 0;
        }
        const uint32_t inside = choice(depth + 1);
        if (!failed() && !take(')')) fail("a ( is not closed");
        return inside;
    }

    uint32_t counted(uint32_t atom, uint32_t depth) {
        while (!failed() && !atEnd()) {
            uint32_t least = 0, most = kUnbounded;
            if (take('*')) {
            } else if (take('+')) {
                least = 1;
            } else if (take('?')) {
                most = 1;
            } else if (take('{')) {
                if (!braces(least, most)) return 0;
            } else {
                break;
            }
            take('?');  // lazy counts find a match exactly where greedy ones do
            if (++depth > kMaxNesting)
                fail(phrase("counts are stacked more than {} deep", std::to_string(kMaxNesting)));
            atom = add({NodeKind::repeat, least, most, {}, {atom}});
        }
        return atom;
    }

    std::optional<uint32_t> number() {
        if (atEnd() || !isDigit(peek())) return std::nullopt;
        uint32_t value = 0;
        while (!atEnd() && isDigit(peek())) {
            value = std::min(value * 10 + static_cast<uint32_t>(pattern_[at_++] - '0'), kMaxCount);
        }
        return value;
    }

    bool braces(uint32_t & least, uint32_t & most) {
        const auto first = number();
        if (!first) {
            fail("a { must be followed by a number; write \\{ for the character");
            return false;
        }
        least = most = *first;
        if (take(',')) most = number().value_or(kUnbounded);
        if (!take('}')) fail("a count {…} is not closed");
        if (most < least) fail("a count's upper end is below its lower end");
        return !failed();
    }

    std::optional<unsigned> hex(size_t digits) {
        unsigned value = 0;
        for (size_t i = 0; i < digits; ++i, ++at_) {
            const char c = atEnd() ? '\0' : peek();
            if (isDigit(c)) {
                value = value * 16 + static_cast<unsigned>(c - '0');
            } else if (isAlpha(c) && (c | 0x20) <= 'f') {
                value = value * 16 + static_cast<unsigned>((c | 0x20) - 'a' + 10);
            } else {
                return std::nullopt;
            }
        }
        return value;
    }

    CharSet escape(bool in_bracket) {
        ++at_;
        if (atEnd()) {
            fail("the pattern ends in a backslash");
            return {};
        }
        const char c = pattern_[at_++];
        if (const auto set = escapedClass(c)) return *set;
        switch (c) {
            case '0': return single('\0');
            case 'f': return single('\f');
            case 'n': return single('\n');
            case 'r': return single('\r');
            case 't': return single('\t');
            case 'v': return single('\v');
            case 'b': return single(in_bracket ? '\b' : 'b');
            case 'x':
            case 'u': {
                const auto value = hex(c == 'x' ? 2 : 4);
                if (!value || *value > 255)
                    fail("\\x needs two hexadecimal digits, \\u four of a character up to 00ff");
                return failed() ? CharSet{} : single(static_cast<char>(*value));
            }
            case 'c': fail("control escapes \\c are not supported"); return {};
            default: break;
        }
        if (isDigit(c)) fail("back-references are not supported");
        return single(c);
    }

    /// [:alpha:], [=a=] or [.a.] inside a bracket; `at_` is on the second character.
    CharSet bracketClass() {
        const char mark = pattern_[at_++];
        const std::string closing = {mark, ']'};
        const size_t end = pattern_.find(closing, at_);
        if (end == std::string_view::npos) {
            fail(phrase("a [{} is not closed", std::string(1, mark)));
            return {};
        }
        const std::string_view name = pattern_.substr(at_, end - at_);
        std::optional<CharSet> set;
        if (mark == ':') set = namedClass(name);
        if (mark != ':' && name.size() == 1) set = single(name[0]);
        if (mark == '=' && name.size() == 1 && isAlpha(name[0])) {
            set->set(static_cast<unsigned char>(name[0] ^ 0x20));  // libstdc++ compares equivalents without case
        }
        if (!set) fail("there is no character class of this name");
        at_ = end + 2;
        return set.value_or(CharSet{});
    }

    /// One member of a bracket: a character (then `c` is set) or a class.
    CharSet bracketMember(std::optional<char> & c) {
        c = std::nullopt;
        if (peek() == '[' && at_ + 1 < pattern_.size()) {
            const char next = pattern_[at_ + 1];
            if (next == ':' || next == '=' || next == '.') {
                ++at_;
                return bracketClass();
            }
        }
        const CharSet set = peek() == '\\' ? escape(true) : single(pattern_[at_++]);
        if (set.count() == 1) {
            unsigned position = 0;
            while (!set[position]) ++position;
            c = static_cast<char>(position);
        }
        return set;
    }

    CharSet bracket() {
        const bool negated = take('^');
        CharSet all;
        while (!failed() && !take(']')) {
            if (atEnd()) {
                fail("a [ is not closed");
                break;
            }
            std::optional<char> first, last;
            const CharSet member = bracketMember(first);
            const bool range = at_ + 1 < pattern_.size() && peek() == '-' && pattern_[at_ + 1] != ']';
            if (failed() || !range) {
                all |= member;
                continue;
            }
            ++at_;
            bracketMember(last);
            const auto low = static_cast<unsigned char>(first.value_or('\0'));
            const auto high = static_cast<unsigned char>(last.value_or('\0'));
            if (!first || !last || low > high) fail("a range in [ ] does not run from a lower to a higher character");
            for (unsigned i = low; i <= high && !failed(); ++i) all.set(i);
        }
        return negated ? ~all : all;
    }

    std::string_view pattern_;
    size_t at_ = 0;
    Tree tree_;
    std::optional<Error> error_;
};

}  // namespace

bool isWord(unsigned char c) {
    return c < 128 && (isAlpha(static_cast<char>(c)) || isDigit(static_cast<char>(c)) || c == '_');
}

Result<Tree> parse(std::string_view pattern) { return Parser(pattern).parseAll(); }

}  // namespace ggufit::regex
