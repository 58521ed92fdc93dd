// File → Model: the general keys, then the architecture's own, then what follows from both.
#include "model/model.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/phrase.h"
#include "base/units.h"
#include "model/keys.h"

namespace ggufit {

namespace {

Error unsupported(std::string where, std::string detail) {
    Error error;
    error.code = ErrorCode::unsupported;
    error.where = std::move(where);
    error.detail = std::move(detail);
    return error;
}

/// The architecture that the file names. Errors: none is named, or the file is no language model at all.
Result<std::string> architectureName(const File & file) {
    const Value * value = file.find("general.architecture");
    const std::string * name = value == nullptr ? nullptr : value->asString();
    const Value * type_value = file.find("general.type");
    const std::string * type = type_value == nullptr ? nullptr : type_value->asString();
    if (type != nullptr && *type == "adapter") {
        return unsupported("general.type", "this is a LoRA adapter, not a model; give the model that it adapts");
    }
    if (type != nullptr && *type == "imatrix") {
        return unsupported("general.type", "this is an importance matrix, not a model; give the model itself");
    }
    if ((name != nullptr && *name == "clip") || (type != nullptr && *type == "mmproj")) {
        return unsupported(
            "general.architecture",
            "this is a projector for images or sound (mmproj), not a model; give the model that it belongs to");
    }
    if (name == nullptr || name->empty()) {
        Error error;
        error.where = "general.architecture";
        error.detail = "the file does not say which architecture it holds; get a file from a current converter";
        return error;
    }
    return *name;
}

/// One more than the highest N of "blk.N." among the tensors; 0 where there is none.
uint32_t countBlocks(const Model & model) {
    int32_t highest = -1;
    for (const TensorRole & role : model.roles) highest = std::max(highest, role.block);
    return static_cast<uint32_t>(highest + 1);
}

/// Width of an embedding and number of tokens, as the token embedding's shape says; 0 where there is none.
std::pair<uint32_t, uint32_t> embeddingShape(const File & file) {
    const Tensor * embedding = file.findTensor("token_embd.weight");
    if (embedding == nullptr || embedding->ne[0] > UINT32_MAX || embedding->ne[1] > UINT32_MAX) return {0, 0};
    return {static_cast<uint32_t>(embedding->ne[0]), static_cast<uint32_t>(embedding->ne[1])};
}

/// Sizes that every model has (llama_model_base::load_hparams). What an architecture that nobody knows leaves out is
/// taken from its tensors.
void loadSizes(Keys & keys, const Model & model, Hparams & hparams) {
    if (model.known_architecture) {
        keys.require("context_length", hparams.n_ctx_train);
        keys.require("embedding_length", hparams.n_embd);
        keys.require("block_count", hparams.n_layer_all);
    } else {
        hparams.n_ctx_train = 4096;
        hparams.n_embd = embeddingShape(model.file).first;
        hparams.n_layer_all = countBlocks(model);
        keys.get("context_length", hparams.n_ctx_train);
        keys.get("embedding_length", hparams.n_embd);
        keys.get("block_count", hparams.n_layer_all);
    }
    if (hparams.n_layer_all == 0) {
        keys.fail("block_count", "the model has no layers");
    } else if (hparams.n_layer_all > kMaxLayers) {
        keys.fail("block_count",
                  "llama.cpp takes at most 512 layers, the model says " + formatCount(hparams.n_layer_all),
                  ErrorCode::unsupported);
    }
    keys.get("embedding_length_out", hparams.n_embd_out_impl);
    keys.get("attention.causal", hparams.causal_attn);
    uint32_t pooling = static_cast<uint32_t>(PoolingType::unspecified);
    keys.get("pooling_type", pooling);
    if (pooling == UINT32_MAX) pooling = static_cast<uint32_t>(PoolingType::unspecified);  // −1 in llama.cpp
    if (pooling > static_cast<uint32_t>(PoolingType::unspecified)) {
        keys.fail("pooling_type", "llama.cpp knows no pooling type " + formatCount(pooling));
    } else {
        hparams.pooling_type = static_cast<PoolingType>(pooling);
    }
    if (const uint64_t labels = keys.arrayCount("classifier.output_labels").value_or(0); labels != 0) {
        hparams.n_cls_out = static_cast<uint32_t>(std::min<uint64_t>(labels, UINT32_MAX));
    }
    keys.get("tokenizer.ggml.token_type_count", hparams.n_token_types);
}

void loadExperts(Keys & keys, Hparams & hparams) {
    keys.get("expert_count", hparams.n_expert);
    keys.get("expert_used_count", hparams.n_expert_used);
    keys.get("expert_group_count", hparams.n_expert_groups);
    keys.get("expert_group_used_count", hparams.n_group_used);
}

/// What llama.cpp asserts of experts before it goes on.
void checkExperts(Keys & keys, const Hparams & hparams) {
    const uint32_t n = hparams.n_expert;
    if (n > kMaxExperts) {
        keys.fail("expert_count", "llama.cpp takes at most 512 experts, the model says " + formatCount(n),
                  ErrorCode::unsupported);
    }
    if (hparams.n_expert_used > n) {
        keys.fail("expert_used_count", phrase("{} experts are used, but the model has {}",
                                              formatCount(hparams.n_expert_used), formatCount(n)));
    }
    if (n == 0) {
        if (hparams.n_expert_groups != 0)
            keys.fail("expert_group_count", "there are groups of experts, but no experts");
        return;
    }
    if (hparams.n_expert_used == 0) keys.fail("expert_used_count", "the model has experts, but uses none of them");
    if (hparams.n_expert_groups >= n) {
        keys.fail("expert_group_count", phrase("there must be fewer groups than the {} experts", formatCount(n)));
    }
    if (hparams.n_expert_groups <= 1) return;
    if (n % hparams.n_expert_groups != 0) {
        keys.fail("expert_group_count", phrase("{} experts can't be split into {} equal groups", formatCount(n),
                                               formatCount(hparams.n_expert_groups)));
    }
    if (hparams.n_group_used == 0 || hparams.n_group_used >= hparams.n_expert_groups) {
        keys.fail("expert_group_used_count",
                  phrase("of {} groups at least one and not all must be used", formatCount(hparams.n_expert_groups)));
    }
}

/// Heads, their widths and the part of them that rope turns. Models without attention have no heads.
void loadHeads(Keys & keys, const Architecture & row, Hparams & hparams) {
    keys.getPerLayer("feed_forward_length", hparams.n_ff_arr, hparams.n_layer());
    keys.getPerLayer("attention.head_count", hparams.n_head_arr, hparams.n_layer());
    hparams.n_head_kv_arr = hparams.n_head_arr;
    keys.getPerLayer("attention.head_count_kv", hparams.n_head_kv_arr, hparams.n_layer());
    if (hparams.n_head() > 0) {
        hparams.n_embd_head_k_full = hparams.n_embd / hparams.n_head();
        hparams.n_embd_head_v_full = hparams.n_embd / hparams.n_head();
        keys.get("attention.key_length", hparams.n_embd_head_k_full);
        keys.get("attention.value_length", hparams.n_embd_head_v_full);
        hparams.n_rot_full = hparams.n_embd_head_k_full;
        keys.get("rope.dimension_count", hparams.n_rot_full);
        if (row.rope_whole_head && hparams.n_rot_full != hparams.n_embd_head_k_full) {
            keys.fail("rope.dimension_count",
                      phrase("rope must turn all {} values of a head in this architecture, the model says {}",
                             formatCount(hparams.n_embd_head_k_full), formatCount(hparams.n_rot_full)));
        }
    }
    hparams.n_embd_head_k_swa = hparams.n_embd_head_k_full;
    hparams.n_embd_head_v_swa = hparams.n_embd_head_v_full;
    keys.get("attention.key_length_swa", hparams.n_embd_head_k_swa);
    keys.get("attention.value_length_swa", hparams.n_embd_head_v_swa);
    hparams.n_rot_swa = hparams.n_rot_full;
    keys.get("rope.dimension_count_swa", hparams.n_rot_swa);
}

void loadRope(Keys & keys, Hparams & hparams) {
    keys.get("rope.scaling.finetuned", hparams.rope_finetuned);
    hparams.n_ctx_orig_yarn = hparams.n_ctx_train;
    keys.get("rope.scaling.original_context_length", hparams.n_ctx_orig_yarn);
    std::string scaling = "linear";
    keys.get("rope.scaling.type", scaling);
    static constexpr std::array<std::string_view, 4> kNames = {"none", "linear", "yarn", "longrope"};  // as RopeScaling
    const auto * found = std::find(kNames.begin(), kNames.end(), scaling);
    if (found == kNames.end()) {
        keys.fail("rope.scaling.type", "llama.cpp knows none, linear, yarn and longrope as types of rope scaling");
        return;
    }
    hparams.rope_scaling_type = static_cast<RopeScaling>(found - kNames.begin());
}

/// What llama.cpp asserts when it makes the caches (llama_model::create_memory).
void checkWindows(Keys & keys, const Architecture & row, const Hparams & hparams) {
    if (row.cache != CacheKind::attention) return;
    if (hparams.swa_type != SwaType::none && !hparams.is_swa_any()) {
        keys.fail("attention.sliding_window_pattern", "the model has a sliding window, but none of its layers uses it");
    }
}

/// Tokens of the vocabulary (llama_vocab::impl::load): the list's length; the key where the file says that it has no
/// vocabulary. Where neither is there, the embedding has a row for each token.
uint32_t vocabularySize(Keys & keys) {
    const Value * value = keys.file().find("tokenizer.ggml.model");
    const std::string * model = value == nullptr ? nullptr : value->asString();
    const bool has_vocabulary = model == nullptr || (*model != "no_vocab" && *model != "none");
    if (has_vocabulary) {
        if (const std::optional<uint64_t> tokens = keys.arrayCount("tokenizer.ggml.tokens")) {
            return static_cast<uint32_t>(std::min<uint64_t>(*tokens, UINT32_MAX));
        }
    }
    uint32_t n_vocab = 0;
    if (keys.get("vocab_size", n_vocab)) return n_vocab;
    return embeddingShape(keys.file()).second;
}

void loadHparams(Keys & keys, Model & model) {
    const Architecture & row = *model.architecture;
    Hparams & hparams = model.hparams;
    loadSizes(keys, model, hparams);
    if (hparams.n_layer_all == 0 || hparams.n_layer_all > kMaxLayers) return;
    loadExperts(keys, hparams);
    if (row.load_first != nullptr) row.load_first(keys, hparams);
    checkExperts(keys, hparams);
    if (row.cache == CacheKind::recurrent) hparams.is_recr_impl.fill(1);
    loadHeads(keys, row, hparams);
    loadRope(keys, hparams);
    if (keys.error() && model.known_architecture) return;
    if (row.load != nullptr) row.load(keys, hparams);
    if (keys.error() && model.known_architecture) return;
    hparams.use_alibi = hparams.f_max_alibi_bias > 0.0F;
    hparams.rope_type = row.rope_of != nullptr ? row.rope_of(hparams) : row.rope;
    hparams.n_vocab = vocabularySize(keys);
    checkWindows(keys, row, hparams);
}

/// A name that nobody knows: what was assumed, and an error among its keys as a warning that names the key.
void warnOfUnknown(const Keys & keys, Model & model) {
    model.warnings.push_back(
        {phrase("llama.cpp of the version that ggufit follows has no architecture \"{}\": it is read as a plain "
                "decoder with full attention and a cache in all {} layers, so figures for it are a guess",
                model.architecture_name, formatCount(model.hparams.n_layer_all)),
         "check that your llama.cpp loads this model, and compare with what it prints at start"});
    if (keys.error())
        model.warnings.push_back({keys.error()->text(), "figures that follow from this key are left at 0"});
}

}  // namespace

Result<Model> buildModel(File file) {
    Result<std::string> name = architectureName(file);
    if (!name) return name.error();

    Model model;
    model.file = std::move(file);
    model.architecture_name = std::move(name.value());
    const Architecture * known = findArchitecture(model.architecture_name);
    model.known_architecture = known != nullptr;
    model.architecture = known != nullptr ? known : &unknownArchitecture();
    model.roles.reserve(model.file.tensors.size());
    for (const Tensor & tensor : model.file.tensors) {
        model.roles.push_back(tensorRole(tensor.name, model.architecture->role_exceptions));
    }

    Keys keys(model.file, model.architecture_name);
    loadHparams(keys, model);
    const bool usable = model.hparams.n_layer_all > 0 && model.hparams.n_layer_all <= kMaxLayers;
    if (keys.error() && (model.known_architecture || !usable)) return *keys.error();
    model.warnings = keys.warnings();
    if (!model.known_architecture) warnOfUnknown(keys, model);
    if (!model.architecture->needs_other_model.empty()) {
        const auto stands_alone = model.architecture->stands_alone;
        model.needs_other_model = stands_alone == nullptr || !stands_alone(model.file);
    }
    return model;
}

}  // namespace ggufit
