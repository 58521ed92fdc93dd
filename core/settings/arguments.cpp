// Walks an argument list by the table of options, environment first.
#include "settings/arguments.h"

#include <algorithm>
#include <initializer_list>

#include "base/phrase.h"
#include "base/units.h"
#include "base/values.h"
#include "settings/option.h"

namespace ggufit {

namespace {

using Words = std::span<const std::string>;
using Variable = std::pair<std::string, std::string>;

/// State of one walk over the words.
class Reader {
  public:
    explicit Reader(const Settings & defaults) { out_.settings = defaults; }

    [[nodiscard]] std::optional<Error> readEnvironment(std::span<const Variable> environment);
    /// Reads the LLAMA_ARG_* words in front of a program into `environment`; what is left are arguments.
    [[nodiscard]] Words skipProgram(Words words, std::vector<Variable> & environment);
    [[nodiscard]] std::optional<Error> readWords(Words words);
    [[nodiscard]] ParsedArguments finish();

  private:
    void noteDownload();
    [[nodiscard]] std::optional<Error> readVariable(const Option & option, std::span<const Variable> environment);
    [[nodiscard]] std::optional<Error> readOption(const OptionMatch & match, std::string_view name,
                                                  std::optional<std::string_view> inline_value, Words words,
                                                  size_t & next);
    [[nodiscard]] std::optional<Error> use(const Option & option, const OptionGiven & given, Words values);
    void keep(const OptionGiven & given, const Option & option, Words values);
    void noteUnknown(std::string_view word, Words words, size_t & next);

