// Metadata by the table of keys, then the files, then the tensors (tensors.cpp).
#include "link/header.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/checked.h"
#include "base/phrase.h"
#include "gguf/shards.h"
#include "link/wire_names.h"
#include "link/wire_value.h"
#include "model/chat_template.h"

namespace ggufit {

namespace {

constexpr size_t kLongestName = 255;
constexpr std::string_view kArchitectureKey = "general.architecture";
constexpr std::string_view kTemplateKey = "tokenizer.chat_template";

std::string wholeKey(const WireKey & key, const std::string & architecture) {
    return isWholeWireKey(key.suffix) ? std::string(key.suffix)
                                      : phrase("{}.{}", architecture, std::string(key.suffix));
}

Value textValue(std::string text) { return {ValueType::string, Scalar(std::move(text))}; }

std::string architectureOf(const File & file) {
    const Value * value = file.find(kArchitectureKey);
    const std::string * name = value != nullptr ? value->asString() : nullptr;
    return name != nullptr ? *name : std::string();
}

/// A template that is read as the file's own.
std::optional<KeyValue> linkedTemplate(const File & file) {
    const ThinkingMark mark = findThinking(file);
    if (!mark.thinking) return std::nullopt;
    return KeyValue{mark.key, textValue(mark.mark + (mark.control.empty() ? "" : " " + mark.control))};
}

/// Walks the parts of a header in their order.
template <typename Coder>
class HeaderCoder {
  public:
    HeaderCoder(Coder & coder, Texts & texts, File & file) : coder_(coder), texts_(texts), file_(file) {}

    void code() {
        codeMetadata();
        codeShards();
        uint64_t n_tensors = 0;
        for (const Shard & shard : file_.shards) n_tensors = saturatingAdd(n_tensors, shard.n_tensors);
        if (n_tensors > kMostLinkedTensors) return coder_.refuse();
        codeTensors(coder_, texts_, values_.known(), n_tensors, file_.tensors);
        if constexpr (Coder::kReads) layOut();
    }

  private:
    void codeMetadata();
    void codeTemplate();
    void codeShards();
    void codeShard(Shard & shard);
    void codeFileSize(Shard & shard);
    void codeNames();
    void layOut();
    [[nodiscard]] bool layOut(Shard & shard, Tensor & tensor, uint32_t index);

