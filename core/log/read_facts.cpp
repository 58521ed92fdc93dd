// Lines that say what runs: the model's hyperparameters, the context's settings, the program.
#include <algorithm>
#include <array>

#include "base/phrase.h"
#include "log/read.h"

namespace ggufit {

namespace {

constexpr size_t kLongestKey = 60;
constexpr size_t kLongestValue = 8 * 1024;

bool isOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

struct KeyValue {
    std::string_view key, value;
};

/// "key = value" with a key of a few words.
std::optional<KeyValue> keyValue(std::string_view body) {
    const size_t equals = body.find(" = ");
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view key = trimBlanks(body.substr(0, equals));
    const std::string_view value = trimBlanks(body.substr(equals + 3));
    if (key.empty() || key.size() > kLongestKey) return std::nullopt;
    return KeyValue{key, value.substr(0, kLongestValue)};
}

/// print_info, in 2023 and 2024 llm_load_print_meta: one hyperparameter a line.
void readHparam(const LogLine & line, Log & log) {
    if (!isOneOf(line.function, {"print_info", "llm_load_print_meta"})) return;
    const auto fact = keyValue(line.body);
    if (!fact) return;
    advanceTo(log, LogStage::model);
    setFact(log.hparams, fact->key, fact->value);
}

/// "- type q4_K:  205 tensors"
void readType(const LogLine & line, Log & log) {
    const std::string_view body = trimBlanks(line.body);
    const size_t begin = body.starts_with("- type") ? 6 : body.starts_with("type ") ? 4 : 0;
    if (begin == 0 || !body.ends_with(" tensors")) return;
    const size_t colon = body.find(':');
    if (colon == std::string_view::npos) return;
    const auto count = leadingCount(body.substr(colon + 1));
    if (!count || colon < begin) return;
    addEntry(log.types, {std::string(trimBlanks(body.substr(begin, colon - begin))), *count});
}

void readContextSetting(const LogLine & line, Log & log) {
    if (!isOneOf(line.function, {"llama_context", "llama_init_from_model", "llama_new_context_with_model"})) return;
    const auto fact = keyValue(line.body);
    if (!fact || fact->key.find(' ') != std::string_view::npos) return;
    advanceTo(log, LogStage::context);
    if (&figuresOf(log) == &log.measured) setFact(log.settings, fact->key, fact->value);
}

/// What became of -fa auto.
void readFlashAttention(const LogLine & line, Log & log) {
    const std::string_view body = trimBlanks(line.body);
    if (body.starts_with("Flash Attention was auto, set to ") || body == "Flash Attention enabled" ||
        body == "Flash Attention disabled") {
        setFact(log.settings, "flash_attn_resolved", body);
    }
}

/// The types in "K (f16):   80.00 MiB, V (f16):   80.00 MiB", older "type_k = 'f16', type_v = 'f16'".
void readCacheTypes(const LogLine & line, Log & log) {
    if (&figuresOf(log) != &log.measured) return;
    const auto set = [&](std::string_view key, std::optional<std::string_view> type) {
        if (type && !type->empty() && type->size() < 16) offerFact(log.settings, key, *type);
    };
    if (line.body.find(" K (") != std::string_view::npos) {
        set("type_k", between(line.body, " K (", ")"));
        set("type_v", between(line.body, " V (", ")"));
    } else if (line.body.find("type_k = '") != std::string_view::npos) {
        set("type_k", between(line.body, "type_k = '", "'"));
        set("type_v", between(line.body, "type_v = '", "'"));
    }
}

/// What the user gave, as far as another line repeats it.
void readGiven(const LogLine & line, Log & log) {
    if (const auto layers = after(line.body, "n_gpu_layers already set by user to ")) {
        if (const auto count = leadingCount(*layers)) setFact(log.settings, "ngl", std::to_string(*count));
    }
    if (const auto n_ctx = after(line.body, "context size set by user to ")) {
        if (const auto count = leadingCount(*n_ctx)) offerFact(log.settings, "n_ctx", std::to_string(*count));
    }
    if (const auto mode = between(line.body, "(load_mode = ", ")")) setFact(log.settings, "load_mode", *mode);
    if (const auto mmap = after(line.body, "this can take a while... (mmap = ")) {
        setFact(log.settings, "mmap", mmap->starts_with("true") ? "true" : "false");
        if (mmap->find("direct_io = true") != std::string_view::npos) setFact(log.settings, "direct_io", "true");
    }
}

/// "build: 5898 (cbc68be5) with …", "main: build = 1234 (abc)", "build_info: b9849-799fcc04a".
void readBuild(const LogLine & line, Log & log) {
    std::optional<std::string_view> text;
    if (line.function == "build") text = line.body;
    if (line.function == "build_info") text = line.body;
    if (line.function == "main") text = after(line.body, "build = ");
    if (!text && line.text.starts_with("build_info: ")) text = line.text.substr(12);
    if (!text) return;
    advanceTo(log, LogStage::opened);
    std::string_view build = trimBlanks(*text);
    build = build.substr(0, build.find(" with "));
    log.build = build.substr(0, 80);
}

/// A pasted command line, and the file that is loaded.
void readCommand(const LogLine & line, Log & log) {
    if (auto path = between(line.body, " tensors from ", " (version")) log.model_path = path->substr(0, 4096);
    if (log.stage >= LogStage::context || !log.command.empty()) return;
    for (const std::string_view program : {"llama-server", "llama-cli", "llama-completion"}) {
        const size_t found = line.text.find(program);
        if (found == std::string_view::npos) continue;
        const std::string_view rest = line.text.substr(found);
        if (rest.find(" -m ") == std::string_view::npos && rest.find(" --model") == std::string_view::npos) continue;
        const size_t begin = line.text.rfind(' ', found);
        log.command = line.text.substr(begin == std::string_view::npos ? 0 : begin + 1);
        return;
    }
}

/// "tensor blk.3.ffn_up_exps.weight (250 MiB q4_K) buffer type overridden to CPU"
void readOverride(const LogLine & line, Log & log) {
    auto buffer = after(line.body, "buffer type overridden to ");
    if (!buffer) buffer = after(line.body, "buffer type overriden to ");
    if (!buffer) return;
    auto rest = after(line.body, "ensor ");
    if (!rest) return;
    const std::string_view name = rest->substr(0, rest->find(' '));
    if (name.size() > 128 || log.overrides.size() >= 8 * kMostLogEntries) return;
    log.overrides.push_back(phrase("{}={}", std::string(name), std::string(trimBlanks(*buffer).substr(0, 64))));
}

}  // namespace

void setFact(LogFacts & facts, std::string_view key, std::string_view value) {
    const auto found = std::find_if(facts.begin(), facts.end(), [&](const auto & fact) { return fact.first == key; });
    if (found != facts.end()) {
        found->second = value;
    } else {
        addEntry(facts, {std::string(key), std::string(value)});
    }
}

void offerFact(LogFacts & facts, std::string_view key, std::string_view value) {
    if (factOf(facts, key).empty()) setFact(facts, key, value);
}

void advanceTo(Log & log, LogStage stage) { log.stage = std::max(log.stage, stage); }

void readFacts(const LogLine & line, Log & log) {
    readBuild(line, log);
    readCommand(line, log);
    readType(line, log);
    readHparam(line, log);
    readContextSetting(line, log);
    readFlashAttention(line, log);
    readCacheTypes(line, log);
    readGiven(line, log);
    readOverride(line, log);
}

}  // namespace ggufit
