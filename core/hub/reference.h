// What stands where a model is asked for: a path, a URL, or a file of a repository on Hugging Face or ModelScope.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ggufit {

enum class ReferenceKind : uint8_t { path, url, repository };

enum class HubSite : uint8_t { hugging_face, model_scope };

/// Where the sites answer: scheme, host, and a path where they stand under one; no slash at the end.
struct HubEndpoints {
    std::string hugging_face = "https://huggingface.co";
    std::string model_scope = "https://modelscope.cn";
};

/// A model by one of its names. Of a repository, `path` names a file or a folder, `tag` the quantization; not both.
struct ModelReference {
    ReferenceKind kind = ReferenceKind::path;
    HubSite site = HubSite::hugging_face;
    std::string location;  // of a path or URL: itself, the URL without its fragment
    std::string repo;      // "owner/name"
    std::string revision;  // branch, tag or commit; the site's default where it was not said
    std::string path;      // in the repository; empty for all of it
    std::string tag;       // "Q4_K_M", as it was written

    /// Whether it names one GGUF file of a repository, by its path.
    [[nodiscard]] bool namesFile() const;
};

/// Parses
///   a path; https://host/x.gguf, http://host/x.gguf
///   hf:owner/name[@revision][:tag], hf:owner/name[@revision]/path/x.gguf, the same with ms:, as with hf:// and ms://
///   https://huggingface.co/owner/name[/(blob|resolve|raw|tree)/revision[/path]] and ModelScope's pages, which mean the
///   repository, as do pages under the endpoints.
/// What no scheme opens is a path, whatever it holds. Anything else that is wrong is one usage error, without the query
/// of a URL, which may be a secret.
[[nodiscard]] Result<ModelReference> parseModelReference(std::string_view text, const HubEndpoints & endpoints = {});

/// The reference as people may read it anywhere: a URL without its query.
[[nodiscard]] std::string referenceText(const ModelReference & reference);

/// The file name of a path, URL or reference, without folders, decoded; a repository's where no file is named. Empty
/// where a URL ends in none.
[[nodiscard]] std::string referenceFileName(const ModelReference & reference);

/// An endpoint as an environment variable gives it. https, or http on the machine itself or where it is written.
[[nodiscard]] Result<std::string> parseEndpoint(std::string_view variable, std::string_view text);

/// Scheme, host and port of a URL in lower case, the port always said: "https://huggingface.co:443". Empty where the
/// text is no http or https URL, holds a user's name, or a backslash where browsers end the host and libcurl does not.
[[nodiscard]] std::string urlOrigin(std::string_view url);

/// Whether an origin is the machine itself.
[[nodiscard]] bool isLoopback(std::string_view origin);

/// Bytes other than letters, digits, "-._~" and '/' as %XX.
[[nodiscard]] std::string percentEncoded(std::string_view path);

/// %XX as bytes; a '%' without two digits stays.
[[nodiscard]] std::string percentDecoded(std::string_view text);

}  // namespace ggufit
