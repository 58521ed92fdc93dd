// What the load functions of architectures share: groups of keys that come together, and rules on layers.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "model/architecture.h"
#include "model/hparams.h"
#include "model/keys.h"

namespace ggufit::arch {

/// Key suffixes that many architectures read (llama-arch.cpp, LLM_KV_NAMES).
namespace key {
inline constexpr std::string_view kSlidingWindow = "attention.sliding_window";
inline constexpr std::string_view kSlidingPattern = "attention.sliding_window_pattern";
inline constexpr std::string_view kLeadingDense = "leading_dense_block_count";
inline constexpr std::string_view kExpertFf = "expert_feed_forward_length";
inline constexpr std::string_view kSharedExpertFf = "expert_shared_feed_forward_length";
inline constexpr std::string_view kSharedExperts = "expert_shared_count";
inline constexpr std::string_view kExpertScale = "expert_weights_scale";
inline constexpr std::string_view kExpertNorm = "expert_weights_norm";
inline constexpr std::string_view kExpertGating = "expert_gating_func";
inline constexpr std::string_view kLogitScale = "logit_scale";
inline constexpr std::string_view kQLora = "attention.q_lora_rank";
inline constexpr std::string_view kKvLora = "attention.kv_lora_rank";
}  // namespace key

/// The norm epsilon that an architecture cannot do without.
void rmsNorm(Keys & keys);
void layerNorm(Keys & keys);

/// load functions of architectures that read nothing but their norm epsilon.
void loadRmsNorm(Keys & keys, Hparams & hparams);
void loadLayerNorm(Keys & keys, Hparams & hparams);

/// expert_gating_func where it is given; `otherwise` where it is absent or 0.
void gating(Keys & keys, Hparams & hparams, ExpertGating otherwise = ExpertGating::none);
void requireGating(Keys & keys, Hparams & hparams);

/// expert_weights_scale and expert_weights_norm, both optional.
void expertWeights(Keys & keys, Hparams & hparams);

/// An error where the model has no experts or uses none: its loader has no dense form.
void requireExperts(Keys & keys, const Hparams & hparams);

/// nextn_predict_layers, optional: layers at the end that are there for multi-token prediction.
void nextnLayers(Keys & keys, Hparams & hparams);

/// Sliding layers by a period: sliding_window_pattern where it is one number, else `period`.
void slidingPeriod(Keys & keys, Hparams & hparams, uint32_t period, bool dense_first = false);

/// Optional sliding_window: where it is above 0, layers slide by that period (most families with optional windows).
void optionalWindow(Keys & keys, Hparams & hparams, uint32_t period, bool dense_first = false,
                    SwaType type = SwaType::standard);

/// Sliding layers by a required list, one flag a layer.
void slidingList(Keys & keys, Hparams & hparams);

/// rope.dimension_sections.
void ropeSections(Keys & keys, Hparams & hparams);
void requireRopeSections(Keys & keys, Hparams & hparams);

/// ssm.conv_kernel, inner_size, state_size, time_step_rank; with_groups adds group_count.
void stateSpace(Keys & keys, Hparams & hparams, bool with_groups);

/// An error unless inner_size is twice the embedding, the only expansion that these loaders know.
void requireDoubleInner(Keys & keys, const Hparams & hparams);

/// A layer is recurrent where it has no KV heads.
void recurrentWithoutKvHeads(Hparams & hparams);

/// key_length_mla and value_length_mla: both or neither, since only then the model is MLA.
void mlaLengths(Keys & keys, Hparams & hparams);

/// The indexer of DeepSeek's sparse attention: head_count, key_length, top_k.
void indexer(Keys & keys, Hparams & hparams);

/// create_memory's filter for models whose nextn layers have their own cache elsewhere.
[[nodiscard]] bool isTrunk(const Hparams & hparams, uint32_t il);

/// Whether a tensor belongs to a nextn layer; the part of its name after "blk.N.".
[[nodiscard]] bool inNextnLayer(const Hparams & hparams, int32_t block);
[[nodiscard]] std::string_view nameInBlock(std::string_view name);
[[nodiscard]] bool nameIsOneOf(std::string_view name_in_block, std::span<const std::string_view> stems);

/// skips_tensor of models whose nextn layers are kept in the file and never loaded.
[[nodiscard]] bool skipsNextnAlways(const Hparams & hparams, int32_t block, std::string_view name, bool load_mtp);
/// skips_tensor of models whose nextn layers are loaded when speculative decoding asks for them.
[[nodiscard]] bool skipsNextnUnlessAsked(const Hparams & hparams, int32_t block, std::string_view name, bool load_mtp);
/// The same where the loader asks for fused gate-and-up experts without the skip flag (create_tensor_gate_up_exps).
[[nodiscard]] bool skipsNextnButFusedExperts(const Hparams & hparams, int32_t block, std::string_view name,
                                             bool load_mtp);
/// The same where the selection bias of a nextn layer's experts is read all the same.
[[nodiscard]] bool skipsNextnButSelectionBias(const Hparams & hparams, int32_t block, std::string_view name,
                                              bool load_mtp);

}  // namespace ggufit::arch
