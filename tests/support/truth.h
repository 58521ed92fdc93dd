// llama.cpp's own figures for the models of tests/data/truth: one case a line of cases.jsonl and zoo_cases.jsonl.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "machine/machine.h"
#include "model/model.h"
#include "settings/settings.h"

namespace ggufit::test {

/// Bytes of weights, context and compute buffers.
using Figures = std::array<uint64_t, 3>;

/// What llama.cpp chose where --fit was on.
struct FitTruth {
    uint32_t n_ctx = 0;
    int32_t n_gpu_layers = 0;
    std::vector<uint32_t> tensor_split;
    std::vector<std::string> override_tensors;  // "PATTERN=BUFFER"
};

struct TruthCase {
    std::string model, setting, machine, arguments;
    bool zoo = false;  // of the tiny models, one or two for each architecture
    Outputs outputs = Outputs::server;
    std::string error;  // what llama.cpp said where it refused; the figures are empty then
    uint32_t n_ctx = 0;
    std::map<std::string, Figures> devices;
    Figures host{};
    std::array<uint32_t, 2> graph_nodes{}, graph_splits{};  // prompt, decode
    bool fit_on = false;
    FitTruth fit;

    [[nodiscard]] std::string name() const { return model + "/" + setting; }
};

/// All cases, those of the models before those of the zoo.
[[nodiscard]] const std::vector<TruthCase> & truthCases();

/// The machine of a case ("4090+5070ti").
[[nodiscard]] const Machine & truthMachine(const std::string & name);

/// The model of a case, built once. A header that can't be read fails the running test.
[[nodiscard]] const Model & truthModel(const std::string & name);

/// Settings of a case's arguments and outputs.
[[nodiscard]] Settings truthSettings(const TruthCase & truth);

}  // namespace ggufit::test
