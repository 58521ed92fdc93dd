// The order in which Vulkan runs a split (ggml-vulkan.cpp, ggml_vk_graph_optimize): what does not depend on the node
// at hand is pulled forward, and what its shaders fuse stays together.
#include <algorithm>
#include <array>

#include "sched/support.h"

namespace ggufit {

namespace {

using Pattern = std::initializer_list<Op>;

// Expert routing in its kinds, and the snake activation: runs of nodes that are neither broken up nor pulled forward.
constexpr Pattern kSoftmaxNorm = {Op::soft_max, Op::reshape,  Op::argsort, Op::view, Op::get_rows,
                                  Op::reshape,  Op::sum_rows, Op::clamp,   Op::div,  Op::reshape};
constexpr Pattern kSigmoidNormBias = {Op::unary,   Op::reshape,  Op::add,   Op::argsort, Op::view,   Op::get_rows,
                                      Op::reshape, Op::sum_rows, Op::clamp, Op::div,     Op::reshape};
constexpr Pattern kSqrtSoftplusNormBias = {Op::unary,    Op::sqrt,  Op::reshape,  Op::add,
                                           Op::argsort,  Op::view,  Op::get_rows, Op::reshape,
                                           Op::sum_rows, Op::clamp, Op::div,      Op::reshape};
constexpr Pattern kSoftmax = {Op::soft_max, Op::reshape, Op::argsort, Op::view, Op::get_rows};
constexpr Pattern kLateSoftmax = {Op::argsort, Op::view, Op::get_rows, Op::reshape, Op::soft_max, Op::reshape};
constexpr Pattern kSnake = {Op::mul, Op::sin, Op::sqr, Op::mul, Op::add};
constexpr std::array kPatterns = {kSoftmaxNorm, kSigmoidNormBias, kSqrtSoftplusNormBias,
                                  kSoftmax,     kLateSoftmax,     kSnake};

// Pairs of an operation and the one right after it that may run with it although it reads its result.
constexpr std::array<std::pair<Op, Op>, 7> kFusedPairs = {{{Op::rms_norm, Op::mul},
                                                           {Op::mul_mat, Op::add},
                                                           {Op::mul_mat_id, Op::add_id},
                                                           {Op::mul_mat_id, Op::mul},
                                                           {Op::add, Op::add},
                                                           {Op::ssm_conv, Op::add},
                                                           {Op::ssm_conv, Op::unary}}};

constexpr uint32_t kAhead = 20;       // nodes looked at from the one at hand
constexpr uint32_t kThirdAhead = 15;  // for the third of a fused group
constexpr uint32_t kWriteAhead = 10;  // from a rotation to the write of its result

class Sorter {
  public:
    Sorter(Graph & graph, uint32_t begin, uint32_t end)
        : graph_(graph), nodes_(graph.nodes.data() + begin), n_(end - begin), used_(n_), done_(graph.tensors.size()) {
        order_.reserve(n_);
    }

    void run() {
        for (first_ = 0; first_ < n_; skipUsed()) {
            if (keepPattern()) continue;
            set_.assign(1, first_);
            takeOperations();
            // Views are left where they are if they would part a sum from what it is fused with.
            if (op(set_.back()) != Op::add) takeViews();
            for (const uint32_t i : set_) finish(i);
        }
        std::copy(order_.begin(), order_.end(), nodes_);
    }

  private:
    [[nodiscard]] const Node & node(uint32_t i) const { return graph_[nodes_[i]]; }
    [[nodiscard]] Op op(uint32_t i) const { return node(i).op; }
    [[nodiscard]] uint32_t until(uint32_t from, uint32_t count) const { return std::min(from + count, n_); }

    void skipUsed() {
        while (first_ < n_ && used_[first_]) ++first_;
    }

    void finish(uint32_t i) {
        order_.push_back(nodes_[i]);
        done_[at(nodes_[i])] = true;
        used_[i] = true;
    }

    [[nodiscard]] bool matches(const Pattern & pattern, uint32_t start) const {
        if (pattern.size() > n_ - start) return false;
        uint32_t i = start;
        return std::all_of(pattern.begin(), pattern.end(), [&](Op wanted) {
            const bool same = op(i) == wanted && !used_[i];
            ++i;
            return same;
        });
    }

    bool keepPattern() {
        for (const Pattern & pattern : kPatterns) {
            if (!matches(pattern, first_)) continue;
            for (uint32_t i = first_; i < first_ + pattern.size(); ++i) finish(i);
            return true;
        }
        return false;
    }

