// Compiles a pattern to a small program and runs all its states over the text at once.
#include "base/regex.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/phrase.h"
#include "base/regex_parse.h"

namespace ggufit {

namespace {

/// A program larger than this is refused: searching takes steps × characters.
constexpr size_t kMaxSteps = 8192;

}  // namespace

struct Regex::Step {
    enum class Kind : uint8_t { set, split, begin, end, word_edge, no_word_edge, match };
    Kind kind = Kind::match;
    uint32_t next = 0;   // for all but match
    uint32_t other = 0;  // second way of a split
    regex::CharSet set;
};

namespace {

using Step = Regex::Step;
using regex::Node;
using regex::NodeKind;

/// Thompson's construction. Emission stops where the program becomes too large, so counts cannot blow it up.
class Compiler {
  public:
    explicit Compiler(const regex::Tree & tree) : tree_(tree) {}

    std::vector<Step> compile() {
        emit(static_cast<uint32_t>(tree_.nodes.size() - 1));
        add({Step::Kind::match, 0, 0, {}});
        return std::move(steps_);
    }

    [[nodiscard]] bool tooLarge() const { return too_large_; }

  private:
    uint32_t here() const { return static_cast<uint32_t>(steps_.size()); }

    uint32_t add(const Step & step) {
        if (steps_.size() >= kMaxSteps) {
            too_large_ = true;
            return 0;
        }
        steps_.push_back(step);
        return here() - 1;
    }

    uint32_t addSplit() { return add({Step::Kind::split, here() + 1, 0, {}}); }
    uint32_t addForward(Step::Kind kind, const regex::CharSet & set = {}) { return add({kind, here() + 1, 0, set}); }

    void emit(uint32_t position) {
        if (too_large_) return;
        const Node & node = tree_.nodes[position];
        switch (node.kind) {
            case NodeKind::empty: return;
            case NodeKind::set: addForward(Step::Kind::set, node.set); return;
            case NodeKind::begin: addForward(Step::Kind::begin); return;
            case NodeKind::end: addForward(Step::Kind::end); return;
            case NodeKind::word_edge: addForward(Step::Kind::word_edge); return;
            case NodeKind::no_word_edge: addForward(Step::Kind::no_word_edge); return;
            case NodeKind::sequence:
                for (const uint32_t child : node.children) emit(child);
                return;
            case NodeKind::choice: emitChoice(node); return;
            case NodeKind::repeat: emitRepeat(node); return;
        }
    }

    void emitChoice(const Node & node) {
        std::vector<uint32_t> jumps;
        for (size_t i = 0; i < node.children.size() && !too_large_; ++i) {
            const bool last = i + 1 == node.children.size();
            const uint32_t split = last ? 0 : addSplit();
            emit(node.children[i]);
            if (last) break;
            jumps.push_back(addSplit());
            if (!too_large_) steps_[split].other = here();
        }
        for (const uint32_t jump : jumps) {
            if (!too_large_) steps_[jump].next = steps_[jump].other = here();
        }
    }

    void emitRepeat(const Node & node) {
        for (uint32_t i = 0; i < node.least && !too_large_; ++i) {
            const uint32_t before = here();
            emit(node.children[0]);
            if (here() == before) break;  // what matches nothing matches nothing any number of times
        }
        if (node.most == regex::kUnbounded) {
            const uint32_t split = addSplit();
            emit(node.children[0]);
            const uint32_t back = addSplit();
            if (too_large_) return;
            steps_[back].next = steps_[back].other = split;
            steps_[split].other = here();
            return;
        }
        std::vector<uint32_t> splits;
        for (uint32_t i = node.least; i < node.most && !too_large_; ++i) {
            splits.push_back(addSplit());
            emit(node.children[0]);
        }
        for (const uint32_t split : splits) {
            if (!too_large_) steps_[split].other = here();
        }
    }