    Coder & coder_;
    Texts & texts_;
    File & file_;
    WireValues values_;
    Tree<8> architectures_;
    Tree<5> marks_, controls_;
    std::array<Chance, 4> present_{};
    Chance has_template_, thinks_, usual_alignment_, newest_version_, big_endian_, padded_;
    Tree<2> size_kind_;
    Tree<6> alignment_;
    Numbers counts_, sizes_;
};

template <typename Coder>
void HeaderCoder<Coder>::codeMetadata() {
    std::string architecture = architectureOf(file_);
    texts_.codeKnown(coder_, architectures_, wireArchitectures(), architecture, kLongestName);
    std::vector<KeyValue> metadata;
    metadata.push_back({std::string(kArchitectureKey), textValue(architecture)});
    size_t before = 0;  // which of the last two keys are there
    for (const WireKey & key : wireKeys()) {
        const std::string whole = wholeKey(key, architecture);
        const Value * given = file_.find(whole);
        bool present = given != nullptr;
        coder_.bit(present_[before], present);
        before = (before << 1U | (present ? 1U : 0U)) & 3U;
        if (!present) continue;
        Value value = given != nullptr ? *given : Value{};
        values_.code(coder_, texts_, key.type, value);
        metadata.push_back({whole, std::move(value)});
    }
    codeTemplate();
    if constexpr (Coder::kReads) {
        metadata.insert(metadata.end(), file_.metadata.begin(), file_.metadata.end());
        file_.metadata = std::move(metadata);
    }
}

/// The template's key behind "tokenizer.chat_template", and the words in it; reading, the only metadata so far.
template <typename Coder>
void HeaderCoder<Coder>::codeTemplate() {
    const ThinkingMark mark = findThinking(file_);
    bool present = mark.thinking.has_value();
    coder_.bit(has_template_, present);
    if (!present) return;
    std::string variant = mark.key.substr(std::min(mark.key.size(), kTemplateKey.size()));
    std::string words = mark.mark;
    std::string control = mark.control;
    texts_.code(coder_, variant, kLongestName);
    texts_.codeKnown(coder_, marks_, wireMarks(), words, kLongestName);
    texts_.codeKnown(coder_, controls_, wireMarks(), control, kLongestName);
    if constexpr (Coder::kReads) {
        if (!variant.empty() && variant.front() != '.') return coder_.refuse();
        if (!control.empty()) words += " " + control;
        file_.metadata.push_back({std::string(kTemplateKey) + variant, textValue(std::move(words))});
    }
}

template <typename Coder>
void HeaderCoder<Coder>::codeShards() {
    uint64_t n_shards = file_.shards.size();
    counts_.codeUpTo(coder_, n_shards, kMostLinkedShards);
    if (n_shards == 0) return coder_.refuse();
    if constexpr (Coder::kReads) file_.shards.resize(static_cast<size_t>(n_shards));
    for (Shard & shard : file_.shards) {
        codeShard(shard);
        if (coder_.failed()) return;
    }
    codeNames();
}

template <typename Coder>
void HeaderCoder<Coder>::codeShard(Shard & shard) {
    counts_.codeUpTo(coder_, shard.n_tensors, kMostLinkedTensors);
    sizes_.codeUpTo(coder_, shard.header_bytes, uint64_t{1} << 50U);
    bool usual = shard.alignment == 32;
    coder_.bit(usual_alignment_, usual);
    auto log = static_cast<uint32_t>(std::countr_zero(shard.alignment));
    if (!usual) alignment_.code(coder_, log);
    if (log > 30) return coder_.refuse();
    shard.alignment = usual ? 32 : uint64_t{1} << log;
    bool newest = shard.version == 3;
    coder_.bit(newest_version_, newest);
    uint64_t version = shard.version;
    if (!newest) plainBits(coder_, 1, --version);
    shard.version = newest ? 3 : static_cast<uint32_t>(version + 1);
    coder_.bit(big_endian_, shard.big_endian);
    codeFileSize(shard);
}

/// A file's size by what it is beyond header and tensors. Reading, file_bytes is that until layOut adds them.
template <typename Coder>
void HeaderCoder<Coder>::codeFileSize(Shard & shard) {
    enum Kind : uint32_t { exact, unknown, longer };
    const uint64_t end = saturatingAdd(shard.data_offset, shard.data_bytes);
    uint64_t rest = saturatingSub(shard.file_bytes, end);
    uint32_t kind = shard.file_bytes == 0 ? unknown : rest == 0 ? exact : longer;
    // tensors that are not padded at the end of the file
    const uint64_t padding = padTo(shard.data_bytes, shard.alignment) - shard.data_bytes;
    bool padded = padding == 0;
    size_kind_.code(coder_, kind);
    if (kind > longer) return coder_.refuse();
    if (kind == longer) sizes_.code(coder_, rest);
    coder_.bit(padded_, padded);
    uint64_t missing = padding;
    if (!padded) sizes_.codeUpTo(coder_, missing, shard.alignment);
    if constexpr (Coder::kReads) {
        shard.data_bytes = padded ? 0 : missing;
        shard.file_bytes = kind == unknown ? UINT64_MAX : kind == longer ? rest : 0;
    }
}

template <typename Coder>
void HeaderCoder<Coder>::codeNames() {
    std::string name = file_.shards.front().name;
    bool named = !name.empty();
    Chance chance;
    coder_.bit(chance, named);
    if (!named) return;
    texts_.code(coder_, name, kLongestName);
    if constexpr (Coder::kReads) {
        if (withoutFolder(name) != name || name.find_first_of("/\\") != std::string::npos) return coder_.refuse();
        const auto split = parseShardName(name);
        for (size_t i = 0; i < file_.shards.size(); ++i) {
            if (split) file_.shards[i].name = shardFileName(*split, static_cast<uint32_t>(i + 1));
        }
        file_.shards.front().name = name;
    }
}

/// Where tensors and files end, from what was read.
template <typename Coder>
void HeaderCoder<Coder>::layOut() {
    size_t next = 0;
    for (uint32_t i = 0; i < file_.shards.size() && !coder_.failed(); ++i) {
        Shard & shard = file_.shards[i];
        const uint64_t missing = std::exchange(shard.data_bytes, 0);
        for (uint64_t n = 0; n < shard.n_tensors; ++n) {
            if (next >= file_.tensors.size() || !layOut(shard, file_.tensors[next++], i)) return coder_.refuse();
        }
        shard.data_offset = shard.n_tensors > 0 ? padTo(shard.header_bytes, shard.alignment) : shard.header_bytes;
        if (missing > shard.data_bytes) return coder_.refuse();
        shard.data_bytes -= missing;
        const auto end = checkedAdd(shard.data_offset, shard.data_bytes);
        const bool unknown = shard.file_bytes == UINT64_MAX;
        const auto size = end ? checkedAdd(*end, unknown ? 0 : shard.file_bytes) : std::nullopt;
        if (!size) return coder_.refuse();
        shard.file_bytes = unknown ? 0 : *size;
    }
    indexFile(file_);
    // a name that is given twice has one place in the index
    if (file_.tensor_index.size() != file_.tensors.size()) coder_.refuse();
}

template <typename Coder>
bool HeaderCoder<Coder>::layOut(Shard & shard, Tensor & tensor, uint32_t index) {
    tensor.shard = index;
    tensor.offset = shard.data_bytes;
    const auto end = checkedAdd(tensor.offset, tensor.n_bytes);
    if (!end || padTo(*end, shard.alignment) == UINT64_MAX) return false;
    shard.data_bytes = padTo(*end, shard.alignment);
    return true;
}

}  // namespace

std::string_view withoutFolder(std::string_view text) {
    const bool drive = text.size() > 2 && text[1] == ':' && (text[2] == '\\' || text[2] == '/');
    const bool rooted = text.starts_with('/') || text.starts_with('~') || text.starts_with("\\\\") ||
                        text.starts_with("./") || text.starts_with("../") || text.starts_with(".\\") ||
                        text.starts_with("..\\") || text.starts_with("file:");
    if (!drive && !rooted) return text;
    while (!text.empty() && (text.back() == '/' || text.back() == '\\')) text.remove_suffix(1);
    return text.substr(text.find_last_of("/\\") + 1);
}

File linkedHeader(const File & file, bool with_name) {
    File linked;
    linked.shards = file.shards;
    for (Shard & shard : linked.shards) {
        const std::string name = shard.name.substr(shard.name.find_last_of("/\\") + 1);
        shard.name = with_name ? name : std::string();
    }
    linked.tensors = file.tensors;
    const std::string architecture = architectureOf(file);
    linked.metadata.push_back({std::string(kArchitectureKey), textValue(architecture)});
    for (const WireKey & key : wireKeys()) {
        const std::string whole = wholeKey(key, architecture);
        if (const Value * value = file.find(whole)) linked.metadata.push_back({whole, linkedValue(*value, key.kept)});
    }
    if (auto found = linkedTemplate(file)) linked.metadata.push_back(std::move(*found));
    indexFile(linked);
    return linked;
}

template <typename Coder>
void codeHeader(Coder & coder, Texts & texts, File & file) {
    HeaderCoder<Coder>(coder, texts, file).code();
}

template void codeHeader(LinkWriter & coder, Texts & texts, File & file);
template void codeHeader(LinkReader & coder, Texts & texts, File & file);

}  // namespace ggufit