    ParsedArguments out_;
    std::string other_programs_;
    size_t n_unknown_ = 0;
    std::string load_mode_;  // the last argument on how the file is loaded, to warn where there are several
};

[[nodiscard]] bool isDashed(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

/// llama-server reads "128k" as 128 and says nothing, so a figure that people write so is said in full.
[[nodiscard]] std::string notWhole(std::string_view value) {
    const auto meant = parseTokens(value);
    const bool shown = meant && *meant <= INT32_MAX;
    return phrase("{} is not a whole number of 32 bits{}", quotedText(value),
                  shown ? ": write " + std::to_string(*meant) : "");
}

[[nodiscard]] bool isAnyOf(std::string_view word, std::initializer_list<std::string_view> list) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

[[nodiscard]] bool endsWith(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// Whether -fa's next word is its value. Before 2025-08 the argument took none, and many command lines still say so.
[[nodiscard]] bool isFlashAttentionBare(const Option & option, Words words, size_t next) {
    if (option.env != "LLAMA_ARG_FLASH_ATTN") return false;
    if (next >= words.size()) return true;
    const std::string & word = words[next];
    return word != "-1" && (isDashed(word) || endsWith(word, ".gguf"));
}

[[nodiscard]] bool setsLoadMode(const Option & option) {
    return isAnyOf(option.env, {"LLAMA_ARG_MLOCK", "LLAMA_ARG_MMAP", "LLAMA_ARG_DIO", "LLAMA_ARG_LOAD_MODE"});
}

void Reader::keep(const OptionGiven & given, const Option & option, Words values) {
    const bool from_environment = !isDashed(given.name);
    if (!from_environment) {
        out_.kept.push_back(canonicalName(given.name));
    } else if (given.name.substr(0, 10) == "LLAMA_ARG_") {
        out_.kept.emplace_back(longName(given.on ? option.names : option.negated));
    } else {
        return;  // a secret (HF_TOKEN, LLAMA_API_KEY) is not written where it was not written before
    }
    out_.kept.insert(out_.kept.end(), values.begin(), values.end());
}

std::optional<Error> Reader::use(const Option & option, const OptionGiven & given, Words values) {
    const std::string name(given.name);
    switch (option.use) {
        case OptionUse::setting:
            if (setsLoadMode(option)) {
                if (!load_mode_.empty() && load_mode_ != name) {
                    out_.warnings.push_back(
                        {phrase("{} has no effect: llama-server takes the last of it and {}", load_mode_, name),
                         "write --load-mode mmap+mlock for both mapping and locking"});
                }
                load_mode_ = name;
            }
            return option.apply(given);
        case OptionUse::keep: keep(given, option, values); return std::nullopt;
        case OptionUse::keep_and_note:
            keep(given, option, values);
            if (option.kind == OptionKind::integer && given.number == 0) return std::nullopt;
            out_.warnings.push_back({phrase("{} {}", name, std::string(option.note)), std::string(option.remedy)});
            return std::nullopt;
        case OptionUse::drop:
            out_.warnings.push_back({phrase("{} {}", name, std::string(option.note)), std::string(option.remedy)});
            return std::nullopt;
        case OptionUse::other_program:
            if (other_programs_.size() < 200) other_programs_ += (other_programs_.empty() ? "" : ", ") + name;
            return std::nullopt;
    }
    return std::nullopt;
}

std::optional<Error> Reader::readOption(const OptionMatch & match, std::string_view name,
                                        std::optional<std::string_view> inline_value, Words words, size_t & next) {
    const Option & option = *match.option;
    OptionGiven given{.out = out_, .name = name, .value = {}, .number = 0, .on = !match.negated};
    std::vector<std::string> values;
    const bool takes_none = option.kind == OptionKind::flag || option.kind == OptionKind::toggle;
    if (takes_none && inline_value)
        return usageError(name, phrase("takes no value, but {} is given", quotedText(*inline_value)));
    if (takes_none) return use(option, given, values);
    if (!inline_value && isFlashAttentionBare(option, words, next)) {
        out_.warnings.push_back(
            {std::string(name) + " has no value and is read as on", phrase("write {} on", std::string(name))});
        values.emplace_back("on");
    } else {
        const size_t wanted = option.kind == OptionKind::two_texts ? 2 : 1;
        if (inline_value) values.emplace_back(*inline_value);
        while (values.size() < wanted && next < words.size()) values.push_back(words[next++]);
        if (values.size() < wanted) return usageError(name, "expects a value, but none follows");
    }
    given.value = values.front();
    if (option.kind == OptionKind::integer) {
        const auto number = parseInteger(given.value);
        if (!number) return usageError(name, notWhole(given.value));
        given.number = *number;
    }
    return use(option, given, values);
}

void Reader::noteUnknown(std::string_view word, Words words, size_t & next) {
    constexpr size_t kMostNamed = 20;
    std::string text = quotedText(word);
    // a bare word after an unknown argument is most likely its value, and not a model
    if (next < words.size() && !isDashed(words[next]) && !endsWith(words[next], ".gguf")) {
        text += phrase(" (with {})", quotedText(words[next++]));
    }
    if (++n_unknown_ > kMostNamed) return;
    const auto similar = similarOption(word);
    out_.warnings.push_back({text + " is no argument of llama-server and is left out",
                             similar ? phrase("did you mean {}?", std::string(*similar)) : "see llama-server --help"});
}

/// "NAME" of a word NAME=value, as a shell takes it in front of a command; empty for other words.
[[nodiscard]] std::string_view assignedName(std::string_view word) {
    const std::string_view name = word.substr(0, std::min(word.find('='), word.size()));
    const auto is_name = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
    return name.size() < word.size() && std::all_of(name.begin(), name.end(), is_name) ? name : std::string_view();
}

Words Reader::skipProgram(Words words, std::vector<Variable> & environment) {
    size_t start = 0;
    if (!words.empty() && isAnyOf(words[0], {"sudo", "exec", "nohup", "env", "time"})) ++start;
    for (; start < words.size() && !assignedName(words[start]).empty(); ++start) {
        const auto name = assignedName(words[start]);
        environment.emplace_back(name, words[start].substr(name.size() + 1));
        if (isAnyOf(name, {"CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "GGML_VK_VISIBLE_DEVICES"})) {
            out_.warnings.push_back({std::string(name) + " is not applied: the plan has the devices of the machine",
                                     "leave the hidden devices out of the machine"});
        }
    }
    if (start < words.size() && isLlamaProgram(words[start])) ++start;
    return words.subspan(start);
}

std::optional<Error> Reader::readWords(Words words) {
    for (size_t next = 0; next < words.size();) {
        const std::string & word = words[next++];
        if (!isDashed(word)) {
            out_.positional.push_back(word);
            continue;
        }
        if (const auto match = findOption(word)) {
            if (auto fault = readOption(*match, word, std::nullopt, words, next)) return fault;
            continue;
        }
        const size_t equals = word.find('=');
        const std::string_view name = std::string_view(word).substr(0, equals);
        const auto match = equals == std::string::npos ? std::nullopt : findOption(name);
        if (match) {
            const auto value = std::string_view(word).substr(equals + 1);
            if (auto fault = readOption(*match, name, value, words, next)) return fault;
        } else {
            noteUnknown(word, words, next);
        }
    }
    return std::nullopt;
}

[[nodiscard]] const std::string * findVariable(std::span<const Variable> environment, std::string_view name) {
    // of a name given twice the last counts, as in a shell's line of assignments
    for (size_t i = environment.size(); i-- > 0;) {
        if (environment[i].first == name) return &environment[i].second;
    }
    return nullptr;
}

/// "LLAMA_ARG_NO_MMAP" for "LLAMA_ARG_MMAP" (common_arg::get_value_from_env).
[[nodiscard]] std::string negatedVariable(std::string_view env) {
    constexpr std::string_view kPrefix = "LLAMA_ARG_";
    if (env.substr(0, kPrefix.size()) != kPrefix) return {};
    return phrase("{}NO_{}", std::string(kPrefix), std::string(env.substr(kPrefix.size())));
}

std::optional<Error> Reader::readVariable(const Option & option, std::span<const Variable> environment) {
    OptionGiven given{.out = out_, .name = option.env, .value = {}, .number = 0, .on = true};
    const std::string negated = option.kind == OptionKind::toggle ? negatedVariable(option.env) : std::string();
    if (!negated.empty() && findVariable(environment, negated) != nullptr) {
        given.name = negated;
        given.on = false;  // whatever its value
        return use(option, given, {});
    }
    const std::string * value = findVariable(environment, option.env);
    if (value == nullptr) return std::nullopt;
    const auto on = parseSwitch(*value);
    switch (option.kind) {
        case OptionKind::flag:
            if (on.value_or(false)) return use(option, given, {});
            if (!on) {
                out_.warnings.push_back(
                    {phrase("{}={} is ignored by llama-server", std::string(option.env), quotedText(*value)),
                     "only on, enabled, true and 1 switch it on"});
            }
            return std::nullopt;
        case OptionKind::toggle:
            if (!on) return usageError(option.env, quotedText(*value) + " is not one of on, off, true, false, 1, 0");
            given.on = *on;
            return use(option, given, {});
        case OptionKind::integer: {
            const auto number = parseInteger(*value);
            if (!number) return usageError(option.env, notWhole(*value));
            given.number = *number;
            break;
        }
        case OptionKind::text: break;
        case OptionKind::two_texts: return std::nullopt;
    }
    given.value = *value;
    return use(option, given, Words(value, 1));
}

std::optional<Error> Reader::readEnvironment(std::span<const Variable> environment) {
    if (environment.empty()) return std::nullopt;
    for (const Option * option : allOptions()) {
        if (option->env.empty() || option->use == OptionUse::other_program) continue;
        if (auto fault = readVariable(*option, environment)) return fault;
    }
    load_mode_.clear();  // an argument is meant to win over a variable
    return std::nullopt;
}

/// A model to download beside one that is there: the plan is for the latter.
void Reader::noteDownload() {
    if (out_.model.empty() && out_.positional.empty()) return;
    for (const auto & [name, value] :
         {std::pair{"-hf", &out_.hf_repo}, std::pair{"-hff", &out_.hf_file}, std::pair{"-mu", &out_.model_url}}) {
        if (value->empty()) continue;
        out_.warnings.push_back(
            {std::string(name) + " names a model to download; the plan is for the file that you give",
             "leave one of them out"});
    }
}

ParsedArguments Reader::finish() {
    noteDownload();
    constexpr size_t kMostNamed = 20;
    if (n_unknown_ > kMostNamed) {
        out_.warnings.push_back(
            {std::to_string(n_unknown_ - kMostNamed) + " further words are no arguments of llama-server",
             "check that the text is a command line"});
    }
    if (!other_programs_.empty()) {
        out_.warnings.push_back(
            {other_programs_ + ": of other programs of llama.cpp, left out", "llama-server does not take them"});
    }
    Settings & settings = out_.settings;
    if (settings.n_ubatch == 0) settings.n_ubatch = settings.n_batch;  // llama_context's reading of 0
    // embeddings need the whole input in one micro-batch (tools/server/server.cpp)
    if (settings.embeddings) settings.n_batch = std::min(settings.n_batch, settings.n_ubatch);
    markGiven(settings);
    return std::move(out_);
}

}  // namespace

std::string downloadOf(const ParsedArguments & arguments) {
    const std::string & repo = arguments.hf_repo;
    if (repo.empty()) return arguments.model_url;
    if (arguments.hf_file.empty()) return "hf:" + repo;
    return phrase("hf:{}/{}", repo.substr(0, repo.find(':')), arguments.hf_file);
}

bool isAssignment(std::string_view word) { return !assignedName(word).empty(); }

Result<ParsedArguments> parseArguments(Words words, const Settings & defaults) {
    return parseArguments(words, {}, defaults);
}

Result<ParsedArguments> parseArguments(Words words, std::span<const Variable> environment, const Settings & defaults) {
    Reader reader(defaults);
    std::vector<Variable> variables(environment.begin(), environment.end());
    const Words arguments = reader.skipProgram(words, variables);
    if (auto fault = reader.readEnvironment(variables)) return *fault;
    if (auto fault = reader.readWords(arguments)) return *fault;
    return reader.finish();
}

}  // namespace ggufit
