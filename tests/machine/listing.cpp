// Outputs of tools as machines: real ones of each format, and ones that are cut, garbled or hostile.
#include "machine/listing.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "support/data.h"

using namespace ggufit;

namespace {

Listing parsed(const std::string & text) {
    auto listing = parseListing(text);
    BOOST_TEST_REQUIRE(listing.ok(), (listing.ok() ? "" : listing.error().text()));
    return *listing;
}

Listing listed(const std::string & file) { return parsed(test::readDataText("listings/" + file)); }

std::string refused(const std::string & text) {
    const auto listing = parseListing(text);
    BOOST_TEST_REQUIRE(!listing.ok(), "this is not refused: " + text.substr(0, 100));
    BOOST_TEST((listing.error().code == ErrorCode::input));
    BOOST_TEST(listing.error().detail.back() == '.');
    return listing.error().detail;
}

std::string notes(const Listing & listing) {
    std::string text;
    for (const Warning & note : listing.notes) text += note.text + " " + note.remedy + "\n";
    return text;
}

bool says(const Listing & listing, const std::string & text) { return notes(listing).find(text) != std::string::npos; }

const Device & only(const Listing & listing) {
    BOOST_TEST_REQUIRE(listing.machine.devices.size() == 1U, notes(listing));
    return listing.machine.devices.front();
}

/// What every device of every listing keeps to.
void checkSound(const Listing & listing) {
    for (const Device & device : listing.machine.devices) {
        BOOST_TEST(device.total_mib == device.free_mib + device.reserved_mib + device.driver_mib);
        BOOST_TEST(device.total_mib > 0U);
        BOOST_TEST(!device.name.empty());
    }
    const auto again = parseMachine(writeMachine(listing.machine));
    BOOST_TEST(again.ok(), (again.ok() ? "" : again.error().text()));
}

}  // namespace

BOOST_AUTO_TEST_CASE(reads_the_table_of_nvidia_smi_and_leaves_llama_cpps_own_memory_out) {
    const Listing listing = listed("nvidia_smi_two_5090.txt");
    BOOST_TEST(listing.source == "nvidia-smi");
    BOOST_TEST_REQUIRE(listing.machine.devices.size() == 2U);
    const Device & first = listing.machine.devices[0];
    const Device & second = listing.machine.devices[1];
    BOOST_TEST(first.name == "CUDA0");
    BOOST_TEST(first.description == "NVIDIA GeForce RTX 5090");
    BOOST_TEST(first.compute_capability == "12.0");
    BOOST_TEST(first.bandwidth_gb_s == 1792);
    BOOST_TEST(first.total_mib == 32109U);  // of the 32,607 that the driver counts
    BOOST_TEST(first.reserved_mib == 29324U - 28310U);
    BOOST_TEST(second.reserved_mib == 30357U - 28760U);
    BOOST_TEST(says(listing, "llama.cpp itself holds 28,310 MiB of GPU 0"));
    BOOST_TEST(says(listing, "1,597 MiB of GPU 1 are in use (Xorg, gnome-shell) and count as reserved."));
    BOOST_TEST(!says(listing, "CUDA_DEVICE_ORDER"));  // they are alike
    checkSound(listing);
}

BOOST_AUTO_TEST_CASE(counts_all_that_is_in_use_where_programs_are_not_listed) {
    BOOST_TEST(only(listed("nvidia_smi_wsl.txt")).reserved_mib == 1337U);
    const Device card = only(listed("nvidia_smi_windows.txt"));
    BOOST_TEST(card.description == "NVIDIA GeForce GTX 1650");
    BOOST_TEST(card.reserved_mib == 0U);
}

BOOST_AUTO_TEST_CASE(knows_a_card_whose_name_is_cut_by_its_memory) {
    const Listing listing = listed("nvidia_smi_2018.txt");
    BOOST_TEST_REQUIRE(listing.machine.devices.size() == 2U);
    BOOST_TEST(listing.machine.devices[0].reserved_mib == 3915U);
    BOOST_TEST(says(listing, "(Xorg, train)"));
    // the 1080 has 8 GB: with 11 GB it is the Ti. Drivers of 2018 left NVIDIA out of the name.
    BOOST_TEST(listing.machine.devices[0].description == "NVIDIA GeForce GTX 1080 Ti");
    BOOST_TEST(listing.machine.devices[0].bandwidth_gb_s == 484);
}

