// Writes a section of a preset file: arguments by their names, in order, each once.
#include "render/preset.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "base/phrase.h"
#include "model/clean_text.h"
#include "profile/comments.h"
#include "profile/entry.h"
#include "settings/option.h"

namespace ggufit {

namespace {

/// Set or taken away for each model by the router (tools/server/server-models.cpp, unset_reserved_args and
/// server_model_meta::update_args).
constexpr std::array<std::string_view, 10> kOfTheRouter = {
    "--host",    "--port",       "--alias",      "--ssl-key-file",  "--ssl-cert-file",
    "--api-key", "--models-dir", "--models-max", "--models-preset", "--models-autoload"};

/// Options that take a list with commas, so that several of them are one.
constexpr std::array<std::string_view, 6> kLists = {
    "--lora", "--lora-scaled", "--control-vector", "--control-vector-scaled", "--override-kv", "--override-tensor"};

template <typename Names>
bool holds(const Names & names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

struct Line {
    std::string key, value;
};

struct Section {
    std::vector<Line> lines;
    std::vector<std::string> comments;

    Line * find(std::string_view key) {
        const auto found = std::find_if(lines.begin(), lines.end(), [&](const Line & line) { return line.key == key; });
        return found == lines.end() ? nullptr : &*found;
    }
};

/// Whether a value comes back as it was: one line of UTF-8 without what starts a comment or acts on a terminal.
bool isPlainValue(const std::string & value) {
    constexpr size_t kLongest = 1U << 16;
    if (value.empty() || value.size() > kLongest || value.front() == ' ' || value.back() == ' ') return false;
    for (size_t i = 0; i < value.size();) {
        const CodePoint point = decodeUtf8(value, i);
        if (!point.valid || isControl(point.value) || point.value == ';' || point.value == '#') return false;
        i += point.n_bytes;
    }
    return true;
}

void set(Section & section, std::string_view name, const std::string & value) {
    const std::string key(name.substr(std::min(name.find_first_not_of('-'), name.size())));
    if (!isPlainValue(value)) {
        section.comments.push_back(
            phrase("Left out, since a preset file can't hold its value: {} {}", std::string(name), value));
        return;
    }
    Line * known = section.find(key);
    if (known == nullptr) {
        section.lines.push_back({key, value});
    } else if (holds(kLists, name)) {
        known->value += "," + value;
    } else {
        known->value = value;
    }
}

/// The weights placed by hand, as one rule after the other: the order decides, and several options would lose it.
std::string overrideList(const Settings & settings) {
    std::string list;
    for (const TensorOverride & rule : settings.override_tensors) {
        list += phrase("{}{}={}", list.empty() ? "" : ",", rule.pattern, rule.buffer);
    }
    return list;
}

/// -ot, -cmoe and -ncmoe, of which only one kind and one occurrence keeps its meaning in a section.
bool placesTensors(std::string_view name) {
    return name == "--override-tensor" || name == "--cpu-moe" || name == "--n-cpu-moe";
}

/// Takes the argument that begins at `i`. The position behind it.
size_t take(Section & section, const std::vector<std::string> & words, size_t i, bool several_placements) {
    const std::string & word = words[i];
    const auto match = findOption(word);
    if (!match || match->option->use == OptionUse::other_program) {
        section.comments.push_back("Left out, since llama-server has no such argument: " + word);
        return i + 1;
    }
    const Option & option = *match->option;
    const std::string_view name = longName(option.names);
    const size_t n_values = option.kind == OptionKind::two_texts                                    ? 2
                            : option.kind == OptionKind::text || option.kind == OptionKind::integer ? 1
                                                                                                    : 0;
    if (words.size() - i <= n_values) return words.size();
    if (holds(kOfTheRouter, name)) {
        section.comments.push_back("Left out, since the router sets it for each model: " + std::string(name));
    } else if (n_values == 2) {
        section.comments.push_back(
            phrase("Left out, since a preset file can't hold two values: {} {} {}", word, words[i + 1], words[i + 2]));
    } else if (!several_placements || !placesTensors(name)) {
        set(section, name, n_values == 1 ? words[i + 1] : match->negated ? "false" : "true");
    }
    return i + 1 + n_values;
}

Section sectionOf(const Plan & plan) {
    Section section;
    const auto n_placements = std::count_if(plan.arguments.begin(), plan.arguments.end(), [](const std::string & word) {
        const auto match = findOption(word);
        return match && placesTensors(longName(match->option->names));
    });
    for (size_t i = 0; i < plan.arguments.size();) i = take(section, plan.arguments, i, n_placements > 1);
    if (n_placements > 1) set(section, "--override-tensor", overrideList(plan.settings));
    return section;
}

}  // namespace

std::string presetIni(const Plan & plan) {
    const Section section = sectionOf(plan);
    std::string out = reasonComment(plan);
    for (const std::string & comment : section.comments) out += commentLines(comment);
    out += commentLines("NOT YET TESTED. For llama-server --models-preset FILE; make the path of the model absolute.");
    out += phrase("[{}]\n", safeId(plan.id));
    for (const auto & [key, value] : section.lines) {
        out += key;
        out += " = ";
        out += value + "\n";
    }
    return out;
}

}  // namespace ggufit
