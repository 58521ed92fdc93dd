// The graph allocator's arithmetic (ggml-alloc.c): lifetimes, reuse in place, best fit, alignment.
#include <algorithm>

#include "base/checked.h"
#include "base/sort.h"
#include "sched/schedule.h"

namespace ggufit {

namespace {

struct Address {
    int32_t chunk = -1;
    uint64_t offset = 0;
};

/// ggml_dyn_tallocr: free blocks by address in chunks that grow at their end.
class Blocks {
  public:
    Blocks(uint64_t alignment, uint64_t max_chunk_bytes)
        : alignment_(alignment), max_chunk_bytes_(std::min(max_chunk_bytes, kEndless)) {}

    Address take(uint64_t bytes) {
        bytes = padTo(bytes, alignment_);
        auto [c, b] = bestInside(bytes);
        if (b < 0) std::tie(c, b) = bestAtEnd(bytes);
        if (b < 0) {
            addChunk(bytes);
            c = static_cast<int32_t>(chunks_.size()) - 1;
            b = 0;
        }
        Chunk & chunk = chunks_[static_cast<size_t>(c)];
        Block & block = chunk.blocks[static_cast<size_t>(b)];
        const Address address = {c, block.offset};
        block.offset += bytes;
        block.bytes -= bytes;
        if (block.bytes == 0) chunk.blocks.erase(chunk.blocks.begin() + b);
        chunk.max_bytes = std::max(chunk.max_bytes, address.offset + bytes);
        return address;
    }

    void give(const Address & address, uint64_t bytes) {
        bytes = padTo(bytes, alignment_);
        auto & blocks = chunks_[static_cast<size_t>(address.chunk)].blocks;
        for (size_t i = 0; i < blocks.size(); ++i) {
            if (blocks[i].offset + blocks[i].bytes == address.offset) {
                blocks[i].bytes += bytes;
                if (i + 1 < blocks.size() && blocks[i].offset + blocks[i].bytes == blocks[i + 1].offset) {
                    blocks[i].bytes += blocks[i + 1].bytes;
                    blocks.erase(blocks.begin() + static_cast<ptrdiff_t>(i) + 1);
                }
                return;
            }
            if (address.offset + bytes == blocks[i].offset) {
                blocks[i].offset = address.offset;
                blocks[i].bytes += bytes;
                if (i > 0 && blocks[i - 1].offset + blocks[i - 1].bytes == blocks[i].offset) {
                    blocks[i - 1].bytes += blocks[i].bytes;
                    blocks.erase(blocks.begin() + static_cast<ptrdiff_t>(i));
                }
                return;
            }
        }
        const auto after = std::find_if(blocks.begin(), blocks.end(),
                                        [&](const Block & block) { return block.offset >= address.offset; });
        blocks.insert(after, {address.offset, bytes});
    }

    [[nodiscard]] uint64_t alignment() const { return alignment_; }
    [[nodiscard]] uint64_t total() const {
        uint64_t sum = 0;
        for (const Chunk & chunk : chunks_) sum = saturatingAdd(sum, chunk.max_bytes);
        return sum;
    }

  private:
    struct Block {
        uint64_t offset, bytes;
    };
    struct Chunk {
        std::vector<Block> blocks;
        uint64_t max_bytes = 0;
    };
    static constexpr uint64_t kEndless = UINT64_MAX / 2;
    static constexpr size_t kMaxChunks = 16;  // GGML_VBUFFER_MAX_CHUNKS

    [[nodiscard]] std::pair<int32_t, int32_t> bestInside(uint64_t bytes) const {
        std::pair<int32_t, int32_t> best = {-1, -1};
        for (size_t c = 0; c < chunks_.size(); ++c) {
            const auto & blocks = chunks_[c].blocks;
            uint64_t best_bytes = UINT64_MAX;  // anew for each chunk, as ggml has it
            for (size_t i = 0; i + 1 < blocks.size(); ++i) {
                if (blocks[i].bytes >= bytes && blocks[i].bytes <= best_bytes) {
                    best = {static_cast<int32_t>(c), static_cast<int32_t>(i)};
                    best_bytes = blocks[i].bytes;
                }
            }
        }
        return best;
    }