BOOST_AUTO_TEST_CASE(reads_nvidia_smi_l_and_says_that_the_order_may_differ) {
    const Listing listing = listed("nvidia_smi_l.txt");
    BOOST_TEST_REQUIRE(listing.machine.devices.size() == 2U);
    BOOST_TEST(listing.machine.devices[0].description == "NVIDIA GeForce RTX 4090");
    BOOST_TEST(listing.machine.devices[1].name == "CUDA1");
    BOOST_TEST(says(listing, "CUDA_DEVICE_ORDER=PCI_BUS_ID"));
    const Listing mig = listed("nvidia_smi_mig_l.txt");
    BOOST_TEST(only(mig).total_mib >= 40000U);
    BOOST_TEST(says(mig, "MIG"));
}

BOOST_AUTO_TEST_CASE(reads_nvidia_smi_q) {
    const Listing listing = listed("nvidia_smi_q.txt");
    const Device & card = only(listing);
    BOOST_TEST(card.total_mib == 24124U);  // of 24,576
    BOOST_TEST(card.reserved_mib == 812U);
    BOOST_TEST(card.pcie_gen == 4U);
    BOOST_TEST(card.pcie_lanes == 16U);
    BOOST_TEST(says(listing, "Xorg"));
}

BOOST_AUTO_TEST_CASE(reads_any_columns_of_query_gpu) {
    const Listing listing = listed("nvidia_smi_query.csv");
    BOOST_TEST_REQUIRE(listing.machine.devices.size() == 2U);
    BOOST_TEST(listing.machine.devices[0].reserved_mib == 299U);
    BOOST_TEST(listing.machine.devices[1].reserved_mib == 11U);
    BOOST_TEST(listing.machine.devices[0].bandwidth_gb_s == 768);
    const Device laptop = only(listed("nvidia_smi_query_nounits.csv"));
    BOOST_TEST(laptop.reserved_mib == 8188U - 7411U);
    BOOST_TEST(laptop.compute_capability == "8.9");
    BOOST_TEST(laptop.pcie_lanes == 8U);
    const Listing bare = listed("nvidia_smi_query_noheader.csv");
    BOOST_TEST_REQUIRE(bare.machine.devices.size() == 2U);
    BOOST_TEST(bare.machine.devices[1].total_mib == 24124U);
    BOOST_TEST(bare.machine.devices[1].reserved_mib == 0U);  // 18,500 may be used or free
    BOOST_TEST(says(bare, "no headings"));
}

BOOST_AUTO_TEST_CASE(a_gpu_in_the_systems_memory_has_what_is_known_of_it) {
    const Listing listing =
        parsed(test::readDataText("listings/nvidia_smi_gb10.txt") + "MemTotal:       125514076 kB\n");
    BOOST_TEST(listing.machine.host.total_mib == 125514076U / 1024);
    BOOST_TEST(only(listing).unified_memory);
    BOOST_TEST(only(listing).total_mib == 122572U);  // as llama.cpp prints it of a GB10
}

BOOST_AUTO_TEST_CASE(reads_rocm_smi_as_text_json_and_csv) {
    const Listing text = listed("rocm_smi.txt");
    BOOST_TEST(text.source == "rocm-smi");
    BOOST_TEST_REQUIRE(text.machine.devices.size() == 2U);
    BOOST_TEST(text.machine.devices[0].name == "ROCm0");
    BOOST_TEST(text.machine.devices[0].bandwidth_gb_s == 960);
    BOOST_TEST(text.machine.devices[0].total_mib == 25753026560U >> 20U);
    BOOST_TEST(text.machine.devices[0].reserved_mib == 1289748480U >> 20U);
    BOOST_TEST(text.machine.devices[1].description == "AMD Radeon RX 6800 XT");

    const Device json = only(listed("rocm_smi.json"));
    BOOST_TEST(json.description == "AMD Radeon RX 7900 XT");
    BOOST_TEST(json.total_mib == 21458059264U >> 20U);

    const Listing csv = listed("rocm_smi.csv");
    BOOST_TEST(only(csv).total_mib == 17163091968U >> 20U);
    BOOST_TEST(only(csv).bandwidth_gb_s == 512);
    BOOST_TEST(says(csv, "may be Radeon RX 6800"));
    BOOST_TEST(says(csv, "part of a processor"));  // Raphael's 64 MiB
}

