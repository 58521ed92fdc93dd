// Well-formed headers with wrong facts: keys, values and tensors of a real header changed as the input says, then
// built, estimated and planned on machines and with arguments that the input chooses.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "api.h"
#include "fuzz/fuzz.h"
#include "gguf/read.h"
#include "render/args.h"
#include "render/compose.h"
#include "render/env.h"
#include "render/json.h"
#include "render/preset.h"

using namespace ggufit;

namespace {

/// The headers that are changed: one or two for each architecture.
const std::vector<File> & headers() {
    static const std::vector<File> files = [] {
        std::vector<std::filesystem::path> paths;
        for (const auto & entry : std::filesystem::directory_iterator(GGUFIT_TEST_HEADERS)) {
            if (entry.path().extension() == ".head" && entry.file_size() < 100000) paths.push_back(entry.path());
        }
        std::sort(paths.begin(), paths.end());
        std::vector<File> read;
        for (const auto & path : paths) {
            std::ifstream in(path, std::ios::binary);
            const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
            auto file = readHeader({reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()}, 0, "fuzzed.gguf");
            if (file) read.push_back(std::move(*file));
        }
        fuzz::claim(!read.empty(), "there are headers to change");
        return read;
    }();
    return files;
}

uint64_t pickNumber(FuzzedDataProvider & input) {
    constexpr std::array<uint64_t, 16> kEdges = {0,   1,   2,   3,   7,     8,         64,         127,
                                                 256, 511, 512, 513, 65536, INT32_MAX, UINT32_MAX, UINT64_MAX};
    return input.ConsumeBool() ? input.PickValueInArray(kEdges) : input.ConsumeIntegralInRange<uint64_t>(0, 1U << 20U);
}

Scalar pickScalar(FuzzedDataProvider & input, ValueType type) {
    switch (type) {
        case ValueType::f32:
        case ValueType::f64: return input.ConsumeFloatingPoint<double>();
        case ValueType::boolean: return input.ConsumeBool();
        case ValueType::string: return input.ConsumeRandomLengthString(64);
        case ValueType::i8:
        case ValueType::i16:
        case ValueType::i32:
        case ValueType::i64: return input.ConsumeIntegral<int32_t>() + int64_t{0};
        default: return pickNumber(input);
    }
}

Value pickValue(FuzzedDataProvider & input, const Value & before) {
    Value value = before;
    if (input.ConsumeIntegralInRange(0, 7) == 0)
        value.type = static_cast<ValueType>(input.ConsumeIntegralInRange(0, 12));
    if (value.type != ValueType::array) {
        value.content = pickScalar(input, value.type);
        return value;
    }
    Array list;
    list.element_type = static_cast<ValueType>(input.ConsumeIntegralInRange(0, 8));
    list.count = input.ConsumeIntegralInRange<uint64_t>(0, 130);
    for (uint64_t i = 0; i < list.count; ++i) list.elements.push_back(pickScalar(input, list.element_type));
    value.content = std::move(list);
    return value;
}

void changeKeys(FuzzedDataProvider & input, File & file) {
    const int n_changes = input.ConsumeIntegralInRange(0, 6);
    for (int i = 0; i < n_changes && !file.metadata.empty(); ++i) {
        const size_t at = input.ConsumeIntegralInRange<size_t>(0, file.metadata.size() - 1);
        KeyValue & entry = file.metadata[at];
        switch (input.ConsumeIntegralInRange(0, 9)) {
            case 0: file.metadata.erase(file.metadata.begin() + static_cast<std::ptrdiff_t>(at)); break;
            case 1: {  // another architecture's name, keys and all
                const auto & other = input.PickValueInArray<const File *>({&headers().front(), &headers().back()});
                file.metadata = other->metadata;
                break;
            }
            default: entry.value = pickValue(input, entry.value);
        }
    }
}

/// Whether a reader would take the shape: what ggml counts in bytes must be countable, and whole blocks.
bool setShape(Tensor & tensor, const std::array<uint64_t, 4> & ne) {
    const TypeTraits & traits = traitsOf(tensor.type);
    uint64_t elements = 1;
    for (const uint64_t n : ne) {
        if (n == 0 || n > (uint64_t{1} << 40U) || elements > (uint64_t{1} << 40U) / n) return false;
        elements *= n;
    }
    if (ne[0] % traits.block_size != 0) return false;
    tensor.ne = ne;
    tensor.n_bytes = elements / traits.block_size * traits.block_bytes;
    return true;
}

void changeTensors(FuzzedDataProvider & input, File & file) {
    const int n_changes = input.ConsumeIntegralInRange(0, 4);
    for (int i = 0; i < n_changes && !file.tensors.empty(); ++i) {
        const size_t at = input.ConsumeIntegralInRange<size_t>(0, file.tensors.size() - 1);
        Tensor & tensor = file.tensors[at];
        switch (input.ConsumeIntegralInRange(0, 3)) {
            case 0: file.tensors.erase(file.tensors.begin() + static_cast<std::ptrdiff_t>(at)); break;
            case 1: file.tensors.resize(at + 1); break;
            case 2: tensor.name = input.ConsumeRandomLengthString(60) + ".weight"; break;
            default: {
                std::array<uint64_t, 4> ne = tensor.ne;
                ne[input.ConsumeIntegralInRange<size_t>(0, 3)] = input.ConsumeIntegralInRange<uint64_t>(1, 1U << 20U);
                setShape(tensor, ne);
            }
        }
    }
}

Machine pickMachine(FuzzedDataProvider & input) {
    constexpr std::array<const char *, 6> kGpus = {"RTX 4090",      "RTX 4090,backend=Vulkan",
                                                   "2x RTX 3090",   "Radeon RX 7900 XTX",
                                                   "Arc A770 16GB", "Apple M2 Max 64GB"};
    Machine machine;
    const int n = input.ConsumeIntegralInRange(0, 2);
    for (int i = 0; i < n; ++i) {
        const auto devices = parseGpu(input.PickValueInArray(kGpus), {.any_variant = true});
        fuzz::claim(devices.ok(), "the target's own cards are known");
        machine.devices.insert(machine.devices.end(), devices->begin(), devices->end());
    }
    nameDevices(machine.devices);
    for (Device & device : machine.devices) {
        if (input.ConsumeIntegralInRange(0, 5) == 0)
            device.free_mib = input.ConsumeIntegralInRange<uint64_t>(0, 1U << 20U);
    }
    machine.host.total_mib = input.ConsumeIntegralInRange<uint64_t>(0, 1U << 20U);
    return machine;
}

std::vector<std::string> pickArguments(FuzzedDataProvider & input) {
    constexpr std::array<const char *, 15> kNames = {"-c",    "-b",  "-ub", "-np",  "-ngl", "-ts", "-ot", "-ncmoe",
                                                     "-fitt", "-mg", "-sm", "-ctk", "-ctv", "-fa", "-fit"};
    constexpr std::array<const char *, 16> kValues = {"0",       "1",          "3",    "99",      "4096", "131072",
                                                      "1048576", "2147483647", "1,3",  "off",     "on",   "q8_0",
                                                      "q4_0",    "row",        "none", "exps=CPU"};
    std::vector<std::string> words;
    const int n = input.ConsumeIntegralInRange(0, 4);
    for (int i = 0; i < n; ++i) {
        words.emplace_back(input.PickValueInArray(kNames));
        words.emplace_back(input.PickValueInArray(kValues));
    }
    return words;
}

void checkParts(const DeviceEstimate & device) {
    uint64_t sum = 0;
    for (const Part & part : device.parts) sum += part.bytes;
    fuzz::claim(sum == device.total_bytes(), "the parts of a device are its total");
}

void checkPlan(const Plan & plan) {
    fuzz::claim(plan.entry.find('\x1b') == std::string::npos, "no byte of a file acts on a terminal");
    size_t n_headers = 0;
    for (size_t at = 0; at != std::string::npos; at = plan.entry.find('\n', at + 1)) {
        n_headers += plan.entry.compare(at == 0 ? 0 : at + 1, 1, "[") == 0 ? 1U : 0U;
    }
    fuzz::claim(n_headers == 1, "an entry is one section");
    for (const std::string & text : {planJson(plan), plan.entry, wrapperEnv(plan), presetIni(plan),
                                     composeService(plan, "models", "m.gguf"), commandLine(plan, "m.gguf")}) {
        fuzz::claim(text.size() <= (1U << 22U), "an output's size is bounded");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size) {
    (void)headers();                                          // kept for all inputs
    const fuzz::MemoryBound bound(size, size_t{256} << 20U);  // a graph has thousands of nodes
    FuzzedDataProvider input(data, size);
    File file = headers()[input.ConsumeIntegralInRange<size_t>(0, headers().size() - 1)];
    const Machine machine = pickMachine(input);
    const std::vector<std::string> words = pickArguments(input);
    changeKeys(input, file);
    changeTensors(input, file);
    indexFile(file);
    const auto model = buildModel(std::move(file));
    if (!model) {
        fuzz::claimSentence(model.error());
        return 0;
    }
    const auto parsed = parseArguments(std::span<const std::string>(words), wrapperDefaults());
    if (!parsed) return 0;
    const auto answer = estimate(*model, machine, parsed->settings);
    if (answer) {
        checkParts(answer->estimate.host);
        for (const DeviceEstimate & device : answer->estimate.devices) checkParts(device);
    } else {
        fuzz::claimSentence(answer.error());
    }
    if (input.ConsumeIntegralInRange(0, 3) != 0) return 0;  // a plan is many estimates
    PlanRequest request;
    request.settings = parsed->settings;
    request.alternatives = false;
    const auto planned = plan(*model, machine, request);
    if (planned) {
        checkPlan(*planned);
    } else {
        fuzz::claimSentence(planned.error());
    }
    return 0;
}
