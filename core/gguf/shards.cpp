// Reads shard names and joins the headers of a split model (llama-model-loader.cpp; names: llama.cpp,
// llama_split_path).
#include "gguf/shards.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/phrase.h"
#include "base/units.h"
#include "gguf/cursor.h"

namespace ggufit {

namespace {

constexpr std::string_view kExtension = ".gguf";
constexpr std::string_view kOf = "-of-";
constexpr size_t kLeastDigits = 5;
constexpr uint64_t kMaxShards = 65535;  // llama.cpp reads split.count as 16 bits

std::string padded(uint32_t number) {
    const std::string digits = std::to_string(number);
    return std::string(digits.size() < kLeastDigits ? kLeastDigits - digits.size() : 0, '0') + digits;
}

/// Takes the digits at the end of `text`, as "%05d" writes them.
std::optional<uint32_t> takeNumber(std::string_view & text) {
    size_t start = text.size();
    while (start > 0 && text[start - 1] >= '0' && text[start - 1] <= '9') start--;
    const std::string_view digits = text.substr(start);
    uint32_t number = 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (fault != std::errc() || padded(number) != digits) return std::nullopt;
    text.remove_suffix(digits.size());
    return number;
}

/// What a header says of its place in the set.
struct Place {
    uint64_t index = 0;  // split.no, 0-based
    uint64_t count = 1;  // split.count
    std::optional<uint64_t> n_tensors;
};

Error fault(const std::string & where, std::string detail) {
    return {ErrorCode::input, where, std::move(detail), 0, 0};
}

std::optional<uint64_t> unsignedOf(const File & file, std::string_view key) {
    const Value * value = file.find(key);
    return value ? value->asUnsigned() : std::nullopt;
}

const std::string & nameOf(const File & file) { return file.shards.front().name; }

std::string orNumber(const std::string & name, uint64_t index, uint64_t count) {
    const std::string number = phrase("shard {} of {}", formatCount(index + 1), formatCount(count));
    return name.empty() ? number : phrase("{} ({})", number, name);
}

/// The place of one file among others; its count is above 1.
Result<Place> placeOf(const File & file) {
    Place place;
    place.count = unsignedOf(file, "split.count").value_or(1);
    place.n_tensors = unsignedOf(file, "split.tensors.count");
    const std::string & name = nameOf(file);
    if (place.count < 2) {
        return fault(name,
                     "this file is no shard (it has no split.count), but was given with others: give the shards of one "
                     "model, or a single file");
    }
    if (place.count > kMaxShards) {
        return fault(name, phrase("split.count is {}, and llama.cpp takes at most {} shards: the file is damaged",
                                  formatCount(place.count), formatCount(kMaxShards)));
    }
    const auto index = unsignedOf(file, "split.no");
    if (!index) return fault(name, "this shard has no split.no, which says where it belongs: the file is damaged");
    place.index = *index;
    if (place.index >= place.count) {
        return fault(name, phrase("split.no is {}, but a set of {} shards is counted from 0 to {}: the file is damaged",
                                  formatCount(place.index), formatCount(place.count), formatCount(place.count - 1)));
    }
    const auto parsed = parseShardName(name);
    if (parsed && (parsed->index != place.index + 1 || parsed->count != place.count)) {
        return fault(name, phrase("by its name this is shard {} of {}, but by its header it is shard {} of {}, so "
                                  "llama.cpp does not load it: give it its own name back",
                                  formatCount(parsed->index), formatCount(parsed->count), formatCount(place.index + 1),
                                  formatCount(place.count)));
    }
    return place;
}

/// Whether `file` belongs to the set that `first` belongs to; the fault where not.
std::optional<Error> foreignFault(const File & first, const Place & first_place, const File & file,
                                  const Place & place) {
    const auto a = parseShardName(nameOf(first));
    const auto b = parseShardName(nameOf(file));
    std::string difference;
    if (place.count != first_place.count) {
        difference = phrase("it is one of {} shards, the other one of {}", formatCount(place.count),
                            formatCount(first_place.count));
    } else if (place.n_tensors != first_place.n_tensors) {
        const auto text = [](const Place & p) {
            return p.n_tensors ? formatCount(*p.n_tensors) : std::string("not set");
        };
        difference = phrase("split.tensors.count is {}, in the other {}", text(place), text(first_place));
    } else if (a && b && a->stem != b->stem) {
        difference = "their names differ before the number";
    } else {
        return std::nullopt;
    }
    return fault(nameOf(file), phrase("this shard is of another model than {}: {}; give the shards of one model",
                                      orNumber(nameOf(first), first_place.index, first_place.count), difference));
}

std::string missingName(const std::vector<File> & files, uint64_t index) {
    for (const auto & file : files) {
        if (const auto parsed = parseShardName(nameOf(file)))
            return shardFileName(*parsed, static_cast<uint32_t>(index + 1));
    }
    return {};
}

/// The order of the files as positions in `files`, one for each shard.
Result<std::vector<size_t>> orderOf(const std::vector<File> & files) {
    std::vector<Place> places;
    for (const auto & file : files) {
        auto place = placeOf(file);
        if (!place) return place.error();
        if (!places.empty()) {
            if (auto foreign = foreignFault(files.front(), places.front(), file, *place)) return *foreign;
        }
        places.push_back(*place);
    }
    const uint64_t count = places.front().count;
    std::vector<size_t> order(static_cast<size_t>(count), files.size());
    for (size_t i = 0; i < files.size(); i++) {
        size_t & slot = order[static_cast<size_t>(places[i].index)];
        if (slot != files.size()) {
            return fault(nameOf(files[i]),
                         phrase("{} is given twice{}: give each shard once", orNumber({}, places[i].index, count),
                                nameOf(files[slot]).empty() ? "" : ", also as " + nameOf(files[slot])));
        }
        slot = i;
    }
    for (uint64_t i = 0; i < count; i++) {
        if (order[static_cast<size_t>(i)] != files.size()) continue;
        const uint64_t missing = count - files.size();
        const std::string others = missing > 1 ? phrase(" (and {} more)", formatCount(missing - 1)) : "";
        return fault(nameOf(files.front()),
                     phrase("{} is missing{}: put all shards of the model side by side and give them together",
                            orNumber(missingName(files, i), i, count), others));
    }
    return order;
}

}  // namespace

std::optional<ShardName> parseShardName(std::string_view file_name) {
    if (!file_name.ends_with(kExtension)) return std::nullopt;
    file_name.remove_suffix(kExtension.size());
    const auto count = takeNumber(file_name);
    if (!count || !file_name.ends_with(kOf)) return std::nullopt;
    file_name.remove_suffix(kOf.size());
    const auto index = takeNumber(file_name);
    if (!index || *index == 0 || *index > *count || file_name.size() < 2 || !file_name.ends_with('-'))
        return std::nullopt;
    file_name.remove_suffix(1);
    return ShardName{std::string(file_name), *index, *count};
}

std::string shardFileName(const ShardName & name, uint32_t index) {
    return phrase("{}-{}{}{}{}", name.stem, padded(index), std::string(kOf), padded(name.count),
                  std::string(kExtension));
}

Result<File> joinShards(std::vector<File> files) {
    for (const auto & file : files) {
        if (file.shards.size() != 1) return fault({}, "shards are joined from files that were read one by one");
    }
    if (files.empty()) return fault({}, "no file was given: give a model's .gguf file");
    if (files.size() == 1 && unsignedOf(files.front(), "split.count").value_or(1) < 2) return std::move(files.front());

    const auto order = orderOf(files);
    if (!order) return order.error();

    File joined;
    joined.metadata = std::move(files[order->front()].metadata);
    for (size_t i = 0; i < order->size(); i++) {
        File & file = files[(*order)[i]];
        for (auto & tensor : file.tensors) {
            tensor.shard = static_cast<uint32_t>(i);
            const auto [seen, is_new] = joined.tensor_index.emplace(tensor.name, joined.tensors.size());
            if (!is_new) {
                const auto & other = joined.shards[joined.tensors[seen->second].shard].name;
                return fault(nameOf(file),
                             phrase("tensor {} is in two shards{}, and llama.cpp does not load such a model: download "
                                    "the shards again",
                                    quotedFromFile(tensor.name), other.empty() ? "" : ", also in " + other));
            }
            joined.tensors.push_back(std::move(tensor));
        }
        joined.shards.push_back(std::move(file.shards.front()));
    }
    indexFile(joined);
    const auto n_tensors = unsignedOf(joined, "split.tensors.count");
    if (n_tensors && *n_tensors != joined.tensors.size()) {
        return fault(joined.shards.front().name, phrase("split.tensors.count says that the shards have {} tensors, but "
                                                        "they have {}: the shards are of different models, or damaged",
                                                        formatCount(*n_tensors), formatCount(joined.tensors.size())));
    }
    return joined;
}

}  // namespace ggufit
