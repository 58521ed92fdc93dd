// The order in which llama.cpp builds, probes and reserves its graphs (llama-context.cpp).
#include "sched/reserve.h"

#include <algorithm>
#include <array>

#include "base/phrase.h"
#include "placement/flash_attention.h"

namespace ggufit {

namespace {

struct Fused {
    bool flash_attn = true, delta_net_decode = true, delta_net_prompt = true, lightning_indexer = true,
         hyper_connections = true;
};

/// What llama.cpp asks the scheduler about, in its order (resolve_fused_ops).
constexpr std::array kProbes = {&Fused::flash_attn, &Fused::delta_net_decode, &Fused::delta_net_prompt,
                                &Fused::lightning_indexer, &Fused::hyper_connections};
constexpr uint32_t kPromptProbeTokens = 16;  // of each sequence (llm_fused_op_gdn_ch_probe)

class Reserver {
  public:
    Reserver(const Model & model, const Machine & machine, const Settings & settings, const WeightPlan & weights,
             const CachePlan & cache, GraphStore * graphs = nullptr)
        : model_(model), machine_(machine), settings_(settings), weights_(weights), cache_(cache), graphs_(graphs) {}

    Result<bool> prepare() {
        const auto used = usedDevices(machine_, settings_);
        if (!used) return used.error();
        backends_ = makeBackends(machine_, *used, settings_.llama_cpp);
        options_.op_offload = settings_.op_offload;
        options_.host_compute = hostComputeBuffer(machine_, *used);
        options_.pipeline = pipelines(*used);
        requested_ = requestedFlashAttention(model_, settings_);
        fused_.flash_attn = requested_ != FlashAttention::off;
        fused_.delta_net_decode = fused_.delta_net_prompt = hasRule(settings_.llama_cpp, LlamaRule::fused_delta_net);
        return true;
    }

    [[nodiscard]] GraphRequest request(Phase phase) const {
        const ContextShape & shape = cache_.shape;
        GraphRequest r;
        r.n_seqs = std::max(1U, shape.n_seq_max);
        const uint32_t wanted = phase == Phase::prompt ? std::min(shape.n_ctx, shape.n_ubatch) : r.n_seqs;
        r.n_tokens = std::max(wanted, 1U);
        const uint32_t outputs_max =
            !reservesAllOutputs(settings_) && model_.architecture->task != Task::encoder_decoder ? r.n_seqs
                                                                                                 : shape.n_batch;
        r.n_outputs = phase == Phase::prompt ? std::min(r.n_tokens, outputs_max) : r.n_seqs;
        r.n_tokens = (r.n_tokens + r.n_seqs - 1) / r.n_seqs * r.n_seqs;
        if (!hasRule(settings_.llama_cpp, LlamaRule::outputs_by_slot)) r.n_outputs = r.n_tokens;
        r.flash_attn = fused_.flash_attn;
        r.v_transposed = requested_ == FlashAttention::off;
        r.fused_delta_net_decode = fused_.delta_net_decode;
        r.fused_delta_net_prompt = fused_.delta_net_prompt;
        r.fused_lightning_indexer = fused_.lightning_indexer;
        r.fused_hyper_connections = fused_.hyper_connections;
        r.embeddings = settings_.embeddings;
        r.pooling = model_.hparams.pooling_type;
        r.kv_offload = settings_.kv_offload;
        r.llama_cpp = settings_.llama_cpp;
        r.full_offload = gpuLayers() > static_cast<int64_t>(model_.hparams.n_layer_all);
        return r;
    }

    Result<ScheduledGraph> build(Phase phase, bool pinned = true) { return build(request(phase), pinned, true); }

    /// The decode graph with several tokens for each sequence, all of them wanted.
    Result<ScheduledGraph> buildPromptProbe() {
        GraphRequest r = request(Phase::decode);
        r.n_tokens *= kPromptProbeTokens;
        r.n_outputs = r.n_tokens;
        return build(r, true, false);
    }

    /// Where it is not `split`, only the backends of its operations are known.
    Result<ScheduledGraph> build(const GraphRequest & r, bool pinned, bool split) {
        auto graph = graphs_ != nullptr ? graphs_->get(weights_, cache_, r) : buildGraph(model_, weights_, cache_, r);
        if (!graph) return graph.error();
        ScheduledGraph out;
        out.graph = std::move(*graph);
        out.backends = backends_;
        ScheduleOptions options = options_;
        options.pinned = pinned;
        options.split = split;
        out.schedule = scheduleGraph(out.graph, backends_, options);
        if (!out.schedule.ok) {
            // Placed by hand it is the user's doing, else a device whose rules we have wrong.
            const bool by_hand = !settings_.override_tensors.empty();
            return Error{by_hand ? ErrorCode::usage : ErrorCode::unsupported, model_.architecture_name,
                         "an operation of its graph runs on no device that holds its memory", 0, 0};
        }
        return out;
    }

