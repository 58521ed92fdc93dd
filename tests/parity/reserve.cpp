// Prints as JSON what llama.cpp reserves for llama-server's arguments, and what --fit chooses, on stand-in devices:
//   reserve MODEL.gguf [--gpu CC:FREE_BYTES:TOTAL_BYTES]... [--outputs server|all] [--reserving measured|started] ARGS
// The weights are never loaded. An argument that it does not know ends it with exit code 2.
#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "ggml-backend.h"
#include "ggml-cpu.h"
#include "llama-context.h"
#include "llama-model.h"
#include "llama.h"
#include "stand_in.h"

#ifdef HAS_COMMON_FIT
#include "fit.h"
#include "log.h"
#endif
#ifdef HAS_MEMORY_BREAKDOWN
#include "llama-ext.h"
#endif

bool tty_can_use_colors();
bool tty_can_use_colors() { return false; }  // what common/log.cpp wants of common/

namespace {

// common/common.h: LLM_FFN_EXPS_REGEX
constexpr const char * kExperts = "\\.ffn_(up|down|gate|gate_up)_(ch|)exps";
constexpr size_t kMib = size_t{1} << 20;

std::string g_log;  // llama.cpp says the figures of its graphs there alone

void keepLog(ggml_log_level, const char * text, void *) {
    static const bool shown =
        std::getenv("RESERVE_LOG") != nullptr;  // with GGML_SCHED_DEBUG=2: the graphs it schedules
    g_log += text;
    if (shown) std::fputs(text, stderr);
}

[[noreturn]] void stop(const std::string & why) {
    std::fprintf(stderr, "reserve: %s\n", why.c_str());
    std::exit(2);
}

std::vector<std::string> splitAt(const std::string & text, char separator) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == separator)
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

ggml_type cacheType(const std::string & name) {
    for (int i = 0; i < GGML_TYPE_COUNT; ++i) {
        const char * known = ggml_type_name(static_cast<ggml_type>(i));
        if (known != nullptr && name == known) return static_cast<ggml_type>(i);
    }
    stop("no cache type " + name);
}

ggml_backend_buffer_type_t bufferType(const std::string & name) {
    if (name == "CPU") return ggml_backend_cpu_buffer_type();
    for (size_t i = 0; i < ggml_backend_dev_count(); ++i) {
        ggml_backend_buffer_type_t type = ggml_backend_dev_buffer_type(ggml_backend_dev_get(i));
        if (type != nullptr && name == ggml_backend_buft_name(type)) return type;
    }
    stop("no buffer type " + name);
}

/// llama-server's defaults (common/common.h), and what the arguments change.
struct Run {
    std::string path;
    std::vector<ggufit::parity::StandIn> gpus;
    llama_model_params model = llama_model_default_params();
    llama_context_params context = llama_context_default_params();
    std::vector<std::pair<std::string, std::string>> override_tensors;
    std::vector<float> tensor_split = std::vector<float>(llama_max_devices(), 0.0F);
    std::vector<size_t> fit_targets = std::vector<size_t>(llama_max_devices(), 1024 * kMib);
    uint32_t fit_min_ctx = 4096;
    int n_parallel = -1;
    bool fit = true;
    bool all_outputs = false;
    bool started = false;
    std::list<std::string> patterns;  // what `overrides` points to
    std::vector<llama_model_tensor_buft_override> overrides;
};

