// A plan, an estimate, a model → JSON text. A struct's field, its key and the TypeScript property share one name.
#pragma once

#include <string>

#include "memory/estimate.h"
#include "model/card.h"
#include "plan/plan.h"
#include "speed/speed.h"

namespace ggufit {

/// `ggufit plan --json`: the fields of Plan by name, with `model` the card, `machine`, `settings`, `strategy`,
/// `verdict`, `devices`, `host`, `layers`, `fit`, `reasons`, `alternatives`, `entry`, `bench_entry`, `arguments`,
/// `warnings`.
[[nodiscard]] std::string planJson(const Plan & plan);

/// `ggufit inspect --json`: the fields of Card, then `shards` (header + padding + tensor + rest = file bytes),
/// `tensors` (name, type, ne, n_bytes, shard), `metadata` (scalars and arrays that were kept; longer arrays as
/// {"array_of", "count"}; texts beyond 4 KiB are cut and `metadata_cut` gives their length in bytes by key) and
/// `warnings`.
[[nodiscard]] std::string modelJson(const Model & model, const Card & card);

/// `ggufit estimate --json`: {"n_ctx", "devices": [{"name", "model_bytes", "context_bytes", "compute_bytes", "parts"}],
/// "host": {…}, "approximate", "fit"?: {"status", "n_ctx", "n_gpu_layers", "tensor_split", "override_tensors"}}. `fit`
/// only where --fit was on. With --explain also "explanation": {"peaks": [{"device", "bytes", "alive": [{"name",
/// "meaning", "type", "ne", "bytes", "count"}], "others_bytes", "gaps_bytes"}], "levers": [{"argument", "saved_bytes",
/// "host_saved_bytes"}]}. With a speed also "speed": the fields of SpeedEstimate by name.
[[nodiscard]] std::string estimateJson(const Estimate & estimate, const FitResult & fit,
                                       const SpeedEstimate * speed = nullptr);

/// {"error": {"code", "where", "detail", "needed_bytes"}}
[[nodiscard]] std::string errorJson(const Error & error);

/// The same in a line of its own for a case of many, with the line that it stood in and its "id" (JSON text; empty:
/// none). `warnings` of the arguments go before those of the estimate.
[[nodiscard]] std::string caseJson(uint64_t line, std::string_view id, const Estimate & estimate, const FitResult & fit,
                                   const SpeedEstimate * speed, const std::vector<Warning> & warnings);
[[nodiscard]] std::string caseErrorJson(uint64_t line, std::string_view id, const Error & error);

}  // namespace ggufit
