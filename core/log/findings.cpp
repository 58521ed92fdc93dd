// What is worth changing in a start that works: large compute buffers, many splits, memory that lies idle.
#include <algorithm>
#include <cmath>

#include "base/phrase.h"
#include "base/units.h"
#include "base/values.h"
#include "log/check.h"
#include "log/text.h"
#include "plan/placement.h"
#include "plan/speeds.h"
#include "settings/arguments.h"

namespace ggufit {

namespace {

constexpr double kLargeCompute = 1536;      // MiB
constexpr double kLargeShare = 0.10;        // of the device
constexpr uint32_t kUsualMicroBatch = 512;  // llama-server's default
constexpr uint64_t kManySplits = 60;        // for a token; the seeds' placements have 2 to 55
constexpr double kIdle = 2048;              // MiB beyond the margin

std::string mib(double value) {
    return formatCount(static_cast<uint64_t>(std::llround(std::max(value, 0.0)))) + " MiB";
}

std::string words(const std::vector<std::string> & list) {
    std::string text;
    for (const std::string & word : list) text += (text.empty() ? "" : " ") + word;
    return text;
}

class Finder {
  public:
    Finder(const Log & log, const Machine & machine, const Settings & settings, const Model * model)
        : log_(log), machine_(machine), settings_(settings), model_(model) {}

    std::vector<CheckFinding> run() {
        quiet();
        ends();
        fit();
        flashAttention();
        for (const Device & device : machine_.devices) compute(device);
        splits();
        if (log_.stage >= LogStage::reserved && !log_.outOfMemory()) idle();
        return std::move(out_);
    }

  private:
    void add(const char * name, std::string text, std::string remedy) {
        out_.push_back({name, std::move(text), std::move(remedy)});
    }

    void quiet() {
        if (!log_.quiet) return;
        add("quiet", "The log holds no line on buffers: since mid 2026 they are printed at a higher verbosity alone.",
            "Start llama-server with -lv 4 and check that log.");
    }

    void ends() {
        if (!log_.truncated || log_.quiet) return;
        add("truncated",
            phrase("The log ends before the start did: what comes after the stage \"{}\" is missing.",
                   std::string(logStageName(log_.stage))),
            "Check a log that goes on until the server listens, or until its error.");
    }

    void fit() {
        if (log_.fit.outcome != LogFit::Outcome::failed) return;
        add("fit", phrase("--fit gave up: {}.", log_.fit.failure),
            "Leave -ngl, -ts and -ot away, so that it may place layers, or use a smaller context.");
    }

    void flashAttention() {
        if (!factOf(log_.settings, "flash_attn_resolved").ends_with("disabled")) return;
        add("flash_attention", "Flash attention was set to disabled: a layer's device does not have it.",
            "Compute buffers grow with the context now. Where the backend has a newer build, try it; -fa on says why.");
    }

    void compute(const Device & device) {
        const double size = deviceSum(log_.measured.compute_buffers, device.name).mib;
        const double total = static_cast<double>(device.total_mib);
        if (size < kLargeCompute && (total <= 0 || size < kLargeShare * total || size < 512)) return;
        const uint64_t n_ubatch = parseUnsigned(factOf(log_.settings, "n_ubatch")).value_or(0);
        std::string remedy = "-ub 256 would about halve it.";
        if (n_ubatch > kUsualMicroBatch) {
            const double rest = size * kUsualMicroBatch / static_cast<double>(n_ubatch);
            remedy = phrase("-ub {} instead of {} would free about {} of it, for more layers or context.",
                            std::to_string(kUsualMicroBatch), std::to_string(n_ubatch), mib(size - rest));
        } else if (factOf(log_.settings, "flash_attn_resolved").ends_with("disabled") ||
                   factOf(log_.settings, "flash_attn") == "0") {
            remedy = "Without flash attention it grows with the context: try -fa on.";
        }
        add("compute",
            phrase("The compute buffer of {} takes {}{}", device.name, mib(size),
                   total > 0 ? phrase(", {} % of the card.", formatFixed(100 * size / total, 0)) : "."),
            remedy);
    }

