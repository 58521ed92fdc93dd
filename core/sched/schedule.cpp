// The scheduler's passes: assign backends to operations, then cut the graph where they change.
#include "sched/schedule.h"

#include <algorithm>

namespace ggufit {

namespace {

constexpr int8_t kUnassigned = -1;
constexpr uint32_t kPipelineCopies = 4;  // GGML_SCHED_MAX_COPIES
constexpr size_t kInputCapacity = 30;    // GGML_SCHED_MAX_SPLIT_INPUTS

class Scheduler {
  public:
    Scheduler(Graph & graph, const std::vector<Backend> & backends, const ScheduleOptions & options)
        : graph_(graph), backends_(backends), options_(options), cpu_(static_cast<int8_t>(backends.size() - 1)) {
        out_.n_copies = options.pipeline ? kPipelineCopies : 1;
        out_.backend.assign(graph.tensors.size(), kUnassigned);
        out_.copy_of.assign(graph.tensors.size(), NodeId::none);
        out_.copy_backend.assign(graph.tensors.size(), kUnassigned);
        supports_.assign(graph.tensors.size() * backends.size(), Answer::unknown);
        n_original_ = graph.tensors.size();
    }

    Schedule run() {
        countUses();
        if (options_.pinned) assignPinned();
        assignByMemory();
        expand(/*down=*/true, /*devices_only=*/true);
        expand(/*down=*/false, /*devices_only=*/true);
        expand(true, false);
        expand(false, false);
        chooseForRest();
        assignSources();
        if (out_.ok && options_.split) split();
        return std::move(out_);
    }

  private:
    enum class Answer : uint8_t { unknown, no, yes };

    void countUses() {
        n_uses_.assign(graph_.tensors.size(), 0);
        for (const NodeId id : graph_.nodes) {
            for (const NodeId source : graph_[id].sources()) {
                if (source != NodeId::none) ++n_uses_[at(source)];
            }
        }
    }

    int8_t & backendOf(NodeId id) { return out_.backend[at(id)]; }
    /// Asked of a node several times, so that answers are kept. They hold until split() replaces sources by copies.
    [[nodiscard]] bool supports(int8_t b, NodeId id) {
        Answer & answer = supports_[at(id) * backends_.size() + static_cast<size_t>(b)];
        if (answer == Answer::unknown) {
            const Backend & backend = backends_[static_cast<size_t>(b)];
            answer = backend.traits->supports_op(graph_, graph_[id], backend) ? Answer::yes : Answer::no;
        }
        return answer == Answer::yes;
    }

    [[nodiscard]] const GraphBuffer * bufferOf(const Node & node) const {
        const Node & owner = node.view_src != NodeId::none ? graph_[node.view_src] : node;
        return owner.buffer < 0 ? nullptr : &graph_.buffers[static_cast<size_t>(owner.buffer)];
    }

    [[nodiscard]] bool isWeight(const Node & node) const {
        return node.buffer >= 0 && graph_.buffers[static_cast<size_t>(node.buffer)].weights;
    }

    /// The first backend that reads the memory of `tensor` and runs `op` (backend_from_buffer).
    [[nodiscard]] int8_t fromBuffer(const Node & tensor, NodeId op) {
        const GraphBuffer * buffer = bufferOf(tensor);
        if (buffer == nullptr) return kUnassigned;
        for (int8_t b = 0; b <= cpu_; ++b) {
            if (readsBuffer(backends_[static_cast<size_t>(b)], buffer->device, buffer->host_buffer) &&
                supports(b, op)) {
                return b;
            }
        }
        return kUnassigned;
    }

    /// backend_id_from_cur: pre-allocated tensors stay, inputs start on the CPU, operations go to their weights.
    int8_t fromMemory(NodeId of) {
        const Node & node = graph_[of];
        const GraphBuffer * own = bufferOf(node);
        if (own != nullptr) {
            const int8_t b = fromBuffer(node, of);
            if (b == kUnassigned) out_.ok = false;  // llama.cpp aborts: the memory is where the operation cannot run
            return b;
        }
        if ((node.flags & kInputFlag) != 0) return cpu_;
        if (node.op == Op::rope) return kUnassigned;
        const LlamaVersion & version = backends_.back().llama_cpp;
        if (node.op == Op::flash_attn_ext && hasRule(version, LlamaRule::late_july)) return kUnassigned;
        for (const NodeId id : node.sources()) {
            if (id == NodeId::none || !isWeight(graph_[id])) continue;
            const Node & weight = graph_[id];
            const int8_t b = fromBuffer(weight, of);
            const GraphBuffer & buffer = graph_.buffers[static_cast<size_t>(weight.buffer)];
            const bool host = buffer.device == kHost && buffer.host_buffer != HostBuffer::repack;
            if (options_.op_offload && b == cpu_ && host) {
                for (int8_t d = 0; d < cpu_; ++d) {
                    const auto rows_of = backends_[static_cast<size_t>(d)].traits->offload_rows;
                    if (supports(d, of) && rows_of != nullptr && rows_of(node) >= kOffloadMinRows) return d;
                }
            }
            return b;
        }
        return kUnassigned;
    }

