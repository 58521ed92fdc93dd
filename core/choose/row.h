// A candidate among several GGUFs: what it is, how it runs on a machine, or why it can't be told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "machine/machine.h"
#include "model/model.h"
#include "plan/plan.h"

namespace ggufit {

/// What a row is made for. Its size is that of its files; headers alone do not always know it.
struct ChooseCandidate {
    std::string name;  // as it is shown and given to ggufit again: a path, "hf:owner/repo/file.gguf"
    uint32_t n_files = 1;
    uint64_t size_bytes = 0;
};

/// Tokens a second of one request, with their range.
struct DecodeSpeed {
    uint32_t fill_tokens = 0;  // in the context, for which the figures hold
    double decode_tokens_per_second = 0;
    double decode_low = 0, decode_high = 0;
};

/// At an empty context and at one that is full (n_ctx).
struct DecodeSpeeds {
    DecodeSpeed empty, full;
};

struct ChooseRow {
    std::string name;
    uint32_t n_files = 1;
    uint64_t size_bytes = 0;
    std::string error;  // why it can't be read or planned, one sentence; empty where it can: then all below holds

    std::string model_name;    // general.name, cleaned
    std::string group;         // equal for files of one base model: its shape and name
    std::string architecture;  // general.architecture, cleaned
    uint64_t parameters = 0, active_parameters = 0;
    uint64_t tensor_bytes = 0;
    double bits_per_weight = 0;      // tensor_bytes × 8 / parameters, all tensors of the files counted
    std::string quantization;        // "Q4_K_M" by general.file_type, else main_type; never by the file's name
    std::string main_type;           // the tensor type with the most bytes
    double main_type_share = 0;      // of tensor_bytes
    bool imatrix = false;            // quantized with an importance matrix (quantize.imatrix.*)
    std::vector<std::string> notes;  // what the metadata says of how it was quantized, a clause each

    Strategy strategy = Strategy::fit;
    Verdict verdict = Verdict::does_not_fit;
    std::string placement;                // "CUDA0", "experts of 12/48 layers in RAM", "CUDA0 lacks 1,204 MiB"
    uint32_t n_ctx = 0;                   // that is planned for, after llama.cpp's rounding
    uint32_t n_ctx_train = 0;             // 0 where the file does not say it
    uint32_t largest_n_ctx = 0;           // that fits, up to the trained one or n_ctx; 0: none
    std::optional<DecodeSpeeds> speed;    // nothing where the graph is not known or n_ctx does not fit
    std::vector<int64_t> headroom_bytes;  // by device of the machine, its whole budget where it is not used
    int64_t host_headroom_bytes = 0;      // of system memory; 0 where its size was not given
    bool approximate = false;
};

/// The context that rows are planned for where neither the settings nor a wish say one.
inline constexpr uint32_t kChooseContext = 32768;

/// Plans a candidate briefly: what `ggufit plan` says of the same settings. Where these leave the context open it is
/// `min_ctx` (0: kChooseContext), at most what the model was trained with. A model that can't be planned gives a row
/// with its sentence.
[[nodiscard]] ChooseRow chooseRow(const ChooseCandidate & candidate, const Model & model, const Machine & machine,
                                  const PlanRequest & request, uint32_t min_ctx = 0);

/// The row of a candidate whose header can't be read.
[[nodiscard]] ChooseRow unreadableRow(const ChooseCandidate & candidate, const Error & error);

}  // namespace ggufit
