// What each tensor name stands for: layer class, operation and part, and the parsing of block numbers and suffixes.
#include "model/tensor_role.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/sort.h"

namespace ggufit {

namespace {

using enum WeightOp;
using Layer = TensorLayer;
using Part = WeightPart;

/// Names that share everything; a block's number is left out of them ("blk.attn_q" for "blk.7.attn_q.weight").
struct Group {
    TensorLayer layer;
    WeightOp op;
    WeightPart part;
    std::string_view names;
};

// llama-arch.cpp, LLM_TENSOR_NAMES and LLM_TENSOR_INFOS; the parts are ours.
constexpr Group kGroups[] = {
    {Layer::input, get_rows, Part::embeddings, "per_layer_token_embd position_embd token_embd token_types"},
    {Layer::input, none, Part::embeddings, "masked_embd_centroids masked_embd_ordering"},
    {Layer::repeating, add, Part::attention,
     "blk.hc_attn_base blk.time_mix_a0 blk.time_mix_decay blk.time_mix_lerp_fused blk.time_mix_lerp_g "
     "blk.time_mix_lerp_k blk.time_mix_lerp_r blk.time_mix_lerp_v blk.time_mix_lerp_w blk.time_mix_v0 "
     "blk.time_mix_w0"},
    {Layer::repeating, add, Part::feed_forward, "blk.exp_probs_b blk.hc_ffn_base"},
    {Layer::repeating, div, Part::feed_forward, "blk.ffn.act"},
    {Layer::repeating, get_rows, Part::attention,
     "blk.attn_compressor_ape blk.indexer_compressor_ape dec.blk.attn_rel_b enc.blk.attn_rel_b"},
    {Layer::repeating, get_rows, Part::embeddings, "blk.nextn.embed_tokens"},
    {Layer::repeating, get_rows, Part::feed_forward, "blk.ffn_gate_tid2eid"},
    {Layer::repeating, im2col, Part::attention, "conv1d posnet.conv1 posnet.conv2"},
    {Layer::repeating, im2col, Part::feed_forward, "convnext.dw"},
    {Layer::repeating, mul, Part::attention,
     "blk.attn_compressor_norm blk.attn_k_norm blk.attn_kv_a_norm blk.attn_norm blk.attn_norm_2 "
     "blk.attn_output_norm blk.attn_q_a_norm blk.attn_q_norm blk.attn_sub_norm blk.hc_attn_scale "
     "blk.indexer.k_norm blk.indexer.q_norm blk.indexer_compressor_norm blk.nextn.enorm "
     "blk.nextn.hnorm blk.post_attention_norm blk.ssm_b_norm blk.ssm_c_norm blk.ssm_conv1d_k "
     "blk.ssm_conv1d_q blk.ssm_conv1d_v blk.ssm_d blk.ssm_dt_norm blk.ssm_norm blk.time_mix_k_a "
     "blk.time_mix_k_k blk.time_mix_lerp_x blk.time_mix_ln blk.time_mix_r_k dec.blk.attn_norm "
     "dec.blk.cross_attn_norm enc.blk.attn_norm posnet.attn_norm posnet.norm posnet.norm1 posnet.norm2"},
    {Layer::repeating, mul, Part::embeddings, "per_layer_proj_norm token_embd_norm"},
    {Layer::repeating, mul, Part::feed_forward,
     "blk.altup_correct_scale blk.altup_router_norm blk.channel_mix_lerp_k blk.channel_mix_lerp_r "
     "blk.ffn_norm blk.ffn_norm_exps blk.ffn_sub_norm blk.hc_ffn_scale blk.laurel_post_norm "
     "blk.layer_output_norm blk.layer_output_scale blk.post_ffw_norm blk.post_ffw_norm_1 "
     "blk.post_ffw_norm_2 blk.post_norm blk.pre_ffw_norm_2 convnext.gamma convnext.norm "
     "dec.blk.ffn_norm enc.blk.ffn_norm"},
    {Layer::repeating, mul, Part::output, "blk.nextn.shared_head_norm"},
    {Layer::repeating, mul_mat, Part::attention,
     "blk.attn_compressor_gate blk.attn_compressor_kv blk.attn_gate blk.attn_k blk.attn_k_b "
     "blk.attn_kv blk.attn_kv_a_mqa blk.attn_kv_b blk.attn_output blk.attn_output_a blk.attn_output_b "
     "blk.attn_q blk.attn_q_a blk.attn_q_b blk.attn_qkv blk.attn_v blk.attn_v_b blk.hc_attn_fn "
     "blk.indexer.attn_k blk.indexer.attn_q_b blk.indexer.k_proj blk.indexer.proj blk.indexer.q_proj "
     "blk.indexer_compressor_gate blk.indexer_compressor_kv blk.nextn.eh_proj blk.shortconv.in_proj "
     "blk.shortconv.out_proj blk.ssm_alpha blk.ssm_ba blk.ssm_beta blk.ssm_dt blk.ssm_f_a blk.ssm_f_b "
     "blk.ssm_g_a blk.ssm_g_b blk.ssm_in blk.ssm_out blk.ssm_x blk.time_mix_a1 blk.time_mix_a2 "
     "blk.time_mix_decay_w1 blk.time_mix_decay_w2 blk.time_mix_g1 blk.time_mix_g2 blk.time_mix_gate "
     "blk.time_mix_key blk.time_mix_output blk.time_mix_receptance blk.time_mix_v1 blk.time_mix_v2 "
     "blk.time_mix_value blk.time_mix_w1 blk.time_mix_w2 blk.vis_attn_output blk.vis_attn_qkv "
     "dec.blk.attn_k dec.blk.attn_o dec.blk.attn_q dec.blk.attn_v dec.blk.cross_attn_k "
     "dec.blk.cross_attn_o dec.blk.cross_attn_q dec.blk.cross_attn_v enc.blk.attn_k enc.blk.attn_o "
     "enc.blk.attn_q enc.blk.attn_v nextn.pre_projection posnet.attn_k posnet.attn_output "
     "posnet.attn_q posnet.attn_v"},
    {Layer::repeating, mul_mat, Part::embeddings, "per_layer_model_proj"},
    {Layer::repeating, mul_mat, Part::feed_forward,
     "blk.altup_correct_coef blk.altup_predict_coef blk.altup_router blk.channel_mix_key "
     "blk.channel_mix_receptance blk.channel_mix_value blk.ffn_down blk.ffn_down_shexp blk.ffn_gate "
     "blk.ffn_gate_inp blk.ffn_gate_inp_shexp blk.ffn_gate_shexp blk.ffn_latent_down blk.ffn_latent_up "
     "blk.ffn_up blk.ffn_up_shexp blk.hc_ffn_fn blk.inp_gate blk.laurel_l blk.laurel_r blk.proj "
     "blk.vis_down blk.vis_gate blk.vis_up convnext.pw1 convnext.pw2 dec.blk.ffn_down dec.blk.ffn_gate "
     "dec.blk.ffn_up enc.blk.ffn_down enc.blk.ffn_gate enc.blk.ffn_up"},
    {Layer::repeating, mul_mat, Part::output, "blk.nextn.shared_head_head"},
    {Layer::repeating, mul_mat_id, Part::experts,
     "blk.ffn_down_chexps blk.ffn_down_exps blk.ffn_gate_chexps blk.ffn_gate_exps blk.ffn_gate_up_exps "
     "blk.ffn_up_chexps blk.ffn_up_exps"},
    {Layer::repeating, none, Part::attention, "dec.blk.cross_attn_rel_b"},
    {Layer::repeating, rope, Part::attention, "rope_factors_long rope_factors_short rope_freqs"},
    {Layer::repeating, rwkv_wkv6, Part::attention, "blk.time_mix_first"},
    {Layer::repeating, scale, Part::attention, "blk.attn_sinks"},
    {Layer::repeating, ssm_conv, Part::attention, "blk.shortconv.conv blk.ssm_conv1d"},
    {Layer::repeating, ssm_scan, Part::attention, "blk.ssm_a"},
    {Layer::output, add, Part::output, "output_hc_base"},
    {Layer::output, get_rows, Part::output, "d2t markov_w1"},
    {Layer::output, mul, Part::output, "cls.norm dec.output_norm enc.output_norm output_hc_scale output_norm"},
    {Layer::output, mul_mat, Part::output,
     "altup_proj altup_unembd_proj cls cls.output conf_proj dense_2 dense_3 fc markov_w2 "
     "nextn.post_projection output output_hc_fn"},
};

struct Entry {
    std::string_view name;
    const Group * group;
};

const std::vector<Entry> & entries() {
    static const std::vector<Entry> all = [] {
        std::vector<Entry> list;
        for (const Group & group : kGroups) {
            std::string_view rest = group.names;
            while (!rest.empty()) {
                const size_t end = std::min(rest.find(' '), rest.size());
                list.push_back({rest.substr(0, end), &group});
                rest.remove_prefix(std::min(end + 1, rest.size()));
            }
        }
        stableSort(list, [](const Entry & a, const Entry & b) { return a.name < b.name; });
        return list;
    }();
    return all;
}

const Group * findGroup(std::string_view name) {
    const auto & all = entries();
    const auto found = std::lower_bound(all.begin(), all.end(), name,
                                        [](const Entry & entry, std::string_view key) { return entry.name < key; });
    return found != all.end() && found->name == name ? found->group : nullptr;
}

struct Parsed {
    std::string name;  // without block number and suffix
    int32_t block = -1;
    bool bias = false;
};

/// The number of a name's first component that is one, taken out of the name.
void takeBlock(Parsed & parsed) {
    for (const std::string_view prefix : {"blk.", "dec.blk.", "enc.blk.", "posnet.", "convnext."}) {
        if (parsed.name.compare(0, prefix.size(), prefix) != 0) continue;
        size_t end = prefix.size();
        int32_t number = 0;
        while (end < parsed.name.size() && parsed.name[end] >= '0' && parsed.name[end] <= '9' && number < 1'000'000) {
            number = number * 10 + (parsed.name[end] - '0');
            ++end;
        }
        if (end == prefix.size() || end >= parsed.name.size() || parsed.name[end] != '.') return;
        parsed.block = number;
        parsed.name.erase(prefix.size(), end + 1 - prefix.size());
        return;
    }
}

Parsed parseName(std::string_view name) {
    Parsed parsed;
    parsed.name = name;
    takeBlock(parsed);
    for (const std::string_view suffix : {".weight", ".bias", ".scale", ".input_scale", ".scales"}) {
        const std::string_view text = parsed.name;
        if (text.size() <= suffix.size() || text.substr(text.size() - suffix.size()) != suffix) continue;
        parsed.bias = suffix == ".bias";
        parsed.name.resize(text.size() - suffix.size());
        break;
    }
    return parsed;
}

bool contains(std::string_view text, std::string_view what) { return text.find(what) != std::string_view::npos; }

/// Part of a tensor that llama.cpp has no name for.
WeightPart guessPart(std::string_view name, int32_t block) {
    if (contains(name, "exps")) return Part::experts;
    if (contains(name, "ffn") || contains(name, "mlp")) return Part::feed_forward;
    if (block < 0 && contains(name, "embd")) return Part::embeddings;
    return block < 0 && contains(name, "output") ? Part::output : Part::attention;
}

WeightOp opOf(const Group & group, const Parsed & parsed, const RoleExceptions & exceptions) {
    if (parsed.name == "blk.ssm_a" && exceptions.ssm_a_multiplies) return mul;
    if (!parsed.bias) return group.op;
    return group.op == mul_mat_id ? add_id : add;
}

}  // namespace

TensorRole tensorRole(std::string_view name, const RoleExceptions & exceptions) {
    const Parsed parsed = parseName(name);
    TensorRole role;
    role.block = parsed.block;
    role.shared_expert = contains(parsed.name, "_shexp");
    const Group * group = findGroup(parsed.name);
    if (group == nullptr) {
        role.part = guessPart(parsed.name, parsed.block);
        role.expert = role.part == Part::experts;
        return role;
    }
    role.known = true;
    role.layer = group->layer;
    role.op = opOf(*group, parsed, exceptions);
    role.part = group->part;
    role.expert = group->part == Part::experts;
    if (exceptions.token_embd_norm_is_output && parsed.name == "token_embd_norm") {
        role.layer = Layer::output;
        role.part = Part::output;
    }
    return role;
}

const char * weightPartName(WeightPart part) {
    switch (part) {
        case Part::attention: return "attention";
        case Part::feed_forward: return "feed_forward";
        case Part::experts: return "experts";
        case Part::embeddings: return "embeddings";
        case Part::output: return "output";
    }
    return "attention";
}

}  // namespace ggufit
