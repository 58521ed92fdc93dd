// Checks of starts whose figures are llama.cpp's own, and of starts that failed.
#include "log/check.h"

#include <boost/test/unit_test.hpp>
#include <cstdio>

#include "log/parser.h"
#include "plan/placement.h"
#include "settings/arguments.h"
#include "support.h"
#include "support/arguments.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

std::string printed(const char * format, const std::string & name, double bytes) {
    char line[200];
    std::snprintf(line, sizeof line, format, name.c_str(), bytes / 1048576.0);
    return line;
}

std::string fact(const char * key, const std::string & value) {
    return std::string("llama_context: ") + key + " = " + value + "\n";
}

std::string counts(const std::array<uint32_t, 2> & n) {
    std::string text = std::to_string(n[0]);
    if (n[0] != n[1]) text += " (with bs=512), " + std::to_string(n[1]) + " (with bs=1)";
    return text;
}

bool isOffloaded(const TruthCase & truth) { return truth.devices.begin()->second[0] > 0; }

std::string settingsLines(const TruthCase & truth) {
    const Settings settings = truthSettings(truth);
    const Slots slots = resolveSlots(settings);
    std::string text = fact("n_seq_max", std::to_string(slots.n_seq_max)) + fact("n_ctx", std::to_string(truth.n_ctx)) +
                       fact("n_batch", std::to_string(settings.n_batch)) +
                       fact("n_ubatch", std::to_string(settings.n_ubatch)) +
                       fact("flash_attn", settings.flash_attn == FlashAttention::off ? "disabled" : "auto") +
                       fact("kv_unified", slots.kv_unified ? "true" : "false");
    return settings.outputs == Outputs::server ? text + fact("n_outputs_max", "1") : text;
}

/// What llama.cpp would print of a case on one GPU: its own figures in the lines of a start.
std::string logOf(const TruthCase & truth) {
    const Settings settings = truthSettings(truth);
    const Device & device = truthMachine(truth.machine).devices.front();
    const Figures gpu = truth.devices.begin()->second;
    const uint32_t n_layer = truthModel(truth.model).hparams.n_layer_all;
    std::string text = "llama_prepare_model_devices: using device " + device.name + " (" + device.description +
                       ") (0000:01:00.0) - " + std::to_string(device.free_mib) + " MiB free\n";
    const int32_t layers = settings.n_gpu_layers < 0 || settings.n_gpu_layers > static_cast<int32_t>(n_layer)
                               ? static_cast<int32_t>(n_layer) + 1
                               : settings.n_gpu_layers;
    text +=
        "load_tensors: offloaded " + std::to_string(layers) + "/" + std::to_string(n_layer + 1) + " layers to GPU\n";
    text += printed("load_tensors: %s model buffer size = %.2f MiB\n", "CUDA_Host", static_cast<double>(truth.host[0]));
    if (isOffloaded(truth))
        text += printed("load_tensors: %s model buffer size = %.2f MiB\n", device.name, static_cast<double>(gpu[0]));
    text += settingsLines(truth);
    const std::string types = std::string("K (") + std::string(traitsOf(settings.type_k).name) + "): 1.00 MiB, V (" +
                              std::string(traitsOf(settings.type_v).name) + "): 1.00 MiB\n";
    if (truth.host[1] > 0)
        text += printed("llama_kv_cache: %s KV buffer size = %.2f MiB\n", "CPU", static_cast<double>(truth.host[1]));
    if (gpu[1] > 0)
        text += printed("llama_kv_cache: %s KV buffer size = %.2f MiB\n", device.name, static_cast<double>(gpu[1]));
    text += "llama_kv_cache: size = 2.00 MiB ( 1 cells, 1 layers, 1/1 seqs), " + types;
    text += printed("sched_reserve: %s compute buffer size = %.2f MiB\n", device.name, static_cast<double>(gpu[2]));
    text +=
        printed("sched_reserve: %s compute buffer size = %.2f MiB\n", "CUDA_Host", static_cast<double>(truth.host[2]));
    text += "sched_reserve: graph nodes  = " + counts(truth.graph_nodes) + "\n";
    text += "sched_reserve: graph splits = " + counts(truth.graph_splits) + "\n";
    return text + "sched_reserve: reserve took 1.00 ms, sched copies = 1\n";
}