    /// The last block of a chunk: the one that grows the buffer least.
    [[nodiscard]] std::pair<int32_t, int32_t> bestAtEnd(uint64_t bytes) const {
        std::pair<int32_t, int32_t> best = {-1, -1};
        int64_t best_reuse = INT64_MIN;
        for (size_t c = 0; c < chunks_.size(); ++c) {
            const Chunk & chunk = chunks_[c];
            if (chunk.blocks.empty()) continue;
            const Block & block = chunk.blocks.back();
            const auto reuse = static_cast<int64_t>(chunk.max_bytes - block.offset - bytes);
            const bool better = (best_reuse < 0 && reuse > best_reuse) || (reuse >= 0 && reuse < best_reuse);
            if (block.bytes >= bytes && better) {
                best = {static_cast<int32_t>(c), static_cast<int32_t>(chunk.blocks.size()) - 1};
                best_reuse = reuse;
            }
        }
        return best;
    }

    void addChunk(uint64_t bytes) {
        Chunk chunk;
        chunk.blocks.push_back({0, chunks_.size() + 1 >= kMaxChunks ? kEndless : std::max(bytes, max_chunk_bytes_)});
        chunks_.push_back(std::move(chunk));
    }

    uint64_t alignment_, max_chunk_bytes_;
    std::vector<Chunk> chunks_;
};

bool canReuseSource(Op op) {  // ggml_op_can_inplace
    switch (op) {
        case Op::fill:
        case Op::scale:
        case Op::add:
        case Op::add_id:
        case Op::add1:
        case Op::sub:
        case Op::mul:
        case Op::div:
        case Op::sqr:
        case Op::sqrt:
        case Op::log:
        case Op::unary:
        case Op::rope:
        case Op::rms_norm:
        case Op::soft_max: return true;
        default: return false;
    }
}

class Allocator {
  public:
    Allocator(const Graph & graph, const Schedule & schedule, const std::vector<Backend> & backends, bool with_peak)
        : graph_(graph), schedule_(schedule), backends_(backends), with_peak_(with_peak), uses_(graph.tensors.size()) {
        for (size_t b = 0; b < backends.size(); ++b) {
            blocks_.emplace_back(backends[b].buffers.alignment, backends[b].buffers.max_buffer_bytes);
            size_t first = 0;
            while (first < b && !shareBuffers(backends[first], backends[b])) ++first;
            buffer_of_.push_back(static_cast<int8_t>(first));
        }
        largest_.assign(backends.size(), 0);
        out_.peak.resize(backends.size());
    }

    Reservation run() {
        placeLeafs();
        countUses();
        placeNodes();
        for (const Blocks & blocks : blocks_) out_.bytes.push_back(blocks.total());
        return std::move(out_);
    }

  private:
    struct Use {
        int32_t n_children = 0, n_views = 0;
        int8_t backend = -1;
        bool allocated = false;
        Address address;
    };

    // A step of the execution order with copies: the dependency on an input (`copied`), its copy, or a node.
    template <typename Visit>
    void forEachStep(Visit && visit) {
        size_t k = schedule_.graph_inputs.size();  // copies of split inputs follow those of the graph's inputs
        for (const Split & split : schedule_.splits) {
            for (const NodeId input : split.inputs) {
                visit(NodeId::none, input, schedule_.backend[at(input)]);
                visit(schedule_.input_copies[k++].front(), NodeId::none, static_cast<int8_t>(split.backend));
            }
            for (uint32_t i = split.begin; i < split.end; ++i) {
                const NodeId id = graph_.nodes[i];
                visit(id, NodeId::none, schedule_.backend[at(id)]);
            }
        }
    }

    Use & use(NodeId id) { return uses_[at(id)]; }
    [[nodiscard]] bool isView(NodeId id) const { return graph_[id].view_src != NodeId::none; }

    [[nodiscard]] uint64_t bytesOn(int8_t backend, NodeId id) const {
        const Backend & b = backends_[static_cast<size_t>(backend)];
        return b.traits->alloc_bytes(graph_, graph_[id], b);
    }

    void placeLeafs() {
        if (schedule_.n_copies > 1) {
            for (const auto & copies : schedule_.input_copies) {
                for (const NodeId id : copies) allocate(id, schedule_.backend[at(id)]);
            }
        }
        for (const NodeId id : graph_.leafs) allocate(id, schedule_.backend[at(id)]);
    }

    void countUses() {
        forEachStep([&](NodeId id, NodeId copied, int8_t backend) {
            if (copied != NodeId::none) {
                use(copied).n_children += 1;
                if ((graph_[copied].flags & kInputFlag) != 0) allocate(copied, backend);
                return;
            }
            const Node & node = graph_[id];
            if (isView(id)) use(node.view_src).n_views += 1;
            if ((node.flags & kInputFlag) != 0) allocate(id, backend);
            for (const NodeId source : node.sources()) {
                if (source == NodeId::none) continue;
                use(source).n_children += 1;
                if ((graph_[source].flags & kInputFlag) != 0) allocate(source, backend);
            }
        });
    }

