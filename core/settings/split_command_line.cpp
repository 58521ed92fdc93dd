// A pasted command line → words, by the quoting rules of a POSIX shell.
#include <algorithm>
#include <array>

#include "base/phrase.h"
#include "base/values.h"
#include "settings/arguments.h"

namespace ggufit {

namespace {

constexpr size_t kLongestText = size_t{1} << 20;

struct Word {
    std::string text;
    bool bare = true;  // no character of it was quoted, so it may be an operator
};

/// Reads words one after the other from a text of which nothing is expanded.
class Splitter {
  public:
    explicit Splitter(std::string_view text) : text_(text) {}

    /// The next word; nothing at the end and at a fault.
    std::optional<Word> next() {
        skipBlanks();
        if (at_ >= text_.size()) return std::nullopt;
        Word word;
        while (at_ < text_.size() && !isBlank(text_[at_])) {
            const char c = text_[at_];
            if (c == '\'' || c == '"') {
                if (!readQuoted(c, word)) return std::nullopt;
            } else if (c == '\\') {
                readBackslash(word);
            } else {
                word.text += c;
                ++at_;
            }
        }
        return word;
    }

    [[nodiscard]] const std::optional<Error> & fault() const { return fault_; }

  private:
    static bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'; }

    /// Length of the line end at `at`, 0 where there is none.
    [[nodiscard]] size_t lineEnd(size_t at) const {
        if (text_.substr(at, 2) == "\r\n") return 2;
        return at < text_.size() && text_[at] == '\n' ? 1 : 0;
    }

    void skipBlanks() {
        while (at_ < text_.size()) {
            if (isBlank(text_[at_])) {
                ++at_;
            } else if (text_[at_] == '#') {
                at_ = std::min(text_.find('\n', at_), text_.size());
            } else if (text_[at_] == '\\' && lineEnd(at_ + 1) > 0) {
                at_ += 1 + lineEnd(at_ + 1);
            } else {
                return;
            }
        }
    }

    void readBackslash(Word & word) {
        ++at_;
        if (const size_t end = lineEnd(at_); end > 0) {
            at_ += end;
            return;
        }
        word.bare = false;
        if (at_ < text_.size()) word.text += text_[at_++];  // a last backslash stands before nothing
    }

    bool readQuoted(char quote, Word & word) {
        const size_t start = at_++;
        word.bare = false;
        while (at_ < text_.size() && text_[at_] != quote) {
            const bool escapes = quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size();
            if (escapes && lineEnd(at_ + 1) > 0) {
                at_ += 1 + lineEnd(at_ + 1);
                continue;
            }
            if (escapes && std::string_view("\"\\$`").find(text_[at_ + 1]) != std::string_view::npos) ++at_;
            word.text += text_[at_++];
        }
        if (at_ < text_.size()) {
            ++at_;
            return true;
        }
        fault_ = usageError("", phrase("the quote {} before {} is not closed; add it at the end of its word",
                                       std::string(1, quote), quotedText(text_.substr(start + 1, 20))));
        fault_->offset = start;
        return false;
    }

    std::string_view text_;
    size_t at_ = 0;
    std::optional<Error> fault_;
};

bool isAnyOf(std::string_view word, std::initializer_list<std::string_view> list) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

/// Whether the word ends a command, so that what follows is another one.
bool endsCommand(const Word & word) { return word.bare && isAnyOf(word.text, {";", "&", "&&", "|", "||"}); }

/// Takes an ending off a word that it is written close to, as in "log;". Says whether there was one.
bool takeEnding(Word & word) {
    if (!word.bare || word.text.size() < 2 || (word.text.back() != ';' && word.text.back() != '&')) return false;
    word.text.pop_back();
    return true;
}

/// Whether the word sends output elsewhere; "> file" takes the next word with it, "2>&1" and ">file" do not.
bool redirects(const Word & word, bool & takes_next) {
    if (!word.bare) return false;
    std::string_view text = word.text;
    if (!text.empty() && (text[0] == '1' || text[0] == '2' || text[0] == '&')) text.remove_prefix(1);
    if (text.empty() || (text[0] != '>' && text[0] != '<')) return false;
    takes_next = text.find_first_not_of("><") == std::string_view::npos;
    return true;
}

/// The line continuations of other shells, left over from a paste.
bool isForeignContinuation(const Word & word) { return word.bare && isAnyOf(word.text, {"^", "`"}); }

bool namesProgram(const std::vector<std::string> & words) {
    return std::any_of(words.begin(), words.end(), [](const std::string & word) { return isLlamaProgram(word); });
}

}  // namespace

bool isLlamaProgram(std::string_view word) {
    word = word.substr(word.find_last_of("/\\") + 1);  // npos + 1 is 0
    constexpr std::string_view kExe = ".exe";
    if (word.size() > kExe.size() && word.substr(word.size() - kExe.size()) == kExe) word.remove_suffix(kExe.size());
    return word == "llama-server" || word == "llama-cli";
}

Result<std::vector<std::string>> splitCommandLine(std::string_view text) {
    if (text.size() > kLongestText)
        return usageError("", "the command line is longer than 1 MiB; paste the command alone");
    if (text.find('\0') != std::string_view::npos)
        return usageError("", "the command line holds a zero byte; paste text");
    Splitter splitter(text);
    std::vector<std::string> words, others;
    while (auto word = splitter.next()) {
        bool takes_next = false;
        const bool is_end = endsCommand(*word);
        const bool ends = is_end || takeEnding(*word);
        if (redirects(*word, takes_next)) {
            if (takes_next) (void)splitter.next();
        } else if (!is_end && !isForeignContinuation(*word)) {
            words.push_back(std::move(word->text));
        }
        if (!ends) continue;
        // of several commands the one that starts llama.cpp is meant, else the last
        if (namesProgram(words)) break;
        others = std::move(words);
        words.clear();
    }
    if (splitter.fault()) return *splitter.fault();
    return words.empty() ? others : words;
}

}  // namespace ggufit