    /// Operations that llama.cpp sets to a backend by hand, where that backend runs them.
    void assignPinned() {
        for (const NodeId id : graph_.nodes) {
            const Node & node = graph_[id];
            if (node.pinned == kUnpinned) continue;
            for (int8_t b = 0; b <= cpu_; ++b) {
                if (backends_[static_cast<size_t>(b)].device == node.pinned && supports(b, id)) backendOf(id) = b;
            }
        }
    }

    void assignByMemory() {
        for (const NodeId id : graph_.leafs) backendOf(id) = fromMemory(id);
        for (const NodeId id : graph_.nodes) {
            if (backendOf(id) == kUnassigned) backendOf(id) = fromMemory(id);
        }
    }

    /// Pass 2: neighbours of assigned operations follow them, first from devices, then from any backend.
    void expand(bool down, bool devices_only) {
        int8_t current = kUnassigned;
        const size_t n = graph_.nodes.size();
        for (size_t k = 0; k < n; ++k) {
            const NodeId id = graph_.nodes[down ? k : n - 1 - k];
            const Node & node = graph_[id];
            if (isViewOp(node.op)) continue;
            int8_t & b = backendOf(id);
            if (b != kUnassigned) {
                current = devices_only && b == cpu_ ? kUnassigned : b;
            } else if (current != kUnassigned && supports(current, id)) {
                b = current;
            }
        }
    }

    /// Whether backend b reads t where it is, or will be (buffer_supported).
    [[nodiscard]] bool reads(const Node & t, NodeId id, int8_t b) const {
        const Backend & backend = backends_[static_cast<size_t>(b)];
        const GraphBuffer * buffer = bufferOf(t);
        if (buffer != nullptr) return readsBuffer(backend, buffer->device, buffer->host_buffer);
        int8_t owner = out_.backend[at(id)];
        if (owner == kUnassigned && t.view_src != NodeId::none) owner = out_.backend[at(t.view_src)];
        if (owner == kUnassigned) return false;
        const int32_t device = backends_[static_cast<size_t>(owner)].device;
        return readsBuffer(backend, device, options_.host_compute);
    }

    /// An assigned operation goes to an earlier backend of the same buffer type that runs it and reads its sources.
    void upgrade(NodeId id) {
        const Node & node = graph_[id];
        const int8_t current = backendOf(id);
        for (int8_t b = 0; b < current; ++b) {
            const Backend & earlier = backends_[static_cast<size_t>(b)];
            if (!shareBuffers(earlier, backends_[static_cast<size_t>(current)]) || !supports(b, id)) continue;
            const auto sources = node.sources();
            const bool readable = std::all_of(sources.begin(), sources.end(), [&](NodeId source) {
                return source == NodeId::none || reads(graph_[source], source, b);
            });
            if (!readable) continue;
            backendOf(id) = b;
            return;
        }
    }

    /// Pass 3: operations that are still free go to the backend that reads most of their sources.
    void chooseForRest() {
        for (const NodeId id : graph_.nodes) {
            const Node & node = graph_[id];
            if (isViewOp(node.op)) continue;
            if (backendOf(id) != kUnassigned) {
                upgrade(id);
                continue;
            }
            int best = -1;
            for (int8_t b = 0; b <= cpu_; ++b) {
                if (!supports(b, id)) continue;
                int n_supported = 0;
                for (const NodeId source : node.sources()) {
                    if (source == NodeId::none) continue;
                    const Node & s = graph_[source];
                    const bool known = backendOf(source) != kUnassigned ||
                                       (s.view_src != NodeId::none && backendOf(s.view_src) != kUnassigned);
                    if (known && reads(s, source, b)) ++n_supported;
                }
                if (n_supported > best) {
                    best = n_supported;
                    backendOf(id) = b;
                }
            }
        }
    }

    /// Pass 4: views go with what they view, sources with who uses them.
    void assignSources() {
        for (const NodeId id : graph_.nodes) {
            const Node & node = graph_[id];
            int8_t & current = backendOf(id);
            if (node.view_src != NodeId::none && current == kUnassigned) current = backendOf(node.view_src);
            for (const NodeId source : node.sources()) {
                if (source == NodeId::none || backendOf(source) != kUnassigned) continue;
                const Node & s = graph_[source];
                backendOf(source) = s.view_src != NodeId::none ? backendOf(s.view_src) : current;
            }
            for (int8_t b = 0; b <= cpu_ && current == kUnassigned; ++b) {
                if (supports(b, id)) current = b;
            }
            if (current == kUnassigned) out_.ok = false;
        }
    }

    NodeId duplicate(NodeId original, int8_t b, bool pinned) {
        Node copy;
        const Node & from = graph_[original];
        copy.type = from.type;
        copy.ne = from.ne;
        copy.nb = from.nb;
        copy.layer = from.layer;
        if (pinned) copy.flags = kInputFlag | kOutputFlag;
        graph_.tensors.push_back(copy);
        out_.backend.push_back(b);
        out_.copy_of.push_back(original);
        out_.copy_backend.push_back(b);
        return static_cast<NodeId>(graph_.tensors.size() - 1);
    }