    void splits() {
        const uint64_t n = countsOf(log_.measured.graph_splits).decode;
        const double on_host = hostSum(log_.measured.kv_buffers).mib;
        const bool one = machine_.devices.size() == 1;
        const size_t slash = log_.offloaded.find('/');
        const bool all = slash != std::string::npos &&
                         leadingCount(log_.offloaded) == leadingCount(log_.offloaded.substr(slash + 1));
        if (n > kManySplits) {
            add("splits",
                phrase("The graph has {} splits for each token: every one is a hand-over between devices or to the "
                       "processor.",
                       std::to_string(n)),
                on_host > 0
                    ? "Keep whole layers together: fewer layers on the GPUs with all of their parts, or more of "
                      "them there."
                    : "Fewer layers with experts in system memory, or layers in one piece on each GPU, have fewer.");
        } else if (n > 2 && one && all && on_host == 0 && weightsStayOnDevice()) {
            add("splits",
                phrase("The graph has {} splits for each token although one GPU holds all layers.", std::to_string(n)),
                "An operation of the model runs on the processor: a newer build of the backend may have it.");
        }
    }

    [[nodiscard]] bool weightsStayOnDevice() const {
        double device = 0;
        for (const Device & one : machine_.devices) device += deviceSum(log_.measured.model_buffers, one.name).mib;
        return hostSum(log_.measured.model_buffers).mib < 0.25 * device;
    }

    /// MiB left on a device after the start.
    [[nodiscard]] double leftOn(const Device & device) const {
        for (auto row = log_.breakdown.rbegin(); row != log_.breakdown.rend(); ++row) {
            if (row->name == device.name && row->device && !row->planned) return static_cast<double>(row->free_mib);
        }
        double left = static_cast<double>(device.free_mib);
        const LogFigures & figures = log_.measured;
        for (const auto * buffers :
             {&figures.model_buffers, &figures.kv_buffers, &figures.rs_buffers, &figures.compute_buffers})
            left -= deviceSum(*buffers, device.name).mib;
        return left;
    }

    /// Layers or experts run from system memory although a device has room.
    void idle() {
        const double host = hostSum(log_.measured.model_buffers).mib;
        double on_devices = 0, left = 0, most = 0;
        std::string where;
        for (const Device & device : machine_.devices) {
            const bool known = std::any_of(log_.devices.begin(), log_.devices.end(), [&](const LogDevice & one) {
                return one.name == device.name && (one.free_mib || one.free_at_list_mib);
            });
            on_devices += deviceSum(log_.measured.model_buffers, device.name).mib;
            const double here = known ? leftOn(device) - kFitTargetMib : 0;
            if (here <= 0) continue;
            left += here;
            if (here > most) where = device.name;
            most = std::max(most, here);
        }
        // input embeddings stay in system memory always
        const bool much = host > 0.15 * (host + on_devices) && host > 1024;
        if (!much || left < kIdle || machine_.devices.empty()) return;
        if (model_ != nullptr && betterPlan(left)) return;
        add("wasted",
            phrase("{} are left on the GPUs beyond a margin of 1,024 MiB, most of it on {}, while {} of weights lie in "
                   "system memory.",
                   mib(left), where, mib(host)),
            "More layers or experts fit there: leave -ngl, -ts and -ot to --fit, or raise -ngl and lower -ncmoe.");
    }

    /// What --fit would do with the same context; false where it is no better.
    bool betterPlan(double left) {
        Settings open = openSettings(settings_);
        const auto now = measure(*model_, machine_, settings_, Strategy::given);
        const auto then = measure(*model_, machine_, open, Strategy::fit);
        if (!now || !then || then->verdict == Verdict::does_not_fit) return false;
        if (deviceBytes(then->estimate) <= deviceBytes(now->estimate) + 256 * kMib) return false;
        const PlacedLayers had = countExperts(*now), has = countExperts(*then);
        const double before = decodeSpeed(*model_, machine_, *now), after = decodeSpeed(*model_, machine_, *then);
        const bool experts = has.on_devices > had.on_devices;
        std::string text = mib(left) + " are left on the GPUs beyond a margin of 1,024 MiB. ";
        text += experts
                    ? phrase("The experts of {} of {} layers would fit there instead of {}",
                             std::to_string(has.on_devices), std::to_string(has.total), std::to_string(had.on_devices))
                    : "More of the model would fit there";
        if (before > 0 && after > before)
            text += phrase("; estimated {} instead of {} tokens a second", formatSpeed(after), formatSpeed(before));
        add(experts ? "experts" : "wasted", text + ".", phrase("Start with {}.", words(writeArguments(open))));
        return true;
    }

    const Log & log_;
    const Machine & machine_;
    const Settings & settings_;
    const Model * model_;
    std::vector<CheckFinding> out_;
};

}  // namespace

std::vector<CheckFinding> findingsOf(const Log & log, const Machine & machine, const Settings & settings,
                                     const Model * model) {
    return Finder(log, machine, settings, model).run();
}

}  // namespace ggufit
