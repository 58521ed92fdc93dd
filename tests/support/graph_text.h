// Compares two scheduled graphs in the text format of graphText (sched/reserve.h).
#pragma once

#include <string>
#include <string_view>

namespace ggufit::test {

/// Where `ours` first parts from llama.cpp's graph, in words that show both sides; empty where they are equal.
///
/// Nodes are compared in order by operation, type, dimensions, flags, view, sources and split; then the backends of the
/// splits. A node's name is free. Of the leaves, weights and caches count by name and all others by type and
/// dimensions; a copy that the scheduler made counts by its backend too.
[[nodiscard]] std::string firstDifference(std::string_view llama_cpp, std::string_view ours);

}  // namespace ggufit::test