    [[nodiscard]] bool startsPattern(uint32_t start) const {
        return std::any_of(kPatterns.begin(), kPatterns.end(),
                           [&](const Pattern & pattern) { return matches(pattern, start); });
    }

    /// By a source, or by looking at the same memory.
    [[nodiscard]] bool dependsOn(uint32_t later, uint32_t earlier) const {
        const Node & a = node(later);
        for (const NodeId source : a.src) {
            if (source == nodes_[earlier]) return true;
        }
        const auto memory = [&](uint32_t i) { return node(i).view_src != NodeId::none ? node(i).view_src : nodes_[i]; };
        return memory(later) == memory(earlier);
    }

    [[nodiscard]] bool isFusedPair(uint32_t first, uint32_t second) const {
        if (second != first + 1 || first != set_.back()) return false;
        return std::any_of(kFusedPairs.begin(), kFusedPairs.end(), [&](const std::pair<Op, Op> & pair) {
            return op(first) == pair.first && op(second) == pair.second;
        });
    }

    void takeOperations() {
        for (uint32_t j = first_ + 1; j < until(first_, kAhead); ++j) {
            if (used_[j] || isViewOp(op(j)) || startsPattern(j)) continue;
            bool ready = true;
            for (uint32_t c = first_; c < j && ready; ++c) {
                ready = used_[c] || !dependsOn(j, c) || isFusedPair(c, j);
            }
            if (!ready) continue;
            set_.push_back(j);
            takeRotationAndWrite(j);
            takeThird(j, Op::mul_mat_id, Op::add_id, Op::mul, true);
            takeThird(j, Op::mul_mat, Op::add, Op::add, true);
            takeThird(j, Op::ssm_conv, Op::add, Op::unary, false);
        }
    }

    void pull(uint32_t i) {
        set_.push_back(i);
        used_[i] = true;
    }

    [[nodiscard]] bool isGiven(NodeId id) const { return id == NodeId::none || graph_[id].op == Op::none; }

    /// A norm's rotation, and the write of a rotation's result into the cache.
    void takeRotationAndWrite(uint32_t j) {
        uint32_t rotation = j;
        if (op(j) == Op::mul && op(j - 1) == Op::rms_norm) {
            for (uint32_t k = j + 1; k < until(j, kThirdAhead); ++k) {
                const Node & n = node(k);
                if (used_[k] || n.op != Op::rope || n.src[0] != nodes_[j]) continue;
                if (!isGiven(n.src[1]) || !isGiven(n.src[2])) continue;
                pull(rotation = k);
                break;
            }
        }
        if (op(rotation) != Op::rope) return;
        uint32_t view = 0;
        for (uint32_t k = rotation + 1; k < until(rotation, kWriteAhead); ++k) {
            const Node & n = node(k);
            if (view == 0 && n.op == Op::view && n.src[0] == nodes_[rotation]) {
                view = k;
            } else if (view != 0 && n.op == Op::set_rows && n.src[0] == nodes_[view]) {
                if (used_[view] || used_[k]) return;
                pull(view);
                pull(k);
                return;
            }
        }
    }

    /// The third operation of a fused group whose second one was just taken; its other operand has to be there.
    void takeThird(uint32_t j, Op first, Op second, Op third, bool two_operands) {
        if (op(j) != second || op(j - 1) != first) return;
        for (uint32_t k = j + 1; k < until(j, kThirdAhead); ++k) {
            const Node & n = node(k);
            if (used_[k] || n.op != third || n.src[0] != nodes_[j]) continue;
            if (two_operands && !isGiven(n.src[1]) && !done_[at(n.src[1])]) continue;
            pull(k);
            return;
        }
    }

    void takeViews() {
        for (uint32_t j = first_ + 1; j < until(first_, kAhead); ++j) {
            if (used_[j] || !isViewOp(op(j))) continue;
            bool ready = true;
            for (uint32_t c = first_; c < j && ready; ++c) {
                ready = used_[c] || !dependsOn(j, c) || std::find(set_.begin(), set_.end(), c) != set_.end();
            }
            if (ready) set_.push_back(j);
        }
    }

    Graph & graph_;
    NodeId * nodes_;
    uint32_t n_;
    std::vector<bool> used_;  // by position in the split
    std::vector<bool> done_;  // by tensor: in the new order
    std::vector<NodeId> order_;
    std::vector<uint32_t> set_;  // what follows next, in order
    uint32_t first_ = 0;
};

}  // namespace

void vulkanReorder(Graph & graph, const ReorderedRange & range) { Sorter(graph, range.begin, range.end).run(); }

}  // namespace ggufit
