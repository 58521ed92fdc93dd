// Looking things up in a Log, and the names of its parts.
#include "log/log.h"

#include <algorithm>

#include "log/text.h"

namespace ggufit {

std::string_view factOf(const LogFacts & facts, std::string_view key) {
    const auto found = std::find_if(facts.begin(), facts.end(), [&](const auto & fact) { return fact.first == key; });
    return found == facts.end() ? std::string_view() : std::string_view(found->second);
}

double sumOf(const std::vector<LogBuffer> & buffers, std::string_view name) {
    double sum = 0;
    for (const LogBuffer & buffer : buffers) sum += buffer.name == name ? buffer.mib : 0;
    return sum;
}

LogCounts countsOf(std::string_view text) {
    LogCounts counts;
    counts.prompt = leadingCount(text).value_or(0);
    const auto second = after(text, "), ");
    counts.decode = second ? leadingCount(*second).value_or(0) : counts.prompt;
    return counts;
}

const char * logPartName(LogPart part) {
    switch (part) {
        case LogPart::unknown: return "unknown";
        case LogPart::weights: return "weights";
        case LogPart::cache: return "cache";
        case LogPart::compute: return "compute";
        case LogPart::running: return "running";
    }
    return "unknown";
}

const char * logStageName(LogStage stage) {
    switch (stage) {
        case LogStage::none: return "none";
        case LogStage::opened: return "opened";
        case LogStage::model: return "model";
        case LogStage::tensors: return "tensors";
        case LogStage::context: return "context";
        case LogStage::cache: return "cache";
        case LogStage::reserved: return "reserved";
        case LogStage::serving: return "serving";
    }
    return "none";
}

bool Log::outOfMemory() const {
    return std::any_of(shortages.begin(), shortages.end(), [](const LogShortage & one) { return !one.survived; });
}

}  // namespace ggufit
