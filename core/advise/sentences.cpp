// Writes what a suggestion changes, what it risks and what to do where it fails.
#include "advise/sentences.h"

#include <algorithm>
#include <cmath>

#include "base/checked.h"
#include "base/phrase.h"
#include "base/units.h"
#include "plan/choose.h"
#include "plan/margins.h"
#include "settings/arguments.h"

namespace ggufit {

namespace {

constexpr size_t kLongestGroup = 40;
constexpr int64_t kHighRiskBytes = 128 * static_cast<int64_t>(kMib);
constexpr int64_t kHighHostBytes = 2 * static_cast<int64_t>(kGib);
constexpr int64_t kHostKeptBytes = 4 * static_cast<int64_t>(kGib);
constexpr int64_t kTightBytes = 512 * static_cast<int64_t>(kMib);

using Words = std::vector<std::string>;

bool isFlag(const std::string & word) {
    return word.size() > 1 && word[0] == '-' && !(word[1] >= '0' && word[1] <= '9') && word[1] != '.';
}

/// "-ub 256", "-fitt 128,512": each argument with its values.
Words groupsOf(const Settings & settings) {
    Words groups;
    for (const std::string & word : writeArguments(settings)) {
        if (isFlag(word) || groups.empty()) {
            groups.push_back(word);
        } else {
            groups.back() += " " + word;
        }
    }
    return groups;
}

std::string flagOf(const std::string & group) { return group.substr(0, group.find(' ')); }

/// What says llama-server's default of an argument that is no longer written.
std::string backToDefault(const std::string & flag) {
    const Settings defaults;
    if (flag == "-ctk" || flag == "-ctv") return flag + " f16";
    if (flag == "-ub") return phrase("{} {}", flag, std::to_string(defaults.n_ubatch));
    if (flag == "-b") return phrase("{} {}", flag, std::to_string(defaults.n_batch));
    if (flag == "-fit") return flag + " on";
    return "without " + flag;
}

std::string megabytes(int64_t bytes) { return formatMib(static_cast<uint64_t>(std::max<int64_t>(bytes, 0))); }

uint64_t contextBytes(const Estimate & estimate) {
    uint64_t sum = estimate.host.context_bytes;
    for (const DeviceEstimate & device : estimate.devices) sum = saturatingAdd(sum, device.context_bytes);
    return sum;
}

uint64_t computeBytes(const Estimate & estimate) {
    uint64_t sum = 0;
    for (const DeviceEstimate & device : estimate.devices) sum = saturatingAdd(sum, device.compute_bytes);
    return sum;
}

std::string instead(const std::string & now, const std::string & before) {
    return phrase("{} instead of {}", now, before);
}

constexpr uint64_t kNoise = 16 * kMib;  // buffers are a little larger or smaller in any other placement

void addBytes(Words & list, const std::string & what, uint64_t now, uint64_t before, uint64_t least) {
    if (std::max(now, before) - std::min(now, before) < least) return;
    const bool small = std::max(now, before) < 16 * kMib;
    const auto write = [small](uint64_t bytes) { return small ? formatGib(bytes) : formatMib(bytes); };
    list.push_back(phrase("{}: {}.", what, instead(write(now), write(before))));
}

void addCount(Words & list, const std::string & what, uint64_t now, uint64_t before) {
    if (now != before) list.push_back(phrase("{}: {}.", what, instead(formatCount(now), formatCount(before))));
}

std::string ubatchSentence(const Placement & placement, const Placement & before) {
    const uint32_t now = placement.estimate.context.n_ubatch, old = before.estimate.context.n_ubatch;
    std::string text =
        phrase("A long prompt is read in pieces of {} tokens", instead(formatCount(now), formatCount(old)));
    if (now < old) return text + ": it takes longer.";
    return text + ".";
}

/// Position of the used device with the least headroom, −1 where none is used.
int32_t tightestDevice(const Placement & placement) {
    int32_t found = -1;
    for (size_t i = 0; i < placement.used.size(); ++i) {
        if (!placement.used[i]) continue;
        if (found < 0 || placement.headroom_bytes[i] < placement.headroom_bytes[static_cast<size_t>(found)])
            found = static_cast<int32_t>(i);
    }
    return found;
}

/// The used device that a smaller micro-batch helps, and by how much.
std::string smallerBatchSentence(const Attempt & attempt, const AttemptBase & base, int32_t tightest) {
    constexpr uint32_t kSmallest = 128;
    const uint32_t half = attempt.placement.estimate.context.n_ubatch / 2;
    if (half < kSmallest) return "";
    Settings smaller = attempt.placement.placed;  // the same placement, whatever --fit would make of the room
    smaller.n_ubatch = half;
    const auto estimate = estimateMemory(base.model, base.machine, smaller, Reserving::started);
    if (!estimate) return "";
    const auto i = static_cast<size_t>(tightest);
    const uint64_t now = attempt.placement.estimate.devices[i].total_bytes();
    const uint64_t then = estimate->devices[i].total_bytes();
    if (then + kMib > now) return "";
    return phrase("-ub {} in the same placement takes {} less on {}.", std::to_string(half), formatMib(now - then),
                  base.machine.devices[i].name);
}

std::string raisedMargins(const Settings & settings, const AttemptBase & base, int32_t tightest) {
    constexpr uint64_t kMoreMib = 256;
    std::string text;
    for (size_t i = 0; i < base.devices.size(); ++i) {
        const bool fails = base.devices[i] == static_cast<uint32_t>(tightest);
        text += (text.empty() ? "" : ",") + std::to_string(fitTargetMib(settings, i) + (fails ? kMoreMib : 0));
    }
    return text;
}

bool placedByHand(const Attempt & attempt) { return attempt.placement.strategy == Strategy::given; }

const Attempt * ofKind(const std::vector<Attempt> & attempts, SuggestionKind kind) {
    const auto found =
        std::find_if(attempts.begin(), attempts.end(), [kind](const Attempt & one) { return one.kind == kind; });
    return found == attempts.end() ? nullptr : &*found;
}

}  // namespace

const char * suggestionKindName(SuggestionKind kind) {
    switch (kind) {
        case SuggestionKind::moderate: return "moderate";
        case SuggestionKind::aggressive: return "aggressive";
        case SuggestionKind::optional: return "optional";
    }
    return "optional";
}

const char * riskName(Risk risk) {
    switch (risk) {
        case Risk::low: return "low";
        case Risk::medium: return "medium";
        case Risk::high: return "high";
    }
    return "high";
}

std::string titleOf(const Attempt & attempt, const AttemptBase & base) {
    const Words now = groupsOf(attempt.placement.asked), before = groupsOf(base.placement.asked);
    std::string text;
    const auto add = [&text](const std::string & part) {
        const bool is_long = part.size() > kLongestGroup;  // patterns stand in the arguments
        text += (text.empty() ? "" : ", ") + (is_long ? flagOf(part) + " …" : part);
    };
    for (const std::string & group : now) {
        if (std::find(before.begin(), before.end(), group) == before.end()) add(group);
    }
    for (const std::string & group : before) {
        const bool kept = std::any_of(now.begin(), now.end(),
                                      [&](const std::string & other) { return flagOf(other) == flagOf(group); });
        const bool idle = flagOf(group) == "-fitt" && !attempt.placement.asked.fit;  // a margin that nothing reads
        if (!kept && !idle) add(backToDefault(flagOf(group)));
    }
    return text.empty() ? "as planned" : text;
}

std::vector<std::string> changesOf(const Attempt & attempt, const AttemptBase & base) {
    const Placement & now = attempt.placement;
    const Placement & before = base.placement;
    const Goal goal = goalOf(base, now);
    Words list;
    const double gain = gainOf(goal, base.goal);
    if (gain >= 0.01 || gain <= -0.01) {
        list.push_back(phrase("About {}{} tokens a second: about {} instead of {}.",
                              formatFixed(std::abs(gain) * 100, 0), gain > 0 ? " % more" : " % fewer",
                              formatFixed(goal.tokens_per_second, 1), formatFixed(base.goal.tokens_per_second, 1)));
    }
    addBytes(list, "Read from system memory for each token", goal.host_bytes, base.goal.host_bytes, 1);
    addCount(list, "Layers on GPUs", countLayers(now).on_devices, countLayers(before).on_devices);
    addCount(list, "Layers whose experts are mostly on GPUs", countExperts(now).on_devices,
             countExperts(before).on_devices);
    // While bytes move between system memory and cards, those of one card say nothing.
    if (goal.host_bytes == base.goal.host_bytes)
        addBytes(list, "Read from cards slower than the fastest for each token", goal.slow_bytes, base.goal.slow_bytes,
                 kNoise);
    if (now.estimate.graph.known() && before.estimate.graph.known()) {
        addCount(list, "Graph splits for each token", now.estimate.graph.splits_decode,
                 before.estimate.graph.splits_decode);
        addCount(list, "Graph splits for each batch of a prompt", now.estimate.graph.splits_prompt,
                 before.estimate.graph.splits_prompt);
    }
    addCount(list, "Context in tokens", now.estimate.context.n_ctx, before.estimate.context.n_ctx);
    addBytes(list, "Cache and states", contextBytes(now.estimate), contextBytes(before.estimate), 1);
    addBytes(list, "Compute buffers on GPUs", computeBytes(now.estimate), computeBytes(before.estimate), kNoise);
    if (now.estimate.context.n_ubatch != before.estimate.context.n_ubatch) list.push_back(ubatchSentence(now, before));
    return list;
}

Risk riskOf(const AttemptBase & base, const Placement & placement) {
    const Machine & machine = base.machine;
    const auto pool = static_cast<int64_t>(std::min<uint64_t>(poolBytes(base.model, placement.placed), INT64_MAX));
    const int32_t tightest = tightestDevice(placement);
    if (tightest >= 0 && placement.headroom_bytes[static_cast<size_t>(tightest)] < std::max(kHighRiskBytes, pool))
        return Risk::high;
    if (machine.host.total_mib > 0 && placement.host_headroom_bytes < kHighHostBytes) return Risk::high;
    const bool adapts = placement.strategy != Strategy::given || placement.asked.fit;
    return placement.verdict == Verdict::fits && adapts ? Risk::low : Risk::medium;
}

std::vector<std::string> risksOf(const AttemptBase & base, const Placement & placement) {
    const Machine & machine = base.machine;
    const std::string pool = formatMib(poolBytes(base.model, placement.placed));
    Words list;
    for (size_t i = 0; i < machine.devices.size(); ++i) {
        if (!placement.used[i]) continue;
        const Device & device = machine.devices[i];
        const std::string left = megabytes(placement.headroom_bytes[i]);
        if (device.reserved_mib > 0) {
            list.push_back(
                phrase("{} is shared with a display or other programs, which hold {} MiB: it runs out where they take "
                       "{} more.",
                       deviceLabel(device), formatCount(device.reserved_mib), left));
        } else if (device.unified_memory) {
            list.push_back(
                phrase("{} shares the system's memory: other programs may take of its {}.", deviceLabel(device), left));
        } else if (placement.headroom_bytes[i] < kTightBytes) {
            std::string text = phrase("{} keeps {}", deviceLabel(device), left);
            text += "; once prompts run, the backend's own pool takes about " + pool;
            list.push_back(text + " of it, which no buffer counts.");
        }
    }
    if (machine.host.total_mib > 0 && placement.host_headroom_bytes < kHostKeptBytes) {
        list.push_back(phrase("System memory keeps {} for the operating system and other programs.",
                              megabytes(placement.host_headroom_bytes)));
    }
    if (placement.strategy == Strategy::given) {
        list.emplace_back(
            "--fit is off: where less memory is free at the start than planned for, loading fails instead of layers "
            "moving.");
    } else if (placement.strategy == Strategy::fit) {
        list.emplace_back(
            "--fit stays on (-ngl, -ts and -ot are left alone): where less memory is free at the start, it moves more "
            "to system memory, and what is lost is speed.");
    }
    if (placement.estimate.approximate && !placement.estimate.approximate_because.empty())
        list.push_back("Approximate: " + placement.estimate.approximate_because);
    return list;
}

std::string ifItFails(const Attempt & attempt, const AttemptBase & base) {
    const int32_t tightest = tightestDevice(attempt.placement);
    if (tightest < 0) return "Go back to the plan.";
    const Settings & settings = attempt.placement.asked;
    const std::string & name = base.machine.devices[static_cast<size_t>(tightest)].name;
    std::string text;
    if (attempt.placement.strategy == Strategy::fit) {
        text = phrase("Where {} runs out of memory, leave more of it: -fitt {}.", name,
                      raisedMargins(settings, base, tightest));
    } else {
        text = smallerBatchSentence(attempt, base, tightest);
        if (placedByHand(attempt) && !settings.tensor_split.empty())
            text += phrase("{}Or lower the figure of {} in -ts by 1 and raise another one's.",
                           std::string(text.empty() ? "" : " "), name);
    }
    return text + (text.empty() ? "Go back to the plan." : " Else go back to the plan.");
}

std::string findingOf(const std::vector<Attempt> & attempts, const AttemptBase & base) {
    if (base.devices.empty())
        return "No GPU is used: everything is read from system memory, and there is no placement to improve.";
    const Attempt * moderate = ofKind(attempts, SuggestionKind::moderate);
    const Attempt * aggressive = ofKind(attempts, SuggestionKind::aggressive);
    const bool any = moderate != nullptr || aggressive != nullptr;
    if (base.placement.verdict == Verdict::does_not_fit) {
        return any ? "The plan does not fit; the suggestions are the smallest changes that were found with which it "
                     "does."
                   : "The plan does not fit, and neither a smaller micro-batch, a smaller cache nor a shorter context "
                     "makes it fit: a smaller quantization or another GPU would.";
    }
    std::string text;
    if (!allOnDevices(base.placement)) {
        text = phrase("Each token reads {} from system memory, the slowest there is: what moves to a GPU gains most.",
                      formatGib(base.goal.host_bytes));
    } else if (base.goal.slow_bytes > 0) {
        text =
            "All layers are on GPUs; what is left to gain is fewer bytes on the slower cards and fewer graph splits.";
    } else {
        text =
            "The whole model is on the fastest memory that may be used, so there is little to gain for each token: "
            "what is "
            "left is the micro-batch, the context and the cache type.";
    }
    const std::string tried =
        ": smaller margins and another micro-batch gain less than 1 %, a placement by hand less than 5 %";
    if (!any) return phrase("{} Nothing better is left for these settings{}.", text, tried);
    if (aggressive == nullptr) text += phrase(" There is no aggressive suggestion{}.", tried);
    if (moderate == nullptr) text += " There is no moderate suggestion: within safe margins nothing gains 1 %.";
    return text;
}

std::vector<TestStep> testOrder(const std::vector<Attempt> & attempts, const AttemptBase & base) {
    std::vector<TestStep> order;
    const auto add = [&](SuggestionKind kind, const std::string & text) {
        for (size_t i = 0; i < attempts.size(); ++i) {
            if (attempts[i].kind == kind) order.push_back({static_cast<int32_t>(i), text});
        }
    };
    const bool fits = base.placement.verdict != Verdict::does_not_fit;
    if (fits) order.push_back({-1, "What the others are compared with."});
    const Attempt * moderate = ofKind(attempts, SuggestionKind::moderate);
    const Attempt * aggressive = ofKind(attempts, SuggestionKind::aggressive);
    const bool both = moderate != nullptr && aggressive != nullptr;
    const bool all_first = both && allOnDevices(aggressive->placement) && !allOnDevices(moderate->placement);
    const bool way_back = moderate != nullptr && moderate->safer;
    if (all_first) {
        add(SuggestionKind::aggressive, "It alone keeps everything on GPUs: whether that holds decides most.");
        add(SuggestionKind::moderate, "The way back where that fails.");
    } else if (way_back) {
        add(SuggestionKind::aggressive, "What is left to gain.");
        add(SuggestionKind::moderate, "Only where the plan itself is not stable: it leaves more memory free.");
    } else {
        add(SuggestionKind::moderate, "The safest change.");
        add(SuggestionKind::aggressive, both ? "Only where the moderate one is stable." : "The plan is the way back.");
    }
    add(SuggestionKind::optional, "Only where its trade is wanted.");
    return order;
}

std::vector<std::string> criteriaFor(const std::vector<Attempt> & attempts) {
    Words rules = {
        "No out-of-memory error at the start: a profile must load reliably, three times in a row.",
        "No out-of-memory error while it runs: with a prompt of 1,000 tokens or more, and with one that fills most of "
        "the context.",
        "Among the stable ones the fastest in tokens per second wins. One that is not faster than a stable plan "
        "goes.",
    };
    if (std::any_of(attempts.begin(), attempts.end(), placedByHand))
        rules.emplace_back(
            "One that switches --fit off has to be at least 5 % faster than the plan: it adapts to nothing.");
    const bool both = ofKind(attempts, SuggestionKind::moderate) != nullptr &&
                      ofKind(attempts, SuggestionKind::aggressive) != nullptr;
    if (both) {
        rules.emplace_back("Where aggressive and moderate are equally stable, take the aggressive one.");
        rules.emplace_back(
            "Where the aggressive one fails now and then, take the moderate one: stability before speed.");
    }
    rules.emplace_back(
        "Write the choice into models.conf, with comments that say why; keep the entry that it replaces, commented "
        "out, with its measured figures.");
    return rules;
}

std::vector<std::string> metricsFor(const Machine & machine) {
    Words rows;
    for (const Device & device : machine.devices) rows.push_back(device.name + " VRAM (MiB / %)");
    for (const char * row : {"Graph splits (bs=1)", "Speed (t/s)", "Prompt speed (t/s)", "OOM?", "Notes"})
        rows.emplace_back(row);
    return rows;
}

}  // namespace ggufit