    /// An operation stays fused where it runs on the device of its layer. Gives whether it was given up.
    bool resolve(const ScheduledGraph & probe, bool Fused::*flag) {
        if (!(fused_.*flag)) return false;
        for (const NodeId id : probe.graph.nodes) {
            const Node & node = probe.graph[id];
            if (!asks(node.op, flag) || node.layer < 0) continue;
            const auto b = static_cast<uint8_t>(probe.schedule.backend[at(id)]);
            if (probe.backends[b].device == weights_.layer_devices[static_cast<size_t>(node.layer)]) continue;
            fused_.*flag = false;
            return true;
        }
        return false;
    }

    [[nodiscard]] const std::vector<Backend> & backends() const { return backends_; }
    [[nodiscard]] bool pipeline() const { return options_.pipeline; }
    [[nodiscard]] bool flash_attn() const { return fused_.flash_attn; }
    [[nodiscard]] FlashAttention requested() const { return requested_; }

  private:
    [[nodiscard]] bool asks(Op op, bool Fused::*flag) const {
        switch (op) {
            case Op::flash_attn_ext: return flag == &Fused::flash_attn && requested_ == FlashAttention::automatic;
            case Op::gated_delta_net: return flag == &Fused::delta_net_decode || flag == &Fused::delta_net_prompt;
            case Op::lightning_indexer: return flag == &Fused::lightning_indexer;
            case Op::dsv4_hc_comb:
            case Op::dsv4_hc_pre:
            case Op::dsv4_hc_post: return flag == &Fused::hyper_connections;
            default: return false;
        }
    }

    [[nodiscard]] int64_t gpuLayers() const {
        return settings_.n_gpu_layers >= 0 ? settings_.n_gpu_layers
                                           : static_cast<int64_t>(model_.hparams.n_layer_all) + 1;
    }

    [[nodiscard]] bool pipelines(const std::vector<uint32_t> & used) const {
        const bool all = std::all_of(backends_.begin(), backends_.end(), [](const Backend & backend) {
            return backend.device == kHost || backend.traits->pipeline;
        });
        return used.size() > 1 && gpuLayers() > static_cast<int64_t>(model_.hparams.n_layer_all) &&
               settings_.split_mode == SplitMode::layer && settings_.kv_offload && settings_.override_tensors.empty() &&
               all;
    }

    const Model & model_;
    const Machine & machine_;
    const Settings & settings_;
    const WeightPlan & weights_;
    const CachePlan & cache_;
    GraphStore * graphs_;
    std::vector<Backend> backends_;
    ScheduleOptions options_;
    FlashAttention requested_ = FlashAttention::automatic;
    Fused fused_;
};

/// Whether the decode graph decides on an operation of this one (resolve_fused_ops).
bool isProbed(const Graph & graph, FlashAttention requested) {
    return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](NodeId id) {
        switch (graph[id].op) {
            case Op::flash_attn_ext: return requested == FlashAttention::automatic;
            case Op::gated_delta_net:
            case Op::lightning_indexer:
            case Op::dsv4_hc_comb:
            case Op::dsv4_hc_pre:
            case Op::dsv4_hc_post: return true;
            default: return false;
        }
    });
}

bool hasDeltaNet(const Graph & graph) {
    return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                       [&](NodeId id) { return graph[id].op == Op::gated_delta_net; });
}

/// The decode graph once fused operations are settled, one after the other. Giving one up changes the graph, so it is
/// built again. It is split only where the caller asks for it: the backends of the operations decide.
Result<ScheduledGraph> settledDecode(Reserver & reserver, bool split) {
    auto decode = reserver.build(reserver.request(Phase::decode), true, split);
    const bool delta_net = decode && hasDeltaNet(decode->graph);
    for (const auto flag : kProbes) {
        if (!decode) return decode;
        bool given_up = false;
        if (flag != &Fused::delta_net_prompt) {
            given_up = reserver.resolve(*decode, flag);
        } else if (delta_net) {
            const auto probe = reserver.buildPromptProbe();
            if (!probe) return probe.error();
            given_up = reserver.resolve(*probe, flag);
        }
        if (given_up) decode = reserver.build(reserver.request(Phase::decode), true, split);
    }
    return decode;
}

/// Sizes of ggml's hash sets: the next prime after each power of two (ggml.c, ggml_hash_size), from 1,024 on.
constexpr std::array<uint64_t, 9> kHashSizes = {1031, 2053, 4099, 8209, 16411, 32771, 65537, 131101, 262147};

/// Why llama.cpp has no room for a graph; empty where it has. A graph holds so many nodes as were asked for, and the
/// scheduler's hash set as many tensors as the prime after that: more of them are an abort
/// (llama_context::graph_max_nodes, ggml_hash_find_or_insert).
std::string noRoom(const Model & model, uint64_t n_weights, uint64_t n_tokens, const Graph & graph) {
    const uint64_t max_nodes = model.architecture->long_graphs ? std::max(n_tokens * 40, 32 * n_weights)
                                                               : std::max<uint64_t>(1024, 8 * n_weights);
    const uint64_t n_nodes = graph.nodes.size(), n_tensors = n_nodes + graph.leafs.size();
    if (n_nodes >= max_nodes)
        return phrase("a graph of {} nodes, with room for {}", std::to_string(n_nodes), std::to_string(max_nodes));
    const auto size = std::lower_bound(kHashSizes.begin(), kHashSizes.end(), max_nodes);
    if (size == kHashSizes.end() || n_tensors <= *size) return {};
    return phrase("a graph of {} tensors, with room for {}", std::to_string(n_tensors), std::to_string(*size));
}

