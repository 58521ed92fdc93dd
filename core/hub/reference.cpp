// Parses a model's name: which site, which repository, which file (llama.cpp: common/arg.cpp, -hf; hf-cache.cpp).
#include "hub/reference.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/phrase.h"
#include "base/values.h"

namespace ggufit {

namespace {

constexpr size_t kLongestUrl = 8192;
constexpr size_t kLongestRepo = 256;  // hf-cache.cpp, is_valid_repo_id
constexpr size_t kLongestPath = 1024;
constexpr size_t kLongestTag = 64;

constexpr std::string_view kHowTo =
    "write hf:owner/name, hf:owner/name:Q4_K_M or hf:owner/name/folder/file.gguf (ms: for ModelScope), or the URL of a "
    "GGUF file";

bool isAlphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

bool isControl(char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; }

/// What may stand in a message of a text that may be a URL with a secret in its query or before its host.
std::string safeText(std::string_view text) {
    text = text.substr(0, text.find_first_of("?#"));
    const size_t scheme = text.find("://");
    if (scheme != std::string_view::npos) {
        const size_t host = scheme + 3;
        const size_t at = text.substr(0, text.find('/', host)).find_last_of('@');  // a password may hold one
        if (at != std::string_view::npos && at >= host) {
            return quotedText(std::string(text.substr(0, host)) + std::string(text.substr(at + 1)));
        }
    }
    return quotedText(text);
}

Error wrong(std::string_view text, std::string detail) { return {ErrorCode::usage, safeText(text), std::move(detail)}; }

std::string howTo(const std::string & detail) { return phrase("{}: {}.", detail, std::string(kHowTo)); }

/// One slash; '/', '.' and '-' only between other characters (hf-cache.cpp, is_valid_repo_id).
bool isRepo(std::string_view repo) {
    if (repo.size() > kLongestRepo) return false;
    bool special = true;
    for (const char c : repo) {
        const bool plain = isAlphanumeric(c) || c == '_';
        if (!plain && (special || (c != '/' && c != '.' && c != '-'))) return false;
        special = !plain;
    }
    return !special && std::count(repo.begin(), repo.end(), '/') == 1;
}

/// Names between slashes, none of which leads out of the repository.
bool isPath(std::string_view path) {
    if (path.size() > kLongestPath || std::any_of(path.begin(), path.end(), isControl)) return false;
    for (const std::string_view part : splitAt(path, '/')) {
        if (part.empty() || part == "." || part == "..") return false;
    }
    return path.find('\\') == std::string_view::npos;
}

bool isRevision(std::string_view revision) {
    return !revision.empty() && isPath(revision) && std::all_of(revision.begin(), revision.end(), [](char c) {
        return isAlphanumeric(c) || std::string_view("-._/+").find(c) != std::string::npos;
    });
}

bool isTag(std::string_view tag) {
    return !tag.empty() && tag.size() <= kLongestTag && std::all_of(tag.begin(), tag.end(), [](char c) {
        return isAlphanumeric(c) || c == '_' || c == '-' || c == '.';
    });
}

std::string_view defaultRevision(HubSite site) { return site == HubSite::hugging_face ? "main" : "master"; }

std::optional<std::string> checkRepository(ModelReference & reference) {
    if (reference.revision.empty()) reference.revision = defaultRevision(reference.site);
    if (!isRepo(reference.repo)) return howTo("names no repository");
    if (!isRevision(reference.revision)) return "has no revision after the @: a branch, a tag or a commit.";
    while (reference.path.ends_with('/')) reference.path.pop_back();
    if (!reference.path.empty() && !isPath(reference.path)) {
        return "has a path that is none in a repository: folders and a file between single slashes, without '..'.";
    }
    return std::nullopt;
}

/// Takes the revision that opens `rest`; "refs/pr/7" and its like hold slashes.
std::string takeRevision(std::string_view & rest, std::string_view ends) {
    size_t from = 0;
    if (rest.starts_with("refs/")) {
        const size_t second = rest.find('/', 5);
        from = second == std::string_view::npos ? rest.size() : second + 1;
    }
    const size_t end = std::min(rest.find_first_of(ends, from), rest.size());
    std::string revision(rest.substr(0, end));
    rest.remove_prefix(end);
    return revision;
}

/// What stands behind "hf:" or "ms:".
Result<ModelReference> parseShort(std::string_view text, std::string_view rest, HubSite site) {
    while (rest.starts_with('/')) rest.remove_prefix(1);
    ModelReference reference;
    reference.kind = ReferenceKind::repository;
    reference.site = site;
    const size_t slash = rest.find('/');
    const size_t end =
        slash == std::string_view::npos ? rest.size() : std::min(rest.find_first_of("/@:", slash + 1), rest.size());
    reference.repo = rest.substr(0, end);
    rest.remove_prefix(end);
    if (rest.starts_with('@')) {
        rest.remove_prefix(1);
        reference.revision = takeRevision(rest, "/:");
        if (reference.revision.empty()) return wrong(text, "has no revision after the @: a branch, a tag or a commit.");
    }
    if (rest.starts_with(':')) {
        reference.tag = rest.substr(1);
        if (!isTag(reference.tag)) {
            return wrong(
                text,
                "has no quantization after the colon: a tag such as Q4_K_M, up to 64 letters, digits, _, - and dots.");
        }
    } else if (rest.starts_with('/')) {
        reference.path = rest.substr(1);
    }
    if (auto detail = checkRepository(reference)) return wrong(text, *std::move(detail));
    return reference;
}

/// The path of a URL below a site's endpoint; nothing where it lies elsewhere.
std::optional<std::string_view> below(std::string_view url, std::string_view endpoint) {
    if (endpoint.empty() || urlOrigin(url) != urlOrigin(endpoint)) return std::nullopt;
    const auto path_of = [](std::string_view whole) {
        const size_t slash = whole.find('/', whole.find("://") + 3);
        return slash == std::string_view::npos ? std::string_view() : whole.substr(slash);
    };
    const std::string_view prefix = path_of(endpoint);
    std::string_view path = path_of(url);
    if (!path.starts_with(prefix)) return std::nullopt;
    path.remove_prefix(prefix.size());
    if (!path.empty() && path.front() != '/') return std::nullopt;
    return path;
}

/// A page of a site: its path without endpoint, query and fragment. Nothing where the page is none of a repository.
std::optional<ModelReference> parsePage(std::string_view path, HubSite site) {
    while (path.starts_with('/')) path.remove_prefix(1);
    while (path.ends_with('/')) path.remove_suffix(1);
    if (site == HubSite::model_scope) {
        if (!path.starts_with("models/")) return std::nullopt;
        path.remove_prefix(7);
    }
    ModelReference reference;
    reference.kind = ReferenceKind::repository;
    reference.site = site;
    const size_t owner = path.find('/');
    if (owner == std::string_view::npos) return std::nullopt;
    const size_t name = std::min(path.find('/', owner + 1), path.size());
    reference.repo = percentDecoded(path.substr(0, name));
    if (!isRepo(reference.repo)) return std::nullopt;
    std::string_view rest = path.substr(name);
    constexpr std::array<std::string_view, 5> kViews = {"/blob/", "/resolve/", "/raw/", "/tree/", "/file/view/"};
    for (const std::string_view view : kViews) {
        if (!rest.starts_with(view)) continue;
        const std::string decoded = percentDecoded(rest.substr(view.size()));
        std::string_view inside = decoded;
        reference.revision = takeRevision(inside, "/");
        if (!inside.empty()) reference.path = inside.substr(1);
        break;
    }
    return reference;
}

Result<ModelReference> parseUrl(std::string_view text, const HubEndpoints & endpoints) {
    if (text.size() > kLongestUrl) return wrong(text, "is longer than a URL may be (8,192 bytes).");
    if (std::any_of(text.begin(), text.end(), [](char c) { return isControl(c) || c == ' ' || c == '\\'; })) {
        return wrong(text, "holds a space, a backslash or a control character, which no URL does.");
    }
    const std::string_view authority = text.substr(text.find("://") + 3);
    if (authority.substr(0, authority.find_first_of("/?#")).find('@') != std::string_view::npos) {
        return wrong(text, "holds a user name or password, which ggufit does not send: give the URL without it.");
    }
    if (urlOrigin(text).empty()) return wrong(text, "has no host that can be asked: https://host/file.gguf.");
    text = text.substr(0, text.find('#'));
    const std::string_view bare = text.substr(0, text.find('?'));
    using Place = std::pair<std::string_view, HubSite>;
    const std::array<Place, 7> places = {Place{endpoints.hugging_face, HubSite::hugging_face},
                                         Place{endpoints.model_scope, HubSite::model_scope},
                                         Place{"https://huggingface.co", HubSite::hugging_face},
                                         Place{"https://www.huggingface.co", HubSite::hugging_face},
                                         Place{"https://hf.co", HubSite::hugging_face},
                                         Place{"https://modelscope.cn", HubSite::model_scope},
                                         Place{"https://www.modelscope.cn", HubSite::model_scope}};
    for (const auto & [endpoint, site] : places) {
        const auto path = below(bare, endpoint);
        if (!path || path->starts_with("/api/")) continue;
        auto page = parsePage(*path, site);
        const bool other = path->starts_with("/datasets/") || path->starts_with("/spaces/");
        if (!page || other) return wrong(text, howTo("is no page of a model's repository"));
        if (auto detail = checkRepository(*page)) return wrong(text, *std::move(detail));
        return *std::move(page);
    }
    ModelReference reference;
    reference.kind = ReferenceKind::url;
    reference.location = text;
    return reference;
}

}  // namespace

bool ModelReference::namesFile() const {
    if (kind != ReferenceKind::repository || path.size() < 5) return false;
    std::string end = path.substr(path.size() - 5);
    std::transform(end.begin(), end.end(), end.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return end == ".gguf";
}

Result<ModelReference> parseModelReference(std::string_view text, const HubEndpoints & endpoints) {
    if (text.starts_with("hf:")) return parseShort(text, text.substr(3), HubSite::hugging_face);
    if (text.starts_with("ms:")) return parseShort(text, text.substr(3), HubSite::model_scope);
    const size_t scheme = text.find("://");
    const bool is_word = scheme != std::string_view::npos && scheme > 0 &&
                         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(scheme), isAlphanumeric);
    if (!is_word) {
        ModelReference reference;
        reference.location = text;
        return reference;
    }
    std::string word(text.substr(0, scheme));
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (word != "http" && word != "https") return wrong(text, howTo("has a scheme that ggufit does not read"));
    return parseUrl(text, endpoints);
}

std::string referenceText(const ModelReference & reference) {
    if (reference.kind == ReferenceKind::path) return reference.location;
    if (reference.kind == ReferenceKind::url) return reference.location.substr(0, reference.location.find('?'));
    std::string text = (reference.site == HubSite::hugging_face ? "hf:" : "ms:") + reference.repo;
    if (reference.revision != defaultRevision(reference.site)) text += "@" + reference.revision;
    if (!reference.path.empty()) text += "/" + reference.path;
    if (!reference.tag.empty()) text += ":" + reference.tag;
    return text;
}

std::string referenceFileName(const ModelReference & reference) {
    std::string_view name = reference.kind == ReferenceKind::repository
                                ? std::string_view(reference.path.empty() ? reference.repo : reference.path)
                                : std::string_view(reference.location);
    std::string decoded;
    if (reference.kind == ReferenceKind::url) {
        name = name.substr(0, name.find('?'));
        name.remove_prefix(std::min(name.find("://") + 3, name.size()));
        name = name.find('/') == std::string_view::npos ? std::string_view() : name;
        decoded = percentDecoded(name.substr(name.find_last_of('/') + 1));
        name = decoded;
    }
    name = name.substr(name.find_last_of('/') + 1);
    return name == "." || name == ".." ? std::string() : std::string(name);
}

Result<std::string> parseEndpoint(std::string_view variable, std::string_view text) {
    const std::string name(variable);
    while (text.ends_with('/')) text.remove_suffix(1);
    const bool odd = text.size() > kLongestUrl || text.find_first_of("?#@\\ ") != std::string_view::npos ||
                     std::any_of(text.begin(), text.end(), isControl);
    if (odd || urlOrigin(text).empty()) {
        return Error{ErrorCode::usage, name,
                     "is no address of a site: write https://host, without user, query or spaces."};
    }
    return std::string(text);
}

}  // namespace ggufit
