// Puts header, machine and arguments together, and checks what was read.
#include "link/link.h"

#include <utility>

#include "base/phrase.h"
#include "base/units.h"
#include "link/envelope.h"
#include "link/header.h"
#include "link/machine.h"

namespace ggufit {

namespace {

constexpr uint64_t kMostWords = 2000;
constexpr size_t kLongestWord = 4000;
constexpr size_t kLongestId = 255;

template <typename Coder>
void codeLink(Coder & coder, PlanningLink & link) {
    Texts texts;
    Numbers counts;
    codeHeader(coder, texts, link.file);
    codeMachine(coder, texts, link.machine);
    uint64_t n_words = link.arguments.size();
    counts.codeUpTo(coder, n_words, kMostWords);
    if constexpr (Coder::kReads) link.arguments.resize(static_cast<size_t>(n_words));
    for (std::string & word : link.arguments) {
        if (coder.failed()) return;
        texts.code(coder, word, kLongestWord);
    }
    Chance bench, named;
    bool has_id = !link.id.empty();
    coder.bit(named, has_id);
    if (has_id) texts.code(coder, link.id, kLongestId);
    coder.bit(bench, link.bench);
}

Error impossible() {
    return {ErrorCode::input, "the planning link",
            "says of a model or a machine what cannot be: it was not made by ggufit, or is damaged; ask for a new one.",
            0, 0};
}

Error tooMuch(std::string detail) { return {ErrorCode::unsupported, "the planning link", std::move(detail), 0, 0}; }

}  // namespace

Result<std::string> encodeLink(PlanningLink link, const LinkOptions & options) {
    if (link.file.tensors.size() > kMostLinkedTensors || link.file.shards.size() > kMostLinkedShards) {
        return tooMuch(phrase("can't hold a model of {} tensors; at most {} go in.",
                              formatCount(link.file.tensors.size()), formatCount(kMostLinkedTensors)));
    }
    link.file = linkedHeader(link.file, options.with_name);
    LinkWriter writer;
    codeLink(writer, link);
    std::string text = sealLink(writer.finish());
    // what cannot be read back (names beyond all bounds, more words than any line has) is not handed out
    if (auto back = decodeLink(text); !back) {
        return tooMuch(
            "can't hold this model and these settings: their names are unlike those of any model, or there "
            "are too many arguments.");
    }
    if (options.site.empty()) return text;
    return phrase("{}#{}", options.site.substr(0, options.site.find('#')), text);
}

Result<PlanningLink> decodeLink(std::string_view text) {
    const auto packed = openSeal(text);
    if (!packed) return packed.error();
    PlanningLink link;
    LinkReader reader(*packed);
    codeLink(reader, link);
    if (reader.failed()) return impossible();
    if (!parseMachine(writeMachine(link.machine))) return impossible();
    return link;
}

}  // namespace ggufit
