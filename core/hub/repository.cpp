// Groups a repository's files by their names and chooses by a tag (llama.cpp: common/download.cpp).
#include "hub/repository.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/checked.h"
#include "base/phrase.h"
#include "base/values.h"
#include "gguf/shards.h"

namespace ggufit {

namespace {

constexpr std::string_view kExtension = ".gguf";
constexpr size_t kMostListed = 12;

std::string upper(std::string_view text) {
    std::string result(text);
    for (char & c : result) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return result;
}

bool isDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view fileName(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

HubRole roleOf(std::string_view path) {
    using Word = std::pair<std::string_view, HubRole>;
    constexpr std::array<Word, 6> kWords = {Word{"mmproj", HubRole::projector}, Word{"imatrix", HubRole::imatrix},
                                            Word{"mtp-", HubRole::helper},      Word{"eagle3-", HubRole::helper},
                                            Word{"dflash-", HubRole::helper},   Word{"dspark-", HubRole::helper}};
    const std::string_view name = fileName(path);
    for (const auto & [word, role] : kWords) {
        if (name.find(word) != std::string_view::npos) return role;
    }
    return HubRole::model;
}

/// "Q4_K_M", "IQ2_XXS", "TQ1_0", "BF16", "MXFP4": words that open as quantizations' names do.
bool looksLikeTag(std::string_view word) {
    for (const std::string_view start : {"Q", "IQ", "TQ", "F", "BF", "FP", "MXFP", "NVFP"}) {
        if (word.starts_with(start) && word.size() > start.size() && isDigit(word[start.size()])) return true;
    }
    return false;
}

/// The tag at the end of a name, behind '-' or '.' (get_gguf_split_info); "UD-" before it belongs to it.
std::string tagAtEnd(std::string_view name) {
    const std::string word = upper(name);
    size_t start = word.size();
    while (start > 0 &&
           (isDigit(word[start - 1]) || word[start - 1] == '_' || (word[start - 1] >= 'A' && word[start - 1] <= 'Z'))) {
        start--;
    }
    if (!looksLikeTag(std::string_view(word).substr(start))) return {};
    if (start > 0 && word[start - 1] != '-' && word[start - 1] != '.') return {};
    const bool dynamic = start >= 3 && std::string_view(word).substr(0, start).ends_with("UD-");
    return word.substr(dynamic ? start - 3 : start);
}

std::string tagOf(std::string_view name) {
    std::string tag = tagAtEnd(fileName(name));
    const size_t slash = name.find_last_of('/');
    if (tag.empty() && slash != std::string_view::npos) tag = tagAtEnd(fileName(name.substr(0, slash)));
    return tag;
}

/// Whether the path holds the tag with '.' or '-' behind it, any case (find_best_model).
bool matches(std::string_view path, std::string_view tag) {
    const std::string whole = upper(path);
    const std::string wanted = upper(tag);
    for (size_t at = whole.find(wanted); at != std::string::npos; at = whole.find(wanted, at + 1)) {
        const size_t end = at + wanted.size();
        if (end < whole.size() && (whole[end] == '.' || whole[end] == '-')) return true;
    }
    return false;
}

/// A group under way: its files with the number of each shard.
struct Shards {
    HubModel model;
    std::map<uint32_t, HubFile> by_index;
};

std::string tagsOf(const HubRepository & repository) {
    std::string text;
    size_t listed = 0;
    for (const HubModel & model : repository.models) {
        if (listed++ == kMostListed) return text + ", …";
        text += (text.empty() ? "" : ", ") + quotedText(model.tag.empty() ? model.name : model.tag);
    }
    return text;
}

}  // namespace

HubRepository groupHubFiles(const std::vector<HubFile> & files) {
    std::vector<Shards> groups;
    std::map<std::pair<std::string, uint32_t>, size_t> known;
    for (const HubFile & file : files) {
        const HubRole role = roleOf(file.path);
        if (!file.path.ends_with(kExtension) && role != HubRole::imatrix) continue;
        const std::string_view name = fileName(file.path);
        const std::string folder = file.path.substr(0, file.path.size() - name.size());
        const auto shard = parseShardName(name);
        const std::string stem = shard ? folder + shard->stem : file.path.substr(0, file.path.find_last_of('.'));
        const uint32_t n_shards = shard ? shard->count : 1;
        const auto [place, added] = known.try_emplace({stem, n_shards}, groups.size());
        if (added) groups.push_back({{stem, tagOf(stem), role, {}, 0, n_shards}, {}});
        Shards & group = groups[place->second];
        if (group.by_index.emplace(shard ? shard->index : 1, file).second) {
            group.model.size_bytes = saturatingAdd(group.model.size_bytes, file.size_bytes);
        }
    }
    HubRepository repository;
    for (Shards & group : groups) {
        for (auto & [index, file] : group.by_index) group.model.files.push_back(std::move(file));
        auto & list = group.model.role == HubRole::model ? repository.models : repository.others;
        list.push_back(std::move(group.model));
    }
    return repository;
}

Result<size_t> chooseHubModel(const HubRepository & repository, const ModelReference & reference) {
    const std::string where = referenceText(reference);
    if (repository.models.empty()) {
        return Error{ErrorCode::input, where,
                     "has no GGUF file of a model: the repository of its quantizations is often named …-GGUF."};
    }
    const std::vector<std::string_view> tags = reference.tag.empty() ? std::vector<std::string_view>{"Q4_K_M", "Q8_0"}
                                                                     : std::vector<std::string_view>{reference.tag};
    for (const std::string_view tag : tags) {
        for (size_t i = 0; i < repository.models.size(); i++) {
            if (matches(repository.models[i].files.front().path, tag)) return i;
        }
    }
    if (reference.tag.empty()) return size_t{0};
    return Error{ErrorCode::usage, where,
                 phrase("names a quantization that the repository does not have; it has {}.", tagsOf(repository))};
}

}  // namespace ggufit
