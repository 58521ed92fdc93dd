// The tensor directory: each name by what followed the last one before, each shape and type as that name's last.
#include <charconv>
#include <map>
#include <utility>

#include "base/checked.h"
#include "base/phrase.h"
#include "link/header.h"
#include "link/wire_names.h"

namespace ggufit {

namespace {

constexpr size_t kLongestTensorName = 63;  // GGML_MAX_NAME with its end mark
constexpr uint32_t kNone = UINT32_MAX;

/// A tensor's name with "#" in place of its layer's number, where it has one.
struct SplitName {
    std::string pattern;
    bool numbered = false;
    uint32_t layer = 0;
};

/// The first part of a name that is a number counts as the layer's.
SplitName splitTensorName(const std::string & name) {
    if (name.find('#') != std::string::npos) return {name};
    for (size_t start = 0; start < name.size();) {
        const size_t end = std::min(name.find('.', start), name.size());
        uint32_t layer = 0;
        const auto [stop, fault] = std::from_chars(name.data() + start, name.data() + end, layer);
        const bool digits = fault == std::errc() && stop == name.data() + end && end > start;
        if (digits && layer < kMostLinkedLayers && (name[start] != '0' || end == start + 1)) {
            return {phrase("{}#{}", name.substr(0, start), name.substr(end)), true, layer};
        }
        start = end + 1;
    }
    return {name};
}

std::string joinTensorName(const SplitName & split) {
    if (!split.numbered) return split.pattern;
    const size_t mark = split.pattern.find('#');
    return split.pattern.substr(0, mark) + std::to_string(split.layer) + split.pattern.substr(mark + 1);
}

/// A name's parts, each by its place in a table; all `kNone` where they are not there.
struct NameParts {
    uint32_t prefix = kNone, tensor = kNone, ending = kNone;
};

uint32_t placeOf(std::span<const std::string_view> table, std::string_view text) {
    const auto found = std::find(table.begin(), table.end(), text);
    return found == table.end() ? kNone : static_cast<uint32_t>(found - table.begin());
}

NameParts partsOf(std::string_view pattern) {
    for (uint32_t prefix = 0; prefix < wirePrefixes().size(); ++prefix) {
        const std::string_view start = wirePrefixes()[prefix];
        if (!pattern.starts_with(start)) continue;
        for (uint32_t ending = 0; ending < wireEndings().size(); ++ending) {
            const std::string_view end = wireEndings()[ending];
            const std::string_view rest = pattern.substr(start.size());
            if (!rest.ends_with(end)) continue;
            const uint32_t tensor = placeOf(wireTensors(), rest.substr(0, rest.size() - end.size()));
            if (tensor != kNone) return {prefix, tensor, ending};
        }
    }
    return {};
}

/// What is known of the tensors of one pattern.
struct Pattern {
    std::string text;
    bool numbered = false;
    uint32_t layer = kNone;                                     // of the last one
    std::array<uint32_t, 3> followers = {kNone, kNone, kNone};  // patterns that came after it, the last first
    uint32_t n_dims = 1;
    std::array<uint64_t, 4> ne = {1, 1, 1, 1};
    std::array<uint64_t, 4> other_ne = {1, 1, 1, 1};  // the last shape that differed
    uint32_t reshaped = 0;                            // of the last shapes, a bit each
    bool shaped = false;
    Repeats::Row types;
};

template <typename Coder>
class TensorCoder {
  public:
    TensorCoder(Coder & coder, Texts & texts, Remembered known)
        : coder_(coder), texts_(texts), dimensions_(std::move(known)) {
        patterns_.emplace_back();  // stands before the first tensor
    }

    void code(Tensor & tensor) {
        SplitName name = Coder::kReads ? SplitName() : splitTensorName(tensor.name);
        const uint32_t index = codePattern(name);
        if (coder_.failed()) return;
        Pattern & pattern = patterns_[index];
        codeLayer(pattern, name);
        codeShape(pattern, tensor);
        codeType(pattern, tensor);
        last_ = index;
        if constexpr (Coder::kReads) {
            name.pattern = pattern.text;
            name.numbered = pattern.numbered;
            tensor.name = joinTensorName(name);
            if (!complete(tensor)) coder_.refuse();
        }
    }

  private:
    uint32_t codePattern(const SplitName & name);
    uint32_t codeOther(const SplitName & name, uint32_t wanted);
    void codeText(Pattern & pattern);
    void codeLayer(Pattern & pattern, SplitName & name);
    void codeShape(Pattern & pattern, Tensor & tensor);
    void codeType(Pattern & pattern, Tensor & tensor);
    [[nodiscard]] static bool complete(Tensor & tensor);
    void follow(uint32_t index);

