// Reads the tensor directory of a GGUF header and checks that the tensors lie as llama.cpp wants them.
#include <algorithm>
#include <string>

#include "base/phrase.h"
#include "base/units.h"
#include "gguf/sections.h"

namespace ggufit {

namespace {

constexpr uint64_t kMaxNameBytes = 63;        // GGML_MAX_NAME with its end mark
constexpr uint64_t kMaxElements = INT64_MAX;  // a tensor has fewer (gguf.cpp)

class TensorReader {
  public:
    TensorReader(Cursor & cursor, File & file, Shard & shard) : cursor_(cursor), file_(file), shard_(shard) {}

    bool read();
    [[nodiscard]] uint64_t dataEnd() const { return data_end_; }

  private:
    bool readTensor(uint64_t index);
    bool readShape(Tensor & tensor);
    bool readType(Tensor & tensor);
    bool readOffset(Tensor & tensor);

    Cursor & cursor_;
    File & file_;
    Shard & shard_;
    uint64_t data_end_ = 0;
};

bool TensorReader::read() {
    file_.tensors.reserve(
        static_cast<size_t>(std::min(shard_.n_tensors, cursor_.remaining() / leastTensorBytes(cursor_))));
    for (uint64_t i = 0; i < shard_.n_tensors; i++) {
        cursor_.arrived(leastTensorBytes(cursor_));
        if (!readTensor(i)) return false;
    }
    return true;
}

bool TensorReader::readTensor(uint64_t index) {
    const uint64_t start = cursor_.position();
    const uint64_t after_name = 4 + 4 + 8;
    std::string_view name;
    cursor_.setSubject("a tensor", {});
    cursor_.expect(after_name);
    if (!cursor_.string(name, kMaxNameBytes, "name")) return false;
    cursor_.arrived(after_name);
    if (name.empty()) {
        return cursor_.fail(phrase("tensor {} of {} has no name: the file is damaged", formatCount(index + 1),
                                   formatCount(shard_.n_tensors)),
                            start);
    }
    cursor_.setSubject("tensor", name);
    if (!file_.tensor_index.emplace(name, file_.tensors.size()).second) {
        return cursor_.fail(cursor_.subject() + " is given twice, and llama.cpp does not load such a file", start);
    }
    Tensor & tensor = file_.tensors.emplace_back();
    tensor.name = name;
    return readShape(tensor) && readType(tensor) && readOffset(tensor);
}

bool TensorReader::readShape(Tensor & tensor) {
    const uint64_t start = cursor_.position();
    uint32_t n_dims = 0;
    cursor_.expect(4 + 8);  // type and offset
    if (!cursor_.number(n_dims, "number of dimensions")) return false;
    if (n_dims > tensor.ne.size()) {
        return cursor_.fail(phrase("{} has {} dimensions, and ggml knows at most 4: the file is damaged",
                                   cursor_.subject(), formatCount(n_dims)),
                            start);
    }
    if (!cursor_.need(n_dims * cursor_.lengthBytes(), "dimensions")) return false;
    uint64_t elements = 1;
    for (uint32_t i = 0; i < n_dims; i++) {
        if (!cursor_.length(tensor.ne[i], "dimensions")) return false;
        if (tensor.ne[i] == 0) {
            return cursor_.fail(cursor_.subject() + " has a dimension of 0 elements: the file is damaged", start);
        }
        elements = saturatingMul(elements, tensor.ne[i]);
    }
    if (elements >= kMaxElements) {
        return cursor_.fail(
            cursor_.subject() + " has dimensions whose product does not fit 63 bits: the file is damaged", start);
    }
    tensor.n_dims = std::max(n_dims, 1u);  // a scalar is a row of one element (ggml_n_dims)
    cursor_.arrived(4 + 8);
    return true;
}

bool TensorReader::readType(Tensor & tensor) {
    const uint64_t start = cursor_.position();
    uint32_t number = 0;
    cursor_.expect(8);
    if (!cursor_.number(number, "type")) return false;
    cursor_.arrived(8);
    const auto traits = typeTraits(number);
    if (!traits) {
        const std::string_view removed = removedTypeName(number);
        const std::string type = "type " + formatCount(number);
        const std::string fault =
            removed.empty()
                ? phrase(" is of {}, which ggufit does not know: look for a newer ggufit", type)
                : phrase(" is of {} ({}), which was removed from ggml: download a newer quantization of the model",
                         type, std::string(removed));
        return cursor_.fail(ErrorCode::unsupported, cursor_.subject() + fault, start);
    }
    tensor.type = traits->type;
    if (tensor.ne[0] % traits->block_size != 0) {
        return cursor_.fail(phrase("{} has rows of {} elements, no multiple of {}'s block of {}: the file is damaged",
                                   cursor_.subject(), formatCount(tensor.ne[0]), std::string(traits->name),
                                   std::to_string(traits->block_size)),
                            start);
    }
    const auto bytes = checkedMul(tensor.elements() / traits->block_size, traits->block_bytes);
    if (!bytes) {
        return cursor_.fail(cursor_.subject() + " has more bytes than 64 bits can count: the file is damaged", start);
    }
    tensor.n_bytes = *bytes;
    return true;
}

// llama.cpp loads a file only where each tensor begins at the padded end of the one before it (gguf.cpp).
bool TensorReader::readOffset(Tensor & tensor) {
    const uint64_t start = cursor_.position();
    if (!cursor_.number(tensor.offset, "offset")) return false;
    const uint64_t expected = shard_.data_bytes;
    if (tensor.offset != expected) {
        const std::string fault = tensor.offset % shard_.alignment != 0
                                      ? phrase(", which is not aligned to {} bytes", formatCount(shard_.alignment))
                                  : tensor.offset < expected ? ", which overlaps the tensor before it"
                                                             : ", which leaves a gap after the tensor before it";
        return cursor_.fail(phrase("{} begins at byte {} of the tensor data{} (byte {} was due): the file is damaged",
                                   cursor_.subject(), formatCount(tensor.offset), fault, formatCount(expected)),
                            start);
    }
    const auto end = checkedAdd(tensor.offset, tensor.n_bytes);
    if (!end || padTo(*end, shard_.alignment) == UINT64_MAX) {
        return cursor_.fail(
            phrase("the tensor data up to {} has more bytes than 64 bits can count: the file is damaged",
                   cursor_.subject()),
            start);
    }
    data_end_ = *end;
    shard_.data_bytes = padTo(*end, shard_.alignment);
    return true;
}

}  // namespace

bool readTensors(Cursor & cursor, File & file, Shard & shard, uint64_t & data_end) {
    TensorReader reader(cursor, file, shard);
    const bool whole = reader.read();
    data_end = reader.dataEnd();
    return whole;
}

}  // namespace ggufit
