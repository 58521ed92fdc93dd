// What --gpu means: cards by the names that people give them, and their memory budget.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "machine/machine.h"
#include "support/data.h"

using namespace ggufit;

namespace {

Device gpu(const std::string & text) {
    const auto result = parseGpu(text);
    BOOST_TEST_REQUIRE(result.ok(), text + " is refused: " + (result.ok() ? "" : result.error().text()));
    BOOST_TEST_REQUIRE(result->size() == 1u);
    return result->front();
}

Error refusal(const std::string & text) {
    const auto result = parseGpu(text);
    BOOST_TEST_REQUIRE(!result.ok(), text + " is not refused");
    BOOST_TEST((result.error().code == ErrorCode::usage));
    return result.error();
}

std::vector<std::string> namesOf(const std::vector<GpuPreset> & presets) {
    std::vector<std::string> names;
    for (const GpuPreset & preset : presets) names.emplace_back(preset.name);
    return names;
}

using Names = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_CASE(the_table_holds_every_row_of_the_csv_in_order) {
    BOOST_TEST(gpuPresets().size() == 248u);
    for (size_t i = 1; i < gpuPresets().size(); ++i) {
        const GpuPreset & a = gpuPresets()[i - 1];
        const GpuPreset & b = gpuPresets()[i];
        BOOST_TEST((a.vendor < b.vendor || (a.vendor == b.vendor && a.name <= b.name)));
    }
}

BOOST_AUTO_TEST_CASE(cards_are_found_by_the_names_that_people_give_them) {
    const char * const cases[][2] = {
        {"4090", "GeForce RTX 4090"},
        {"rtx4090", "GeForce RTX 4090"},
        {"RTX 4090", "GeForce RTX 4090"},
        {"NVIDIA GeForce RTX 4090", "GeForce RTX 4090"},
        {"4090 d", "GeForce RTX 4090 D"},
        {"4090 laptop", "GeForce RTX 4090 Laptop"},
        {"NVIDIA GeForce RTX 4090 Laptop GPU", "GeForce RTX 4090 Laptop"},
        {"4090 mobile", "GeForce RTX 4090 Laptop"},
        {"5070ti", "GeForce RTX 5070 Ti"},
        {"5070", "GeForce RTX 5070"},
        {"4070 ti super", "GeForce RTX 4070 Ti SUPER"},
        {"4060", "GeForce RTX 4060"},
        {"4060 ti 16gb", "GeForce RTX 4060 Ti 16GB"},
        {"3060 12 GB", "GeForce RTX 3060 12GB"},
        {"7900 xtx", "Radeon RX 7900 XTX"},
        {"RX 7900XT", "Radeon RX 7900 XT"},
        {"r9700", "Radeon AI PRO R9700"},
        {"a6000", "RTX A6000"},
        {"RTX 6000 Ada Generation", "RTX 6000 Ada"},
        {"p40", "Tesla P40"},
        {"l40s", "L40S"},
        {"L40", "L40"},
        {"a100 80", "A100 SXM4 80GB"},
        {"a100 pcie 80gb", "A100 PCIe 80GB"},
        {"NVIDIA H100 80GB HBM3", "H100 SXM5"},
        {"h200", "H200"},
        {"NVIDIA RTX PRO 6000 Blackwell Workstation Edition", "RTX PRO 6000 Blackwell Workstation"},
        {"pro 6000 max-q", "RTX PRO 6000 Blackwell Max-Q"},
        {"mi300x", "Instinct MI300X"},
        {"arc b580", "Arc B580"},
        {"Intel(R) Arc(TM) B580 Graphics", "Arc B580"},
        {"dgx spark", "GB10 (DGX Spark)"},
        {"RTX 5070 Ti 16GB", "GeForce RTX 5070 Ti"},
        {"RTX 3070 (8GB)", "GeForce RTX 3070"},
        {"Radeon PRO V620 32GB", "Radeon PRO V620"},
        {"RTX 3050 6GB", "GeForce RTX 3050 6GB"},
        {"M2 Ultra 76c", "Apple M2 Ultra (76-core GPU)"},
        {"M2 Ultra 76-core", "Apple M2 Ultra (76-core GPU)"},
        {"MacBook Pro M3 Max 40 cores", "Apple M3 Max (40-core GPU)"},
        {"Mac Studio M3 Ultra 80-core 512GB", "Apple M3 Ultra (80-core GPU)"},
        {"Ryzen AI Max+ 395", "Radeon 8060S (Ryzen AI Max+ 395)"},
        {"Strix Halo", "Radeon 8060S (Ryzen AI Max+ 395)"},
    };
    for (const auto & [text, name] : cases) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(namesOf(matchGpu(text)) == Names{name}, boost::test_tools::per_element());
        }
    }
}

