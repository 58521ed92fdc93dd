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

/// Whose rules hold: one that plans are made for, other than the newest.
template <typename Coder>
void codeVersion(Coder & coder, LlamaVersion & version) {
    Chance by_day;
    Numbers numbers;
    bool is_day = version.build == 0;
    coder.bit(by_day, is_day);
    uint32_t & said = is_day ? version.day : version.build;
    numbers.codeUpTo(coder, said, UINT32_MAX);
    if constexpr (Coder::kReads) {
        const auto known = parseLlamaVersion(versionText(version));
        if (!known || *known != version || !hasRule(version, LlamaRule::fit)) coder.refuse();
    }
}

template <typename Coder>
void codeLink(Coder & coder, PlanningLink & link, uint8_t format) {
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
    if (format >= kVersionedLink && !coder.failed()) codeVersion(coder, link.llama_cpp);
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
    const uint8_t format = link.llama_cpp.newest() ? kPlainLink : kVersionedLink;
    codeLink(writer, link, format);
    std::string text = sealLink(writer.finish(), format);
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
    const auto seal = openSeal(text);
    if (!seal) return seal.error();
    PlanningLink link;
    LinkReader reader(seal->packed);
    codeLink(reader, link, seal->format);
    if (reader.failed()) return impossible();
    if (!parseMachine(writeMachine(link.machine))) return impossible();
    return link;
}

}  // namespace ggufit