void readOne(Run & run, const std::string & name, const std::function<std::string()> & next) {
    const auto number = [&] { return std::atoi(next().c_str()); };
    llama_model_params & model = run.model;
    llama_context_params & context = run.context;
    const std::map<std::string, std::function<void()>> options = {
        {"--gpu",
         [&] {
             const auto parts = splitAt(next(), ':');
             if (parts.size() != 3) stop("--gpu CC:FREE_BYTES:TOTAL_BYTES");
             run.gpus.push_back({std::stoi(parts[0]), std::stoull(parts[1]), std::stoull(parts[2]), "stand-in"});
         }},
        {"--outputs", [&] { run.all_outputs = next() == "all"; }},
        {"--reserving", [&] { run.started = next() == "started"; }},
        {"-c", [&] { context.n_ctx = static_cast<uint32_t>(number()); }},
        {"-b", [&] { context.n_batch = static_cast<uint32_t>(number()); }},
        {"-ub", [&] { context.n_ubatch = static_cast<uint32_t>(number()); }},
        {"-np", [&] { run.n_parallel = number(); }},
        {"-kvu", [&] { context.kv_unified = true; }},
        {"-ngl",
         [&] {
             const std::string value = next();
             model.n_gpu_layers = value == "auto" ? -1 : value == "all" ? -2 : std::atoi(value.c_str());
         }},
        {"-fa",
         [&] {
             const std::string value = next();
             context.flash_attn_type = value == "on"    ? LLAMA_FLASH_ATTN_TYPE_ENABLED
                                       : value == "off" ? LLAMA_FLASH_ATTN_TYPE_DISABLED
                                                        : LLAMA_FLASH_ATTN_TYPE_AUTO;
         }},
        {"-ctk", [&] { context.type_k = cacheType(next()); }},
        {"-ctv", [&] { context.type_v = cacheType(next()); }},
        {"-nkvo", [&] { context.offload_kqv = false; }},
        {"--swa-full", [&] { context.swa_full = true; }},
        {"--no-op-offload", [&] { context.op_offload = false; }},
        {"--no-repack", [&] { model.use_extra_bufts = false; }},
        {"--no-host", [&] { model.no_host = true; }},
        {"-sm", [&] { model.split_mode = next() == "none" ? LLAMA_SPLIT_MODE_NONE : LLAMA_SPLIT_MODE_LAYER; }},
        {"-mg", [&] { model.main_gpu = number(); }},
        {"-ts",
         [&] {
             size_t i = 0;
             for (const std::string & part : splitAt(next(), ',')) run.tensor_split.at(i++) = std::stof(part);
             model.tensor_split = run.tensor_split.data();
         }},
        {"-ot",
         [&] {
             for (const std::string & rule : splitAt(next(), ',')) {
                 const size_t equals = rule.rfind('=');
                 if (equals == std::string::npos) stop("-ot " + rule);
                 run.override_tensors.emplace_back(rule.substr(0, equals), rule.substr(equals + 1));
             }
         }},
        {"-cmoe", [&] { run.override_tensors.emplace_back(kExperts, "CPU"); }},
        {"-ncmoe",
         [&] {
             const int n = number();
             for (int i = 0; i < n; ++i)
                 run.override_tensors.emplace_back("blk\\." + std::to_string(i) + kExperts, "CPU");
         }},
        {"-fit", [&] { run.fit = next() == "on"; }},
        {"-fitc", [&] { run.fit_min_ctx = static_cast<uint32_t>(number()); }},
        {"-fitt",
         [&] {
             const auto parts = splitAt(next(), ',');
             for (size_t i = 0; i < run.fit_targets.size(); ++i) {
                 if (parts.size() == 1 || i < parts.size())
                     run.fit_targets[i] = std::stoull(parts.size() == 1 ? parts[0] : parts[i]) * kMib;
             }
         }},
    };
    const auto option = options.find(name);
    if (option == options.end()) stop("unknown argument " + name);
    option->second();
}

Run readArguments(int argc, char ** argv) {
    if (argc < 2) stop("no model");
    Run run;
    run.path = argv[1];
    run.context.n_ctx = 0;
    run.context.n_batch = 2048;
    run.context.n_ubatch = 512;
    run.context.swa_full = false;
    run.model.n_gpu_layers = -1;
#ifdef HAS_LOAD_MODE
    run.model.load_mode = LLAMA_LOAD_MODE_NONE;
#else
    run.model.use_mmap = false;
#endif
    run.model.no_alloc = true;
    for (int i = 2; i < argc; ++i) {
        const std::string name = argv[i];
        readOne(run, name, [&] {
            if (i + 1 >= argc) stop(name + " has no value");
            return std::string(argv[++i]);
        });
    }
    return run;
}

/// What the server makes of the arguments once all are read and the devices are known.
void finish(Run & run) {
    if (run.n_parallel < 0) {
        run.n_parallel = 4;
        run.context.kv_unified = true;
    }
    run.context.n_seq_max = static_cast<uint32_t>(run.n_parallel);
#ifdef HAS_OUTPUTS_MAX
    run.context.n_outputs_max = run.all_outputs ? 0 : run.context.n_seq_max;
#endif
    for (const auto & [pattern, buffer] : run.override_tensors) {
        run.patterns.push_back(pattern);
        run.overrides.push_back({run.patterns.back().c_str(), bufferType(buffer)});
    }
    run.overrides.resize(run.overrides.size() + 1 + llama_max_tensor_buft_overrides(), {nullptr, nullptr});
    run.model.tensor_buft_overrides = run.overrides.data();
}

/// "success", "failure" (nothing fits) or "error".
std::string fit(Run & run) {
    const auto ask = [&](auto && function, auto margins) {
        return function(run.path.c_str(), &run.model, &run.context, run.tensor_split.data(), run.overrides.data(),
                        margins, run.fit_min_ctx, GGML_LOG_LEVEL_ERROR);
    };
#if defined(HAS_COMMON_FIT)
    const int status = ask(common_fit_params, run.fit_targets.data());
#elif defined(HAS_FIT_MARGINS)
    const int status = ask(llama_params_fit, run.fit_targets.data());
#elif defined(HAS_FIT_STATUS)
    const int status = ask(llama_params_fit, run.fit_targets.front());
#else
    const int status = ask(llama_params_fit, run.fit_targets.front()) ? 0 : 1;
#endif
    return status == 0 ? "success" : status == 1 ? "failure" : "error";
}

