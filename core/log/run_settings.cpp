// The settings of a start: printed ones as llama-server's words, so that they are checked as those are.
#include <algorithm>
#include <cmath>

#include "base/phrase.h"
#include "base/values.h"
#include "log/run.h"
#include "log/text.h"
#include "plan/choose.h"
#include "settings/arguments.h"

namespace ggufit {

namespace {

class SettingsReader {
  public:
    SettingsReader(const Log & log, Settings given) : log_(log) { out_.settings = std::move(given); }

    RunSettings read() {
        number("n_ctx", "-c");
        number("n_batch", "-b");
        number("n_ubatch", "-ub");
        number("n_seq_max", "-np");
        type("type_k", "-ctk");
        type("type_v", "-ctv");
        flashAttention();
        if (fact("kv_unified") == "true") word({"-kvu"});
        if (fact("kv_unified") == "false" && out_.settings.n_parallel < 0) word({"-np", "1"});
        loading();
        slidingWindow();
        placement();
        version();
        const bool all_outputs = !fact("n_batch").empty() && fact("n_outputs_max").empty();
        out_.settings.outputs = all_outputs ? Outputs::all : Outputs::server;
        return std::move(out_);
    }

  private:
    [[nodiscard]] std::string_view fact(std::string_view key) const { return factOf(log_.settings, key); }

    /// One of llama-server's arguments over what is there; a note where it is refused.
    bool word(const std::vector<std::string> & words) {
        auto parsed = parseArguments(words, out_.settings);
        if (parsed) out_.settings = std::move(parsed->settings);
        return parsed.ok();
    }

    /// What the user says wins over what the log names.
    void version() {
        LlamaVersion & version = out_.settings.llama_cpp;
        if (version.newest()) version = versionOf(log_);
    }

    void number(std::string_view key, const char * argument) {
        const auto value = parseUnsigned(fact(key));
        if (value) word({argument, std::to_string(*value)});
    }

    void type(std::string_view key, const char * argument) {
        const std::string name(fact(key));
        if (name.empty() || word({argument, name})) return;
        out_.notes.push_back(phrase("the cache type {} is not known here: this is another build than llama.cpp's own",
                                    quotedText(name)));
    }

    void flashAttention() {
        const std::string_view resolved = fact("flash_attn_resolved"), asked = fact("flash_attn");
        if (resolved.ends_with("disabled") || asked == "disabled" || asked == "0") word({"-fa", "off"});
        if (resolved.ends_with("enabled") || asked == "enabled" || asked == "1") word({"-fa", "on"});
    }

    void loading() {
        const auto & buffers = log_.measured.model_buffers;
        const auto ends = [&](std::string_view tail) {
            return std::any_of(buffers.begin(), buffers.end(),
                               [&](const LogBuffer & buffer) { return std::string_view(buffer.name).ends_with(tail); });
        };
        const bool mapped = fact("load_mode").find("mmap") != std::string_view::npos || fact("mmap") == "true";
        const bool read = !fact("load_mode").empty() || fact("mmap") == "false" || ends("_Host");
        if (!mapped && !ends("_Mapped") && read) word({"--no-mmap"});
    }

    /// --swa-full is seen by caches of equal size where the window would make one smaller.
    void slidingWindow() {
        std::vector<uint64_t> cells;
        for (const std::string & line : log_.measured.kv_lines) {
            const auto size = after(line, "SWA KV cache, size = ");
            if (size) cells.push_back(leadingCount(*size).value_or(0));
        }
        const uint64_t window = parseUnsigned(factOf(log_.hparams, "n_swa")).value_or(0);
        const uint64_t n_ubatch = out_.settings.n_ubatch;
        const bool full =
            cells.size() == 2 && cells[0] == cells[1] && window != 0 && cells[0] > window + n_ubatch + 256;
        if (full || fact("swa_full") == "true") word({"--swa-full"});
    }

    void placement() {
        Settings & settings = out_.settings;
        const bool fitted =
            log_.fit.outcome == LogFit::Outcome::fitted || log_.fit.outcome == LogFit::Outcome::unchanged;
        if (!placesByHand(settings) && fitted) {
            settings.fit = true;
            return;
        }
        settings.fit = false;
        if (!settings.given_n_gpu_layers) offloaded();
        markGiven(settings);
    }

    void offloaded() {
        const size_t slash = log_.offloaded.find('/');
        const auto layers = leadingCount(log_.offloaded);
        const auto all = slash == std::string::npos ? std::nullopt : leadingCount(log_.offloaded.substr(slash + 1));
        if (layers && all) {
            word({"-ngl", *layers >= *all ? "all" : std::to_string(*layers)});
        } else if (!log_.measured.model_buffers.empty()) {
            const auto & buffers = log_.measured.model_buffers;
            const bool host = std::all_of(buffers.begin(), buffers.end(),
                                          [](const LogBuffer & buffer) { return isHostBuffer(buffer.name); });
            word({"-ngl", host ? "0" : "all"});
        }
    }