    const regex::Tree & tree_;
    std::vector<Step> steps_;
    bool too_large_ = false;
};

/// The longest run of single characters that every match contains, so that most texts are dismissed by a plain search.
std::string requiredText(const regex::Tree & tree) {
    const Node & root = tree.nodes.back();
    std::vector<uint32_t> parts = root.kind == NodeKind::sequence ? root.children : std::vector<uint32_t>{};
    std::string longest, run;
    for (const uint32_t part : parts) {
        const Node & node = tree.nodes[part];
        if (node.kind == NodeKind::set && node.set.count() == 1) {
            unsigned c = 0;
            while (!node.set[c]) ++c;
            run += static_cast<char>(c);
        } else {
            run.clear();
        }
        if (run.size() > longest.size()) longest = run;
    }
    return longest;
}

/// The states that are alive at one position of the text.
class States {
  public:
    explicit States(size_t n_steps) : seen_(n_steps, 0) {}

    void clear() {
        alive_.clear();
        ++generation_;
    }

    /// Adds a step and all that is reached from it without a character. True where that includes the match.
    bool add(const std::vector<Step> & steps, uint32_t first, std::string_view text, size_t at) {
        todo_.assign(1, first);
        while (!todo_.empty()) {
            const uint32_t step = todo_.back();
            todo_.pop_back();
            if (seen_[step] == generation_) continue;
            seen_[step] = generation_;
            if (visit(steps[step], step, text, at)) return true;
        }
        return false;
    }

    [[nodiscard]] const std::vector<uint32_t> & alive() const { return alive_; }

  private:
    bool visit(const Step & step, uint32_t position, std::string_view text, size_t at) {
        const auto wordAt = [&](size_t i) {
            return i < text.size() && regex::isWord(static_cast<unsigned char>(text[i]));
        };
        const auto edge = [&] { return (at > 0 && wordAt(at - 1)) != wordAt(at); };
        switch (step.kind) {
            case Step::Kind::match: return true;
            case Step::Kind::set: alive_.push_back(position); return false;
            case Step::Kind::split:
                todo_.push_back(step.other);
                todo_.push_back(step.next);
                return false;
            case Step::Kind::begin:
                if (at == 0) todo_.push_back(step.next);
                return false;
            case Step::Kind::end:
                if (at == text.size()) todo_.push_back(step.next);
                return false;
            case Step::Kind::word_edge:
                if (edge()) todo_.push_back(step.next);
                return false;
            case Step::Kind::no_word_edge:
                if (!edge()) todo_.push_back(step.next);
                return false;
        }
        return false;
    }

    std::vector<uint32_t> seen_;
    uint32_t generation_ = 0;
    std::vector<uint32_t> alive_, todo_;
};

}  // namespace

Regex::Regex() = default;
Regex::Regex(const Regex &) = default;
Regex::Regex(Regex &&) noexcept = default;
Regex & Regex::operator=(const Regex &) = default;
Regex & Regex::operator=(Regex &&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(std::string_view pattern) {
    const auto tree = regex::parse(pattern);
    if (!tree.ok()) return tree.error();
    Compiler compiler(*tree);
    Regex compiled;
    compiled.steps_ = compiler.compile();
    if (compiler.tooLarge()) {
        return Error{ErrorCode::usage, phrase("pattern '{}'", std::string(pattern.substr(0, 200))),
                     "the pattern is too large with its counts written out: use smaller counts", 0, 0};
    }
    compiled.required_ = requiredText(*tree);
    return compiled;
}

bool Regex::search(std::string_view text) const {
    if (text.find(required_) == std::string_view::npos) return false;
    States now(steps_.size()), then(steps_.size());
    now.clear();
    for (size_t at = 0;; ++at) {
        if (now.add(steps_, 0, text, at)) return true;
        if (at == text.size()) return false;
        then.clear();
        const auto c = static_cast<unsigned char>(text[at]);
        for (const uint32_t step : now.alive()) {
            if (steps_[step].set[c] && then.add(steps_, steps_[step].next, text, at + 1)) return true;
        }
        std::swap(now, then);
    }
}

}  // namespace ggufit