BOOST_AUTO_TEST_CASE(reads_amd_smi_as_text_and_json) {
    const Listing text = listed("amd_smi_static.txt");
    BOOST_TEST(text.source == "amd-smi");
    BOOST_TEST(only(text).description == "AMD Radeon RX 7900 XTX");
    BOOST_TEST(only(text).backend == "ROCm");
    BOOST_TEST(only(text).total_mib == 24560U);
    BOOST_TEST(only(text).reserved_mib == 1230U);
    BOOST_TEST(only(text).pcie_gen == 4U);
    const Listing json = listed("amd_smi_static.json");
    BOOST_TEST(only(json).description == "AMD Instinct MI300X");
    BOOST_TEST(only(json).reserved_mib == 17153U);
    BOOST_TEST(says(json, "left out"));  // the second says nothing of itself
}

BOOST_AUTO_TEST_CASE(what_llama_server_lists_is_taken_as_it_is) {
    const Listing listing = listed("llama_list_devices.txt");
    BOOST_TEST(listing.source == "llama-server --list-devices");
    BOOST_TEST_REQUIRE(listing.machine.devices.size() == 2U);
    const Device & first = listing.machine.devices[0];
    BOOST_TEST(first.total_mib == 11909U);
    BOOST_TEST(first.free_mib == 11650U);
    BOOST_TEST(first.driver_mib + first.reserved_mib == 11909U - 11650U);
    BOOST_TEST(first.compute_capability == "8.6");
    BOOST_TEST(first.bandwidth_gb_s == 912);
    BOOST_TEST(listing.machine.devices[1].compute_capability == "12.0");
    BOOST_TEST(!says(listing, "CUDA_DEVICE_ORDER"));

    const Device vulkan = only(listed("llama_list_devices_vulkan.txt"));
    BOOST_TEST(vulkan.name == "Vulkan0");
    BOOST_TEST(vulkan.backend == "Vulkan");
    BOOST_TEST(vulkan.free_mib == 5136U);
    BOOST_TEST(vulkan.compute_capability.empty());
}

BOOST_AUTO_TEST_CASE(devices_of_metal_sycl_and_rpc_servers_are_listed_by_their_names) {
    const Listing metal = listed("llama_list_devices_metal.txt");
    BOOST_TEST_REQUIRE(metal.machine.devices.size() == 2U, notes(metal));  // not BLAS, nor the empty RPC1
    BOOST_TEST(metal.machine.devices[0].name == "MTL0");
    BOOST_TEST(metal.machine.devices[0].unified_memory);
    BOOST_TEST(metal.machine.devices[1].backend == "RPC");
    BOOST_TEST(metal.machine.devices[1].description == "192.168.1.39:50052");
    checkSound(metal);
    const Listing rpc = listed("llama_list_devices_rpc.txt");
    BOOST_TEST_REQUIRE(rpc.machine.devices.size() == 2U);
    BOOST_TEST(rpc.machine.devices[1].name == "RPC0");
    BOOST_TEST(rpc.machine.devices[1].free_mib == 7029U);
    const Listing sycl = listed("llama_list_devices_sycl.txt");
    BOOST_TEST_REQUIRE(sycl.machine.devices.size() == 2U);
    BOOST_TEST(sycl.machine.devices[0].backend == "SYCL");
    BOOST_TEST(sycl.machine.devices[0].bandwidth_gb_s == 456);
    checkSound(sycl);
}