/// Cases on one GPU that a log tells completely: nothing is set that is neither printed nor seen in the figures.
bool isTold(const TruthCase & truth) {
    if (truth.zoo || !truth.error.empty() || truth.fit_on || truth.devices.size() != 1) return false;
    for (const char * word :
         {"-ot", "-nkvo", "-sm", "--no-op-offload", "--embeddings", "-nr", "--no-host", "--pooling", "mtp"}) {
        if (truth.arguments.find(word) != std::string::npos) return false;
    }
    return truthMachine(truth.machine).devices.size() == 1;
}

Check checked(const std::string & text, const Model * model = nullptr, CheckRequest request = {}) {
    auto check = checkLog(parseLog(text), model, request);
    BOOST_REQUIRE_MESSAGE(check.ok(), (check.ok() ? "" : check.error().text()));
    return std::move(*check);
}

Machine oneCard(uint64_t free_mib) {
    Machine machine;
    Device device;
    device.name = "CUDA0";
    device.compute_capability = "8.9";
    device.total_mib = free_mib + 500;
    device.free_mib = free_mib;
    device.driver_mib = 500;
    machine.devices.push_back(device);
    machine.host.total_mib = 65536;
    return machine;
}

bool names(const std::vector<CheckFinding> & findings, const std::string & name) {
    return std::any_of(findings.begin(), findings.end(), [&](const CheckFinding & one) { return one.name == name; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(check)

BOOST_AUTO_TEST_CASE(a_start_with_the_figures_of_llama_cpp_is_predicted_in_every_term) {
    size_t n_checked = 0, n_terms = 0, number = 0;
    for (const TruthCase & truth : truthCases()) {
        if (!isTold(truth) || number++ % 9 != 0) continue;
        const Check check = checked(logOf(truth), &truthModel(truth.model));
        for (const CheckTerm & term : check.terms) {
            if (!term.exact) continue;
            BOOST_TEST(term.equal, truth.name() << ": " << term.device << " " << term.name << " predicted "
                                                << term.predicted.value_or(-1) << ", measured "
                                                << term.measured.value_or(-1) << ", " << term.because);
        }
        BOOST_TEST(check.n_equal == check.n_compared);
        n_terms += check.n_compared;
        ++n_checked;
    }
    BOOST_TEST_MESSAGE(n_terms << " terms of " << n_checked << " starts");
    BOOST_TEST(n_checked >= 15U);
    BOOST_TEST(n_terms >= 100U);
}

BOOST_AUTO_TEST_CASE(another_file_is_told_by_the_types_of_its_tensors) {
    const std::string text =
        "print_info: arch = qwen3\nllama_model_loader: - type q8_0:  282 tensors\n"
        "load_tensors: offloaded 41/41 layers to GPU\nload_tensors: CUDA0 model buffer size = 14000.00 MiB\n"
        "llama_context: n_ctx = 4096\nllama_context: n_batch = 2048\nllama_context: n_outputs_max = 1\n"
        "llama_kv_cache: CUDA0 KV buffer size = 640.00 MiB\n";
    const Check check = checked(text, &truthModel("qwen3-14b-q4_k_m"));
    for (const CheckTerm & term : check.terms) {
        if (term.device == "CUDA0" && term.name == "weights")
            BOOST_TEST(term.because.find("tensors have other types") != std::string::npos, term.because);
        // 40 layers × 2 × 1024 values × 2 bytes × 4096 cells
        if (term.device == "CUDA0" && term.name == "cache") BOOST_TEST(term.equal);
    }
}

BOOST_AUTO_TEST_CASE(another_model_is_not_compared_with) {
    const Check check = checked("print_info: arch = qwen3\nprint_info: n_layer = 36\nllama_context: n_ctx = 4096\n",
                                &truthModel("qwen3-14b-q4_k_m"));
    BOOST_TEST(!check.compared);
    BOOST_REQUIRE(!check.notes.empty());
    BOOST_TEST(check.notes.back() == "the log is of a model of 36 layers, the file has 40: nothing is compared");
}

BOOST_AUTO_TEST_CASE(without_a_model_only_what_was_measured_is_listed) {
    const Check check = checked(logText("two_cards.log"));
    BOOST_TEST(!check.compared);
    BOOST_TEST(check.terms.size() >= 10U);
    for (const CheckTerm & term : check.terms) BOOST_TEST(!term.predicted);
}

BOOST_AUTO_TEST_CASE(a_shortage_says_device_part_and_how_much_is_lacking) {
    const auto fall = shortfallOf(parseLog(logText("out_of_memory.log")));
    BOOST_REQUIRE(fall.has_value());
    BOOST_TEST(fall->device == "CUDA1");
    BOOST_TEST((fall->part == LogPart::cache));
    BOOST_TEST(fall->asked_mib == 20480.0);
    BOOST_TEST(fall->held_mib == 19940.67);
    BOOST_TEST(fall->free_mib == 23871.0);
    BOOST_TEST(fall->lacking_mib == 20480.0 + 19940.67 - 23871.0, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(shortages_of_every_backend_are_told) {
    struct Case {
        const char * lines;
        const char * device;
        LogPart part;
        uint64_t bytes;
    };
    const std::string loaded = "load_tensors: CUDA0 model buffer size = 1.00 MiB\n";
    const std::string context = loaded + "llama_context: n_ctx = 4096\n";
    const std::vector<std::pair<std::string, Case>> cases = {
        {context,
         {"ggml_backend_cuda_buffer_type_alloc_buffer: allocating 512.00 MiB on device 0: cudaMalloc failed: out of "
          "memory\n"
          "ggml_gallocr_reserve_n_impl: failed to allocate CUDA0 buffer of size 536870912\n"
          "graph_reserve: failed to allocate compute buffers\n",
          "CUDA0", LogPart::compute, 536870912}},
        {"llama_model_load_from_file_impl: using device ROCm1 (AMD Radeon RX 7900 XTX) - 24000 MiB free\n",
         {"ggml_backend_cuda_buffer_type_alloc_buffer: allocating 512.00 MiB on device 1: cudaMalloc failed: out of "
          "memory\n"
          "alloc_tensor_range: failed to allocate ROCm1 buffer of size 536870912\n",
          "ROCm1", LogPart::weights, 536870912}},
        {context,
         {"ggml_vulkan: Device memory allocation of size 767432704 failed.\n"
          "ggml_vulkan: vk::Device::allocateMemory: ErrorOutOfDeviceMemory\n"
          "alloc_tensor_range: failed to allocate Vulkan0 buffer of size 767432704\n",
          "Vulkan0", LogPart::cache, 767432704}},
        {"llama_model_load_from_file_impl: using device Metal (Apple M2 Pro) - 12124 MiB free\n",
         {"ggml_metal_buffer_init: error: failed to allocate buffer, size = 1024.00 MiB\n", "Metal", LogPart::weights,
          1073741824}},
        {"",
         {"ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 1073741824\n", "host",
          LogPart::weights, 1073741824}},
        {context + "sched_reserve: CUDA0 compute buffer size = 1.00 MiB\n",
         {"CUDA error: out of memory\n  current device: 0, in function alloc at ggml-cuda.cu:500\n", "CUDA0",
          LogPart::running, 0}},
    };
    for (const auto & [before, one] : cases) {
        const Log log = parseLog(before + one.lines);
        const auto fall = shortfallOf(log);
        BOOST_REQUIRE_MESSAGE(fall.has_value(), one.lines);
        BOOST_TEST(log.shortages.size() == 1U, one.lines);
        BOOST_TEST(log.failed());
        BOOST_TEST(fall->device == one.device, one.lines);
        BOOST_TEST((fall->part == one.part), one.lines << logPartName(fall->part));
        BOOST_TEST(log.shortages.front().bytes == one.bytes, one.lines);
    }
}

BOOST_AUTO_TEST_CASE(a_shortage_that_was_survived_is_no_failure) {
    const std::string text =
        "llama_context: n_ctx = 4096\n"
        "ggml_gallocr_reserve_n_impl: failed to allocate Vulkan1 buffer of size 455917568\n"
        "sched_reserve: compute buffer allocation failed, retrying without pipeline parallelism\n"
        "sched_reserve: Vulkan1 compute buffer size = 200.00 MiB\nsched_reserve: graph splits = 3\n";
    const Check check = checked(text);
    BOOST_TEST(!check.log.failed());
    BOOST_REQUIRE(check.shortfall.has_value());
    BOOST_TEST(check.shortfall->survived);
    BOOST_TEST(check.remedies.empty());
}

BOOST_AUTO_TEST_CASE(each_planned_remedy_fits_and_saves_what_was_lacking) {
    const Model & model = truthModel("qwen3-14b-q4_k_m");
    // 40 layers × 2 × 1024 values × 2 bytes × 65,536 cells = 10,240 MiB beside 8.2 GiB of weights
    const std::string text =
        "llama_prepare_model_devices: using device CUDA0 (My card) (0000:01:00.0) - 16000 MiB free\n"
        "load_tensors: offloaded 41/41 layers to GPU\nload_tensors: CUDA0 model buffer size = 8148.38 MiB\n"
        "llama_context: n_seq_max = 1\nllama_context: n_ctx = 65536\nllama_context: n_batch = 2048\n"
        "llama_context: n_ubatch = 512\nllama_context: n_outputs_max = 1\nllama_context: kv_unified = false\n"
        "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 10240.00 MiB on device 0: cudaMalloc failed: out of "
        "memory\n"
        "alloc_tensor_range: failed to allocate CUDA0 buffer of size 10737418240\n";
    CheckRequest request;
    request.machine = oneCard(16000);
    const Check check = checked(text, &model, request);
    BOOST_REQUIRE(check.shortfall.has_value());
    BOOST_TEST(check.shortfall->lacking_mib == 8148.38 + 10240 - 16000, boost::test_tools::tolerance(1e-9));
    std::vector<std::string> found;
    for (const CheckRemedy & remedy : check.remedies) {
        found.push_back(remedy.name);
        BOOST_TEST(remedy.saved_mib + 1 >= check.shortfall->lacking_mib, remedy.name);
        const auto arguments = parseArguments(remedy.arguments);
        BOOST_REQUIRE(arguments.ok());
        const auto placement = measure(model, *request.machine, arguments->settings, Strategy::given);
        BOOST_REQUIRE(placement.ok());
        BOOST_TEST((placement->verdict != Verdict::does_not_fit), remedy.name);
    }
    // A micro-batch can't save 2,388 MiB of a cache; the cheapest that can is the context.
    const std::vector<std::string> expected = {"context", "cache_type", "layers"};
    BOOST_TEST(std::vector<std::string>(found.begin(), found.begin() + 3) == expected,
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(remedies_by_figures_alone_go_by_the_part_that_failed) {
    const Log log = parseLog(logText("out_of_memory.log"));
    const auto remedies = remediesByFigures(log, *shortfallOf(log));
    BOOST_REQUIRE(remedies.size() == 4U);
    BOOST_TEST(remedies[0].change == "-ub 256");
    // 16,550 MiB of 20,480 are lacking: half and a quarter of the context are too much, an eighth is not
    BOOST_TEST(remedies[1].change == "-c 16384");
    BOOST_TEST(remedies[1].saved_mib == 20480.0 * 7 / 8);
    BOOST_TEST(remedies[2].change == "-ctk q8_0 -ctv q8_0");
    BOOST_TEST(remedies[2].saved_mib == 20480.0 * 30 / 64);
    BOOST_TEST(remedies[2].text.ends_with("; not enough alone"));
    BOOST_TEST(remedies[3].name == "layers");
}

BOOST_AUTO_TEST_CASE(oversized_buffers_splits_and_idle_memory_are_found) {
    std::string text = logText("two_cards.log");
    text.replace(text.find("428.07"), 6, "3200.0");
    text.replace(text.find("n_ubatch              = 512"), 27, "n_ubatch              = 4096");
    Check check = checked(text);
    BOOST_TEST(names(check.findings, "compute"));
    BOOST_TEST(names(check.findings, "splits"));
    BOOST_TEST(!names(check.findings, "wasted"));
    text = logText("two_cards.log");
    text.replace(text.find("13755.36"), 8, " 3755.36");
    text.replace(text.find(" 577.50 MiB"), 11, "10577.50 MiB");
    text.erase(text.find("common_memory_breakdown_print"));
    check = checked(text);
    BOOST_TEST(names(check.findings, "wasted"));
    BOOST_TEST(!names(check.findings, "compute"));
}

BOOST_AUTO_TEST_CASE(a_server_that_prints_no_buffers_is_told_how_to) {
    const Check check = checked(
        "build_info: b10500-0123abc\nmain: server is listening on http://127.0.0.1:8080\n"
        "slot print_timing: id  0 | task 9 |        eval time =    6096.41 ms /   253 tokens (   24.10 ms per token, "
        "   41.50 tokens per second)\n");
    BOOST_TEST(names(check.findings, "quiet"));
    BOOST_TEST(check.findings.front().remedy.find("-lv 4") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_machine_learns_what_was_free_and_what_the_driver_took) {
    CheckRequest request;
    request.learn = true;
    Check check = checked(logText("two_cards.log"), nullptr, request);
    BOOST_REQUIRE(check.learned.has_value());
    const Device & first = check.learned->devices.at(0);
    BOOST_TEST(first.free_mib == 24040U);
    BOOST_TEST(first.driver_mib == 24564U - 24040U);
    BOOST_TEST(first.reserved_mib == 0U);
    // 16303 − 12800 = 3503: a context of 500 and what the display holds
    const Device & second = check.learned->devices.at(1);
    BOOST_TEST(second.driver_mib == 500U);
    BOOST_TEST(second.reserved_mib == 3003U);
    BOOST_TEST(second.compute_capability == "12.0");
}

BOOST_AUTO_TEST_CASE(a_tested_entry_gets_speed_splits_and_shares) {
    const Check check = checked(logText("two_cards.log"));
    const TestedFigures figures = testedFigures(check.log, check.machine);
    BOOST_TEST(figures.speed == "~42 t/s");
    // (24564 − 8950) / 24564 = 63.6 %, (16303 − 2600) / 16303 = 84.1 %
    BOOST_TEST(figures.line == "41.5 t/s, 111 graph splits, CUDA0 64 %, CUDA1 84 %");
}

BOOST_AUTO_TEST_CASE(an_older_build_is_held_against_its_own_rules) {
    // what b9010 of May 2026 printed for this model on Vulkan; a mask of f32 that is converted takes a node and 4 MiB
    // more
    const std::string text =
        "llama_model_load_from_file_impl: using device Vulkan0 (Radeon 8060S Graphics) (0000:c6:00.0) - 129924 MiB "
        "free\n"
        "load_tensors: offloaded 49/49 layers to GPU\n"
        "load_tensors:      Vulkan0 model buffer size = 16674.36 MiB\n"
        "load_tensors:  Vulkan_Host model buffer size =   166.92 MiB\n"
        "llama_context: n_seq_max     = 1\nllama_context: n_ctx         = 4096\nllama_context: n_batch       = 2048\n"
        "llama_context: n_ubatch      = 512\nllama_context: flash_attn    = enabled\nllama_context: kv_unified    = "
        "false\n"
        "llama_kv_cache:    Vulkan0 KV buffer size =   384.00 MiB\n"
        "llama_kv_cache: size =  384.00 MiB (  4096 cells,  48 layers,  1/1 seqs), K (f16):  192.00 MiB, V (f16):  "
        "192.00 "
        "MiB\n"
        "sched_reserve:    Vulkan0 compute buffer size =   300.75 MiB\n"
        "sched_reserve: Vulkan_Host compute buffer size =    16.02 MiB\n"
        "sched_reserve: graph nodes  = 3031\nsched_reserve: graph splits = 2\n"
        "sched_reserve: reserve took 29.87 ms, sched copies = 1\n";
    for (const std::string & build : {std::string("build: 9010 (d05fe1d7d)\n"), std::string()}) {
        const Check check = checked(build + text, &truthModel("qwen3-30b-a3b-q4_k_m"));
        BOOST_TEST(!hasRule(check.settings.llama_cpp, LlamaRule::half_mask), check.settings.llama_cpp.build);
        for (const CheckTerm & term : check.terms) {
            if (term.name == "compute" || term.device == "graph")
                BOOST_TEST(term.equal, term.device << " " << term.name << " " << term.predicted.value_or(-1));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_text_without_a_start_is_an_input_error) {
    const auto check = checkLog(parseLog("hello\n"), nullptr, {});
    BOOST_REQUIRE(!check.ok());
    BOOST_TEST((check.error().code == ErrorCode::input));
    BOOST_TEST(!checkLog(parseLog(logText("two_cards.log"), 3), nullptr, {}).ok());
}

BOOST_AUTO_TEST_SUITE_END()