BOOST_AUTO_TEST_CASE(each_name_of_the_published_measurements_is_one_card) {
    std::istringstream lines(test::readDataText("machines/published_gpus.tsv"));
    size_t n_names = 0;
    for (std::string line; std::getline(lines, line); ++n_names) {
        const std::string name = line.substr(0, line.find('\t'));
        const std::string wanted = line.substr(line.find('\t') + 1);
        const auto & presets = gpuPresets();
        const auto preset =
            std::find_if(presets.begin(), presets.end(), [&](const GpuPreset & p) { return p.name == wanted; });
        BOOST_TEST_CONTEXT(name) {
            BOOST_TEST_REQUIRE((preset != presets.end()));
            const auto devices = parseGpu(name, {.any_variant = true, .open_size = true});
            BOOST_TEST_REQUIRE(devices.ok(), (devices.ok() ? std::string() : devices.error().text()));
            BOOST_TEST(devices->front().description == preset->description);
            BOOST_TEST(devices->front().bandwidth_gb_s == preset->bandwidth_gb_s);
            BOOST_TEST(devices->front().architecture == preset->architecture);
        }
    }
    BOOST_TEST(n_names == 125u);
}

BOOST_AUTO_TEST_CASE(every_card_is_found_by_its_own_name_and_by_its_drivers) {
    for (const GpuPreset & preset : gpuPresets()) {
        BOOST_TEST_CONTEXT(preset.name) {
            const auto by_name = matchGpu(preset.name);
            BOOST_TEST_REQUIRE(by_name.size() == 1u);
            BOOST_TEST(by_name[0].description == preset.description);
            BOOST_TEST(by_name[0].bandwidth_gb_s == preset.bandwidth_gb_s);
            // several cards can have one driver's name; each of what is offered then has it
            const auto by_driver = matchGpu(preset.description);
            BOOST_TEST(!by_driver.empty());
            for (const GpuPreset & offered : by_driver) BOOST_TEST(offered.description == preset.description);
        }
    }
}