BOOST_AUTO_TEST_CASE(reads_the_device_lines_of_a_log) {
    const Listing cuda = parsed(
        "ggml_cuda_init: found 2 CUDA devices:\n"
        "  Device 0: NVIDIA GeForce RTX 4090, compute capability 8.9, VMM: yes\n"
        "  Device 1: NVIDIA RTX A6000, compute capability 8.6, VMM: yes\n"
        "llama_model_load_from_file_impl: using device CUDA0 (NVIDIA GeForce RTX 4090) (0000:01:00.0) - 23698 MiB "
        "free\n"
        "llama_model_load_from_file_impl: using device CUDA1 (NVIDIA RTX A6000) - 48280 MiB free\n");
    BOOST_TEST_REQUIRE(cuda.machine.devices.size() == 2U);
    BOOST_TEST(cuda.source == "llama.cpp's log");
    BOOST_TEST(cuda.machine.devices[0].free_mib == 23698U);
    BOOST_TEST(cuda.machine.devices[0].total_mib == 24080U);  // a log of that time prints no size: the card's own
    BOOST_TEST(cuda.machine.devices[1].compute_capability == "8.6");

    const Device rocm = only(
        parsed("0.00.1 I ggml_cuda_init: found 1 ROCm devices (Total VRAM: 16368 MiB):\n"
               "0.00.1 I   Device 0: Radeon RX 7900 GRE, gfx1100 (0x1100), VMM: no, Wave Size: 32, VRAM: 16368 MiB\n"
               "using device ROCm0 (Radeon RX 7900 GRE) - 16312 MiB free\n"));
    BOOST_TEST(rocm.name == "ROCm0");
    BOOST_TEST(rocm.total_mib == 16368U);
    BOOST_TEST(rocm.bandwidth_gb_s == 576);

    const Listing strix = parsed(
        "ggml_vulkan: 0 = Radeon 8060S Graphics (RADV STRIX_HALO) (radv) | uma: 1 | fp16: 1 | bf16: 0\n"
        "llama_model_load_from_file_impl: using device Vulkan0 (Radeon 8060S Graphics (RADV STRIX_HALO)) "
        "(0000:c6:00.0) "
        "- 129920 MiB free\n");
    BOOST_TEST(only(strix).unified_memory);
    BOOST_TEST(only(strix).bandwidth_gb_s == 256);
    BOOST_TEST(only(strix).free_mib == 129920U);

    const Device metal = only(listed("llama_log_metal.txt"));
    BOOST_TEST(metal.total_mib == 154618000000U >> 20U);
    BOOST_TEST(metal.name == "MTL0");
    const Device arc = only(listed("llama_log_sycl.txt"));
    BOOST_TEST(arc.total_mib == 16225U);
    BOOST_TEST(arc.description == "Intel Arc A770 Graphics");
    BOOST_TEST(arc.bandwidth_gb_s == 560);
}

BOOST_AUTO_TEST_CASE(a_card_that_two_backends_list_is_counted_once) {
    const Listing listing = parsed(
        "Available devices:\n"
        "  CUDA0: NVIDIA GeForce RTX 3090 (24126 MiB, 23800 MiB free)\n"
        "  Vulkan0: NVIDIA GeForce RTX 3090 (24576 MiB, 24000 MiB free)\n"
        "  Vulkan1: AMD Radeon Graphics (RADV RAPHAEL_MENDOCINO) (32000 MiB, 31000 MiB free)\n");
    BOOST_TEST_REQUIRE(listing.machine.devices.size() == 2U, notes(listing));
    BOOST_TEST(listing.machine.devices[0].name == "CUDA0");
    BOOST_TEST(listing.machine.devices[1].name == "Vulkan1");
    BOOST_TEST(says(listing, "Vulkan0 is a card that another backend lists"));
}

BOOST_AUTO_TEST_CASE(reads_xpu_smi) {
    for (const auto & [file, mib] : {std::pair("xpu_smi_discovery.txt", 12216U), {"xpu_smi_discovery.json", 16225U}}) {
        const Listing listing = listed(file);
        BOOST_TEST(listing.source == "xpu-smi");
        BOOST_TEST(only(listing).total_mib == mib);
        BOOST_TEST(only(listing).backend == "SYCL");
        BOOST_TEST(only(listing).bandwidth_gb_s > 400);
    }
}

BOOST_AUTO_TEST_CASE(reads_what_a_mac_says_of_itself) {
    const Listing text = listed("system_profiler.txt");
    BOOST_TEST(text.machine.host.total_mib == 96U * 1024);
    BOOST_TEST(only(text).backend == "Metal");
    BOOST_TEST(only(text).total_mib == 96U * 1024 / 4 * 3);  // what Metal takes by default
    BOOST_TEST(only(text).architecture == "M2 (38 GPU cores)");
    const Listing json = listed("system_profiler.json");
    BOOST_TEST(json.machine.host.total_mib == 64U * 1024);
    BOOST_TEST(only(json).bandwidth_gb_s == 400);
    BOOST_TEST(only(listed("sysctl.txt")).description == "Apple M1");
    BOOST_TEST(refused("Chipset Model: Apple M2 Max\nTotal Number of Cores: 38\n").find("system_profiler") !=
               std::string::npos);
    const Device vega = only(listed("imac_pro.txt"));
    BOOST_TEST(vega.total_mib == 16384U);
    BOOST_TEST(vega.backend == "Metal");
}

