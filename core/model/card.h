// The architecture card: what a person wants to know of a model, each fact with where it was read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/model.h"

namespace ggufit {

/// A line of the card: "Experts", "128, 4 used", "gpt-oss.expert_count, gpt-oss.expert_used_count".
struct Fact {
    std::string key;     // stable snake_case name
    std::string label;   // for people
    std::string value;   // for people
    std::string source;  // metadata keys or tensors that it comes from
};

/// Bytes and parameters of one tensor type.
struct TypeShare {
    std::string type;
    uint64_t n_tensors = 0;
    uint64_t parameters = 0;
    uint64_t bytes = 0;
};

/// A sampling default that the file carries (general.sampling.*), as llama-server would be told it.
struct SamplingDefault {
    std::string key;       // "general.sampling.temp"
    std::string argument;  // "--temp"
    std::string value;     // "0.6"
};

/// What the layers of a model are, in file order.
struct LayerCard {
    std::string attention;  // "full", "sliding", "recurrent", "none", "shared" (on an earlier layer's cache), or
                            // "full+recurrent", "sliding+recurrent" where one layer has both side by side
    bool experts = false;
    bool nextn = false;  // an MTP layer, unused unless asked for
    uint64_t weight_bytes = 0;
    uint64_t expert_bytes = 0;
};

struct Card {
    std::string name;          // general.name, or the file's name without .gguf; cleaned of control characters
    std::string architecture;  // general.architecture, cleaned
    std::string kind;          // "dense", "MoE", "hybrid", "hybrid MoE", "recurrent", "embedding", "encoder-decoder",
                               // "diffusion", "draft", "audio"
    uint64_t parameters = 0;   // elements of all tensors; parameters.h has the convention
    uint64_t active_parameters = 0;  // of them read for one token: experts × used / count, one row of embeddings
    uint32_t n_layer = 0;            // without MTP layers
    uint32_t n_layer_nextn = 0;
    uint32_t n_ctx_train = 0;
    uint32_t n_embd = 0;
    uint32_t n_head = 0, n_head_kv = 0;  // the largest of all layers
    uint32_t n_expert = 0, n_expert_used = 0, n_expert_shared = 0;
    uint32_t n_layer_dense_lead = 0;
    uint32_t n_vocab = 0;
    uint32_t n_swa = 0;
    uint32_t n_layer_full = 0, n_layer_swa = 0, n_layer_recurrent = 0;
    bool mla = false;
    uint64_t file_bytes = 0, tensor_bytes = 0;
    double bits_per_weight = 0;
    std::string quantization;      // "Q4_K - Medium" by general.file_type, else the commonest type
    std::vector<TypeShare> types;  // by bytes, largest first
    uint64_t largest_layer_bytes = 0;
    uint32_t largest_layer = 0;
    std::optional<bool> thinking;  // from the chat template; nothing where the file has none
    std::vector<SamplingDefault> sampling;
    std::vector<LayerCard> layers;  // n_layer_all of them
    std::vector<Fact> facts;        // the same and more for people, in the order to show
};

/// Reads the card off a model: from hyperparameters, metadata and tensors, never from a name or a file's size. Every
/// string in it is one line of valid UTF-8 and of limited length (cleanText), except layer kinds and our own words.
[[nodiscard]] Card describeModel(const Model & model);

}  // namespace ggufit