    NodeId & firstCopy(NodeId original, int8_t b) {
        return first_copy_[at(original) * backends_.size() + static_cast<size_t>(b)];
    }

    /// With pipeline parallelism an input has four copies on its own backend, itself the first.
    void keepInput(NodeId source) {
        const int8_t owner = backendOf(source);
        if (firstCopy(source, owner) != NodeId::none) return;
        std::vector<NodeId> copies = {source};
        for (uint32_t c = 1; c < out_.n_copies; ++c) copies.push_back(duplicate(source, owner, true));
        graph_[source].flags |= kInputFlag | kOutputFlag;
        firstCopy(source, owner) = source;
        out_.graph_inputs.push_back(source);
        graph_input_copies_.push_back(std::move(copies));
    }

    void useCopy(NodeId id, size_t slot, NodeId source, Split & current) {
        const auto b = static_cast<int8_t>(current.backend);
        if (firstCopy(source, b) == NodeId::none) {
            std::vector<NodeId> copies;
            for (uint32_t c = 0; c < out_.n_copies; ++c) copies.push_back(duplicate(source, b, out_.n_copies > 1));
            firstCopy(source, b) = copies.front();
            current.inputs.push_back(source);
            split_input_copies_.push_back(std::move(copies));
        }
        graph_[id].src[slot] = firstCopy(source, b);
    }

    [[nodiscard]] bool needsNewSplit(const Node & node, const Split & current) {
        const auto b = static_cast<int8_t>(current.backend);
        if (current.inputs.empty()) return false;
        for (const NodeId source : node.sources()) {
            if (source == NodeId::none) continue;
            const Node & s = graph_[source];
            // The memory of weights that were copied in can be reused after the split.
            if (isWeight(s) && backendOf(source) != b && !reads(s, source, b)) return true;
            const bool full = current.inputs.size() >= capacity_[out_.splits.size()];
            if (full && backendOf(source) != b && at(source) < n_original_ && firstCopy(source, b) == NodeId::none &&
                !reads(s, source, b)) {
                return true;
            }
        }
        return false;
    }

    /// Pass 5.
    void split() {
        const size_t n = graph_.nodes.size();
        size_t i = 0;
        while (i < n && isViewOp(graph_[graph_.nodes[i]].op)) ++i;
        Split current;
        capacity_.assign(1, 0);
        first_copy_.assign(n_original_ * backends_.size(), NodeId::none);
        if (i < n) current.backend = static_cast<uint8_t>(backendOf(graph_.nodes[i]));
        for (; i < n; ++i) {
            const NodeId id = graph_.nodes[i];
            if (isViewOp(graph_[id].op)) continue;
            const auto b = static_cast<uint8_t>(backendOf(id));
            if (b != current.backend || needsNewSplit(graph_[id], current)) {
                current.end = static_cast<uint32_t>(i);
                out_.splits.push_back(std::move(current));
                current = Split{};
                current.backend = b;
                current.begin = static_cast<uint32_t>(i);
                capacity_.push_back(0);
            }
            for (size_t slot = 0; slot < graph_[id].n_src; ++slot) {
                const NodeId source = graph_[id].src[slot];
                if (source == NodeId::none) continue;
                if ((graph_[source].flags & kInputFlag) != 0 && out_.n_copies > 1) keepInput(source);
                if (backendOf(source) != static_cast<int8_t>(b) &&
                    !reads(graph_[source], source, static_cast<int8_t>(b))) {
                    useCopy(id, slot, source, current);
                    size_t & capacity = capacity_.back();
                    if (current.inputs.size() > capacity) capacity = capacity == 0 ? kInputCapacity : capacity * 2;
                }
            }
        }
        current.end = static_cast<uint32_t>(n);
        out_.splits.push_back(std::move(current));
        for (const Split & each : out_.splits) {
            const auto reorder = backends_[each.backend].traits->reorder;
            if (reorder != nullptr) reorder(graph_, {each.begin, each.end, n_uses_});
        }
        out_.input_copies = std::move(graph_input_copies_);
        std::move(split_input_copies_.begin(), split_input_copies_.end(), std::back_inserter(out_.input_copies));
    }

    Graph & graph_;
    const std::vector<Backend> & backends_;
    const ScheduleOptions & options_;
    const int8_t cpu_;
    Schedule out_;
    size_t n_original_ = 0;
    std::vector<uint32_t> n_uses_;    // of each original tensor, as a source
    std::vector<Answer> supports_;    // by tensor and backend
    std::vector<NodeId> first_copy_;  // by original tensor and backend
    std::vector<std::vector<NodeId>> graph_input_copies_, split_input_copies_;
    std::vector<size_t> capacity_;  // of each split's input list, which grows by doubling
};

}  // namespace

Schedule scheduleGraph(Graph & graph, const std::vector<Backend> & backends, const ScheduleOptions & options) {
    return Scheduler(graph, backends, options).run();
}

}  // namespace ggufit
