// Which tools are asked in which way, what their failures mean, and the machine file that is kept.
#include "gpus.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <future>
#include <optional>

#include "base/values.h"
#include "host.h"
#include "machine/fields.h"
#include "machine/join_listings.h"
#include "read_files.h"
#include "write_files.h"

namespace ggufit::cli {

namespace {

using Words = std::vector<std::string>;

/// What became of asking a tool.
struct Asked {
    bool present = false;  // it is on the PATH
    bool refused = false;  // it ran and failed by itself
    std::optional<Listing> listing;
    std::vector<Warning> notes;
};

RunLimits limitsOf() {
    RunLimits limits;
    // for tests: no user waits for anything else
    const char * given = std::getenv("GGUFIT_TOOL_MILLISECONDS");
    const auto time = given == nullptr ? std::nullopt : parseUnsigned(given);
    if (time && *time > 0 && *time <= 600000) limits.time = std::chrono::milliseconds(*time);
    return limits;
}

/// The first line of what a tool said of its failure.
std::string complaintOf(const ProgramRun & run) {
    constexpr size_t kLongest = 200;
    for (const std::string * text : {&run.err, &run.out}) {
        for (const std::string_view line : splitAt(*text, '\n')) {
            const auto words = trimmed(line);
            if (!words.empty()) return ": " + std::string(words.substr(0, kLongest));
        }
    }
    return ".";
}

/// Why a run is of no use; nothing where it ended well.
std::optional<Warning> faultOf(const std::string & tool, const ProgramRun & run, const RunLimits & limits) {
    const std::string seconds = writeDecimal(static_cast<double>(limits.time.count()) / 1000);
    switch (run.end) {
        case RunEnd::timed_out:
            return Warning{tool + " did not answer within " + seconds + " seconds and was stopped.",
                           "Its driver may hang; see what it says by itself."};
        case RunEnd::too_long: return Warning{tool + " printed more than 1 MiB and was stopped.", ""};
        case RunEnd::not_started: return Warning{tool + " can't be run: " + std::strerror(run.code) + ".", ""};
        case RunEnd::signalled:
            return Warning{tool + " was ended by signal " + std::to_string(run.code) + complaintOf(run), ""};
        case RunEnd::ended: break;
    }
    if (run.code == 0) return std::nullopt;
    return Warning{tool + " failed with status " + std::to_string(run.code) + complaintOf(run), ""};
}

void readListing(const std::string & tool, const std::string & text, Asked & asked) {
    auto listing = parseListing(text);
    if (listing) {
        asked.listing = std::move(*listing);
    } else {
        asked.notes.push_back({"What " + tool + " prints can't be read: " + listing.error().detail, ""});
    }
}

/// Runs a tool once for each list of arguments and reads its outputs together; the first has to end well.
Asked ask(const std::string & tool, const std::vector<Words> & runs, const RunLimits & limits) {
    Asked asked;
    const auto path = findProgram(tool);
    if (!path) return asked;
    asked.present = true;
    std::string text;
    for (const Words & arguments : runs) {
        const auto run = runProgram(*path, arguments, limits);
        auto fault = faultOf(tool, run, limits);
        if (!fault) text += run.out + "\n";
        if (!fault) continue;
        asked.notes.push_back(*std::move(fault));
        asked.refused = run.end == RunEnd::ended;
        if (text.empty()) return asked;
    }
    readListing(tool, text, asked);
    return asked;
}

/// The GPUs first; what holds their memory is added where the driver says it.
Asked askNvidia(const RunLimits & limits) {
    const std::string csv = "--format=csv";
    const std::string programs = "--query-compute-apps=gpu_uuid,process_name,used_gpu_memory";
    const std::string common = "--query-gpu=index,uuid,name,memory.total,memory.used,memory.free";
    auto asked = ask("nvidia-smi",
                     {{common + ",compute_cap,pcie.link.gen.max,pcie.link.width.max", csv}, {programs, csv}}, limits);
    if (asked.listing || !asked.refused) return asked;
    // drivers before 2021 do not know compute_cap
    auto plain = ask("nvidia-smi", {{common, csv}, {programs, csv}}, limits);
    return plain.listing ? plain : asked;
}

Asked askAmd(const RunLimits & limits) {
    auto asked = ask("amd-smi", {{"static", "--asic", "--bus", "--vram"}, {"metric", "--mem-usage"}}, limits);
    if (asked.listing) return asked;
    auto older = ask("rocm-smi", {{"--showproductname", "--showmeminfo", "vram", "--json"}}, limits);
    if (older.listing || !asked.present) return older;
    return asked;
}

/// A Mac's; elsewhere there is no system_profiler.
Asked askApple(const RunLimits & limits) {
    return ask("system_profiler", {{"SPHardwareDataType", "SPDisplaysDataType"}}, limits);
}

/// --llama-server, or the one on the PATH. What its backends log is of use too: it has the compute capabilities.
Result<Asked> askLlama(const std::string & given, const RunLimits & limits) {
    Asked asked;
    const bool on_path = given.empty() || given.find('/') == std::string::npos;
    const auto found = on_path ? findProgram(given.empty() ? "llama-server" : given) : std::optional(given);
    const auto path = found || given.empty() ? found : std::optional(given);
    if (!path) return asked;
    asked.present = true;
    const auto run = runProgram(*path, {"--list-devices"}, limits);
    if (!given.empty() && run.end == RunEnd::not_started)
        return Error{ErrorCode::input, given, std::string("can't be run: ") + std::strerror(run.code) + "."};
    if (auto fault = faultOf("llama-server --list-devices", run, limits)) {
        asked.notes.push_back(*std::move(fault));
        return asked;
    }
    auto listing = parseListing(run.err + "\n" + run.out);
    const bool list = run.out.find("Available devices:") != std::string::npos;
    if (listing) {
        asked.listing = std::move(*listing);
    } else if (list) {
        asked.notes.push_back({"llama-server lists no GPU: this one would run on the processor alone.",
                               "Take one that is built with the backend of your GPUs."});
    } else {
        asked.notes.push_back({"What llama-server --list-devices prints holds no list of devices.",
                               "It may be older than that argument."});
    }
    return asked;
}

/// Cards that no tool told of, from the kernel itself; no listing where it has none.
Asked askKernel(const Asked & amd, const Asked & intel) {
    std::vector<std::string> skipped;
    if (amd.listing) skipped.emplace_back("0x1002");
    if (intel.listing) skipped.emplace_back("0x8086");
    const std::string text = readGraphicsCards(skipped);
    Asked asked;
    auto listing = parseListing(text);
    if (listing) {
        asked.listing = std::move(*listing);
    } else if (text.find("/device/address:") != std::string::npos) {
        asked.notes.push_back({"There is a graphics card of Intel, but the kernel does not say how much memory it has.",
                               "Put xpu-smi on the PATH, or describe the card with --gpu."});
    }
    return asked;
}

void noteMissing(const Asked & nvidia, FoundMachine & found) {
    if (!nvidia.present && hasCardOf("0x10de")) {
        found.listing.notes.push_back(
            {"There is an NVIDIA card, but no nvidia-smi on the PATH: nothing is known of it.",
             "Install NVIDIA's driver with its tools, or describe the card with --gpu."});
    }
    if (!found.listing.machine.devices.empty()) return;
    found.listing.notes.push_back({"No tool told of a GPU (nvidia-smi, amd-smi, rocm-smi, xpu-smi, llama-server).",
                                   "Plans are then for the processor alone, unless --gpu or --machine describes one."});
}

Result<std::optional<Machine>> keptMachine(const std::string & path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return std::optional<Machine>();
    auto text = readTextFile(path);
    if (!text) return text.error();
    auto machine = parseMachine(*text);
    if (!machine)
        return Error{ErrorCode::input, path,
                     "there is a file already, and it is no machine file; it was left as it is."};
    return std::optional(std::move(*machine));
}

/// Writes the machine file; one line that says so.
Result<std::string> save(const std::string & path, Machine machine) {
    const auto kept = keptMachine(path);
    if (!kept) return kept.error();
    if (kept->has_value()) {
        machine.name = (*kept)->name;
        machine.calibration = (*kept)->calibration;
        if (machine.host.memory.empty()) machine.host.memory = (*kept)->host.memory;
    }
    const std::filesystem::path file(path);
    const std::string folder = file.has_parent_path() ? file.parent_path().string() : ".";
    if (auto fault = writeFiles(folder, {{file.filename().string(), writeMachine(machine)}})) return *fault;
    return "Wrote " + safeTerminal(path) + ", for --machine and the page.\n";
}

}  // namespace

Result<FoundMachine> findMachine(const Options & options) {
    const RunLimits limits = limitsOf();
    const auto launch = std::launch::async;
    auto later_llama = std::async(launch, askLlama, options.llama_server, limits);
    auto later_nvidia = std::async(launch, askNvidia, limits);
    auto later_amd = std::async(launch, askAmd, limits);
    auto later_apple = std::async(launch, askApple, limits);
    auto later_host = std::async(launch, readHost, limits);
    const Asked intel = ask("xpu-smi", {{"discovery", "-j"}}, limits);
    auto llama = later_llama.get();
    std::array<Asked, 4> asked = {later_nvidia.get(), later_amd.get(), intel, later_apple.get()};

    FoundMachine found;
    found.host = later_host.get();
    if (!llama) return llama.error();
    std::vector<Listing> listings;
    for (Asked & tool : asked) {
        if (tool.listing) listings.push_back(*tool.listing);
    }
    const Asked kernel = askKernel(asked[1], asked[2]);
    if (kernel.listing) listings.push_back(*kernel.listing);
    found.listing = joinTools(std::move(listings));
    if (llama->listing) found.listing = preferLlama(*std::move(llama->listing), found.listing);
    auto & notes = found.listing.notes;
    notes.insert(notes.end(), llama->notes.begin(), llama->notes.end());
    for (const Asked & tool : asked) notes.insert(notes.end(), tool.notes.begin(), tool.notes.end());
    notes.insert(notes.end(), kernel.notes.begin(), kernel.notes.end());
    noteMissing(asked[0], found);

    Host & host = found.listing.machine.host;
    if (found.host.total_mib > 0) host.total_mib = found.host.total_mib;
    if (!found.host.memory.empty()) host.memory = found.host.memory;
    if (!sizeUnified(found.listing.machine))
        return Error{ErrorCode::input, "", "the GPU uses the system's memory, whose size can't be found out."};
    return found;
}

Result<Answer> runGpus(const Options & options, const TextOptions & text_options) {
    if (!options.llama_words.empty())
        return usageError(options.llama_words.front(), "`ggufit gpus` takes no such argument.");
    const auto found = findMachine(options);
    if (!found) return found.error();
    Answer answer;
    const bool json = options.format == Format::json;
    answer.text = json ? foundJson(*found) : renderFound(*found, text_options);
    if (options.save_machine.empty()) return answer;
    const auto written = save(options.save_machine, found->listing.machine);
    if (!written) return written.error();
    if (!json) answer.text += "\n" + *written;
    return answer;
}

}  // namespace ggufit::cli
