// One row a key: which argument, which values make sense.
#include "model/sampling.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/phrase.h"
#include "base/units.h"
#include "model/clean_text.h"

namespace ggufit {

namespace {

struct Rule {
    std::string_view key;
    std::string_view argument;
    bool integer;
    double low, high;
};

constexpr std::string_view kSequenceKey = "general.sampling.sequence";

constexpr Rule kRules[] = {
    {"general.sampling.top_k", "--top-k", true, -1, 1e6},
    {"general.sampling.top_p", "--top-p", false, 0, 1},
    {"general.sampling.min_p", "--min-p", false, 0, 1},
    {"general.sampling.xtc_probability", "--xtc-probability", false, 0, 1},
    {"general.sampling.xtc_threshold", "--xtc-threshold", false, 0, 1},
    {"general.sampling.temp", "--temp", false, 0, 100},
    {"general.sampling.penalty_last_n", "--repeat-last-n", true, -1, 1e9},
    {"general.sampling.penalty_repeat", "--repeat-penalty", false, 0, 100},
    {"general.sampling.mirostat", "--mirostat", true, 0, 2},
    {"general.sampling.mirostat_tau", "--mirostat-ent", false, 0, 1000},
    {"general.sampling.mirostat_eta", "--mirostat-lr", false, 0, 1000},
};

struct Sampler {
    std::string_view name;  // with underscores; llama.cpp takes hyphens and no separator too
    char letter;            // of --sampler-seq
};

// sampling.cpp: common_sampler_types_from_names and common_sampler_type_to_chr.
constexpr Sampler kSamplers[] = {
    {"dry", 'd'},        {"top_k", 'k'}, {"typ_p", 'y'},       {"top_p", 'p'},  {"top_n_sigma", 's'},
    {"min_p", 'm'},      {"xtc", 'x'},   {"temperature", 't'}, {"infill", 'i'}, {"penalties", 'e'},
    {"adaptive_p", 'a'}, {"temp", 't'},  {"nucleus", 'p'},     {"typ", 'y'},
};

/// A plain decimal ("-1", "0.95"); nothing else, so that what is written never needs quoting.
std::optional<double> parseDecimal(std::string_view text) {
    if (text.empty() || text.size() > 20) return std::nullopt;
    const bool negative = text.front() == '-';
    if (negative) text.remove_prefix(1);
    double value = 0;
    double unit = 0;  // of the next decimal; 0 before the point
    bool digits = false;
    for (const char c : text) {
        if (c == '.' && unit == 0) {
            unit = 0.1;
        } else if (c >= '0' && c <= '9') {
            digits = true;
            value = unit == 0 ? value * 10 + (c - '0') : value + unit * (c - '0');
            if (unit != 0) unit /= 10;
        } else {
            return std::nullopt;
        }
    }
    if (!digits) return std::nullopt;
    return negative ? -value : value;
}

/// The shortest decimal that is the same number as a float, which is what llama.cpp samples with.
std::string shortDecimal(double value) {
    for (int decimals = 0; decimals < 9; ++decimals) {
        const double power = std::pow(10.0, decimals);
        if (static_cast<float>(std::round(value * power) / power) == static_cast<float>(value)) {
            return formatFixed(value, decimals);
        }
    }
    return formatFixed(value, 9);
}

std::optional<double> numberOf(const Value & value) {
    if (const std::string * text = value.asString()) return parseDecimal(*text);
    return value.asNumber();
}

std::string shown(const Value & value) {
    if (const std::string * text = value.asString()) return phrase("\"{}\"", cleanText(*text, 40));
    const auto number = value.asNumber();
    if (!number) return "a value of type " + std::string(valueTypeName(value.type));
    return std::isfinite(*number) ? shortDecimal(*number) : "a number that is not finite";
}

char letterOf(std::string_view name) {
    std::string plain;
    for (const char c : name) {
        if (c != '_' && c != '-') plain += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    for (const Sampler & sampler : kSamplers) {
        std::string known;
        for (const char c : sampler.name) {
            if (c != '_') known += c;
        }
        if (known == plain) return sampler.letter;
    }
    return 0;
}

void readSequence(const File & file, SamplingKeys & keys) {
    const Value * value = file.find(kSequenceKey);
    if (value == nullptr) return;
    const std::string * text = value->asString();
    std::string letters;
    std::string_view rest = text != nullptr ? std::string_view(*text).substr(0, 512) : std::string_view{};
    while (!rest.empty()) {
        const size_t end = std::min(rest.find(';'), rest.size());
        // llama.cpp leaves out a sampler that it does not know, and goes on.
        if (const char letter = letterOf(rest.substr(0, end)); letter != 0) letters += letter;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (!letters.empty()) {
        keys.defaults.push_back({std::string(kSequenceKey), "--sampler-seq", letters});
    } else {
        keys.refused.push_back(phrase("{}: {} names no sampler", std::string(kSequenceKey), shown(*value)));
    }
}

}  // namespace

SamplingKeys readSampling(const File & file) {
    SamplingKeys keys;
    readSequence(file, keys);
    for (const Rule & rule : kRules) {
        const Value * value = file.find(rule.key);
        if (value == nullptr) continue;
        const auto number = numberOf(*value);
        const bool in_range = number && *number >= rule.low && *number <= rule.high;
        if (in_range && (!rule.integer || std::trunc(*number) == *number)) {
            keys.defaults.push_back({std::string(rule.key), std::string(rule.argument), shortDecimal(*number)});
        } else {
            keys.refused.push_back(phrase("{}: {} is not {}between {} and {}", std::string(rule.key), shown(*value),
                                          rule.integer ? "a whole number " : "", shortDecimal(rule.low),
                                          shortDecimal(rule.high)));
        }
    }
    return keys;
}

}  // namespace ggufit
