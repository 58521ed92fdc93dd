// The linter on keys and values: names, twice given, spaces, numbers, characters that a shell would change.
#include <algorithm>
#include <array>
#include <map>

#include "base/phrase.h"
#include "base/values.h"
#include "gguf/shards.h"
#include "profile/lint_parts.h"

namespace ggufit {

namespace {

constexpr std::array<std::string_view, 9> kKeys = {"NAME",         "DESCRIPTION", "SPEED",      "MODEL",     "CTX_SIZE",
                                                   "N_GPU_LAYERS", "FIT",         "FIT_TARGET", "EXTRA_ARGS"};

constexpr std::string_view kSpaces = " \t";

bool isKnown(std::string_view key) { return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end(); }

/// Values that people read.
bool isProse(std::string_view key) { return key == "NAME" || key == "DESCRIPTION" || key == "SPEED"; }

std::string upper(std::string_view text) {
    std::string out;
    for (const char c : text) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
}

/// The known key that a word is likely to mean: other case, or "-" for "_".
std::string meantKey(std::string_view key) {
    std::string plain = upper(key.substr(0, key.find_last_not_of(kSpaces) + 1));
    std::replace(plain.begin(), plain.end(), '-', '_');
    if (isKnown(plain)) return plain;
    const std::map<std::string, std::string> others = {
        {"CTX", "CTX_SIZE"},         {"CONTEXT", "CTX_SIZE"}, {"NGL", "N_GPU_LAYERS"}, {"GPU_LAYERS", "N_GPU_LAYERS"},
        {"EXTRA_ARG", "EXTRA_ARGS"}, {"ARGS", "EXTRA_ARGS"},  {"MODELS", "MODEL"},     {"FIT_TARGETS", "FIT_TARGET"}};
    const auto other = others.find(plain);
    return other == others.end() ? "" : other->second;
}

struct Line {
    ConfFindings & findings;
    const ConfSection & section;
    size_t index;
    const ConfLine & line;