    void placeNodes() {
        forEachStep([&](NodeId id, NodeId copied, int8_t backend) {
            if (copied != NodeId::none) {
                allocate(copied, backend);
                release(copied);
                return;
            }
            const Node & node = graph_[id];
            for (const NodeId source : node.sources()) {
                if (source != NodeId::none) allocate(source, backend);
            }
            allocate(id, backend);
            for (const NodeId source : node.sources()) {
                if (source != NodeId::none) release(source);
            }
        });
    }

    void allocate(NodeId id, int8_t backend) {
        Use & u = use(id);
        if (u.allocated || graph_[id].buffer >= 0 || isView(id)) return;
        u.allocated = true;
        if (canReuseSource(graph_[id].op) && reuseSource(id)) return;
        u.backend = buffer_of_[static_cast<size_t>(backend)];
        backend = u.backend;
        u.address = blocks_[static_cast<size_t>(backend)].take(bytesOn(backend, id));
        if (with_peak_) notePeak(backend);
    }

    bool reuseSource(NodeId id) {
        const Node & node = graph_[id];
        for (const NodeId parent : node.sources()) {
            // Only a tensor that the allocator placed itself can be taken over; a view never is.
            if (parent == NodeId::none || !use(parent).allocated) continue;
            const Node & p = graph_[parent];
            if ((p.flags & kOutputFlag) != 0) continue;
            if (p.type != node.type || p.ne != node.ne || p.nb != node.nb) continue;
            Use & pu = use(parent);
            if (pu.n_children != 1 || pu.n_views != 0) continue;
            take(id, parent);
            return true;
        }
        return false;
    }

    void take(NodeId id, NodeId parent) {
        Use & u = use(id);
        Use & pu = use(parent);
        u.backend = pu.backend;
        u.address = pu.address;
        pu.allocated = false;
        Blocks & blocks = blocks_[static_cast<size_t>(u.backend)];
        const uint64_t parent_bytes = padTo(bytesOn(u.backend, parent), blocks.alignment());
        const uint64_t node_bytes = padTo(bytesOn(u.backend, id), blocks.alignment());
        if (parent_bytes > node_bytes) {
            blocks.give({u.address.chunk, u.address.offset + node_bytes}, parent_bytes - node_bytes);
        }
    }

    void release(NodeId id) {
        Use & u = use(id);
        u.n_children -= 1;
        if (u.n_children != 0 || u.n_views != 0) return;
        if (isView(id)) {
            const NodeId owner = graph_[id].view_src;
            Use & o = use(owner);
            o.n_views -= 1;
            if (o.n_views == 0 && o.n_children == 0 && o.allocated) free(owner);
        } else if (u.allocated) {
            free(id);
        }
    }

    void free(NodeId id) {
        if ((graph_[id].flags & kOutputFlag) != 0) return;
        Use & u = use(id);
        blocks_[static_cast<size_t>(u.backend)].give(u.address, bytesOn(u.backend, id));
        u.allocated = false;
    }

    void notePeak(int8_t backend) {
        const uint64_t now = blocks_[static_cast<size_t>(backend)].total();
        if (now <= largest_[static_cast<size_t>(backend)]) return;
        largest_[static_cast<size_t>(backend)] = now;
        auto & peak = out_.peak[static_cast<size_t>(backend)];
        peak.clear();
        for (size_t i = 0; i < uses_.size(); ++i) {
            if (!uses_[i].allocated || uses_[i].backend != backend) continue;
            const auto id = static_cast<NodeId>(i);
            peak.push_back({id, bytesOn(backend, id)});
        }
        stableSort(peak, [](const PeakTensor & a, const PeakTensor & b) { return a.bytes > b.bytes; });
    }

    const Graph & graph_;
    const Schedule & schedule_;
    const std::vector<Backend> & backends_;
    const bool with_peak_;
    std::vector<Use> uses_;
    std::vector<Blocks> blocks_;
    std::vector<int8_t> buffer_of_;  // by backend: the one whose buffer it allocates in
    std::vector<uint64_t> largest_;
    Reservation out_;
};

}  // namespace

Reservation reserveGraph(const Graph & graph, const Schedule & schedule, const std::vector<Backend> & backends,
                         bool with_peak) {
    return Allocator(graph, schedule, backends, with_peak).run();
}

}  // namespace ggufit
