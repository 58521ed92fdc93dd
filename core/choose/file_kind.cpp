// Reads general.type; files that are older than it tell by other keys.
#include "choose/file_kind.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace ggufit {

namespace {

std::string_view textOf(const File & file, std::string_view key) {
    const Value * value = file.find(key);
    const std::string * text = value != nullptr ? value->asString() : nullptr;
    return text != nullptr ? std::string_view(*text) : std::string_view();
}

}  // namespace

const char * fileKindName(FileKind kind) {
    switch (kind) {
        case FileKind::model: return "model";
        case FileKind::projector: return "mmproj";
        case FileKind::adapter: return "adapter";
        case FileKind::imatrix: return "imatrix";
        case FileKind::vocabulary: return "vocab";
    }
    return "model";
}

FileKind fileKind(const File & file) {
    const std::string_view type = textOf(file, "general.type");
    const std::string_view architecture = textOf(file, "general.architecture");
    if (type == "mmproj" || architecture == "clip") return FileKind::projector;
    if (type == "adapter" || architecture == "controlvector" || file.find("adapter.type") != nullptr)
        return FileKind::adapter;
    if (type == "imatrix" || file.find("imatrix.chunk_count") != nullptr) return FileKind::imatrix;
    const bool any = !file.tensors.empty();
    return any ? FileKind::model : FileKind::vocabulary;
}

}  // namespace ggufit
