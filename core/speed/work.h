// What one token makes each device do: bytes read, operations, kernels, from the decode graph as llama.cpp schedules
// it.
#pragma once

#include <cstdint>
#include <vector>

#include "model/model.h"
#include "sched/reserve.h"

namespace ggufit {

/// What an operation's time mostly goes by.
enum class WorkKind : uint8_t {
    weights,  // a product with weights that every token reads whole
    experts,  // a product with routed experts, of which a token reads some
    cache,    // attention over the filled part of a KV cache
    other,    // everything else: norms, activations, recurrent states, copies
};

/// One operation's share of a token, of one request alone.
struct Work {
    Op op = Op::none;
    WorkKind kind = WorkKind::other;
    GgmlType type = GgmlType::f32;  // of the weights or of the cache
    int32_t device = kHost;         // that runs it: a position in Machine::devices
    uint64_t bytes = 0;             // moved to and from that device's memory
    double operations = 0;          // multiplications and additions, of products and attention alone
    double weights = 0;             // elements of weights that it reads
    bool fused = false;             // runs within the kernel of an operation before or after it
};

/// What a token hands from one device to another before a split runs.
struct Crossing {
    int32_t from = kHost, to = kHost;
    uint64_t bytes = 0;
};

struct TokenWork {
    std::vector<Work> steps;       // in order of execution, without views
    std::vector<uint32_t> splits;  // of each device, in the positions of Machine::devices; the host's come last
    std::vector<Crossing> crossings;
};

/// With `fill_tokens` in the context: a cache is read up to them, padded as llama.cpp pads it (llama-kv-cache.cpp,
/// get_n_kv), whatever the size that the graph was reserved for.
[[nodiscard]] TokenWork tokenWork(const ScheduledGraph & decode, size_t n_devices, uint32_t n_seqs,
                                  uint32_t fill_tokens);

}  // namespace ggufit
