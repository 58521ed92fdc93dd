// Reads the configuration key by key; what it does not know is said, what makes no sense is refused.
#include "plan/override_config.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/phrase.h"
#include "base/values.h"

namespace ggufit {

namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kLargestText = size_t{1} << 20;
constexpr size_t kDeepest = 16;
constexpr size_t kLongestPath = 4096;
constexpr uint64_t kLargestContext = INT32_MAX;
constexpr uint64_t kLargestMargin = uint64_t{1} << 32;  // MiB, as of a device
constexpr size_t kMostUnknown = 8;                      // keys that are named one by one

Error usage(std::string where, std::string detail) {
    return Error{ErrorCode::usage, std::move(where), std::move(detail), 0, 0};
}

/// Reads the keys of one object; the first fault is kept and everything after it is skipped.
class Reader {
  public:
    explicit Reader(OverrideConfig & config) : config_(config) {}

    std::optional<Error> read(const Json & root) {
        for (const auto & [key, value] : root.items()) {
            if (value.is_null()) continue;
            if (key == "llama_cpp_path") {
                text(key, value, config_.llama_cpp_path);
            } else if (key == "virtual_env_path") {
                std::string unused;
                text(key, value, unused);
                note("virtual_env_path is not needed: ggufit runs without Python.", "");
            } else if (key == "context_size") {
                uint64_t size = 0;
                if (number(key, value, 1, kLargestContext, size)) config_.context_size = static_cast<uint32_t>(size);
            } else if (key == "tensor_analysis") {
                section(key, value, &Reader::analysis);
            } else if (key == "output") {
                section(key, value, &Reader::output);
            } else {
                unknown(key);
            }
        }
        if (n_unknown_ > kMostUnknown) {
            note(phrase("the configuration has {} more unknown keys.", std::to_string(n_unknown_ - kMostUnknown)), "");
        }
        return fault_;
    }

  private:
    void section(const std::string & key, const Json & value,
                 void (Reader::*read_field)(const std::string &, const Json &)) {
        if (!value.is_object()) return fail(key, "This is not an object in braces.");
        prefix_ = key + ".";
        for (const auto & [name, field] : value.items()) {
            if (!field.is_null()) (this->*read_field)(name, field);
        }
        prefix_.clear();
    }

    void analysis(const std::string & key, const Json & value) {
        if (key == "prioritize_experts_on_cpu") {
            flag(key, value, config_.prioritize_experts_on_cpu);
        } else if (key == "maximize_gpu_layers") {
            flag(key, value, config_.maximize_gpu_layers);
        } else if (key == "reserve_context_memory") {
            flag(key, value, config_.reserve_context_memory);
        } else if (key == "memory_safety_margin_mb") {
            uint64_t margin = 0;
            if (number(key, value, 0, kLargestMargin, margin)) config_.memory_safety_margin_mb = margin;
        } else {
            unknown(key);
        }
    }

    void output(const std::string & key, const Json & value) {
        if (key == "save_analysis_json") {
            flag(key, value, config_.save_analysis_json);
        } else if (key == "save_override_params") {
            flag(key, value, config_.save_override_params);
        } else if (key == "verbose") {
            flag(key, value, config_.verbose);
        } else {
            unknown(key);
        }
    }

    void fail(const std::string & key, std::string detail) {
        if (!fault_) fault_ = usage(prefix_ + key, std::move(detail));
    }

    void note(std::string text, std::string remedy) {
        config_.warnings.push_back({std::move(text), std::move(remedy)});
    }

    void unknown(const std::string & key) {
        if (++n_unknown_ > kMostUnknown) return;
        note(phrase("the configuration's key {} is not known and changes nothing.", quotedText(prefix_ + key)), "");
    }

    void text(const std::string & key, const Json & value, std::string & field) {
        const auto * content = value.get_ptr<const Json::string_t *>();
        if (content == nullptr) return fail(key, "This is not a text in quotes.");
        if (content->size() > kLongestPath) return fail(key, "This is longer than a path can be.");
        const bool prints = std::all_of(content->begin(), content->end(),
                                        [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
        if (!prints) return fail(key, "A path can't hold line ends or control characters here.");
        field = *content;
    }

    void flag(const std::string & key, const Json & value, bool & field) {
        const auto * content = value.get_ptr<const Json::boolean_t *>();
        if (content == nullptr) return fail(key, "This is not true or false.");
        field = *content;
    }

    /// A whole number, also where it is written as 8192.0.
    bool number(const std::string & key, const Json & value, uint64_t least, uint64_t most, uint64_t & field) {
        std::optional<double> given;
        if (const auto * content = value.get_ptr<const Json::number_unsigned_t *>()) {
            given = static_cast<double>(*content);
        } else if (const auto * with_sign = value.get_ptr<const Json::number_integer_t *>()) {
            given = static_cast<double>(*with_sign);
        } else if (const auto * real = value.get_ptr<const Json::number_float_t *>()) {
            given = *real;
        }
        if (!given || !std::isfinite(*given) || *given != std::floor(*given) || *given < static_cast<double>(least) ||
            *given > static_cast<double>(most)) {
            fail(key, phrase("This is not a whole number from {} to {}.", std::to_string(least), std::to_string(most)));
            return false;
        }
        field = static_cast<uint64_t>(*given);
        return true;
    }

    OverrideConfig & config_;
    std::string prefix_;
    std::optional<Error> fault_;
    size_t n_unknown_ = 0;
};

}  // namespace

Result<OverrideConfig> parseOverrideConfig(std::string_view json) {
    if (json.size() > kLargestText) return usage("", "A configuration is less than 1 MiB of JSON.");
    bool too_deep = false;
    const Json root = parseJson(json, kDeepest, &too_deep);
    if (too_deep) return usage("", "The JSON is nested deeper than a configuration is.");
    if (root.is_discarded()) return usage("", "This is not valid JSON; look for a missing comma, quote or bracket.");
    if (!root.is_object()) return usage("", "A configuration is an object, as in {\"context_size\": 8192}.");
    OverrideConfig config;
    if (auto fault = Reader(config).read(root)) return *fault;
    if (!config.reserve_context_memory) {
        config.warnings.push_back(
            {"reserve_context_memory is false, but llama.cpp allocates the whole cache when it "
             "loads a model, so it is counted all the same.",
             "Lower context_size, or keep the cache in system memory with -nkvo."});
    }
    return config;
}

Settings configuredSettings(Settings settings, const OverrideConfig & config) {
    if (config.context_size) settings.n_ctx = *config.context_size;
    if (config.memory_safety_margin_mb) settings.fit_target_mib = {*config.memory_safety_margin_mb};
    markGiven(settings);
    return settings;
}

}  // namespace ggufit
