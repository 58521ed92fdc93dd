// Reads the sites' lists of files: Hugging Face's tree, an array; ModelScope's object with Data.Files.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/json.h"
#include "base/phrase.h"
#include "base/values.h"
#include "hub/repository.h"

namespace ggufit {

namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kLongestPath = 1024;

Error wrong(std::string detail) { return {ErrorCode::input, "the list of files", std::move(detail)}; }

const Json * child(const Json & object, const char * key) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}

std::string textAt(const Json & object, const char * key) {
    const Json * value = child(object, key);
    const auto * text = value ? value->get_ptr<const Json::string_t *>() : nullptr;
    return text ? *text : std::string();
}

uint64_t sizeAt(const Json & object, const char * key) {
    const Json * value = child(object, key);
    const auto * number = value ? value->get_ptr<const Json::number_unsigned_t *>() : nullptr;
    return number ? *number : 0;
}

bool staysInside(std::string_view path) {
    if (path.empty() || path.size() > kLongestPath || path.find('\\') != std::string_view::npos) return false;
    if (std::any_of(path.begin(), path.end(), [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; })) {
        return false;
    }
    const auto parts = splitAt(path, '/');
    return std::none_of(parts.begin(), parts.end(),
                        [](std::string_view part) { return part.empty() || part == "." || part == ".."; });
}

}  // namespace

Result<std::vector<HubFile>> readHubFiles(std::string_view text) {
    if (text.size() > kLargestHubAnswer) return wrong("is longer than 16 MiB, which no repository's is.");
    const Json root = parseJson(text);
    if (root.is_discarded()) {
        return wrong(
            "is no JSON: the address is not that of Hugging Face or ModelScope, or something answers in its place.");
    }
    const bool tree = root.is_array();
    const Json * data = child(root, "Data");
    const Json * list = tree ? &root : data ? child(*data, "Files") : nullptr;
    if (!list || !list->is_array()) {
        const std::string error = textAt(root, "error");
        const std::string said = error.empty() ? textAt(root, "Message") : error;
        if (!said.empty()) return wrong(phrase("was not given; the site says {}.", quotedText(said)));
        return wrong("has neither the shape of Hugging Face's nor of ModelScope's.");
    }
    if (list->size() > kMostHubFiles) return wrong("has more than 20,000 entries: name a folder of the repository.");
    std::vector<HubFile> files;
    for (const Json & item : *list) {
        const std::string type = textAt(item, tree ? "type" : "Type");
        if (type != "file" && (tree || type != "blob")) continue;
        HubFile file{textAt(item, tree ? "path" : "Path"), sizeAt(item, tree ? "size" : "Size")};
        if (staysInside(file.path)) files.push_back(std::move(file));
    }
    return files;
}

}  // namespace ggufit