    Coder & coder_;
    Texts & texts_;
    Remembered dimensions_;
    std::vector<Pattern> patterns_;
    std::map<std::pair<std::string, bool>, uint32_t> by_text_;
    uint32_t last_ = 0;
    uint32_t layer_ = 0;      // of the last tensor that has one
    uint32_t surprises_ = 0;  // of the last names, a bit each: whether another than the usual one followed

    std::array<Chance, 16> usual_{};
    std::array<Chance, 2> second_{};
    Chance new_, numbered_, third_;
    Tree<3> prefixes_, endings_;
    Tree<9> names_;
    std::array<Chance, 2> layer_as_expected_{};
    Tree<9> layers_;
    std::array<Chance, 8> same_shape_{};
    Chance other_shape_;
    Tree<2> n_dims_;
    Numbers sizes_;
    Repeats types_;
    std::array<Tree<6>, 2> type_{};
};

/// The pattern's number, found by what came before it.
template <typename Coder>
uint32_t TensorCoder<Coder>::codePattern(const SplitName & name) {
    uint32_t wanted = kNone;
    if constexpr (!Coder::kReads) {
        const auto found = by_text_.find({name.pattern, name.numbered});
        if (found != by_text_.end()) wanted = found->second;
    }
    const auto followers = patterns_[last_].followers;
    const size_t kinds = followers.size();
    size_t rank = 0;
    while (!Coder::kReads && rank < kinds && (followers[rank] == kNone || followers[rank] != wanted)) ++rank;
    size_t read = 0;
    for (; read < kinds && followers[read] != kNone; ++read) {
        bool hit = rank == read;
        Chance & chance = read == 0 ? usual_[surprises_] : read == 1 ? second_[surprises_ & 1U] : third_;
        coder_.bit(chance, hit);
        if (hit) break;
    }
    const bool known = read < kinds && followers[read] != kNone;
    surprises_ = (surprises_ << 1U | (known && read == 0 ? 0U : 1U)) & 15U;
    const uint32_t index = known ? followers[read] : codeOther(name, wanted);
    if (!coder_.failed()) follow(index);
    return index;
}

/// A pattern that has not followed the last one of late: one of all before, or a new one.
template <typename Coder>
uint32_t TensorCoder<Coder>::codeOther(const SplitName & name, uint32_t wanted) {
    bool is_new = wanted == kNone;
    coder_.bit(new_, is_new);
    if (!is_new) {
        uint64_t index = wanted;
        plainBits(coder_, static_cast<unsigned>(std::bit_width(patterns_.size() - 1)), index);
        if (index == 0 || index >= patterns_.size()) {
            coder_.refuse();
            return 0;
        }
        return static_cast<uint32_t>(index);
    }
    Pattern pattern;
    pattern.text = name.pattern;
    pattern.numbered = name.numbered;
    codeText(pattern);
    const auto index = static_cast<uint32_t>(patterns_.size());
    if (!by_text_.emplace(std::pair(pattern.text, pattern.numbered), index).second) coder_.refuse();
    patterns_.push_back(std::move(pattern));
    return index;
}

template <typename Coder>
void TensorCoder<Coder>::codeText(Pattern & pattern) {
    constexpr uint32_t kSpelled = 7;
    NameParts parts = Coder::kReads ? NameParts() : partsOf(pattern.text);
    const bool numbered_prefix = parts.prefix != kNone && wirePrefixes()[parts.prefix].find('#') != std::string::npos;
    uint32_t prefix = parts.prefix == kNone || numbered_prefix != pattern.numbered ? kSpelled : parts.prefix;
    prefixes_.code(coder_, prefix);
    if (prefix == kSpelled) {
        coder_.bit(numbered_, pattern.numbered);
        texts_.code(coder_, pattern.text, kLongestTensorName + 1);
        if (pattern.text.empty() || (pattern.numbered && pattern.text.find('#') == std::string::npos)) coder_.refuse();
        return;
    }
    names_.code(coder_, parts.tensor);
    endings_.code(coder_, parts.ending);
    if (prefix >= wirePrefixes().size() || parts.tensor >= wireTensors().size() || parts.ending >= wireEndings().size())
        return coder_.refuse();
    const std::string_view start = wirePrefixes()[prefix];
    pattern.numbered = start.find('#') != std::string_view::npos;
    pattern.text = std::string(start).append(wireTensors()[parts.tensor]).append(wireEndings()[parts.ending]);
}

template <typename Coder>
void TensorCoder<Coder>::follow(uint32_t index) {
    auto & followers = patterns_[last_].followers;
    auto place = std::find(followers.begin(), followers.end() - 1, index);
    std::rotate(followers.begin(), place, place + 1);
    followers.front() = index;
}

/// The layer of the tensor before, or the next one where that has such a tensor already.
template <typename Coder>
void TensorCoder<Coder>::codeLayer(Pattern & pattern, SplitName & name) {
    if (!pattern.numbered) return;
    const uint32_t expected = pattern.layer == layer_ ? layer_ + 1 : layer_;
    bool usual = name.layer == expected;
    coder_.bit(layer_as_expected_[pattern.layer == layer_ ? 1 : 0], usual);
    uint32_t layer = usual ? expected : name.layer;
    if (!usual) layers_.code(coder_, layer);
    if (layer >= kMostLinkedLayers) coder_.refuse();
    name.layer = pattern.layer = layer_ = layer;
}

template <typename Coder>
void TensorCoder<Coder>::codeShape(Pattern & pattern, Tensor & tensor) {
    bool same = pattern.shaped && tensor.n_dims == pattern.n_dims && tensor.ne == pattern.ne;
    bool other = false;
    if (pattern.shaped) {
        coder_.bit(same_shape_[pattern.reshaped], same);
        if (!same) {
            other = tensor.n_dims == pattern.n_dims && tensor.ne == pattern.other_ne;
            coder_.bit(other_shape_, other);
        }
    }
    pattern.reshaped = (pattern.reshaped << 1U | (same ? 0U : 1U)) & 7U;
    if (same || other) {
        tensor.n_dims = pattern.n_dims;
        tensor.ne = same ? pattern.ne : pattern.other_ne;
    } else {
        uint32_t n_dims = tensor.n_dims - 1;
        n_dims_.code(coder_, n_dims);
        tensor.n_dims = n_dims + 1;
        for (uint32_t i = 0; i < tensor.n_dims; ++i) dimensions_.code(coder_, sizes_, tensor.ne[i]);
    }
    if (!same) pattern.other_ne = pattern.shaped ? pattern.ne : tensor.ne;
    pattern.shaped = true;
    pattern.n_dims = tensor.n_dims;
    pattern.ne = tensor.ne;
}

template <typename Coder>
void TensorCoder<Coder>::codeType(Pattern & pattern, Tensor & tensor) {
    auto number = static_cast<uint64_t>(tensor.type);
    types_.code(coder_, pattern.types, number, [&](uint64_t & fresh) {
        auto symbol = static_cast<uint32_t>(fresh);
        type_[tensor.n_dims > 1 ? 1 : 0].code(coder_, symbol);
        fresh = symbol;
    });
    if (!typeTraits(static_cast<uint32_t>(number))) {
        coder_.refuse();
        number = 0;
    }
    tensor.type = static_cast<GgmlType>(number);
}

/// Checks what a file's reader checks, and counts the bytes.
template <typename Coder>
bool TensorCoder<Coder>::complete(Tensor & tensor) {
    if (tensor.name.empty() || tensor.name.size() > kLongestTensorName) return false;
    uint64_t elements = 1;
    for (const uint64_t size : tensor.ne) {
        if (size == 0) return false;
        elements = saturatingMul(elements, size);
    }
    const TypeTraits & traits = traitsOf(tensor.type);
    if (elements >= INT64_MAX || tensor.ne[0] % traits.block_size != 0) return false;
    const auto bytes = checkedMul(elements / traits.block_size, traits.block_bytes);
    if (!bytes) return false;
    tensor.n_bytes = *bytes;
    return true;
}

}  // namespace

template <typename Coder>
void codeTensors(Coder & coder, Texts & texts, Remembered known, uint64_t n_tensors, std::vector<Tensor> & tensors) {
    TensorCoder<Coder> one(coder, texts, std::move(known));
    for (uint64_t i = 0; i < n_tensors && !coder.failed(); ++i) {
        if constexpr (Coder::kReads) tensors.emplace_back();
        if (i >= tensors.size()) return coder.refuse();
        one.code(tensors[static_cast<size_t>(i)]);
    }
}

template void codeTensors(LinkWriter &, Texts &, Remembered, uint64_t, std::vector<Tensor> &);
template void codeTensors(LinkReader &, Texts &, Remembered, uint64_t, std::vector<Tensor> &);

}  // namespace ggufit