    const Log & log_;
    RunSettings out_;
};

/// Bytes of weights by device, as the log prints them beside as placed.
bool weightsAgree(const Log & log, const Model & model, const Machine & machine, const Settings & settings) {
    const auto plan = placeWeights(model, machine, settings);
    if (!plan) return false;
    std::vector<double> mib(machine.devices.size(), 0);
    for (const PlacedWeight & weight : plan->weights) {
        if (weight.device >= 0 && static_cast<size_t>(weight.device) < mib.size())
            mib[static_cast<size_t>(weight.device)] += static_cast<double>(weight.bytes) / (1024.0 * 1024);
    }
    for (size_t i = 0; i < mib.size(); ++i) {
        const BufferSum printed = deviceSum(log.measured.model_buffers, machine.devices[i].name);
        if (std::abs(printed.mib - mib[i]) > 0.006 * static_cast<double>(std::max<size_t>(printed.n_lines, 1)))
            return false;
    }
    return true;
}

/// Layers by device in proportion to the caches, which are alike for all layers of most models.
std::string splitByCaches(const Log & log, const Machine & machine) {
    const auto n_layer = parseUnsigned(factOf(log.hparams, "n_layer"));
    std::vector<double> mib;
    double sum = hostSum(log.measured.kv_buffers).mib;
    for (const Device & device : machine.devices) {
        mib.push_back(deviceSum(log.measured.kv_buffers, device.name).mib);
        sum += mib.back();
    }
    if (!n_layer || *n_layer == 0 || *n_layer > 4096 || sum <= 0 || mib.size() < 2) return "";
    std::string split;
    for (size_t i = 0; i < mib.size(); ++i) {
        // the output layer counts on the last device
        const double layers = std::round(mib[i] / sum * static_cast<double>(*n_layer)) + (i + 1 == mib.size() ? 1 : 0);
        split += (i == 0 ? "" : ",") + std::to_string(static_cast<uint64_t>(layers));
    }
    return split;
}

std::optional<Settings> withWords(const Settings & settings, const std::vector<std::string> & words) {
    auto parsed = parseArguments(words, settings);
    if (!parsed) return std::nullopt;
    return std::move(parsed->settings);
}

/// Buffers that the log names tensor by tensor, as -ot.
std::optional<Settings> withOverrides(const Log & log, Settings settings) {
    if (log.overrides.empty() || !settings.override_tensors.empty()) return std::nullopt;
    for (const std::string & one : log.overrides) {
        const size_t equals = one.find('=');
        const std::string buffer = one.substr(equals + 1);
        std::string pattern = "^";
        for (const char c : one.substr(0, equals)) pattern += c == '.' ? std::string("\\.") : std::string(1, c);
        settings.override_tensors.push_back({pattern + "$", buffer.ends_with("_Host") ? "CPU" : buffer});
    }
    markGiven(settings);
    return settings;
}

RunSettings withSearchedPlacement(const Log & log, const Model & model, const Machine & machine, RunSettings run) {
    run.settings.fit = false;
    const bool placed = run.settings.given_tensor_split || run.settings.given_override_tensors;
    if (placed || weightsAgree(log, model, machine, run.settings)) return run;

    std::vector<std::vector<std::string>> splits = {{}};
    if (const std::string split = splitByCaches(log, machine); !split.empty()) splits.push_back({"-ts", split});
    const uint32_t n_experts_on_cpu = model.hparams.n_expert > 0 ? model.hparams.n_layer_all : 0;
    for (uint32_t n = 0; n <= n_experts_on_cpu; ++n) {
        for (const auto & split : splits) {
            std::vector<std::string> words = split;
            if (n > 0) words.insert(words.end(), {"-ncmoe", std::to_string(n)});
            if (words.empty()) continue;
            const auto tried = withWords(run.settings, words);
            if (!tried || !weightsAgree(log, model, machine, *tried)) continue;
            run.settings = *tried;
            std::string text;
            for (const std::string & word : words) text += (text.empty() ? "" : " ") + word;
            run.notes.push_back(
                phrase("the weights of every device are those of {}, which the log does not print", text));
            return run;
        }
    }
    return run;
}

}  // namespace

RunSettings settingsOf(const Log & log, const Settings & given) { return SettingsReader(log, given).read(); }

RunSettings withPlacementOf(const Log & log, const Model & model, const Machine & machine, RunSettings run) {
    if (run.settings.fit) {
        const auto fit = fitMemory(model, machine, run.settings);
        Settings placed = run.settings;
        placed.fit = false;
        run.settings = fit ? fit->settings : placed;
        if (machine.devices.empty() || weightsAgree(log, model, machine, run.settings)) return run;
        // --fit saw other figures of free memory than are printed, or is that of another build
        markGiven(placed);
        RunSettings found =
            withSearchedPlacement(log, model, machine, {SettingsReader(log, placed).read().settings, {}});
        if (weightsAgree(log, model, machine, found.settings)) run = std::move(found);
        return run;
    }
    if (log.measured.model_buffers.empty() || machine.devices.empty()) return run;
    if (auto named = withOverrides(log, run.settings)) run.settings = std::move(*named);
    return withSearchedPlacement(log, model, machine, std::move(run));
}

}  // namespace ggufit