BOOST_AUTO_TEST_CASE(reads_a_machine_file_and_outputs_that_follow_each_other) {
    const Listing file =
        parsed(R"(  {"name": "Box", "devices": [{"gpu": "RTX 3090"}], "ram": {"total_mib": 65536}}  )");
    BOOST_TEST(file.source == "a machine file");
    BOOST_TEST(file.machine.name == "Box");
    BOOST_TEST(refused(R"({"devices": [{"total_mib": -1}]})").find("whole number") != std::string::npos);
    const Listing both =
        parsed(test::readDataText("listings/nvidia_smi_l.txt") + test::readDataText("listings/rocm_smi.txt"));
    BOOST_TEST(both.machine.devices.size() == 4U);
    BOOST_TEST(both.source == "nvidia-smi and rocm-smi");
}

BOOST_AUTO_TEST_CASE(what_is_no_list_of_gpus_gets_a_sentence) {
    BOOST_TEST(refused("").find("nothing") != std::string::npos);
    BOOST_TEST(refused("  \n\t").find("nothing") != std::string::npos);
    BOOST_TEST(refused("hello").find("llama-server --list-devices") != std::string::npos);
    BOOST_TEST(refused("bash: nvidia-smi: command not found").find("not installed") != std::string::npos);
    BOOST_TEST(
        refused("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.").find("driver") !=
        std::string::npos);
    BOOST_TEST(refused("| NVIDIA-SMI 570.133.07   Driver Version: 572.83 |").find("cut short") != std::string::npos);
    BOOST_TEST(refused("Grafik/Monitore:\n  Chipsatzmodell: Apple M1\n").find("English") != std::string::npos);
    BOOST_TEST(refused("Available devices:\n  (none)\n").find("holds none") != std::string::npos);
    BOOST_TEST(refused(std::string((1U << 20U) + 1, 'x')).find("1 MiB") != std::string::npos);
    BOOST_TEST(refused(std::string(100000, '[')).size() > 20U);
    BOOST_TEST(refused("{\"card0\": " + std::string(50000, '[')).size() > 20U);
}

BOOST_AUTO_TEST_CASE(every_prefix_of_every_output_is_a_machine_or_a_sentence) {
    for (const char * file :
         {"nvidia_smi_two_5090.txt", "nvidia_smi_2018.txt", "nvidia_smi_q.txt", "nvidia_smi_query.csv", "rocm_smi.txt",
          "rocm_smi.json", "rocm_smi.csv", "amd_smi_static.txt", "amd_smi_static.json", "llama_list_devices.txt",
          "llama_list_devices_metal.txt", "llama_log_sycl.txt", "xpu_smi_discovery.txt", "system_profiler.txt"}) {
        const std::string text = test::readDataText(std::string("listings/") + file);
        for (size_t size = 0; size < text.size(); size += 1 + 7 * (test::kEveryNth - 1)) {
            // in memory of its own, so that a read past the end is seen
            const std::vector<char> prefix(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
            const auto listing = parseListing({prefix.data(), prefix.size()});
            if (listing.ok()) {
                BOOST_TEST_REQUIRE(!listing->machine.devices.empty());
            } else {
                BOOST_TEST_REQUIRE(!listing.error().detail.empty());
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(huge_counts_and_sizes_are_not_believed) {
    std::string many = "Available devices:\n";
    for (int i = 0; i < 5000; ++i) many += "  CUDA" + std::to_string(i) + ": GPU (1024 MiB, 1000 MiB free)\n";
    BOOST_TEST(parsed(many).machine.devices.size() == 64U);
    BOOST_TEST(refused("  CUDA0: X (99999999999999999999 MiB, 1 MiB free)\n").size() > 10U);
    const Listing vast =
        parsed("  CUDA0: X (18446744073709551615 MiB, 1 MiB free)\n  CUDA1: Y (2048 MiB, 9999 MiB free)\n");
    for (const Device & device : vast.machine.devices) BOOST_TEST(device.total_mib <= uint64_t{1} << 32U);
    checkSound(vast);
    const Listing contradiction =
        parsed("index, name, memory.total [MiB], memory.used [MiB]\n0, Card, 4096 MiB, 9000 MiB\n");
    checkSound(contradiction);
    BOOST_TEST(only(contradiction).total_mib == 4096U);
}

BOOST_AUTO_TEST_CASE(names_lose_what_is_no_text) {
    const Listing listing =
        parsed("\x1b[32m  CUDA0: Evil\x07\x1b[0m <img> " + std::string(300, 'x') + " (2048 MiB, 2000 MiB free)\r\n");
    const std::string & name = only(listing).description;
    BOOST_TEST(name.size() <= 200U);
    BOOST_TEST(name.starts_with("Evil <img> xx"));
    BOOST_TEST(std::all_of(name.begin(), name.end(), [](char c) { return c >= ' '; }));
}
