// Groups of keys and rules on layers that several architectures share.
#include "model/arch_load.h"

#include <algorithm>

#include "base/phrase.h"
#include "base/units.h"

namespace ggufit::arch {

void rmsNorm(Keys & keys) {
    float eps = 0.0F;
    keys.require("attention.layer_norm_rms_epsilon", eps);
}

void layerNorm(Keys & keys) {
    float eps = 0.0F;
    keys.require("attention.layer_norm_epsilon", eps);
}

void loadRmsNorm(Keys & keys, Hparams &) { rmsNorm(keys); }
void loadLayerNorm(Keys & keys, Hparams &) { layerNorm(keys); }

void gating(Keys & keys, Hparams & hparams, ExpertGating otherwise) {
    uint32_t number = 0;
    keys.get(key::kExpertGating, number);
    if (number > static_cast<uint32_t>(ExpertGating::sqrt_softplus)) {
        keys.fail(key::kExpertGating, "llama.cpp knows no expert gating function " + formatCount(number));
        return;
    }
    hparams.expert_gating_func = number == 0 ? otherwise : static_cast<ExpertGating>(number);
}

void requireGating(Keys & keys, Hparams & hparams) {
    keys.requirePresent(key::kExpertGating);
    gating(keys, hparams);
}

void expertWeights(Keys & keys, Hparams & hparams) {
    keys.get(key::kExpertScale, hparams.expert_weights_scale);
    keys.get(key::kExpertNorm, hparams.expert_weights_norm);
}

void requireExperts(Keys & keys, const Hparams & hparams) {
    if (hparams.n_expert == 0 || hparams.n_expert_used == 0) {
        keys.fail("expert_count",
                  phrase("llama.cpp does not load a {} model without experts; get a file from a current converter",
                         std::string(keys.architecture())));
    }
}

void nextnLayers(Keys & keys, Hparams & hparams) {
    uint32_t n_layer_nextn = 0;
    keys.get("nextn_predict_layers", n_layer_nextn);
    if (n_layer_nextn >= hparams.n_layer_all) {
        if (n_layer_nextn != 0) {
            keys.fail("nextn_predict_layers",
                      phrase("{} of the model's {} layers are for prediction, which leaves none for the model itself",
                             formatCount(n_layer_nextn), formatCount(hparams.n_layer_all)));
        }
        return;
    }
    hparams.n_layer_nextn = n_layer_nextn;
}

void slidingPeriod(Keys & keys, Hparams & hparams, uint32_t period, bool dense_first) {
    keys.getUnlessArray(key::kSlidingPattern, period);
    hparams.set_swa_pattern(period, dense_first);
}

void optionalWindow(Keys & keys, Hparams & hparams, uint32_t period, bool dense_first, SwaType type) {
    keys.get(key::kSlidingWindow, hparams.n_swa);
    if (hparams.n_swa == 0) return;
    hparams.swa_type = type;
    slidingPeriod(keys, hparams, period, dense_first);
}

void slidingList(Keys & keys, Hparams & hparams) {
    keys.requirePerLayer(key::kSlidingPattern, hparams.is_swa_impl, hparams.n_layer());
}

void ropeSections(Keys & keys, Hparams & hparams) {
    keys.getSections("rope.dimension_sections", hparams.rope_sections);
}

void requireRopeSections(Keys & keys, Hparams & hparams) {
    keys.requirePresent("rope.dimension_sections");
    ropeSections(keys, hparams);
}

void stateSpace(Keys & keys, Hparams & hparams, bool with_groups) {
    keys.require("ssm.conv_kernel", hparams.ssm_d_conv);
    keys.require("ssm.inner_size", hparams.ssm_d_inner);
    keys.require("ssm.state_size", hparams.ssm_d_state);
    keys.require("ssm.time_step_rank", hparams.ssm_dt_rank);
    if (with_groups) keys.require("ssm.group_count", hparams.ssm_n_group);
}

void requireDoubleInner(Keys & keys, const Hparams & hparams) {
    if (uint64_t{hparams.n_embd} * 2 != hparams.ssm_d_inner) {
        keys.fail("ssm.inner_size",
                  phrase("llama.cpp only knows an inner size of twice the embedding length, here {}, not {}",
                         formatCount(uint64_t{hparams.n_embd} * 2), formatCount(hparams.ssm_d_inner)));
    }
}

void recurrentWithoutKvHeads(Hparams & hparams) {
    for (uint32_t il = 0; il < hparams.n_layer(); ++il) hparams.is_recr_impl[il] = hparams.n_head_kv(il) == 0 ? 1 : 0;
}

void mlaLengths(Keys & keys, Hparams & hparams) {
    keys.get("attention.key_length_mla", hparams.n_embd_head_k_mla_impl);
    keys.get("attention.value_length_mla", hparams.n_embd_head_v_mla_impl);
    if ((hparams.n_embd_head_k_mla_impl == 0) != (hparams.n_embd_head_v_mla_impl == 0)) {
        keys.fail("attention.key_length_mla",
                  "key_length_mla and value_length_mla must both be given or both be left out");
    }
}

void indexer(Keys & keys, Hparams & hparams) {
    keys.require("attention.indexer.head_count", hparams.indexer_n_head);
    keys.require("attention.indexer.key_length", hparams.indexer_head_size);
    keys.require("attention.indexer.top_k", hparams.indexer_top_k);
}

bool isTrunk(const Hparams & hparams, uint32_t il) { return il < hparams.n_layer(); }

bool inNextnLayer(const Hparams & hparams, int32_t block) {
    return block >= 0 && static_cast<uint32_t>(block) >= hparams.n_layer();
}

std::string_view nameInBlock(std::string_view name) {
    const size_t first = name.find("blk.");
    if (first == std::string_view::npos) return name;
    const size_t dot = name.find('.', first + 4);
    return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

bool nameIsOneOf(std::string_view name_in_block, std::span<const std::string_view> stems) {
    const std::string_view stem = name_in_block.substr(0, name_in_block.rfind('.'));
    return std::find(stems.begin(), stems.end(), stem) != stems.end();
}

bool skipsNextnAlways(const Hparams & hparams, int32_t block, std::string_view, bool) {
    return inNextnLayer(hparams, block);
}

bool skipsNextnUnlessAsked(const Hparams & hparams, int32_t block, std::string_view, bool load_mtp) {
    return !load_mtp && inNextnLayer(hparams, block);
}

bool skipsNextnButFusedExperts(const Hparams & hparams, int32_t block, std::string_view name, bool load_mtp) {
    return skipsNextnUnlessAsked(hparams, block, name, load_mtp) && nameInBlock(name) != "ffn_gate_up_exps.weight";
}

bool skipsNextnButSelectionBias(const Hparams & hparams, int32_t block, std::string_view name, bool load_mtp) {
    return skipsNextnUnlessAsked(hparams, block, name, load_mtp) && nameInBlock(name) != "exp_probs_b.bias";
}

}  // namespace ggufit::arch