void printFit(Run & run) {
    run.model.tensor_split = run.tensor_split.data();
    const std::string words = fit(run);
    std::printf("\"fit\":{\"status\":\"%s\",\"n_ctx\":%u,\"n_gpu_layers\":%d,\"tensor_split\":[", words.c_str(),
                run.context.n_ctx, run.model.n_gpu_layers);
    for (size_t i = 0; i < run.gpus.size(); ++i) {
        std::printf("%s%g", i == 0 ? "" : ",", static_cast<double>(run.tensor_split[i]));
    }
    std::printf("],\"override_tensors\":[");
    for (size_t i = 0; run.overrides[i].pattern != nullptr; ++i) {
        std::printf("%s\"", i == 0 ? "" : ",");
        for (const char * c = run.overrides[i].pattern; *c != 0; ++c) std::printf(*c == '\\' ? "\\\\" : "%c", *c);
        std::printf("=%s\"", ggml_backend_buft_name(run.overrides[i].buft));
    }
    std::printf("]},");
}

/// "graph nodes = 1 (with bs=512), 2 (with bs=1)", or one figure for both: [prompt, decode].
std::array<long, 2> logged(const char * what) {
    const size_t at = g_log.rfind(what);
    if (at == std::string::npos) return {-1, -1};
    const std::string line = g_log.substr(at, g_log.find('\n', at) - at);
    const long prompt = std::atol(line.c_str() + line.find('=') + 1);
    const size_t second = line.find("), ");
    return {prompt, second == std::string::npos ? prompt : std::atol(line.c_str() + second + 3)};
}

/// What llama.cpp says of why it stops.
std::string errors() {
    std::string out;
    for (const std::string & line : splitAt(g_log, '\n')) {
        if (line.find("error") != std::string::npos || line.find("failed") != std::string::npos) out += line + "\n";
    }
    return out;
}

void printReserved(const Run & run, const llama_context * context) {
    std::map<std::string, std::array<size_t, 3>> by_device;
    for (size_t i = 0; i < run.gpus.size(); ++i) by_device["CUDA" + std::to_string(i)] = {};
    std::array<size_t, 3> host = {};
#ifdef HAS_MEMORY_BREAKDOWN
    const auto breakdown = llama_get_memory_breakdown(context);
#else
    const auto breakdown = context->memory_breakdown();
#endif
    for (const auto & [type, bytes] : breakdown) {
        const auto device = by_device.find(ggml_backend_buft_name(type));
        std::array<size_t, 3> & to = device == by_device.end() ? host : device->second;
        to[0] += bytes.model;
        to[1] += bytes.context;
        to[2] += bytes.compute;
    }
    const auto nodes = logged("graph nodes"), splits = logged("graph splits");
    std::printf("\"n_ctx\":%u,\"graph\":[%ld,%ld,%ld,%ld],\"devices\":{", llama_n_ctx(context), nodes[0], nodes[1],
                splits[0], splits[1]);
    for (const auto & [name, bytes] : by_device)
        std::printf("\"%s\":[%zu,%zu,%zu],", name.c_str(), bytes[0], bytes[1], bytes[2]);
    std::printf("\"host\":[%zu,%zu,%zu]}}\n", host[0], host[1], host[2]);
}

}  // namespace

int main(int argc, char ** argv) {
    Run run = readArguments(argc, argv);
#ifdef HAS_COMMON_FIT
    common_log_set_verbosity_thold(-1);
#endif
    ggufit::parity::registerStandIns(run.gpus);
    llama_log_set(keepLog, nullptr);
    llama_backend_init();
    finish(run);
    std::printf("{");
    if (run.fit) printFit(run);
    llama_log_set(keepLog, nullptr);
    llama_model * model = llama_model_load_from_file(run.path.c_str(), run.model);
    // A start allocates what follows on the weights: the stand-ins give it without having it.
    if (model != nullptr && run.started) model->hparams.no_alloc = false;
    const llama_context * context = model == nullptr ? nullptr : llama_init_from_model(model, run.context);
    if (context == nullptr) {
        std::printf("\"refused\":\"%s\"}\n", model == nullptr ? "model" : "context");
        std::fputs(errors().c_str(), stderr);
    } else {
        printReserved(run, context);
    }
    std::fflush(stdout);
    std::_Exit(0);  // the tensors of the stand-ins point nowhere; nothing is to be freed
}
