// Reads the variables, each of which may be wrong.
#include "access.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "base/units.h"
#include "base/values.h"

namespace ggufit::cli {

namespace {

constexpr uint64_t kCacheMib = 512;
constexpr uint64_t kLargestCacheMib = uint64_t{1} << 20;
constexpr uint64_t kLongestPatience = 3600;
constexpr size_t kLongestToken = 4096;

std::string variable(const char * name) {
    const char * value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read before any thread starts
    return value == nullptr ? "" : value;
}

std::optional<Error> readEndpoints(HubEndpoints & endpoints) {
    for (const char * name : {"MODEL_ENDPOINT", "HF_ENDPOINT"}) {
        const std::string text = variable(name);
        if (text.empty()) continue;
        auto endpoint = parseEndpoint(name, text);
        if (!endpoint) return endpoint.error();
        endpoints.hugging_face = *std::move(endpoint);
        break;
    }
    const std::string domain = variable("MODELSCOPE_DOMAIN");
    if (domain.empty()) return std::nullopt;
    auto endpoint =
        parseEndpoint("MODELSCOPE_DOMAIN", domain.find("://") == std::string::npos ? "https://" + domain : domain);
    if (!endpoint) return endpoint.error();
    endpoints.model_scope = *std::move(endpoint);
    return std::nullopt;
}

Result<uint64_t> number(const char * name, uint64_t otherwise, uint64_t least, uint64_t most) {
    const std::string text = variable(name);
    if (text.empty()) return otherwise;
    const auto value = parseUnsigned(text);
    if (value && *value >= least && *value <= most) return *value;
    return usageError(name, "is no whole number from " + formatCount(least) + " to " + formatCount(most) + ".");
}

std::string cacheFolder() {
    const std::string cache = variable("XDG_CACHE_HOME");
    if (cache.starts_with('/')) return cache + "/ggufit";  // others are to be ignored (XDG Base Directory)
    const std::string home = variable("HOME");
    return home.starts_with('/') ? home + "/.cache/ggufit" : "";
}

}  // namespace

Result<Access> accessOfEnvironment() {
    Access access;
    if (auto error = readEndpoints(access.endpoints)) return *std::move(error);
    access.token = variable("HF_TOKEN");
    const bool sound = access.token.size() <= kLongestToken && std::all_of(access.token.begin(), access.token.end(),
                                                                           [](char c) { return c > ' ' && c < 0x7f; });
    if (!sound) return usageError("HF_TOKEN", "holds characters that no token has: a space or a line's end, perhaps.");
    const auto patience = number("GGUFIT_HTTP_TIMEOUT", 30, 1, kLongestPatience);
    if (!patience) return patience.error();
    access.patience = std::chrono::seconds(*patience);
    const auto cache = number("GGUFIT_CACHE_MIB", kCacheMib, 0, kLargestCacheMib);
    if (!cache) return cache.error();
    access.cache_bytes = *cache * kMib;
    if (access.cache_bytes > 0) access.cache_folder = cacheFolder();
    const auto offline = parseSwitch(variable("HF_HUB_OFFLINE"));
    access.offline = offline && *offline;
    return access;
}

}  // namespace ggufit::cli
