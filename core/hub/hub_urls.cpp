// Where the sites list and serve the files of a repository.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/phrase.h"
#include "base/values.h"
#include "gguf/shards.h"
#include "hub/repository.h"

namespace ggufit {

namespace {

constexpr size_t kLongestUrl = 8192;
constexpr size_t kMostNamedBytes = size_t{16} << 20;  // of the URLs of a model's shards

std::string encodedWhole(std::string_view text) {  // slashes too: a branch named a/b is one part of the path
    std::string encoded;
    for (const char c : percentEncoded(text)) encoded += c == '/' ? "%2F" : std::string(1, c);
    return encoded;
}

std::string_view trimmed(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

/// The target of the link whose relation is "next" (RFC 8288).
std::string_view nextTarget(std::string_view header) {
    size_t at = 0;
    while ((at = header.find('<', at)) != std::string_view::npos) {
        const size_t close = header.find('>', at);
        if (close == std::string_view::npos) return {};
        const size_t end = std::min(header.find(',', close), header.size());
        for (const std::string_view part : splitAt(header.substr(close + 1, end - close - 1), ';')) {
            const std::string_view parameter = trimmed(part);
            if (parameter == "rel=\"next\"" || parameter == "rel=next") return header.substr(at + 1, close - at - 1);
        }
        at = end;
    }
    return {};
}

}  // namespace

std::string hubFilesUrl(const ModelReference & reference, const HubEndpoints & endpoints) {
    const std::string folder = reference.namesFile() ? std::string() : reference.path;
    if (reference.site == HubSite::hugging_face) {
        return phrase("{}/api/models/{}/tree/{}{}?recursive=true", endpoints.hugging_face,
                      percentEncoded(reference.repo), encodedWhole(reference.revision),
                      folder.empty() ? "" : "/" + percentEncoded(folder));
    }
    return phrase("{}/api/v1/models/{}/repo/files?Revision={}&Recursive=true{}", endpoints.model_scope,
                  percentEncoded(reference.repo), encodedWhole(reference.revision),
                  folder.empty() ? "" : "&Root=" + encodedWhole(folder));
}

std::optional<std::string> nextPageUrl(std::string_view url, std::string_view link_header) {
    const std::string_view target = nextTarget(link_header);
    const size_t query = target.find('?');
    if (query == std::string_view::npos || target.size() > kLongestUrl) return std::nullopt;
    const auto ends_url = [](char c) {
        return static_cast<uint8_t>(c) <= 0x20 || c == 0x7f ||
               std::string_view("#\\").find(c) != std::string_view::npos;
    };
    if (std::any_of(target.begin(), target.end(), ends_url)) return std::nullopt;
    std::string next(url.substr(0, url.find('?')));
    next += target.substr(query);
    if (next == url) return std::nullopt;
    return next;
}

std::string hubFileUrl(const ModelReference & reference, const HubEndpoints & endpoints, std::string_view path) {
    const std::string site =
        reference.site == HubSite::hugging_face ? endpoints.hugging_face : endpoints.model_scope + "/models";
    return phrase("{}/{}/resolve/{}/{}", site, percentEncoded(reference.repo), encodedWhole(reference.revision),
                  percentEncoded(path));
}

std::vector<RemoteFile> namedFiles(const ModelReference & reference, const HubEndpoints & endpoints) {
    std::string url;
    if (reference.kind == ReferenceKind::url) url = reference.location;
    if (reference.namesFile()) url = hubFileUrl(reference, endpoints, reference.path);
    if (url.empty()) return {};
    std::string name = referenceFileName(reference);
    if (name.empty()) name = "model.gguf";
    const auto shard = parseShardName(name);
    const size_t query = std::min(url.find('?'), url.size());
    const size_t folder_end = url.rfind('/', query) + 1;
    const bool beside = percentDecoded(std::string_view(url).substr(folder_end, query - folder_end)) == name;
    if (!shard || !beside || shard->count > std::min(kMostHubFiles, kMostNamedBytes / url.size())) {
        return {{name, url, 0}};
    }
    std::vector<RemoteFile> files;
    for (uint32_t index = 1; index <= shard->count; index++) {
        const std::string other = shardFileName(*shard, index);
        std::string at =
            index == shard->index ? url : url.substr(0, folder_end) + percentEncoded(other) + url.substr(query);
        files.push_back({other, std::move(at), 0});
    }
    return files;
}

std::vector<RemoteFile> modelFiles(const HubModel & model, const ModelReference & reference,
                                   const HubEndpoints & endpoints) {
    std::vector<RemoteFile> files;
    for (const HubFile & file : model.files) {
        files.push_back({file.path.substr(file.path.find_last_of('/') + 1), hubFileUrl(reference, endpoints, file.path),
                         file.size_bytes});
    }
    return files;
}

}  // namespace ggufit
