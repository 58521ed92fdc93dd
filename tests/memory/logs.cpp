// Startup logs of real machines: their caches, compute buffers and graphs beside ours, with a reason for each gap.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "memory/estimate.h"
#include "support/arguments.h"
#include "support/data.h"
#include "support/models.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

using nlohmann::json;

constexpr double kMib = 1024.0 * 1024.0;
constexpr double kRounding = 0.005 + 1e-9;  // logs print MiB with two decimals

/// "CUDA0 cache", "host compute", "splits_prompt": MiB, or a count.
using FigureMap = std::map<std::string, double>;

const json & data() {
    static const json parsed_data = json::parse(readDataText("logs/cases.json"));
    return parsed_data;
}

const json & differencesOf(const json & log) {
    static const json none = json::object();
    return log.contains("differences") ? log.at("differences") : none;
}

std::string nameOf(const json & log) {
    return log.at("ran").get<std::string>() + " (" + log.at("source").get<std::string>() + ", build " +
           log.at("build").get<std::string>() + ", " + log.at("date").get<std::string>() + ")";
}

void addDevice(FigureMap & figures, const DeviceEstimate & device) {
    figures[device.name + " model"] = static_cast<double>(device.model_bytes) / kMib;
    figures[device.name + " cache"] = static_cast<double>(device.context_bytes) / kMib;
    figures[device.name + " compute"] = static_cast<double>(device.compute_bytes) / kMib;
}

/// A header of a dense decoder in these shapes, with the weights' types of most Q4_K_M files.
GgufBuilder denseDecoder(const json & shape) {
    const std::string arch = shape.at("architecture");
    const uint64_t n_embd = shape.at("n_embd"), n_ff = shape.at("n_ff"), n_vocab = shape.at("n_vocab");
    const uint32_t n_layer = shape.at("n_layer"), head = shape.at("n_embd_head");
    const uint64_t q = head * shape.at("n_head").get<uint64_t>(), kv = head * shape.at("n_head_kv").get<uint64_t>();
    GgufBuilder b;
    b.string("general.architecture", arch).u32(arch + ".block_count", n_layer).u32(arch + ".context_length", 262144);
    b.u32(arch + ".embedding_length", static_cast<uint32_t>(n_embd)).u32(arch + ".vocab_size", shape.at("n_vocab"));
    b.u32(arch + ".feed_forward_length", shape.at("n_ff")).u32(arch + ".attention.head_count", shape.at("n_head"));
    b.u32(arch + ".attention.head_count_kv", shape.at("n_head_kv")).u32(arch + ".attention.key_length", head);
    b.u32(arch + ".attention.value_length", head).f32(arch + ".attention.layer_norm_rms_epsilon", 1e-6F);
    if (shape.contains("temperature_scale")) {
        b.f32(arch + ".attention.temperature_scale", shape.at("temperature_scale"));
    }
    b.tensor("token_embd.weight", GgmlType::q6_K, {n_embd, n_vocab});
    b.tensor("output_norm.weight", GgmlType::f32, {n_embd});
    for (uint32_t il = 0; il < n_layer; ++il) {
        const std::string blk = "blk." + std::to_string(il) + ".";
        const auto weight = [&](const char * name, uint64_t in, uint64_t out) {
            b.tensor(blk + name + ".weight", GgmlType::q4_K, {in, out});
        };
        const auto vector = [&](const std::string & name, uint64_t n) { b.tensor(blk + name, GgmlType::f32, {n}); };
        vector("attn_norm.weight", n_embd);
        weight("attn_q", n_embd, q);
        weight("attn_k", n_embd, kv);
        weight("attn_v", n_embd, kv);
        weight("attn_output", q, n_embd);
        if (shape.value("qkv_biases", false)) {
            vector("attn_q.bias", q);
            vector("attn_k.bias", kv);
            vector("attn_v.bias", kv);
        }
        if (shape.value("head_norms", false)) {
            vector("attn_q_norm.weight", head);
            vector("attn_k_norm.weight", head);
        }
        vector("ffn_norm.weight", n_embd);
        weight("ffn_gate", n_embd, n_ff);
        weight("ffn_up", n_embd, n_ff);
        weight("ffn_down", n_ff, n_embd);
    }
    return b;
}

Model modelOf(const json & log) {
    const json & model = log.at("model");
    return model.is_string() ? truthModel(model) : builtModel(denseDecoder(model));
}

FigureMap predictedFigures(const json & log) {
    const auto machine = parseMachine(log.at("machine").dump());
    BOOST_REQUIRE_MESSAGE(machine.ok(), nameOf(log) << (machine.ok() ? "" : machine.error().text()));
    Settings settings = parsed(log.at("arguments")).settings;
    settings.outputs = log.at("outputs") == "all" ? Outputs::all : Outputs::server;
    const auto estimate = estimateMemory(modelOf(log), *machine, settings, Reserving::started);
    BOOST_REQUIRE_MESSAGE(estimate.ok(), nameOf(log) << (estimate.ok() ? "" : estimate.error().text()));
    FigureMap figures;
    for (const DeviceEstimate & device : estimate->devices) addDevice(figures, device);
    addDevice(figures, estimate->host);
    figures["nodes_prompt"] = estimate->graph.nodes_prompt;
    figures["nodes_decode"] = estimate->graph.nodes_decode;
    figures["splits_prompt"] = estimate->graph.splits_prompt;
    figures["splits_decode"] = estimate->graph.splits_decode;
    return figures;
}

