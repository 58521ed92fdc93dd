// What the environment says of the sites that models are fetched from: addresses, token, patience, cache.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "hub/reference.h"

namespace ggufit::cli {

struct Access {
    HubEndpoints endpoints;
    std::string token;         // for the origin of endpoints.hugging_face alone; never printed
    std::string cache_folder;  // empty: no cache
    uint64_t cache_bytes = 0;  // that it may hold
    bool offline = false;      // the cache alone
    std::chrono::seconds patience{30};
};

/// HF_ENDPOINT (before it MODEL_ENDPOINT, as llama.cpp reads them), MODELSCOPE_DOMAIN, HF_TOKEN, HF_HUB_OFFLINE,
/// XDG_CACHE_HOME; GGUFIT_HTTP_TIMEOUT in seconds, GGUFIT_CACHE_MIB with 0 for no cache.
[[nodiscard]] Result<Access> accessOfEnvironment();

}  // namespace ggufit::cli
