// What the benchmarks start from: values without their errors, models by name.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "base/result.h"
#include "gguf/read.h"
#include "model/model.h"
#include "support/data.h"

namespace ggufit::test {

/// The value; an error ends the program with its sentence.
template <typename T>
T need(Result<T> result) {
    if (!result.ok()) {
        std::fprintf(stderr, "benchmark: %s\n", result.error().text().c_str());
        std::exit(1);
    }
    return *std::move(result);
}

/// A truth or zoo model by name.
inline Model neededModel(const std::string & name) {
    return need(buildModel(need(readHeader(readHeaderBytes(name), fileBytesOf(name), name + ".gguf"))));
}

}  // namespace ggufit::test