BOOST_AUTO_TEST_CASE(cards_that_come_in_several_sizes_are_all_offered) {
    BOOST_TEST(namesOf(matchGpu("4060 ti")) == (Names{"GeForce RTX 4060 Ti 16GB", "GeForce RTX 4060 Ti 8GB"}),
               boost::test_tools::per_element());
    BOOST_TEST(namesOf(matchGpu("RTX 3060")) == (Names{"GeForce RTX 3060 12GB", "GeForce RTX 3060 8GB"}),
               boost::test_tools::per_element());
    const Error error = refusal("RTX 4060 Ti");
    BOOST_TEST(error.detail.find("GeForce RTX 4060 Ti 16GB, GeForce RTX 4060 Ti 8GB") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_laptop_card_is_meant_only_where_it_is_said_or_named_by_its_driver) {
    BOOST_TEST(namesOf(matchGpu("GTX 1060")) == (Names{"GeForce GTX 1060 3GB", "GeForce GTX 1060 6GB"}),
               boost::test_tools::per_element());
    BOOST_TEST(gpu("GTX 1060 6GB").total_mib == 6063u);  // as llama.cpp prints it
    BOOST_TEST(namesOf(matchGpu("1060 laptop")) == Names{"GeForce GTX 1060 Laptop"}, boost::test_tools::per_element());
    BOOST_TEST(namesOf(matchGpu("NVIDIA GeForce GTX 1060")) == Names{"GeForce GTX 1060 Laptop"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_size_chooses_among_variants) {
    BOOST_TEST(gpu("RTX 4060 Ti,vram=16GB").total_mib == 16384u);
    BOOST_TEST(gpu("RTX 4060 Ti,vram=16GB").bandwidth_gb_s == 288);
    BOOST_TEST(gpu("RTX 3060,vram=8GB").bandwidth_gb_s == 240);
}

BOOST_AUTO_TEST_CASE(variants_that_plan_alike_are_one) {
    BOOST_TEST(matchGpu("M2 Max").size() == 1u);
    BOOST_TEST(matchGpu("M3 Max").size() == 2u);  // 300 and 400 GB/s
}

BOOST_AUTO_TEST_CASE(nothing_is_found_where_nothing_is_like_it) {
    for (const char * text : {"", " ", "banana", "RTX 9999", "GeForce", "🦙", "4090 banana"})
        BOOST_TEST(matchGpu(text).empty());
    BOOST_TEST(refusal("RTX 4090 Banana").detail.find("GeForce RTX 4090") != std::string::npos);
    BOOST_TEST(refusal("banana").detail.find("vram=") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(free_memory_is_what_driver_and_others_leave) {
    const Device card = gpu("RTX 4090");
    BOOST_TEST(card.total_mib == 24080u);  // as llama.cpp prints it
    BOOST_TEST(card.driver_mib == 500u);
    BOOST_TEST(card.reserved_mib == 0u);
    BOOST_TEST(card.free_mib == 23580u);
    BOOST_TEST(card.description == "NVIDIA GeForce RTX 4090");
    BOOST_TEST(card.backend == "CUDA");
    BOOST_TEST(card.compute_capability == "8.9");
    BOOST_TEST(card.bandwidth_gb_s == 1008);
    const Device display = gpu("RTX 5070 Ti,reserved=3500MiB");
    BOOST_TEST(display.total_mib == 15842u);
    BOOST_TEST(display.reserved_mib == 3500u);
    BOOST_TEST(display.free_mib == 15842u - 500u - 3500u);
}

BOOST_AUTO_TEST_CASE(the_parts_of_a_device_always_sum_to_its_total) {
    for (const char * text :
         {"RTX 4090", "RTX 4090,free=20GB", "RTX 4090,free=24000MiB", "RTX 4090,reserved=24000MiB",
          "RTX 4090,free=20GB,reserved=1GB", "RTX 4090,driver=300MiB", "7900 xtx", "x,vram=1MiB", "x,free=20GB",
          "RTX 4090,free=0,reserved=2GB", "x,vram=24GB,free=20GB,driver=1GB,reserved=1GB"}) {
        BOOST_TEST_CONTEXT(text) {
            const Device card = gpu(text);
            BOOST_TEST(card.driver_mib + card.reserved_mib + card.free_mib == card.total_mib);
        }
    }
    BOOST_TEST(gpu("RTX 4090,free=20GB").free_mib == 20480u);
    BOOST_TEST(gpu("RTX 4090,free=24000MiB").driver_mib == 80u);
    BOOST_TEST(gpu("x,free=20GB").total_mib == 20480u);
}

BOOST_AUTO_TEST_CASE(an_unknown_card_is_taken_with_its_size) {
    const Device card = gpu("My card,vram=24GB,free=20GB,cc=8.9,bandwidth=900,backend=cuda,name=CUDA1");
    BOOST_TEST(card.description == "My card");
    BOOST_TEST(card.total_mib == 24576u);
    BOOST_TEST(card.free_mib == 20480u);
    BOOST_TEST(card.compute_capability == "8.9");
    BOOST_TEST(card.bandwidth_gb_s == 900);
    BOOST_TEST(card.name == "CUDA1");
    BOOST_TEST(gpu("My card,vram=24").total_mib == 24576u);
    BOOST_TEST(gpu("My card,vram=24564").total_mib == 24564u);
}

BOOST_AUTO_TEST_CASE(a_bare_name_means_the_variant_that_nearly_all_have) {
    BOOST_TEST(gpu("RTX 3060").total_mib == 12288u);
    BOOST_TEST(gpu("RTX 3080").total_mib == 10240u);
    BOOST_TEST(gpu("Tesla P100").total_mib == 16384u);
    BOOST_TEST(gpu("RTX 3060 8GB").bandwidth_gb_s == 240);
}

BOOST_AUTO_TEST_CASE(a_size_that_changes_nothing_need_not_be_said) {
    for (const char * text : {"RTX 4060 Ti", "RTX 5060 Ti", "Tesla V100", "RTX 2060"}) {
        refusal(text);
        BOOST_TEST(parseGpu(text, {.any_variant = true}).ok());
    }
    BOOST_TEST(parseGpu("RTX 4060 Ti", {.any_variant = true})->front().total_mib == 16380u);
    BOOST_TEST(!parseGpu("M3 Max", {.any_variant = true}).ok());  // 300 or 400 GB/s
}

BOOST_AUTO_TEST_CASE(a_size_that_is_taken_for_another_is_said_with_what_to_write) {
    for (const char * text : {"RTX 3060", "2x 3080", "RTX 3060,reserved=500MiB", "Tesla P100"})
        BOOST_TEST(sizeWarning(text).has_value(), text);
    const auto warning = sizeWarning("3080");
    BOOST_REQUIRE(warning.has_value());
    BOOST_TEST(warning->text.find("GeForce RTX 3080 10GB") != std::string::npos);
    BOOST_TEST(warning->remedy.find("GeForce RTX 3080 12GB") != std::string::npos);
    for (const char * text :
         {"RTX 3060 12GB", "RTX 3080,vram=12GB", "RTX 4090", "RTX 4060 Ti", "no such card", "", "M3 Max"})
        BOOST_TEST(!sizeWarning(text).has_value(), text);
    BOOST_TEST(sizeWarning("RTX 4060 Ti", {.any_variant = true}).has_value());
    BOOST_TEST(!sizeWarning("RTX 4060 Ti 16GB", {.any_variant = true}).has_value());
}

BOOST_AUTO_TEST_CASE(a_link_can_be_narrower_than_the_cards) {
    const Device usual = gpu("RTX 4090");
    BOOST_TEST(usual.pcie_gen == 4u);
    BOOST_TEST(usual.pcie_lanes == 16u);
    BOOST_TEST(usual.architecture == "Ada Lovelace");
    for (const char * text : {"RTX 3050 6GB (PCIe 3.0 x4)", "RTX 3050 6GB,pcie=3x4", "RTX 3050 6GB, pcie=gen3 x4"}) {
        BOOST_TEST(gpu(text).pcie_gen == 3u);
        BOOST_TEST(gpu(text).pcie_lanes == 4u);
    }
    for (const char * text : {"RTX 4090,pcie=", "RTX 4090,pcie=4", "RTX 4090,pcie=4x", "RTX 4090,pcie=4x3",
                              "RTX 4090,pcie=0x4", "RTX 4090,pcie=4x4294967312"})
        refusal(text);
}

BOOST_AUTO_TEST_CASE(a_chip_that_shares_memory_takes_its_part_of_the_size_in_its_name) {
    BOOST_TEST(gpu("Apple M4 Max (32-core GPU, 36GB)").total_mib == 27648u);  // three quarters
    BOOST_TEST(gpu("M2 16GB").total_mib == 10922u);                           // two thirds, as Metal says
    BOOST_TEST(gpu("M1 Max 32-core 64GB").total_mib == 49152u);
    BOOST_TEST(gpu("Ryzen AI Max+ 395 128GB").total_mib == 65536u);
    BOOST_TEST(gpu("Ryzen AI Max+ 395 128GB").unified_memory);
}

BOOST_AUTO_TEST_CASE(a_chip_that_shares_memory_may_be_left_open_and_sized_by_the_host) {
    Machine machine;
    machine.devices = parseGpu("M2 Max", {.open_size = true}).value();
    BOOST_TEST(machine.devices[0].total_mib == 0u);
    BOOST_TEST(!sizeUnified(machine));
    machine.host.total_mib = 65536;
    BOOST_TEST(sizeUnified(machine));
    BOOST_TEST(machine.devices[0].total_mib == 49152u);
    BOOST_TEST(machine.devices[0].free_mib == 49152u);
}

BOOST_AUTO_TEST_CASE(a_backend_that_is_asked_for_wins_over_the_usual_one_where_it_drives_the_card) {
    const auto with = [](const char * text, const char * backend) { return parseGpu(text, {.backend = backend}); };
    BOOST_TEST(with("RTX 4090", "Vulkan")->front().backend == "Vulkan");
    BOOST_TEST(with("RTX 4090", "Vulkan")->front().driver_mib == 0u);
    BOOST_TEST(with("RTX 4090,backend=CUDA", "Vulkan")->front().backend == "CUDA");
    BOOST_TEST(with("Strix Halo 128GB", "Vulkan")->front().backend == "Vulkan");
    BOOST_TEST(with("My card,vram=8GB", "ROCm")->front().backend == "ROCm");
    BOOST_TEST(!with("RTX 4090", "ROCm").ok());
    BOOST_TEST(!with("7900 XTX", "CUDA").ok());
    BOOST_TEST(!with("RTX 4090", "Metal").ok());
}

BOOST_AUTO_TEST_CASE(the_backend_follows_the_vendor_and_only_contexts_cost_memory) {
    BOOST_TEST(gpu("7900 xtx").backend == "ROCm");
    BOOST_TEST(gpu("7900 xtx").driver_mib == 500u);
    BOOST_TEST(gpu("7900 xtx").compute_capability == "");
    BOOST_TEST(gpu("rx 580").backend == "Vulkan");
    BOOST_TEST(gpu("b580").backend == "SYCL");
    BOOST_TEST(gpu("RTX 4090,backend=vulkan").driver_mib == 0u);
    const Device apple = gpu("M2 Max,vram=48GB");
    BOOST_TEST(apple.backend == "Metal");
    BOOST_TEST(apple.unified_memory);
    BOOST_TEST(apple.free_mib == 49152u);
    BOOST_TEST(refusal("M2 Max").detail.find("vram=") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_count_gives_so_many_devices) {
    for (const char * text : {"2x RTX 3090", "2 x RTX 3090", "2 × RTX 3090", "2×3090", "2x RTX 3090,reserved=100MiB"}) {
        const auto result = parseGpu(text);
        BOOST_TEST_REQUIRE(result.ok());
        BOOST_TEST_REQUIRE(result->size() == 2u);
        BOOST_TEST((*result)[1].description == "NVIDIA GeForce RTX 3090");
    }
    for (const char * text :
         {"0x RTX 3090", "65x RTX 3090", "99999999999999999999x RTX 3090", "2x RTX 3090,name=CUDA0", "2x "}) {
        refusal(text);
    }
}

BOOST_AUTO_TEST_CASE(devices_are_numbered_by_backend_around_given_names) {
    std::vector<Device> devices(4);
    devices[1].backend = "Vulkan";
    devices[2].name = "CUDA0";
    devices[3].backend = "Metal";
    nameDevices(devices);
    BOOST_TEST(devices[0].name == "CUDA1");
    BOOST_TEST(devices[1].name == "Vulkan0");
    BOOST_TEST(devices[2].name == "CUDA0");
    BOOST_TEST(devices[3].name == "MTL0");
}

BOOST_AUTO_TEST_CASE(wrong_descriptions_are_refused_with_a_sentence) {
    for (const char * text : {"",
                              ",",
                              "vram=24GB",
                              "RTX 4090,",
                              "RTX 4090,vram",
                              "RTX 4090,vram=",
                              "RTX 4090,vram=much",
                              "RTX 4090,vram=0",
                              "RTX 4090,vram=-1GB",
                              "RTX 4090,reserved=25GB",
                              "RTX 4090,free=25GB",
                              "RTX 4090,free=24080MiB,reserved=1MiB",
                              "RTX 4090,cc=9",
                              "RTX 4090,cc=8.99",
                              "RTX 4090,bandwidth=0",
                              "RTX 4090,bandwidth=inf",
                              "RTX 4090,backend=OpenCL",
                              "RTX 4090,name=CUDA 0",
                              "RTX 4090,colour=red",
                              "x,vram=99999999999999TB",
                              "x,reserved=1GB"}) {
        BOOST_TEST_CONTEXT(text) {
            const Error error = refusal(text);
            BOOST_TEST(error.where.find("--gpu") == 0u);
            BOOST_TEST(error.detail.back() == '.');
        }
    }
    refusal(std::string(5000, 'x'));
}
