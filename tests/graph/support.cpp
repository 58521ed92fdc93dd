// Descriptions to graphs; errors end the test with their sentence.
#include "graph/support.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <sstream>
#include <utility>

#include "placement/cache.h"
#include "placement/weights.h"
#include "settings/arguments.h"
#include "support/models.h"
#include "support/truth.h"

namespace ggufit::test {

SmallDecoder::SmallDecoder(std::string architecture, Cell cell) : architecture_(std::move(architecture)) {
    sizes(kLayers, cell.key, cell.value);
    u32("feed_forward_length", kFf).u32("attention.head_count", kHeads).u32("attention.head_count_kv", cell.heads);
}

SmallDecoder::SmallDecoder(std::string architecture, const std::vector<uint32_t> & heads,
                           const std::vector<uint32_t> & heads_kv, const std::vector<uint32_t> & ff)
    : architecture_(std::move(architecture)) {
    sizes(static_cast<uint32_t>(heads.size()), kHead, kHead);
    counts("feed_forward_length", ff).counts("attention.head_count", heads).counts("attention.head_count_kv", heads_kv);
}

void SmallDecoder::sizes(uint32_t n_layer, uint32_t key, uint32_t value) {
    builder_.string("general.architecture", architecture_);
    u32("context_length", 4096).u32("embedding_length", kWidth).u32("block_count", n_layer);
    u32("attention.key_length", key).u32("attention.value_length", value).u32("vocab_size", 512);
    f32("attention.layer_norm_rms_epsilon", 1e-5F);
}

SmallDecoder & SmallDecoder::boolean(const std::string & key, bool value) {
    builder_.boolean(architecture_ + "." + key, value);
    return *this;
}

SmallDecoder & SmallDecoder::counts(const std::string & key, const std::vector<uint32_t> & values) {
    builder_.array(architecture_ + "." + key, values);
    return *this;
}

SmallDecoder & SmallDecoder::u32(const std::string & key, uint32_t value) {
    builder_.u32(architecture_ + "." + key, value);
    return *this;
}

SmallDecoder & SmallDecoder::f32(const std::string & key, float value) {
    builder_.f32(architecture_ + "." + key, value);
    return *this;
}

SmallDecoder & SmallDecoder::tokenTypes(uint32_t count) {
    builder_.u32("tokenizer.ggml.token_type_count", count);
    return *this;
}

SmallDecoder & SmallDecoder::flag(const std::string & key, bool value) {
    builder_.boolean(architecture_ + "." + key, value);
    return *this;
}

SmallDecoder & SmallDecoder::numbers(const std::string & key, const std::vector<uint32_t> & values) {
    builder_.array(architecture_ + "." + key, values);
    return *this;
}

SmallDecoder & SmallDecoder::flags(const std::string & key, const std::vector<bool> & values) {
    builder_.array(architecture_ + "." + key, values);
    return *this;
}

SmallDecoder & SmallDecoder::floats(const std::string & key, const std::vector<float> & values) {
    builder_.array(key, values);
    return *this;
}

SmallDecoder & SmallDecoder::tensor(uint32_t il, const std::string & name, const std::vector<uint64_t> & ne) {
    builder_.tensor("blk." + std::to_string(il) + "." + name, GgmlType::f32, ne);
    return *this;
}

SmallDecoder & SmallDecoder::tensor(const std::string & name, const std::vector<uint64_t> & ne) {
    builder_.tensor(name, GgmlType::f32, ne);
    return *this;
}

SmallDecoder & SmallDecoder::integers(uint32_t il, const std::string & name, const std::vector<uint64_t> & ne) {
    builder_.tensor("blk." + std::to_string(il) + "." + name, GgmlType::i32, ne);
    return *this;
}

SmallDecoder & SmallDecoder::norm(uint32_t il, const std::string & name, uint64_t width) {
    return tensor(il, name + ".weight", {width});
}

SmallDecoder & SmallDecoder::attention(uint32_t il) {
    norm(il, "attn_norm").tensor(il, "attn_q.weight", {kWidth, kHeads * kHead});
    tensor(il, "attn_k.weight", {kWidth, kHeadsKv * kHead}).tensor(il, "attn_v.weight", {kWidth, kHeadsKv * kHead});
    return tensor(il, "attn_output.weight", {kHeads * kHead, kWidth});
}

SmallDecoder & SmallDecoder::headNorms(uint32_t il) {
    return norm(il, "attn_q_norm", kHead).norm(il, "attn_k_norm", kHead);
}

SmallDecoder & SmallDecoder::dense(uint32_t il, const std::string & suffix) {
    tensor(il, "ffn_gate" + suffix + ".weight", {kWidth, kFf}).tensor(il, "ffn_up" + suffix + ".weight", {kWidth, kFf});
    return tensor(il, "ffn_down" + suffix + ".weight", {kFf, kWidth});
}

SmallDecoder & SmallDecoder::experts(uint32_t il) {
    tensor(il, "ffn_gate_inp.weight", {kWidth, kExperts}).tensor(il, "ffn_gate_exps.weight", {kWidth, kFf, kExperts});
    tensor(il, "ffn_up_exps.weight", {kWidth, kFf, kExperts});
    return tensor(il, "ffn_down_exps.weight", {kFf, kWidth, kExperts});
}

SmallDecoder & SmallDecoder::whole(const std::string & name, const std::vector<uint64_t> & ne) {
    builder_.tensor(name, GgmlType::f32, ne);
    return *this;
}

SmallDecoder & SmallDecoder::typed(const std::string & name, GgmlType type, const std::vector<uint64_t> & ne) {
    builder_.tensor(name, type, ne);
    return *this;
}

SmallDecoder & SmallDecoder::finish() {
    builder_.tensor("token_embd.weight", GgmlType::f32, {kWidth, 512});
    builder_.tensor("output_norm.weight", GgmlType::f32, {kWidth});
    builder_.tensor("output.weight", GgmlType::f32, {kWidth, 512});
    return *this;
}

namespace {

struct Placed {
    Graph graph;
    std::vector<std::string> unread;  // weights that are placed and no leaf of the graph
};

Placed placedGraph(const SmallDecoder & decoder, Phase phase, const std::string & arguments) {
    const Model model = builtModel(decoder.builder());
    const Machine & machine = truthMachine("4090");
    std::istringstream words(arguments);
    std::vector<std::string> list;
    for (std::string word; words >> word;) list.push_back(word);
    const auto parsed = parseArguments(list, Settings{});
    BOOST_REQUIRE(parsed.ok());
    const auto weights = placeWeights(model, machine, parsed->settings);
    BOOST_REQUIRE_MESSAGE(weights.ok(), (weights.ok() ? "" : weights.error().text()));
    const auto cache = planCache(model, machine, parsed->settings, weights->layer_devices);
    BOOST_REQUIRE_MESSAGE(cache.ok(), (cache.ok() ? "" : cache.error().text()));
    auto scheduled = scheduledGraph(model, machine, parsed->settings, *weights, *cache, phase);
    BOOST_REQUIRE_MESSAGE(scheduled.ok(), (scheduled.ok() ? "" : scheduled.error().text()));
    Placed out;
    out.graph = std::move(scheduled->graph);
    for (const PlacedWeight & weight : weights->weights) out.unread.push_back(model.file.tensors[weight.tensor].name);
    for (size_t i = 0; i < out.graph.leafs.size(); ++i) {  // here: the names of leaves are the model's
        const Node & leaf = out.graph[out.graph.leafs[i]];
        if (leaf.buffer < 0) continue;
        const auto found = std::find(out.unread.begin(), out.unread.end(), nodeName(leaf, i));
        if (found != out.unread.end()) out.unread.erase(found);
    }
    return out;
}

}  // namespace

Graph graphOf(const SmallDecoder & decoder, Phase phase, const std::string & arguments) {
    return placedGraph(decoder, phase, arguments).graph;
}

std::vector<std::string> unreadWeights(const SmallDecoder & decoder, Phase phase) {
    return placedGraph(decoder, phase, "-ngl 99").unread;
}

size_t countOf(const Graph & graph, Op op) {
    return static_cast<size_t>(
        std::count_if(graph.nodes.begin(), graph.nodes.end(), [&](NodeId id) { return graph[id].op == op; }));
}

size_t countOf(const Graph & graph, UnaryOp op) {
    return static_cast<size_t>(std::count_if(graph.nodes.begin(), graph.nodes.end(), [&](NodeId id) {
        return graph[id].op == Op::unary && graph[id].sub_op == static_cast<uint8_t>(op);
    }));
}

}  // namespace ggufit::test
