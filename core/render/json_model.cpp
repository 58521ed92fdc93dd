// `ggufit inspect --json`: the card, the files, the tensors, the metadata.
#include "base/json.h"
#include "model/clean_text.h"
#include "render/json.h"
#include "render/shard_bytes.h"
#include "render/to_json.h"

namespace ggufit {

namespace {

constexpr size_t kLongestText = 4096;

/// The start of a text that is too long to be useful in whole, cut between characters.
std::string_view startOf(std::string_view text) {
    if (text.size() <= kLongestText) return text;
    size_t end = kLongestText;
    while (end > kLongestText - 4 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end);
}

/// The longest text that was cut on the way notes itself here.
struct Cut {
    uint64_t n_bytes = 0;
};

Json scalarJson(const Scalar & scalar, Cut & cut) {
    if (const auto * number = std::get_if<uint64_t>(&scalar)) return *number;
    if (const auto * number = std::get_if<int64_t>(&scalar)) return *number;
    if (const auto * number = std::get_if<double>(&scalar)) return *number;
    if (const auto * flag = std::get_if<bool>(&scalar)) return *flag;
    const std::string & text = *std::get_if<std::string>(&scalar);
    if (text.size() > kLongestText && text.size() > cut.n_bytes) cut.n_bytes = text.size();
    return startOf(text);
}

Json valueJson(const Value & value, Cut & cut) {
    const Array * array = value.asArray();
    if (array == nullptr) return scalarJson(*std::get_if<Scalar>(&value.content), cut);
    if (array->elements.size() != array->count) {
        return object({{"array_of", std::string(valueTypeName(array->element_type))}, {"count", array->count}});
    }
    Json list = Json::array();
    for (const Scalar & element : array->elements) list.push_back(scalarJson(element, cut));
    return list;
}

Json shardList(const File & file) {
    Json list = Json::array();
    const std::vector<ShardBytes> bytes = shardBytes(file);
    for (size_t i = 0; i < file.shards.size(); ++i) {
        const Shard & shard = file.shards[i];
        list.push_back(object({{"name", shard.name},
                               {"version", shard.version},
                               {"big_endian", shard.big_endian},
                               {"alignment", shard.alignment},
                               {"n_tensors", shard.n_tensors},
                               {"header_bytes", bytes[i].header_bytes},
                               {"padding_bytes", bytes[i].padding_bytes},
                               {"tensor_bytes", bytes[i].tensor_bytes},
                               {"rest_bytes", bytes[i].rest_bytes},
                               {"file_bytes", bytes[i].file_bytes}}));
    }
    return list;
}

Json tensorList(const File & file) {
    Json list = Json::array();
    for (const Tensor & tensor : file.tensors) {
        Json ne = Json::array();
        for (uint32_t i = 0; i < tensor.n_dims && i < tensor.ne.size(); ++i) ne.push_back(tensor.ne[i]);
        list.push_back(object({{"name", tensor.name},
                               {"type", std::string(traitsOf(tensor.type).name)},
                               {"ne", std::move(ne)},
                               {"n_bytes", tensor.n_bytes},
                               {"shard", tensor.shard}}));
    }
    return list;
}

}  // namespace

std::string modelJson(const Model & model, const Card & card) {
    Json json = toJson(card);
    json["shards"] = shardList(model.file);
    json["tensors"] = tensorList(model.file);
    Json metadata = Json::object();
    Json cuts = Json::object();
    // Keys are unique (the reader sees to it); looking for each among the others would take time squared.
    using Entries = Json::object_t::Container;
    Entries & entries = *metadata.get_ptr<Json::object_t *>();
    for (const KeyValue & entry : model.file.metadata) {
        Cut cut;
        const std::string key(startOf(entry.key));
        entries.emplace_back(key, valueJson(entry.value, cut));
        if (cut.n_bytes > 0) cuts[key] = cut.n_bytes;
    }
    json["metadata"] = std::move(metadata);
    json["metadata_cut"] = std::move(cuts);
    json["warnings"] = toJson(model.warnings);
    return writeJson(json);
}

}  // namespace ggufit
