// Arguments on the context: its size, slots, batches, attention and cache types.
#include <array>

#include "base/phrase.h"
#include "base/values.h"
#include "settings/option.h"

namespace ggufit {

namespace {

constexpr int32_t kMostSlots = 256;  // LLAMA_MAX_SEQ

/// The types that llama-server takes for a cache, by the name it wants (common/arg.cpp, kv_cache_types).
struct CacheType {
    std::string_view name;
    GgmlType type;
};
constexpr std::array<CacheType, 9> kCacheTypes = {{
    {"f32", GgmlType::f32},
    {"f16", GgmlType::f16},
    {"bf16", GgmlType::bf16},
    {"q8_0", GgmlType::q8_0},
    {"q4_0", GgmlType::q4_0},
    {"q4_1", GgmlType::q4_1},
    {"iq4_nl", GgmlType::iq4_nl},
    {"q5_0", GgmlType::q5_0},
    {"q5_1", GgmlType::q5_1},
}};

std::optional<Error> readCacheType(const OptionGiven & given, GgmlType & field) {
    std::string allowed;
    for (const auto & [name, type] : kCacheTypes) {
        if (name == given.value) {
            field = type;
            return std::nullopt;
        }
        if (!allowed.empty()) allowed += ", ";
        allowed += name;
    }
    return usageError(given.name, phrase("{} is no cache type; give one of {}", quotedText(given.value), allowed));
}

std::optional<Error> readCacheTypeK(const OptionGiven & given) {
    return readCacheType(given, given.out.settings.type_k);
}
std::optional<Error> readCacheTypeV(const OptionGiven & given) {
    return readCacheType(given, given.out.settings.type_v);
}

std::optional<Error> readContext(const OptionGiven & given) {
    if (given.number < 0)
        return usageError(given.name, "a context cannot be negative; 0 stands for the trained context");
    given.out.settings.n_ctx = static_cast<uint32_t>(given.number);
    // asked for in full, the context is not reduced by --fit (common/arg.cpp)
    if (given.number == 0) given.out.settings.fit_ctx = kFitCtxFull;
    return std::nullopt;
}

std::optional<Error> readBatch(const OptionGiven & given) {
    if (given.number < 1) return usageError(given.name, "a batch holds at least 1 token");
    given.out.settings.n_batch = static_cast<uint32_t>(given.number);
    return std::nullopt;
}

std::optional<Error> readMicroBatch(const OptionGiven & given) {
    if (given.number < 0) return usageError(given.name, "a batch cannot be negative; 0 stands for the size of -b");
    given.out.settings.n_ubatch = static_cast<uint32_t>(given.number);
    return std::nullopt;
}

std::optional<Error> readSlots(const OptionGiven & given) {
    if (given.number == 0) return usageError(given.name, "the server needs at least 1 slot; -1 stands for auto");
    if (given.number > kMostSlots) return usageError(given.name, "llama.cpp has at most 256 slots");
    given.out.settings.n_parallel = given.number < 0 ? -1 : given.number;
    return std::nullopt;
}

std::optional<Error> readFlashAttention(const OptionGiven & given) {
    const auto on = parseSwitch(given.value);
    auto & field = given.out.settings.flash_attn;
    if (on) {
        field = *on ? FlashAttention::on : FlashAttention::off;
    } else if (given.value == "auto" || given.value == "-1") {
        field = FlashAttention::automatic;
    } else {
        return usageError(given.name, quotedText(given.value) + " is not one of on, off, auto");
    }
    return std::nullopt;
}

std::optional<Error> readPooling(const OptionGiven & given) {
    for (const char * name : {"none", "mean", "cls", "last", "rank"}) {
        if (given.value != name) continue;
        given.out.settings.pooling = name;
        return std::nullopt;
    }
    return usageError(given.name, quotedText(given.value) + " is not one of none, mean, cls, last, rank");
}

std::optional<Error> readReranking(const OptionGiven & given) {
    given.out.settings.embeddings = true;
    given.out.settings.pooling = "rank";
    return std::nullopt;
}

std::optional<Error> readEmbeddings(const OptionGiven & given) {
    given.out.settings.embeddings = true;
    return std::nullopt;
}

std::optional<Error> readSwaFull(const OptionGiven & given) {
    given.out.settings.swa_full = true;
    return std::nullopt;
}

std::optional<Error> readUnified(const OptionGiven & given) {
    given.out.settings.kv_unified = given.on;
    return std::nullopt;
}

std::optional<Error> readCacheOffload(const OptionGiven & given) {
    given.out.settings.kv_offload = given.on;
    return std::nullopt;
}

using enum OptionKind;
using enum OptionUse;

constexpr std::string_view kHostNote = "keeps copies of the cache in system memory, which are not in the plan";
constexpr std::string_view kHostRemedy = "leave that much RAM free, or set it to 0";

constexpr Option kOptions[] = {
    {"-c --ctx-size", "", integer, "LLAMA_ARG_CTX_SIZE", setting, readContext},
    {"-n --predict --n-predict", "", integer, "LLAMA_ARG_N_PREDICT"},
    {"-b --batch-size", "", integer, "LLAMA_ARG_BATCH", setting, readBatch},
    {"-ub --ubatch-size", "", integer, "LLAMA_ARG_UBATCH", setting, readMicroBatch},
    {"--keep", "", integer},
    {"--swa-full", "", flag, "LLAMA_ARG_SWA_FULL", setting, readSwaFull},
    {"-ctxcp --ctx-checkpoints --swa-checkpoints", "", integer, "LLAMA_ARG_CTX_CHECKPOINTS", keep_and_note, nullptr,
     kHostNote, kHostRemedy},
    {"-cms --checkpoint-min-step", "", integer, "LLAMA_ARG_CHECKPOINT_MIN_SPACING_NT"},
    {"-cram --cache-ram", "", integer, "LLAMA_ARG_CACHE_RAM", keep_and_note, nullptr, kHostNote, kHostRemedy},
    {"-kvu --kv-unified", "-no-kvu --no-kv-unified", toggle, "LLAMA_ARG_KV_UNIFIED", setting, readUnified},
    {"--cache-idle-slots", "--no-cache-idle-slots", toggle, "LLAMA_ARG_CACHE_IDLE_SLOTS"},
    {"--context-shift", "--no-context-shift", toggle, "LLAMA_ARG_CONTEXT_SHIFT"},
    {"-fa --flash-attn", "", text, "LLAMA_ARG_FLASH_ATTN", setting, readFlashAttention},
    {"--pooling", "", text, "LLAMA_ARG_POOLING", setting, readPooling},
    {"--rope-scaling", "", text, "LLAMA_ARG_ROPE_SCALING_TYPE"},
    {"--rope-scale", "", text, "LLAMA_ARG_ROPE_SCALE"},
    {"--rope-freq-base", "", text, "LLAMA_ARG_ROPE_FREQ_BASE"},
    {"--rope-freq-scale", "", text, "LLAMA_ARG_ROPE_FREQ_SCALE"},
    {"--yarn-orig-ctx", "", integer, "LLAMA_ARG_YARN_ORIG_CTX"},
    {"--yarn-ext-factor", "", text, "LLAMA_ARG_YARN_EXT_FACTOR"},
    {"--yarn-attn-factor", "", text, "LLAMA_ARG_YARN_ATTN_FACTOR"},
    {"--yarn-beta-slow", "", text, "LLAMA_ARG_YARN_BETA_SLOW"},
    {"--yarn-beta-fast", "", text, "LLAMA_ARG_YARN_BETA_FAST"},
    {"-kvo --kv-offload", "-nkvo --no-kv-offload", toggle, "LLAMA_ARG_KV_OFFLOAD", setting, readCacheOffload},
    {"-ctk --cache-type-k", "", text, "LLAMA_ARG_CACHE_TYPE_K", setting, readCacheTypeK},
    {"-ctv --cache-type-v", "", text, "LLAMA_ARG_CACHE_TYPE_V", setting, readCacheTypeV},
    {"-dt --defrag-thold", "", text, "LLAMA_ARG_DEFRAG_THOLD", drop, nullptr, "is deprecated and does nothing",
     "leave it out"},
    {"-np --parallel", "", integer, "LLAMA_ARG_N_PARALLEL", setting, readSlots},
    {"-cb --cont-batching", "-nocb --no-cont-batching", toggle, "LLAMA_ARG_CONT_BATCHING"},
    {"--embedding --embeddings", "", flag, "LLAMA_ARG_EMBEDDINGS", setting, readEmbeddings},
    {"--rerank --reranking", "", flag, "LLAMA_ARG_RERANKING", setting, readReranking},
};

}  // namespace

std::span<const Option> contextOptions() { return kOptions; }

}  // namespace ggufit
