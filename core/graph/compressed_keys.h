// Keys that DeepSeek V4 compresses block by block: the state that blocks gather in, and the cache that they end in.
#pragma once

#include "graph/context.h"

namespace ggufit::keys {

/// One of the three compressed caches with the inputs that a reservation makes for it
/// (llama-kv-cache-dsv4.cpp, dsv4_build_reserve_comp_plan).
struct Compressor {
    const char * name = "";  // of its states
    const char * mask_name = "";
    int64_t ratio = 1, width = 0;  // width of a key
    bool overlap = false;          // blocks read the one before, too
    int64_t n_rows = 0, n_blocks = 0;
    CacheInput cache = {};  // k_idxs: where blocks are stored
    NodeId state_pos = NodeId::none, persist_from = NodeId::none, persist_to = NodeId::none;
    NodeId restore_from = NodeId::none, restore_to = NodeId::none;
    NodeId snapshot_from = NodeId::none, snapshot_to = NodeId::none;
    NodeId read = NodeId::none, block_pos = NodeId::none;
};

/// Tensors of a compressor in a block: "<start>_kv.weight", "_gate", "_ape", "_norm".
struct Sources {
    NodeId kv = NodeId::none, gate = NodeId::none, ape = NodeId::none, norm = NodeId::none;
};

/// The inputs of a compressor whose name, ratio, width, overlap and cache label are set.
void addInputs(GraphContext & c, Compressor & k, bool half_mask);

/// Brings the batch into a compressor's state and its finished blocks into the cache.
void compress(GraphContext & c, const Compressor & k, const Sources & s, NodeId x, int64_t il);

/// The cells of its cache, [width, 1, cells, streams], as a view of their own: llama.cpp cuts them to the mask's width.
NodeId cellsOf(GraphContext & c, const Compressor & k, int64_t il);

/// Rope on the last values of each head of [head, heads, n]; also backwards, which has the same shapes.
NodeId ropeTail(GraphContext & c, NodeId x, NodeId pos);

}  // namespace ggufit::keys
