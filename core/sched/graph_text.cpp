// A scheduled graph as text: "S index backend inputs", "L name type ne flags view_of buffer", then a line for each
// node.
#include <algorithm>
#include <unordered_map>

#include "sched/reserve.h"

namespace ggufit {

namespace {

class GraphPrinter {
  public:
    GraphPrinter(const ScheduledGraph & s, const Machine & machine) : s_(s), machine_(machine) {
        index_.assign(s.graph.tensors.size(), -1);
        leaf_.assign(s.graph.tensors.size(), -1);
        for (size_t i = 0; i < s.graph.nodes.size(); ++i) index_[at(s.graph.nodes[i])] = static_cast<int64_t>(i);
        for (size_t i = 0; i < s.graph.leafs.size(); ++i) leaf_[at(s.graph.leafs[i])] = static_cast<int64_t>(i);
    }

    std::string print() {
        text_ = "# splits: S index backend inputs copied in\n";
        for (size_t i = 0; i < s_.schedule.splits.size(); ++i) printSplit(i);
        text_ += "# leaves: L name type ne flags view_of buffer\n";
        std::vector<bool> seen(s_.graph.tensors.size(), false);
        for (const NodeId id : s_.graph.nodes) {
            for (const NodeId source : s_.graph[id].src) {
                if (source != NodeId::none) printLeaf(source, seen);
            }
            if (s_.graph[id].view_src != NodeId::none) printLeaf(s_.graph[id].view_src, seen);
        }
        text_ += "# nodes: index split op type ne flags view_of+offset sources name\n";
        for (size_t i = 0; i < s_.graph.nodes.size(); ++i) printNode(i);
        return std::move(text_);
    }

  private:
    [[nodiscard]] std::string nameOf(NodeId id) const {
        const NodeId original = s_.schedule.copy_of[at(id)];
        if (original != NodeId::none) {
            const auto b = static_cast<uint8_t>(s_.schedule.copy_backend[at(id)]);
            return s_.backends[b].name + "#" + nameOf(original) + "#0";
        }
        const int64_t i = index_[at(id)] >= 0 ? index_[at(id)] : leaf_[at(id)];
        return nodeName(s_.graph[id], static_cast<size_t>(i < 0 ? 0 : i));
    }

    [[nodiscard]] std::string reference(NodeId id) const {
        return index_[at(id)] >= 0 ? std::to_string(index_[at(id)]) : "<" + nameOf(id) + ">";
    }

    static std::string dims(const Node & node) {
        std::string out;
        for (const int64_t n : node.ne) out += (out.empty() ? "" : ",") + std::to_string(n);
        return out;
    }

    static std::string flags(const Node & node) {
        std::string out;
        if ((node.flags & kInputFlag) != 0) out += 'I';
        if ((node.flags & kOutputFlag) != 0) out += 'O';
        return out.empty() ? "-" : out;
    }

    [[nodiscard]] std::string bufferName(const Node & node) const {
        if (node.buffer < 0) return "-";
        const GraphBuffer & buffer = s_.graph.buffers[static_cast<size_t>(node.buffer)];
        if (buffer.device != kHost) return machine_.devices[static_cast<size_t>(buffer.device)].name;
        switch (buffer.host_buffer) {
            case HostBuffer::pinned: return "CUDA_Host";
            case HostBuffer::repack: return "CPU_REPACK";
            default: return "CPU";
        }
    }

    void printSplit(size_t i) {
        const Split & split = s_.schedule.splits[i];
        text_ += "S " + std::to_string(i) + " " + s_.backends[split.backend].name + " ";
        std::string inputs;
        for (const NodeId id : split.inputs) inputs += (inputs.empty() ? "" : ",") + nameOf(id);
        text_ += (inputs.empty() ? "-" : inputs) + "\n";
    }

    void printLeaf(NodeId id, std::vector<bool> & seen) {
        if (seen[at(id)] || index_[at(id)] >= 0) return;
        seen[at(id)] = true;
        const Node & node = s_.graph[id];
        text_ += "L " + nameOf(id) + " " + std::string(traitsOf(node.type).name) + " " + dims(node) + " " +
                 flags(node) + " - " + bufferName(node) + "\n";
    }

    void printNode(size_t i) {
        const NodeId id = s_.graph.nodes[i];
        const Node & node = s_.graph[id];
        const auto & splits = s_.schedule.splits;
        std::string split = ".";
        if (!isViewOp(node.op)) {
            const auto after = std::find_if(splits.begin(), splits.end(), [&](const Split & sp) { return i < sp.end; });
            split = std::to_string(after - splits.begin());
        }
        std::string op(opName(node.op));
        if (node.op == Op::unary) op += ":" + std::string(unaryOpName(static_cast<UnaryOp>(node.sub_op)));
        if (node.op == Op::glu) op += ":" + std::string(gluOpName(static_cast<GluOp>(node.sub_op)));
        std::string view = "-";
        if (node.view_src != NodeId::none) view = reference(node.view_src) + "+" + std::to_string(node.view_offs);
        std::string sources;
        for (const NodeId source : node.src) {
            if (source != NodeId::none) sources += (sources.empty() ? "" : ",") + reference(source);
        }
        // Fields end at a space, and a copy's name may hold one. The format has no quoting: the word after the first
        // space is left out and a question mark says that the list is not whole.
        if (const size_t space = sources.find(' '); space != std::string::npos) {
            const size_t next = sources.find(' ', space + 1);
            sources = sources.substr(0, space) + (next == std::string::npos ? "" : sources.substr(next)) + " ?";
        }
        text_ += std::to_string(i) + " " + split + " " + op + " " + std::string(traitsOf(node.type).name) + " " +
                 dims(node) + " " + flags(node) + " " + view + " " + (sources.empty() ? "-" : sources) + " " +
                 nameOf(id) + "\n";
    }

    const ScheduledGraph & s_;
    const Machine & machine_;
    std::vector<int64_t> index_, leaf_;
    std::string text_;
};

}  // namespace

std::string graphText(const ScheduledGraph & scheduled, const Machine & machine) {
    return GraphPrinter(scheduled, machine).print();
}

}  // namespace ggufit
