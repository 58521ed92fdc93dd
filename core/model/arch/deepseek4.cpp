// DeepSeek V4: compressed attention, hyper-connections; and the drafts that are made of its blocks.
#include "base/units.h"
#include "model/arch_load.h"

#include "base/phrase.h"

namespace ggufit::arch {

namespace {

/// What V4 and a draft of V4 blocks share (deepseek4.cpp and dflash.cpp, load_arch_hparams).
void loadBlocks(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.require(key::kQLora, hparams.n_lora_q);
    keys.require(key::kSlidingWindow, hparams.n_swa);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    keys.require(key::kSharedExperts, hparams.n_expert_shared);
    keys.require(key::kExpertScale, hparams.expert_weights_scale);
    keys.require(key::kExpertNorm, hparams.expert_weights_norm);
    keys.requirePerLayer("swiglu_clamp_exp", hparams.swiglu_clamp_exp, hparams.n_layer_all);
    if (!keys.getPerLayer("swiglu_clamp_shexp", hparams.swiglu_clamp_shexp, hparams.n_layer_all)) {
        hparams.swiglu_clamp_shexp = hparams.swiglu_clamp_exp;
    }
    keys.require("attention.output_group_count", hparams.dsv4_o_group_count);
    keys.require("attention.output_lora_rank", hparams.dsv4_o_lora_rank);
    keys.require("hyper_connection.count", hparams.dsv4_hc_mult);
    keys.require("hyper_connection.sinkhorn_iterations", hparams.dsv4_hc_sinkhorn_iters);
    keys.requirePresent("hyper_connection.epsilon");
    requireGating(keys, hparams);
    if (hparams.expert_gating_func != ExpertGating::sqrt_softplus) {
        keys.fail(key::kExpertGating, "llama.cpp runs these blocks only with sqrt-softplus gating (4)");
    }
    if (hparams.dsv4_o_group_count == 0) {
        keys.fail("attention.output_group_count", "the output projection needs at least one group");
    }
    hparams.swa_type = SwaType::standard;
    for (uint32_t il = 0; il < hparams.n_layer_all; ++il) hparams.is_swa_impl[il] = 1;
}

/// The key counts the prediction layers even where the file has none; then they are not layers at all.
void predictionLayers(Keys & keys, Hparams & hparams) {
    nextnLayers(keys, hparams);
    if (hparams.n_layer_nextn == 0) return;
    const std::string probe = phrase("blk.{}.nextn.eh_proj.weight", std::to_string(hparams.n_layer()));
    if (keys.file().findTensor(probe) == nullptr) hparams.n_layer_nextn = 0;
}

void compressRatios(Keys & keys, Hparams & hparams) {
    constexpr std::string_view kRatios = "attention.compress_ratios";
    keys.requirePresent(kRatios);
    keys.getArray(kRatios, hparams.dsv4_compress_ratios);
    if (keys.arrayCount(kRatios).value_or(0) < hparams.n_layer_all) {
        keys.fail(kRatios, phrase("there must be a compression ratio for each of the {} layers",
                                  formatCount(hparams.n_layer_all)));
        return;
    }
    for (uint32_t il = 0; il < hparams.n_layer_all; ++il) {
        const uint32_t ratio = hparams.dsv4_compress_ratios[il];
        if (ratio != 0 && ratio != 4 && ratio != 128) {
            keys.fail(kRatios, "llama.cpp only knows compression ratios of 0, 4 and 128, not " + formatCount(ratio));
        }
    }
}

void loadDeepseek4(Keys & keys, Hparams & hparams) {
    predictionLayers(keys, hparams);
    loadBlocks(keys, hparams);
    indexer(keys, hparams);
    keys.requirePresent("attention.compress_rope_freq_base");
    keys.require("hash_layer_count", hparams.dsv4_hash_layer_count);
    compressRatios(keys, hparams);
    const uint64_t n_embd_out = uint64_t{hparams.dsv4_hc_mult} * hparams.n_embd;
    if (n_embd_out > UINT32_MAX) {
        keys.fail("hyper_connection.count", "the hyper-connections are too many for this embedding length");
        return;
    }
    hparams.n_embd_out_impl = static_cast<uint32_t>(n_embd_out);
}

/// Layers of the target whose features the draft reads.
void targetLayers(Keys & keys, Hparams & hparams, uint64_t width) {
    const std::optional<uint64_t> count = keys.arrayCount("target_layers");
    if (!count) {
        keys.fail("target_layers",
                  "a draft must say which layers of its target it reads; get a file from a current converter");
        return;
    }
    if (*count > kMaxLayers || *count * width > UINT32_MAX) {
        keys.fail("target_layers", "the draft reads more of its target than llama.cpp can pass on");
        return;
    }
    hparams.n_target_layers = static_cast<uint32_t>(*count);
    hparams.n_embd_inp_enc_impl = static_cast<uint32_t>(*count * width);
}

void loadDflash(Keys & keys, Hparams & hparams) {
    targetLayers(keys, hparams, hparams.n_embd);
    keys.get("hyper_connection.count", hparams.dsv4_hc_mult);
    if (hparams.dsv4_hc_mult > 0) {
        loadBlocks(keys, hparams);
        keys.getArray("attention.compress_ratios", hparams.dsv4_compress_ratios);
        for (uint32_t il = 0; il < hparams.n_layer_all; ++il) {
            if (hparams.dsv4_compress_ratios[il] != 0) {
                keys.fail("attention.compress_ratios", "llama.cpp runs this draft only without compressed attention");
            }
        }
        if (hparams.n_swa == 0) keys.fail(key::kSlidingWindow, "the window of a draft's cache must be above 0");
        return;
    }
    rmsNorm(keys);
    keys.get(key::kSlidingWindow, hparams.n_swa);
    if (hparams.n_swa == 0) return;
    hparams.swa_type = SwaType::standard;
    slidingList(keys, hparams);
}

void loadEagle3(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    uint32_t n_embd_target = 0;
    keys.require("target_hidden_size", n_embd_target);
    targetLayers(keys, hparams, n_embd_target);
    if (hparams.n_target_layers != 3)
        keys.fail("target_layers", "an eagle3 draft reads exactly 3 layers of its target");
    keys.get("norm_before_residual", hparams.norm_before_residual);
    keys.get("norm_before_fc", hparams.norm_before_fc);
}

RopeType dflashRope(const Hparams & hparams) { return hparams.dsv4_hc_mult > 0 ? RopeType::norm : RopeType::neox; }

/// With an embedding and an output of its own, an eagle3 draft needs nothing of its target to be loaded.
bool hasEmbeddingAndOutput(const File & file) {
    return file.findTensor("token_embd.weight") != nullptr && file.findTensor("output.weight") != nullptr;
}

constexpr std::string_view kNeedsTarget =
    "a draft for speculative decoding that uses the embedding and output of its target, and can't be loaded without it";

constexpr Architecture kRows[] = {
    {.name = "deepseek4",
     .since = {9840, 20260629},
     .cache = CacheKind::dsv4,
     .rope = RopeType::norm,
     .load = loadDeepseek4,
     .tied_output = false,
     .skips_tensor = skipsNextnUnlessAsked,
     .supports_rs_rollback = true,
     .supports_sm_tensor = false,
     .long_graphs = true},
    {.name = "dflash",
     .since = {9831, 20260628},
     .task = Task::draft,
     .load = loadDflash,
     .rope_of = dflashRope,
     .tied_output = false,
     .needs_other_model = kNeedsTarget},
    {.name = "eagle3",
     .since = {9606, 20260612},
     .task = Task::draft,
     .rope = RopeType::norm,
     .load = loadEagle3,
     .tied_output = false,
     .needs_other_model = kNeedsTarget,
     .stands_alone = hasEmbeddingAndOutput},
};

}  // namespace

std::span<const Architecture> deepseek4() { return kRows; }

}  // namespace ggufit::arch
