// Versions of llama.cpp, and the rules that changed from one to another.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ggufit {

/// A build of llama.cpp by its number, or by a day where that is not known. Without both: the newest known.
struct LlamaVersion {
    uint32_t build = 0;  // 9460 of "b9460": how many commits its main line had
    uint32_t day = 0;    // 20260601
    bool operator==(const LlamaVersion &) const = default;
    [[nodiscard]] bool newest() const { return build == 0 && day == 0; }
};

/// The rules that not every build has, from the oldest to the newest.
enum class LlamaRule : uint8_t {
    sliding_cache,       // layers with a window keep that window alone
    sliding_by_ubatch,   // it and a micro-batch, where it had been a batch
    own_cells,           // slots have cells of their own unless -kvu joins them
    all_layers,          // without -ngl all layers go to the GPUs, without -fa flash attention is on where it can be
    automatic_slots,     // without -np there are four slots in one cache
    fit,                 // --fit, and with it the context as trained where there is no -c
    output_first,        // -ngl counts the output layer first
    scheduler_reserved,  // copies of a graph are printed at a start
    shared_latent,       // latent attention keeps no V beside K
    both_inputs,         // tokens and embeddings are both inputs of a graph
    flash_groups,        // CUDA: heads of Q in groups of any number have flash attention's kernels for groups
    fused_delta_net,     // a gated delta net is one operation
    flash_bf16,          // CUDA: flash attention reads a bf16 cache
    fit_gate_up,         // --fit's patterns name joined gate and up matrices
    flash_512,           // CUDA: flash attention takes heads of 512
    rotated_cache,       // what a quantized cache keeps is rotated
    moe_in_order,        // the sums of experts stand before what is built next
    fit_without_gpu,     // --fit reduces the context on machines without a GPU
    flash_320,           // and of 320
    flash_192,           // and of 192
    draft_qwen35,        // every token runs through the last layer of Qwen3.5, where a draft may read it
    half_mask,           // flash attention's mask is f16 from the start
    outputs_by_slot,     // the server reserves logits for a token of each slot
    draft_step35,        // as draft_qwen35
    flash_room,          // CUDA: the compute buffer has room for what flash attention reads as f16
    normed_draft,        // a draft of Qwen3.5 reads states that are normed
    draft_gemma4,        // as draft_qwen35
    delta_state,         // a fused delta net takes its state in four dimensions
    rows_of_quants,      // CUDA: rows of k-quants and i-quants are read there
    late_july,           // as draft_qwen35: gpt-oss, Qwen3-Next; GLM 5 has an indexer; quantized V needs no -fa on;
                         // sinks do not decide where flash attention runs
};

/// When a rule came, and what was before it.
struct LlamaChange {
    LlamaRule rule;
    uint32_t build;      // the first that has it
    uint32_t day;        // of its commit
    uint32_t pull;       // the pull request of ggml-org/llama.cpp that brought it
    const char * older;  // what builds before it did, as a clause; null: nothing that a user would notice
};

/// One row for each rule, in their order.
[[nodiscard]] std::span<const LlamaChange> llamaChanges();
[[nodiscard]] const LlamaChange & changeOf(LlamaRule rule);

/// Whether a version follows a rule. Of the day of a change itself the builds count as having it.
[[nodiscard]] bool hasRule(const LlamaVersion & version, LlamaRule rule);

/// The day of the source that this program's rules are read from.
inline constexpr uint32_t kNewestLlamaDay = 20260818;

/// "b9460", "9849 (799fcc04a)", "b9849-799fcc04a", "2026-06-01". A usage error where it is none; unsupported before
/// b4000, whose rules are not known.
[[nodiscard]] Result<LlamaVersion> parseLlamaVersion(std::string_view text);

/// "b9460", "2026-06-01"; empty for the newest.
[[nodiscard]] std::string versionText(const LlamaVersion & version);

/// "The rules are those of llama.cpp b9000; other than now, …" for any but the newest, and the pull requests that
/// changed them since: "ggml-org/llama.cpp #23764, #23861".
[[nodiscard]] std::string rulesSentence(const LlamaVersion & version);
[[nodiscard]] std::string olderRulesSource(const LlamaVersion & version);

/// "b9460 of 2026-06-01": the first build with a rule.
[[nodiscard]] std::string firstBuildWith(LlamaRule rule);

}  // namespace ggufit
