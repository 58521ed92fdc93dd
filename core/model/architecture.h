// What is special about one architecture: a row that the rest of the core reads and never switches on by name.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "model/hparams.h"
#include "model/keys.h"
#include "model/tensor_role.h"

namespace ggufit {

/// How llama.cpp keeps the context of an architecture (llama_model::create_memory).
enum class CacheKind : uint8_t {
    attention,  // one KV cache; two where layers slide (llama_kv_cache, llama_kv_cache_iswa)
    none,       // encoders and diffusion models: no cache at all
    recurrent,  // states only (llama_memory_recurrent)
    hybrid,     // attention layers with a KV cache, recurrent layers with states (llama_memory_hybrid[_iswa])
    dsa,        // DeepSeek sparse attention: MLA cache and an indexer's cache (llama_kv_cache_dsa)
    dsv4,       // DeepSeek V4: raw, compressed and indexer caches with their states (llama_kv_cache_dsv4)
    msa,        // MiniMax M3: cache and indexer's cache (llama_kv_cache_msa)
};

/// What the model is for, where the architecture decides it.
enum class Task : uint8_t { generation, embedding, encoder_decoder, diffusion, draft, audio };

/// The first build of llama.cpp that knows an architecture, and the day of its commit (llama-arch.cpp).
struct FirstBuild {
    uint32_t build = 0, day = 0;  // 0: older than December 2025; b10107: that one or one of the next two weeks
};

/// One architecture. Functions may be null, which means "as for most architectures".
struct Architecture {
    std::string_view name;  // general.architecture
    FirstBuild since = {};
    CacheKind cache = CacheKind::attention;
    Task task = Task::generation;
    RopeType rope = RopeType::none;

    /// Changes what the general keys said before anything is derived from it (llama.cpp: the cases by name in
    /// llama_model_base::load_hparams).
    void (*load_first)(Keys & keys, Hparams & hparams) = nullptr;

    /// Whether rope must turn whole heads (the n_rot check of llama_model_base::load_hparams).
    bool rope_whole_head = false;

    /// Reads the architecture's own keys, after the general ones were read (llama.cpp: its load_arch_hparams).
    void (*load)(Keys & keys, Hparams & hparams) = nullptr;

    /// RopeType where it depends on the hyperparameters (llama_model_rope_type); else `rope` holds.
    RopeType (*rope_of)(const Hparams & hparams) = nullptr;

    /// Whether a missing output.weight is made from token_embd.weight (TENSOR_DUPLICATED); false for models without a
    /// language-model head and for those that fail to load without it.
    bool tied_output = true;

    /// Whether a missing token_embd.weight is a second copy of output.weight, in the output layer's buffer.
    bool tied_input = false;

    /// Tensors in the file that llama.cpp leaves unread although it knows them (TENSOR_SKIP: MTP layers unless asked
    /// for, vision parts). `block` is −1 for tensors outside the blocks; `name` is the whole tensor name.
    bool (*skips_tensor)(const Hparams & hparams, int32_t block, std::string_view name, bool load_mtp) = nullptr;

    /// Layers that read rope_freqs / rope_factors_* (each buffer that holds such a layer gets a copy); null: all.
    bool (*layer_uses_rope_factors)(const Hparams & hparams, uint32_t il) = nullptr;

    /// Layers with a KV cache (create_memory's filter or filter_attn); null: all of n_layer_all for attention caches,
    /// the layers that are not recurrent for hybrids. has_kv() is applied on top.
    bool (*caches_layer)(const Hparams & hparams, uint32_t il) = nullptr;

    /// Layers with an indexer's cache, for CacheKind::dsa and msa (create_memory's filter_lid and filter_idx).
    bool (*caches_indexer)(const Hparams & hparams, uint32_t il) = nullptr;

    /// The indexer came to llama.cpp after the architecture: builds before LlamaRule::late_july keep no keys for it.
    bool late_indexer = false;

    /// Layers of a hybrid with a recurrent state (filter_recr); null: is_recr().
    bool (*keeps_state)(const Hparams & hparams, uint32_t il) = nullptr;

    /// llm_arch_supports_rs_rollback, and llm_arch_supports_sm_tensor.
    bool supports_rs_rollback = false;
    bool supports_sm_tensor = true;

    /// Why this model can't be loaded on its own ("needs its target model"), for drafts and projectors; empty: it can.
    /// Model::needs_other_model says whether it holds for a file: some drafts bring all that they need.
    std::string_view needs_other_model = {};

    /// For drafts: whether a file with these tensors is complete in itself; null: never.
    bool (*stands_alone)(const File & file) = nullptr;

    /// Tensor names that mean something else here: to be passed to tensorRole().
    RoleExceptions role_exceptions = {};

    /// llama_init_from_model switches flash attention off for it (Grok).
    bool forbids_flash_attn = false;

    /// Whether llama.cpp makes room for a graph whose length grows with the micro-batch (graph_max_nodes).
    bool long_graphs = false;
};

/// The row of an architecture, or null where llama.cpp (as of the version we follow) has no such name.
[[nodiscard]] const Architecture * findArchitecture(std::string_view name);

/// All rows, in the order of their names.
[[nodiscard]] std::span<const Architecture * const> allArchitectures();

/// A reading for names that are not known: plain attention with the general keys.
[[nodiscard]] const Architecture & unknownArchitecture();

}  // namespace ggufit
