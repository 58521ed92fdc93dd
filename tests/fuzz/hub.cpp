// Any text where a model is asked for, as an endpoint and as a redirect's target; any answer of a site that lists
// files.
#include <curl/curl.h>

#include <algorithm>

#include "base/checked.h"
#include "base/values.h"
#include "fuzz/fuzz.h"
#include "hub/reference.h"
#include "hub/repository.h"
#include "render/hub_json.h"

using namespace ggufit;

namespace {

bool isPlain(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; });
}

bool leadsOut(std::string_view path) {
    const auto parts = splitAt(path, '/');
    return std::any_of(parts.begin(), parts.end(), [](std::string_view part) { return part == "." || part == ".."; });
}

/// The host and port that libcurl would ask, empty where it would not.
std::string askedByCurl(const std::string & url) {
    CURLU * parsed = curl_url();
    std::string asked;
    char * host = nullptr;
    char * port = nullptr;
    if (curl_url_set(parsed, CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
        curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(parsed, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK) {
        asked = std::string(host) + ":" + port;
        std::transform(asked.begin(), asked.end(), asked.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    }
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parsed);
    return asked;
}

/// A token goes by the origin that the core reads, and the request by the host that libcurl reads.
void claimOrigin(std::string_view text) {
    const std::string origin = urlOrigin(text);
    if (origin.empty()) return;
    fuzz::claim(urlOrigin(origin) == origin, "an origin is its own origin");
    const std::string asked = askedByCurl(std::string(text));
    fuzz::claim(asked.empty() || asked == askedByCurl(origin), "libcurl asks the host that an origin names");
    (void)isLoopback(origin);
}

/// URLs that we made, and for which the host of `base` was meant to be asked.
void claimUrl(std::string_view url, std::string_view base) {
    fuzz::claim(urlOrigin(url) == urlOrigin(base), "a URL is asked of the host that was named");
    fuzz::claim(isPlain(url) && url.find_first_of(" \\") == std::string_view::npos, "a URL holds no byte that ends it");
    claimOrigin(url);
}

void claimName(std::string_view name) {
    fuzz::claim(name.find('/') == std::string_view::npos && !leadsOut(name), "a file's name is no way elsewhere");
}

const std::string & endpointOf(const ModelReference & reference, const HubEndpoints & endpoints) {
    return reference.site == HubSite::hugging_face ? endpoints.hugging_face : endpoints.model_scope;
}

void claimSame(const ModelReference & a, const ModelReference & b) {
    fuzz::claim(a.kind == b.kind && a.location == b.location && a.site == b.site && a.repo == b.repo &&
                    a.revision == b.revision && a.path == b.path && a.tag == b.tag,
                "a reference that was written means the same");
}

void readsAsList(std::string_view text, const ModelReference & reference, const HubEndpoints & endpoints) {
    const auto files = readHubFiles(text);
    if (!files) return fuzz::claimSentence(files.error());
    fuzz::claim(files->size() <= text.size(), "a listed file has a byte of text");
    for (const HubFile & file : *files) {
        fuzz::claim(isPlain(file.path) && !leadsOut(file.path) && !file.path.starts_with('/'),
                    "a listed path lies in its repository");
    }
    const HubRepository repository = groupHubFiles(*files);
    size_t n_files = 0;
    for (const auto * list : {&repository.models, &repository.others}) {
        for (const HubModel & model : *list) {
            uint64_t sum = 0;
            for (const HubFile & file : model.files) sum = saturatingAdd(sum, file.size_bytes);
            fuzz::claim(sum == model.size_bytes, "a model's size is that of its files");
            fuzz::claim(!model.files.empty() && model.files.size() <= model.n_shards, "a model has its shards");
            n_files += model.files.size();
            for (const RemoteFile & file : modelFiles(model, reference, endpoints)) {
                claimUrl(file.url, endpointOf(reference, endpoints));
                claimName(file.name);
            }
        }
    }
    fuzz::claim(n_files <= files->size(), "no file is two");
    const auto chosen = chooseHubModel(repository, reference);
    if (chosen) {
        fuzz::claim(*chosen < repository.models.size(), "a chosen model is one of the list");
    } else {
        fuzz::claimSentence(chosen.error());
    }
    fuzz::claimBounded(repositoryJson(repository, reference, endpoints).size(), text.size(), 64,
                       65536 + n_files * (urlOrigin(endpointOf(reference, endpoints)).size() + 16384));
}

void readsAsReference(const ModelReference & reference, const HubEndpoints & endpoints, std::string_view link_header) {
    fuzz::claim(referenceJson(reference, endpoints).size() <= (size_t{1} << 25U), "what a reference means is bounded");
    if (reference.kind == ReferenceKind::path) return;
    const std::string text = referenceText(reference);
    fuzz::claim(isPlain(text), "a reference is one line");
    claimName(referenceFileName(reference));
    const auto again = parseModelReference(reference.kind == ReferenceKind::url ? reference.location : text, endpoints);
    fuzz::claim(again.ok(), "a reference that was written can be read");
    claimSame(*again, reference);
    const bool is_url = reference.kind == ReferenceKind::url;
    const std::string & base = is_url ? reference.location : endpointOf(reference, endpoints);
    for (const RemoteFile & file : namedFiles(reference, endpoints)) {
        claimUrl(file.url, base);
        claimName(file.name);
    }
    if (is_url) return;
    fuzz::claim(!leadsOut(reference.path) && !leadsOut(reference.repo) && !leadsOut(reference.revision),
                "a reference stays in its repository");
    const std::string list = hubFilesUrl(reference, endpoints);
    claimUrl(list, base);
    if (const auto next = nextPageUrl(list, link_header)) {
        claimUrl(*next, base);
        fuzz::claim(next->substr(0, next->find('?')) == list.substr(0, list.find('?')),
                    "a page follows on its own path");
    }
}

/// What stands between a scheme and an '@' may be a password, and is said nowhere.
void hidesPassword(std::string_view text) {
    constexpr std::string_view kSecret = "q9Zs3cretX7";
    if (text.find(kSecret) != std::string_view::npos) return;
    const auto reference = parseModelReference("https://user:@" + std::string(kSecret) + "@" + std::string(text));
    fuzz::claim(!reference.ok(), "no URL with a password is taken");
    fuzz::claim(reference.error().text().find(kSecret) == std::string::npos, "a password is not shown");
    fuzz::claimSentence(reference.error());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size) {
    const fuzz::MemoryBound bound(size);
    std::string_view rest = fuzz::textOf(data, size);
    const std::string_view text = fuzz::takeText(rest);
    const std::string_view endpoint = fuzz::takeText(rest);
    const std::string_view link_header = fuzz::takeText(rest);
    HubEndpoints endpoints;
    if (auto site = parseEndpoint("HF_ENDPOINT", endpoint)) {
        claimOrigin(*site);
        endpoints.hugging_face = *std::move(site);
    } else {
        fuzz::claimSentence(site.error());
    }
    claimOrigin(text);
    hidesPassword(text);
    fuzz::claim(percentDecoded(percentEncoded(text)) == text, "what is encoded is decoded");
    const auto reference = parseModelReference(text, endpoints);
    if (reference) {
        readsAsReference(*reference, endpoints, link_header);
    } else {
        fuzz::claimSentence(reference.error());
    }
    const auto some = parseModelReference("hf:owner/name");
    readsAsList(rest, reference && reference->kind == ReferenceKind::repository ? *reference : *some, endpoints);
    return 0;
}
