// Context, batch and slots as llama.cpp rounds them, and what it refuses.
#include <algorithm>
#include <optional>
#include <string>

#include "base/checked.h"
#include "base/phrase.h"
#include "placement/cache.h"
#include "placement/cache_layers.h"
#include "placement/flash_attention.h"

namespace ggufit {

namespace {

constexpr uint32_t kMaxSequences = 256;      // llama-cparams.h, LLAMA_MAX_SEQ
constexpr uint64_t kContextPadding = 256;    // llama-context.cpp: GGML_PAD(cparams.n_ctx, 256)
constexpr uint32_t kMaxContext = 1U << 31U;  // positions are 32-bit signed numbers
constexpr uint32_t kDraftedByDefault = 3;    // common.h, common_params_speculative_draft::n_max

Error usage(std::string where, std::string detail) {
    return Error{ErrorCode::usage, std::move(where), std::move(detail), 0, 0};
}

std::string named(GgmlType type) { return std::string(traitsOf(type).name); }

/// A quantized cache needs heads that are whole numbers of its blocks.
std::optional<Error> checkHeads(const Model & model, GgmlType type, bool keys) {
    const uint32_t block = traitsOf(type).block_size;
    for (uint32_t il = 0; block > 1 && il < model.hparams.n_layer(); ++il) {
        const uint32_t head = keys ? model.hparams.n_embd_head_k(il) : model.hparams.n_embd_head_v(il);
        if (head % block == 0) continue;
        return usage(keys ? "-ctk " + named(type) : "-ctv " + named(type),
                     phrase("this model's heads of {} values are no whole number of blocks of {}: use f16",
                            std::to_string(head), std::to_string(block)));
    }
    return std::nullopt;
}

std::optional<Error> checkCacheTypes(const Model & model, const Settings & settings) {
    const bool v_quantized = traitsOf(settings.type_v).quantized, k_quantized = traitsOf(settings.type_k).quantized;
    const bool latent = model.hparams.is_mla() && hasRule(settings.llama_cpp, LlamaRule::late_july);
    const bool single = latent || model.architecture->cache == CacheKind::dsv4;
    if (single && settings.type_k != settings.type_v) {
        return usage(phrase("-ctk {} -ctv {}", named(settings.type_k), named(settings.type_v)),
                     "this model keeps one cache for keys and values: give both the same type");
    }
    const bool off = requestedFlashAttention(model, settings) == FlashAttention::off;
    if (v_quantized && off) {
        const bool forbidden = model.architecture->forbids_flash_attn;
        return usage(
            "-ctv " + named(settings.type_v),
            forbidden
                ? "a quantized V cache needs flash attention, which llama.cpp does not use for this model: use f16"
                : "a quantized V cache needs flash attention: use -ctv f16, or leave out -fa off");
    }
    if (off) return std::nullopt;
    if (k_quantized) {
        if (auto error = checkHeads(model, settings.type_k, true)) return error;
    }
    return v_quantized ? checkHeads(model, settings.type_v, false) : std::nullopt;
}

/// llama_context's constructor: the context is padded, and shared out evenly where each slot has its own cells.
std::optional<Error> roundContext(ContextShape & shape, uint32_t n_ctx) {
    shape.n_ctx = static_cast<uint32_t>(padTo(n_ctx, kContextPadding));
    shape.n_stream = shape.kv_unified ? 1 : shape.n_seq_max;
    if (shape.kv_unified) {
        shape.n_ctx_seq = shape.n_ctx;
        return std::nullopt;
    }
    const uint64_t n_ctx_seq = padTo(shape.n_ctx / shape.n_seq_max, kContextPadding);
    if (n_ctx_seq == 0)
        return usage("-np " + std::to_string(shape.n_seq_max), "there are more slots than context tokens");
    shape.n_ctx_seq = static_cast<uint32_t>(n_ctx_seq);
    shape.n_ctx = static_cast<uint32_t>(n_ctx_seq * shape.n_seq_max);
    return std::nullopt;
}

}  // namespace

Result<ContextShape> contextShape(const Model & model, const Machine & machine, const Settings & settings) {
    ContextShape shape;
    const Slots slots = resolveSlots(settings);
    shape.n_seq_max = std::max(slots.n_seq_max, 1U);
    shape.kv_unified = slots.kv_unified;
    if (shape.n_seq_max > kMaxSequences) {
        return usage("-np " + std::to_string(shape.n_seq_max), "llama.cpp has at most 256 slots");
    }
    const uint32_t n_ctx = settings.n_ctx == 0 ? model.hparams.n_ctx_train : settings.n_ctx;
    if (n_ctx == 0) return usage("-c 0", "the file does not say which context it was trained with: give one with -c");
    if (n_ctx > kMaxContext - kMaxSequences * kContextPadding) {
        return usage("-c " + std::to_string(n_ctx), "a context has less than 2^31 tokens");
    }
    if (auto error = checkCacheTypes(model, settings)) return *error;

    // tools/server/server.cpp: embeddings need a whole input in one micro-batch.
    const uint32_t n_batch = settings.embeddings ? std::min(settings.n_batch, settings.n_ubatch) : settings.n_batch;
    shape.n_batch = model.hparams.causal_attn ? std::min(n_ctx, n_batch) : n_batch;
    shape.n_ubatch = std::min(shape.n_batch, settings.n_ubatch == 0 ? n_batch : settings.n_ubatch);
    if (shape.n_ubatch == 0) return usage("-b, -ub", "a batch has at least one token");

    if (auto error = roundContext(shape, n_ctx)) return *error;
    shape.n_rs_seq = settings.load_mtp && model.architecture->supports_rs_rollback ? kDraftedByDefault : 0;
    const auto flash_attn = flashAttentionOn(model, machine, settings);
    if (!flash_attn) return flash_attn.error();
    shape.flash_attn = *flash_attn;
    if (!shape.flash_attn && traitsOf(settings.type_v).quantized) {
        return usage("-ctv " + named(settings.type_v),
                     phrase("a quantized V cache needs flash attention, which llama.cpp {} lacks here: use -ctv f16",
                            versionText(settings.llama_cpp)));
    }
    return shape;
}

}  // namespace ggufit
