// What compute buffers are made of and what would shrink them, as two tables.
#include "render/explanation_text.h"

#include <array>
#include <cstdint>

#include "base/phrase.h"
#include "base/units.h"
#include "gguf/ggml_type.h"
#include "render/table.h"

namespace ggufit {

namespace {

std::string inMib(uint64_t bytes) { return formatCount((bytes + kMib / 2) / kMib); }

std::string dims(const std::array<int64_t, 4> & ne) {
    size_t n = ne.size();
    while (n > 1 && ne[n - 1] == 1) --n;
    std::string out;
    for (size_t i = 0; i < n; ++i) out += (i == 0 ? "" : " × ") + formatCount(static_cast<uint64_t>(ne[i]));
    return out;
}

std::string peaksBlock(const ComputeExplanation & explanation, const TextOptions & options) {
    Table table;
    table.columns = {{}, {Align::right}, {}, {}, {}};
    table.header = {"compute at its peak", "MiB", "tensor", "type", "what it holds"};
    for (const ComputePeak & peak : explanation.peaks) {
        table.rows.push_back({peak.device == "host" ? "system memory" : peak.device, inMib(peak.bytes)});
        uint64_t smaller_bytes = peak.others_bytes;
        for (const AliveTensor & tensor : peak.alive) {
            if (tensor.bytes < kMib / 2) {
                smaller_bytes += tensor.bytes;
                continue;
            }
            table.rows.push_back(
                {"", inMib(tensor.bytes), tensor.name + (tensor.count > 1 ? " × " + formatCount(tensor.count) : ""),
                 std::string(traitsOf(tensor.type).name), tensor.meaning.empty() ? dims(tensor.ne) : tensor.meaning});
        }
        if (smaller_bytes >= kMib / 2) table.rows.push_back({"", inMib(smaller_bytes), "smaller ones"});
        if (peak.gaps_bytes >= kMib / 2) table.rows.push_back({"", inMib(peak.gaps_bytes), "gaps between them"});
    }
    return renderTable(table, options.width, options.colour);
}

std::string leversBlock(const ComputeExplanation & explanation, const std::vector<std::string> & devices,
                        const TextOptions & options) {
    if (explanation.levers.empty()) return "No setting alone would shrink the compute buffers.\n";
    Table table;
    table.columns = {{}};
    table.header = {"MiB of compute saved by"};
    table.header.insert(table.header.end(), devices.begin(), devices.end());
    table.header.emplace_back("system memory");
    table.columns.resize(table.header.size(), {Align::right});
    const auto signedMib = [](int64_t bytes) {
        return (bytes < 0 ? "-" : "") + inMib(static_cast<uint64_t>(bytes < 0 ? -bytes : bytes));
    };
    for (const ComputeLever & lever : explanation.levers) {
        table.rows.push_back({lever.argument});
        for (const int64_t bytes : lever.saved_bytes) table.rows.back().push_back(signedMib(bytes));
        table.rows.back().push_back(signedMib(lever.host_saved_bytes));
    }
    return renderTable(table, options.width, options.colour);
}

}  // namespace

std::string explanationText(const ComputeExplanation & explanation, const std::vector<std::string> & devices,
                            const TextOptions & options) {
    return phrase("{}\n{}", peaksBlock(explanation, options), leversBlock(explanation, devices, options));
}

}  // namespace ggufit