/// A printed figure: one number, or the buffers that make it up, each of them rounded.
struct Printed {
    double value = 0;
    double tolerance = kRounding;
};

Printed printedFigure(const json & value) {
    if (!value.is_array()) return {value.get<double>(), kRounding};
    Printed sum{0, 0};
    for (const json & part : value) {
        sum.value += part.get<double>();
        sum.tolerance += kRounding;
    }
    return sum;
}

/// Adds up what the reasons of a difference account for.
double explained(const json & parts, std::string & why) {
    double sum = 0;
    for (const auto & [reason, share] : parts.items()) {
        sum += share.get<double>();
        char text[64];
        std::snprintf(text, sizeof text, "%+.2f ", share.get<double>());
        why += (why.empty() ? "" : ", ") + (text + reason);
    }
    return sum;
}

void report(const std::string & figure, double predicted, double printed, const std::string & why) {
    char line[160];
    std::snprintf(line, sizeof line, "  %-16s predicted %9.2f  printed %9.2f  ", figure.c_str(), predicted, printed);
    BOOST_TEST_MESSAGE(line << (why.empty() ? "equal" : why));
}

/// Equal to the printed precision where no difference is noted; else unequal, and by what its reasons add up to.
void compareFigure(const json & log, const std::string & figure, double predicted, const Printed & printed) {
    const json & differences = differencesOf(log);
    std::string why;
    const double share = differences.contains(figure) ? explained(differences.at(figure), why) : 0;
    report(figure, predicted, printed.value, why);
    const bool equal = std::abs(predicted - printed.value) <= printed.tolerance;
    const std::string where = nameOf(log) + " " + figure;
    BOOST_CHECK_MESSAGE(equal == why.empty(), where << ": predicted " << predicted << ", printed " << printed.value
                                                    << ", noted: " << (why.empty() ? "nothing" : why));
    if (why.empty()) return;
    const double left = std::abs(predicted + share - printed.value);
    BOOST_CHECK_MESSAGE(left <= 2 * kRounding, where << ": the noted reasons leave " << left << " of the gap");
}

/// What runs somewhere is printed for there; weights are compared only where the header has the same ones.
void checkNothingIsLeftOut(const json & log, const FigureMap & predicted) {
    for (const auto & [figure, value] : predicted) {
        const bool weights = figure.ends_with(" model");
        BOOST_CHECK_MESSAGE(weights || value == 0 || log.at("printed").contains(figure),
                            nameOf(log) << " prints no " << figure);
    }
    for (const auto & [figure, parts] : differencesOf(log).items()) {
        BOOST_CHECK_MESSAGE(log.at("printed").contains(figure), nameOf(log) << " prints no " << figure);
        BOOST_CHECK_MESSAGE(!parts.empty(), nameOf(log) << " gives no reason for " << figure);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(logs)

BOOST_AUTO_TEST_CASE(a_real_log_prints_what_is_predicted_or_the_gap_has_a_reason) {
    for (const auto & [reason, text] : data().at("reasons").items()) {
        BOOST_TEST_MESSAGE(reason << ": " << text.get<std::string>());
    }
    for (const json & log : data().at("logs")) {
        BOOST_TEST_MESSAGE(nameOf(log) << " as " << log.at("model").dump());
        const FigureMap predicted = predictedFigures(log);
        checkNothingIsLeftOut(log, predicted);
        for (const auto & [figure, value] : log.at("printed").items()) {
            BOOST_REQUIRE_MESSAGE(predicted.contains(figure), figure);
            compareFigure(log, figure, predicted.at(figure), printedFigure(value));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_cache_is_what_every_log_prints_except_where_mla_kept_v) {
    size_t n_caches = 0;
    for (const json & log : data().at("logs")) {
        for (const auto & [figure, value] : log.at("printed").items()) n_caches += figure.ends_with(" cache") ? 1U : 0U;
        for (const auto & [figure, parts] : differencesOf(log).items()) {
            if (figure.ends_with(" cache")) BOOST_TEST((parts.size() == 1 && parts.contains("v_cache")), nameOf(log));
        }
    }
    BOOST_TEST(n_caches >= 14U);
}

BOOST_AUTO_TEST_CASE(a_log_of_the_modelled_rules_is_met_in_every_figure) {
    std::set<std::string> met;
    for (const json & log : data().at("logs")) {
        if (log.at("outputs") != "server") continue;  // prints n_outputs_max, as builds since June 2026 do
        BOOST_TEST(differencesOf(log).empty(), nameOf(log));
        met.insert(log.at("machine").at("devices").at(0).at("backend"));
    }
    BOOST_TEST((met.contains("CUDA") && met.contains("Vulkan")));
}

BOOST_AUTO_TEST_CASE(every_reason_is_told_and_needed) {
    std::set<std::string> told, used;
    for (const auto & [reason, text] : data().at("reasons").items()) {
        BOOST_TEST(!text.get<std::string>().empty(), reason);
        told.insert(reason);
    }
    for (const json & log : data().at("logs")) {
        for (const auto & [figure, parts] : differencesOf(log).items()) {
            for (const auto & [reason, share] : parts.items()) used.insert(reason);
        }
    }
    BOOST_TEST(told == used, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