Reservation sizesOf(const ScheduledGraph & of, bool with_peak = false) {
    return reserveGraph(of.graph, of.schedule, of.backends, with_peak);
}

ComputeReservation reservationOf(const Machine & machine, const Reserver & reserver, const ScheduledGraph & prompt,
                                 const ScheduledGraph * decode, Reserving reserving) {
    ComputeReservation out;
    std::vector<uint64_t> bytes = sizesOf(prompt).bytes;
    if (reserving == Reserving::started && decode != nullptr) {
        const std::vector<uint64_t> grown = sizesOf(*decode).bytes;
        for (size_t b = 0; b < bytes.size(); ++b) bytes[b] = std::max(bytes[b], grown[b]);
    }
    out.device_bytes.assign(machine.devices.size(), 0);
    for (size_t b = 0; b < bytes.size(); ++b) {
        const int32_t device = prompt.backends[b].device;
        (device == kHost ? out.host_bytes : out.device_bytes[static_cast<size_t>(device)]) += bytes[b];
    }
    out.nodes_prompt = static_cast<uint32_t>(prompt.graph.nodes.size());
    out.splits_prompt = static_cast<uint32_t>(prompt.schedule.splits.size());
    if (decode != nullptr) {
        out.nodes_decode = static_cast<uint32_t>(decode->graph.nodes.size());
        out.splits_decode = static_cast<uint32_t>(decode->schedule.splits.size());
    }
    out.flash_attn = reserver.flash_attn();
    out.pipeline = reserver.pipeline();
    return out;
}

}  // namespace

Result<ComputeReservation> reserveCompute(const Model & model, const Machine & machine, const Settings & settings,
                                          const WeightPlan & weights, const CachePlan & cache, Reserving reserving,
                                          GraphStore * graphs) {
    Reserver reserver(model, machine, settings, weights, cache, graphs);
    if (const auto ready = reserver.prepare(); !ready) return ready.error();
    if (reserving == Reserving::sized) {
        const GraphRequest unsettled = reserver.request(Phase::prompt);
        const auto prompt = reserver.build(unsettled, false, true);
        if (!prompt) return prompt.error();
        if (isProbed(prompt->graph, reserver.requested())) {
            if (const auto decode = settledDecode(reserver, false); !decode) return decode.error();
        }
        if (reserver.request(Phase::prompt) == unsettled)
            return reservationOf(machine, reserver, *prompt, nullptr, reserving);
        const auto settled = reserver.build(Phase::prompt, false);
        if (!settled) return settled.error();
        return reservationOf(machine, reserver, *settled, nullptr, reserving);
    }
    const auto decode = settledDecode(reserver, true);
    if (!decode) return decode.error();
    const auto prompt = reserver.build(Phase::prompt, reserving == Reserving::started);
    if (!prompt) return prompt.error();
    ComputeReservation out = reservationOf(machine, reserver, *prompt, &*decode, reserving);
    const uint64_t n_tokens = std::min(cache.shape.n_ctx, cache.shape.n_ubatch);
    for (const Graph * graph : {&decode->graph, &prompt->graph}) {
        if (out.no_room.empty() && hasRule(settings.llama_cpp, LlamaRule::half_mask))
            out.no_room = noRoom(model, weights.weights.size(), n_tokens, *graph);
    }
    return out;
}

Result<std::vector<MeasuredGraph>> measuredGraphs(const Model & model, const Machine & machine,
                                                  const Settings & settings, const WeightPlan & weights,
                                                  const CachePlan & cache, Reserving reserving) {
    Reserver reserver(model, machine, settings, weights, cache);
    if (const auto ready = reserver.prepare(); !ready) return ready.error();
    const bool started = reserving == Reserving::started;
    auto decode = settledDecode(reserver, started);
    if (!decode) return decode.error();
    auto prompt = reserver.build(Phase::prompt, started);
    if (!prompt) return prompt.error();
    std::vector<MeasuredGraph> out;
    const auto add = [&](ScheduledGraph & scheduled, Phase phase) {
        Reservation reservation = sizesOf(scheduled, true);
        out.push_back({std::move(scheduled), std::move(reservation), reserver.request(phase).n_tokens});
    };
    add(*prompt, Phase::prompt);
    if (started) add(*decode, Phase::decode);
    return out;
}

Result<ScheduledGraph> scheduledGraph(const Model & model, const Machine & machine, const Settings & settings,
                                      const WeightPlan & weights, const CachePlan & cache, Phase phase,
                                      GraphStore * graphs) {
    Reserver reserver(model, machine, settings, weights, cache, graphs);
    if (const auto ready = reserver.prepare(); !ready) return ready.error();
    auto decode = settledDecode(reserver, phase == Phase::decode);
    if (!decode || phase == Phase::decode) return decode;
    return reserver.build(phase);
}

}  // namespace ggufit
