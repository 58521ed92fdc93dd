// Granite, dense, with experts and as a hybrid; and MiniCPM, which shares its graph.
#include <cmath>
#include <string>

#include "base/phrase.h"
#include "base/units.h"
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

void scales(Keys & keys, Hparams & hparams) {
    keys.get("residual_scale", hparams.f_residual_scale);
    keys.get("embedding_scale", hparams.f_embedding_scale);
    keys.get("attention.scale", hparams.f_attention_scale);
}

/// rope.scaling.finetuned switches rope itself in this family, and is on unless the file says otherwise.
void ropeSwitch(Keys & keys, Hparams & hparams) {
    hparams.rope_finetuned = true;
    keys.get("rope.scaling.finetuned", hparams.rope_finetuned);
}

void loadGraniteMoe(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.require(key::kLogitScale, hparams.f_logit_scale);
    scales(keys, hparams);
    ropeSwitch(keys, hparams);
    keys.get(key::kSharedExpertFf, hparams.n_ff_shexp);
}

/// Layers of the vision form add further inputs, each named by its index (granite.cpp, load_arch_hparams).
void deepstack(Keys & keys, Hparams & hparams) {
    keys.getArray("deepstack_mapping", hparams.deepstack_mapping_arr);
    PerLayer<uint8_t> seen{};
    int32_t highest = -1;
    for (int32_t input : hparams.deepstack_mapping_arr) {
        if (input < 0) continue;
        highest = std::max(highest, input);
        if (input < static_cast<int32_t>(kMaxLayers) && seen[static_cast<size_t>(input)] == 0) {
            seen[static_cast<size_t>(input)] = 1;
            ++hparams.n_deepstack_layers;
        }
    }
    if (highest > static_cast<int32_t>(hparams.n_deepstack_layers)) {
        keys.fail("deepstack_mapping", phrase("the mapping names input {} of only {}", std::to_string(highest),
                                              formatCount(hparams.n_deepstack_layers)));
    }
}

void loadGranite(Keys & keys, Hparams & hparams) {
    loadGraniteMoe(keys, hparams);
    deepstack(keys, hparams);
}

void loadGraniteHybrid(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.get(key::kLogitScale, hparams.f_logit_scale);
    scales(keys, hparams);
    stateSpace(keys, hparams, true);
    ropeSwitch(keys, hparams);
    recurrentWithoutKvHeads(hparams);
    keys.get(key::kSharedExpertFf, hparams.n_ff_shexp);
    requireDoubleInner(keys, hparams);
}

/// Older files have no scales: the model's own constants hold then (minicpm.cpp).
void loadMinicpm(Keys & keys, Hparams & hparams) {
    hparams.f_embedding_scale = 12.0F;
    hparams.f_residual_scale = 1.4F / std::sqrt(static_cast<float>(hparams.n_layer()));
    hparams.f_logit_scale = hparams.n_embd != 0 ? 256.0F / static_cast<float>(hparams.n_embd) : 1.0F;
    rmsNorm(keys);
    keys.get("embedding_scale", hparams.f_embedding_scale);
    keys.get("residual_scale", hparams.f_residual_scale);
    keys.get(key::kLogitScale, hparams.f_logit_scale);
    hparams.rope_finetuned = true;
}

constexpr Architecture kRows[] = {
    {.name = "granite", .rope = RopeType::norm, .load = loadGranite},
    {.name = "granitehybrid",
     .cache = CacheKind::hybrid,
     .rope = RopeType::norm,
     .load = loadGraniteHybrid,
     .supports_sm_tensor = false},
    {.name = "granitemoe", .rope = RopeType::norm, .load = loadGraniteMoe},
    {.name = "minicpm", .rope = RopeType::norm, .load = loadMinicpm},
};

}  // namespace

std::span<const Architecture> granite() { return kRows; }

}  // namespace ggufit::arch