    void add(const ConfRule & rule, std::string text) const { findings.add(rule, index, section.id, std::move(text)); }
};

void lintKey(const Line & at) {
    const std::string & key = at.line.name;
    if (isKnown(key)) return;
    const std::string meant = meantKey(key);
    if (key.find_last_of(kSpaces) != std::string::npos && !meant.empty()) {
        at.add({"spaces",
                "Nothing is trimmed around the =: the space is a part of the key's name, and no such key is read.",
                phrase("Write {}=value, with no space around the =.", meant), kReaderSource},
               "a space before the = of " + meant);
        return;
    }
    at.add(
        {"unknown_key", "Nothing reads this key, so it changes nothing.",
         meant.empty() ? "Take it out; llama-server's arguments go into EXTRA_ARGS. Keys are NAME, DESCRIPTION, SPEED, "
                         "MODEL, CTX_SIZE, N_GPU_LAYERS, FIT, FIT_TARGET and EXTRA_ARGS."
                       : phrase("Write {}.", meant),
         kReaderSource},
        shownText(key) + " is no key of models.conf");
}

void lintSpaces(const Line & at) {
    const std::string & key = at.line.name;
    const std::string & value = at.line.value;
    if (!isKnown(key) || value.empty()) return;
    if (kSpaces.find(value.front()) != std::string_view::npos) {
        at.add({"spaces", "Nothing is trimmed after the =: the space is a part of the value.",
                phrase("Write {}={}, with no space around the =.", key, shownText(value)), kReaderSource},
               "a space after the = of " + key);
        return;
    }
    const bool comment = value.find(" #") != std::string::npos || value.find("\t#") != std::string::npos;
    if (comment) {
        at.add({"comment_in_value", "A # ends nothing within a line: it and what follows it are a part of the value.",
                "Put the comment on a line of its own, over the section.", kReaderSource},
               key + " holds a # after a space");
        return;
    }
    const bool one_word = !isProse(key) && key != "EXTRA_ARGS";
    if (one_word && value.find_first_of(kSpaces) != std::string::npos) {
        at.add({"spaces", "It reaches the server through an environment file and a shell, which split it at the space.",
                key == "MODEL" ? "Rename the file or folder, without spaces." : "Write the value without spaces.",
                kReaderSource},
               phrase("{}={} holds a space", key, shownText(value)));
    }
}

void lintShell(const Line & at) {
    const std::string & key = at.line.name;
    if (key != "EXTRA_ARGS" && key != "MODEL") return;
    const size_t quote = at.line.value.find_first_of("\"'");
    if (quote != std::string::npos) {
        at.add(
            {"quotes",
             "Nothing takes the quotes away: they reach llama-server as characters, and a value is still split "
             "at its spaces.",
             key == "MODEL" ? "Take them out." : "Take them out; an argument can't hold a space here.", kReaderSource},
            key + " holds quotes");
    }
    const size_t expanded = at.line.value.find_first_of("*?`$");
    if (expanded == std::string::npos) return;
    at.add({"shell_characters",
            "The value is used unquoted: a shell or docker compose may put something else in its place.",
            key == "MODEL" ? "Rename the file."
                           : "Write the argument without it: in a pattern, \\d or [0-9]{1,2} instead of *.",
            kReaderSource},
           phrase("{} holds {}", key, std::string(1, at.line.value[expanded])));
}

bool isLayers(const std::string & value) {
    return value == "auto" || value == "all" || parseInteger(value).has_value();
}

bool isTargets(const std::string & value) {
    const auto parts = splitAt(value, ',');
    return std::all_of(parts.begin(), parts.end(),
                       [](std::string_view part) { return parseUnsigned(part).has_value(); });
}

void lintValue(const Line & at) {
    const std::string & key = at.line.name;
    const std::string & value = at.line.value;
    if (value.empty() || value.find_first_of(kSpaces) != std::string::npos) return;
    const auto wrong = [&](const std::string & wanted) {
        at.add({"bad_value", "llama-server gets it as it stands, and does not start with it.",
                phrase("Write {}.", wanted), "llama.cpp, common/arg.cpp"},
               phrase("{}={}", key, shownText(value)));
    };
    if (key == "CTX_SIZE" && !parseUnsigned(value)) wrong("a number of tokens, as CTX_SIZE=131072");
    if (key == "N_GPU_LAYERS" && !isLayers(value)) wrong("auto, all or a number");
    if (key == "FIT" && value != "on" && value != "off") wrong("FIT=on or FIT=off");
    if (key == "FIT_TARGET" && !isTargets(value))
        wrong("MiB to leave free, a figure for each GPU, as FIT_TARGET=128,1024");
}

void lintModelKey(ConfFindings & findings, const ConfSection & section) {
    const auto model = valueOf(findings.conf(), section, "MODEL");
    if (!model || model->empty()) {
        findings.add({"no_model", "MODEL is the one key that has to be there: the entry can't start.",
                      "Write MODEL= with the path of the file below the models folder.", kReaderSource},
                     section.header, section.id, phrase("[{}] has no MODEL", section.id));
        return;
    }
    const auto shard = parseShardName(model->substr(model->find_last_of('/') + 1));
    if (!shard || shard->index == 1) return;
    findings.add({"not_first_shard", "llama.cpp finds the other shards from the first one alone.",
                  "Name the shard 00001 of it.", "llama.cpp, src/llama-model-loader.cpp"},
                 keyLineOf(findings.conf(), section, "MODEL"), section.id,
                 phrase("MODEL is shard {} of {}", std::to_string(shard->index), std::to_string(shard->count)));
}

void lintTwice(ConfFindings & findings, const ConfSection & section) {
    std::map<std::string, size_t> first;
    for (size_t i = section.header + 1; i < section.end; ++i) {
        const ConfLine & line = findings.conf().lines[i];
        if (line.kind != ConfLineKind::key) continue;
        const auto [there, added] = first.emplace(line.name, i);
        if (added) continue;
        findings.add({"duplicate_key", "The last one wins.", "Take one of them out.", kReaderSource}, i, section.id,
                     phrase("{} is in line {} already", shownText(line.name), std::to_string(there->second + 1)));
    }
}

}  // namespace

void lintValues(ConfFindings & findings, const ConfSection & section) {
    for (size_t i = section.header + 1; i < section.end && !findings.full(); ++i) {
        const ConfLine & line = findings.conf().lines[i];
        if (line.kind != ConfLineKind::key) continue;
        const Line at{findings, section, i, line};
        lintKey(at);
        lintSpaces(at);
        lintShell(at);
        lintValue(at);
        const bool menu = line.name == "DESCRIPTION" || line.name == "SPEED";
        if (!menu || !section.id.starts_with("bench-")) continue;
        at.add({"bench_entry", "Bench entries are not in the menu that shows it.", "Take it out.", kConventionSource},
               "a bench entry with " + line.name);
    }
    lintModelKey(findings, section);
    lintTwice(findings, section);
}

}  // namespace ggufit
