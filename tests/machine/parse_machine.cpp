// The machine format: what is completed, what is refused, and that what is written reads back.
#include "machine/machine.h"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "support/data.h"

using namespace ggufit;

namespace {

Machine machine(const std::string & json) {
    const auto result = parseMachine(json);
    BOOST_TEST_REQUIRE(result.ok(), json + " is refused: " + (result.ok() ? "" : result.error().text()));
    return result.value();
}

Device device(const std::string & fields) { return machine(R"({"devices": [{)" + fields + "}]}").devices.front(); }

Error refusal(const std::string & json) {
    const auto result = parseMachine(json);
    BOOST_TEST_REQUIRE(!result.ok(), json + " is not refused");
    BOOST_TEST((result.error().code == ErrorCode::input));
    BOOST_TEST(result.error().detail.back() == '.');
    return result.error();
}

}  // namespace

BOOST_AUTO_TEST_CASE(reads_the_machines_of_the_truth_cases) {
    const auto all = nlohmann::json::parse(test::readDataText("truth/machines.json"));
    for (const auto & [name, json] : all.items()) {
        BOOST_TEST_CONTEXT(name) {
            const Machine read = machine(json.dump());
            BOOST_TEST_REQUIRE(read.devices.size() == json["devices"].size());
            for (size_t i = 0; i < read.devices.size(); ++i) {
                const Device & device = read.devices[i];
                BOOST_TEST(device.name == json["devices"][i]["name"].get<std::string>());
                BOOST_TEST(device.free_mib == json["devices"][i]["free_mib"].get<uint64_t>());
                BOOST_TEST(device.total_mib == json["devices"][i]["total_mib"].get<uint64_t>());
                BOOST_TEST(device.driver_mib + device.reserved_mib + device.free_mib == device.total_mib);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(free_and_total_leave_the_driver_its_context_and_the_rest_reserved) {
    const Device display = device(R"("free_mib": 12800, "total_mib": 16303)");
    BOOST_TEST(display.driver_mib == 500u);
    BOOST_TEST(display.reserved_mib == 16303u - 12800u - 500u);
    const Device alone = device(R"("free_mib": 24090, "total_mib": 24564)");
    BOOST_TEST(alone.driver_mib == 474u);
    BOOST_TEST(alone.reserved_mib == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_not_given_is_completed) {
    BOOST_TEST(device(R"("total_mib": 24564)").free_mib == 24064u);
    BOOST_TEST(device(R"("total_mib": 24564, "reserved_mib": 1000)").free_mib == 23064u);
    BOOST_TEST(device(R"("total_mib": 24564, "backend": "Vulkan")").free_mib == 24564u);
    BOOST_TEST(device(R"("free_mib": 20000)").total_mib == 20000u);
    BOOST_TEST(device(R"("free_mib": 20000, "driver_mib": 500, "reserved_mib": 1000)").total_mib == 21500u);
    BOOST_TEST(device(R"("total_mib": 300)").driver_mib == 300u);
    BOOST_TEST(device(R"("total_mib": 24564)").name == "CUDA0");
    BOOST_TEST(device(R"("total_mib": 1024.0)").total_mib == 1024u);
    BOOST_TEST(device(R"("total_mib": 1024, "compute_capability": 12.0)").compute_capability == "12.0");
}

BOOST_AUTO_TEST_CASE(a_preset_gives_what_its_fields_do_not_say) {
    const Device preset = device(R"("gpu": "RTX 4090")");
    BOOST_TEST(preset.total_mib == 24080u);
    BOOST_TEST(preset.free_mib == 23580u);
    const Device limited = device(R"("gpu": "RTX 4090", "free_mib": 20000, "description": "the left one")");
    BOOST_TEST(limited.free_mib == 20000u);
    BOOST_TEST(limited.description == "the left one");
    BOOST_TEST(limited.compute_capability == "8.9");
    BOOST_TEST(refusal(R"({"devices": [{"gpu": "2x RTX 4090"}]})").where == "devices[0].gpu");
    BOOST_TEST(refusal(R"({"devices": [{"gpu": "RTX 4060 Ti"}]})").where == "devices[0].gpu");
}

BOOST_AUTO_TEST_CASE(a_drivers_name_gives_what_the_log_does_not_say) {
    const Device card = device(R"("description": "NVIDIA GeForce RTX 5070 Ti", "total_mib": 16303)");
    BOOST_TEST(card.bandwidth_gb_s == 896);
    BOOST_TEST(card.architecture == "Blackwell");
    const Device slower =
        device(R"("description": "NVIDIA GeForce RTX 5070 Ti", "total_mib": 16303, "bandwidth_gb_s": 800)");
    BOOST_TEST(slower.bandwidth_gb_s == 800);
    BOOST_TEST(device(R"("description": "NVIDIA GeForce RTX 3060", "total_mib": 12288)").bandwidth_gb_s ==
               0);  // 360 or 240
    BOOST_TEST(device(R"("description": "RTX 5070 Ti", "total_mib": 16303)").bandwidth_gb_s == 0);
}

BOOST_AUTO_TEST_CASE(a_chip_that_shares_memory_takes_its_part_of_ram) {
    const Machine read = machine(R"({"devices": [{"gpu": "M2 Max"}], "ram": "64GB"})");
    BOOST_TEST(read.devices[0].total_mib == 49152u);
    BOOST_TEST(refusal(R"({"devices": [{"gpu": "M2 Max"}]})").where == "ram");
}

BOOST_AUTO_TEST_CASE(reads_the_hosts_memory) {
    BOOST_TEST(machine(R"({"devices": [], "ram": {"total_mib": 65536, "memory": "DDR5-6000 2ch"}})").host.total_mib ==
               65536u);
    BOOST_TEST(machine(R"({"devices": [], "ram": "64GB DDR5"})").host.memory == "DDR5");
    BOOST_TEST(machine(R"({"devices": []})").host.total_mib == 0u);
}

BOOST_AUTO_TEST_CASE(unknown_keys_and_nulls_are_passed_over) {
    BOOST_TEST(device(R"("total_mib": 1024, "colour": {"deep": [1, 2]}, "name": null)").total_mib == 1024u);
}

BOOST_AUTO_TEST_CASE(what_is_written_reads_back) {
    Machine original = machine(R"({"name": "bench", "ram": "64GB DDR5-6000 2ch", "devices": [
        {"gpu": "RTX 4090"}, {"gpu": "RTX 5070 Ti", "reserved_mib": 3500}, {"gpu": "M2 Max,vram=48GB"},
        {"description": "10.0.0.2:50052", "backend": "RPC", "total_mib": 8123, "link_gb_s": 1.15}]})");
    const std::string text = writeMachine(original);
    BOOST_TEST(text.back() == '\n');
    const Machine read = machine(text);
    BOOST_TEST(writeMachine(read) == text);
    BOOST_TEST(read.name == "bench");
    BOOST_TEST(read.host.memory == "DDR5-6000 2ch");
    BOOST_TEST_REQUIRE(read.devices.size() == 4u);
    BOOST_TEST(read.devices[3].name == "RPC0");
    BOOST_TEST(read.devices[3].link_gb_s == 1.15);
    BOOST_TEST(read.devices[1].reserved_mib == 3500u);
    BOOST_TEST(read.devices[2].unified_memory);
    BOOST_TEST(read.devices[2].name == "MTL0");
}

BOOST_AUTO_TEST_CASE(what_speed_needs_comes_from_the_preset_and_is_kept) {
    const Device preset = device(R"("gpu": "RTX 4090")");
    BOOST_TEST(preset.architecture == "Ada Lovelace");
    BOOST_TEST(preset.fp16_tflops == 82.58);
    BOOST_TEST(preset.pcie_gen == 4u);
    BOOST_TEST(preset.pcie_lanes == 16u);
    const Device behind_a_switch = device(R"("gpu": "RTX 4090", "pcie_gen": 3, "pcie_lanes": 4)");
    BOOST_TEST(behind_a_switch.pcie_gen == 3u);
    BOOST_TEST(behind_a_switch.pcie_lanes == 4u);
    const Machine read = machine(writeMachine(machine(R"({"devices": [{"gpu": "RTX 4090", "pcie_lanes": 8}]})")));
    BOOST_TEST(read.devices[0].architecture == "Ada Lovelace");
    BOOST_TEST(read.devices[0].fp16_tflops == 82.58);
    BOOST_TEST(read.devices[0].pcie_gen == 4u);
    BOOST_TEST(read.devices[0].pcie_lanes == 8u);
}

BOOST_AUTO_TEST_CASE(a_calibration_is_kept_and_one_that_is_beyond_belief_refused) {
    const Machine calibrated = machine(R"({"devices": [], "calibration": {"decode": 0.93}})");
    BOOST_TEST(calibrated.calibration.decode == 0.93);
    BOOST_TEST(calibrated.calibration.prompt == 1.0);
    BOOST_TEST(machine(writeMachine(calibrated)).calibration.decode == 0.93);
    BOOST_TEST(machine(R"({"devices": []})").calibration.decode == 1.0);
    BOOST_TEST(writeMachine(machine(R"({"devices": []})")).find("calibration") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_name_that_is_not_utf8_is_written_all_the_same) {
    Machine broken;
    broken.name = "\xff\xfe";
    BOOST_TEST(parseMachine(writeMachine(broken)).ok());
}

BOOST_AUTO_TEST_CASE(wrong_fields_are_refused_with_their_path) {
    const char * const cases[][2] = {
        {R"({})", "devices"},
        {R"({"devices": {}})", "devices"},
        {R"({"devices": [], "name": 5})", "name"},
        {R"({"devices": [5]})", "devices[0]"},
        {R"({"devices": [{}]})", "devices[0].total_mib"},
        {R"({"devices": [{"total_mib": 0}]})", "devices[0].total_mib"},
        {R"({"devices": [{"total_mib": "24564"}]})", "devices[0].total_mib"},
        {R"({"devices": [{"total_mib": -1}]})", "devices[0].total_mib"},
        {R"({"devices": [{"total_mib": 1.5}]})", "devices[0].total_mib"},
        {R"({"devices": [{"total_mib": 1e300}]})", "devices[0].total_mib"},
        {R"({"devices": [{"total_mib": 18446744073709551615}]})", "devices[0].total_mib"},
        {R"({"devices": [{"total_mib": true}]})", "devices[0].total_mib"},
        {R"({"devices": [{"total_mib": 1024}, {"total_mib": 1024, "free_mib": []}]})", "devices[1].free_mib"},
        {R"({"devices": [{"total_mib": 1024, "free_mib": 2048}]})", "devices[0]"},
        {R"({"devices": [{"total_mib": 1024, "reserved_mib": 2048}]})", "devices[0]"},
        {R"({"devices": [{"total_mib": 1024, "free_mib": 1000, "reserved_mib": 25}]})", "devices[0]"},
        {R"({"devices": [{"total_mib": 1024, "name": "GPU 0"}]})", "devices[0].name"},
        {R"({"devices": [{"total_mib": 1024, "name": "A"}, {"total_mib": 1024, "name": "A"}]})", "devices[1].name"},
        {R"({"devices": [{"total_mib": 1024, "backend": "OpenCL"}]})", "devices[0].backend"},
        {R"({"devices": [{"total_mib": 1024, "compute_capability": "new"}]})", "devices[0].compute_capability"},
        {R"({"devices": [{"total_mib": 1024, "bandwidth_gb_s": -1}]})", "devices[0].bandwidth_gb_s"},
        {R"({"devices": [{"total_mib": 1024, "unified_memory": 1}]})", "devices[0].unified_memory"},
        {R"({"devices": [{"gpu": "banana"}]})", "devices[0].gpu"},
        {R"({"devices": [{"total_mib": 1024, "pcie_gen": 2.5}]})", "devices[0].pcie_gen"},
        {R"({"devices": [{"total_mib": 1024, "pcie_lanes": 4294967296}]})", "devices[0].pcie_lanes"},
        {R"({"devices": [{"total_mib": 1024, "fp16_tflops": "82"}]})", "devices[0].fp16_tflops"},
        {R"({"devices": [{"total_mib": 1024, "architecture": 89}]})", "devices[0].architecture"},
        {R"({"devices": [], "calibration": 0.9})", "calibration"},
        {R"({"devices": [], "calibration": {"decode": 0}})", "calibration.decode"},
        {R"({"devices": [], "calibration": {"decode": "0.9"}})", "calibration.decode"},
        {R"({"devices": [], "calibration": {"prompt": 1e9}})", "calibration.prompt"},
        {R"({"devices": [], "ram": 64})", "ram"},
        {R"({"devices": [], "ram": "lots"})", "ram"},
        {R"({"devices": [], "ram": {"total_mib": "64GB"}})", "ram.total_mib"},
    };
    for (const auto & [json, where] : cases) {
        BOOST_TEST_CONTEXT(json) { BOOST_TEST(refusal(json).where == where); }
    }
    BOOST_TEST(
        refusal(R"({"devices": [{"total_mib": 1024, "description": ")" + std::string(300, 'x') + "\"}]}").where ==
        "devices[0].description");
}

BOOST_AUTO_TEST_CASE(text_that_is_no_machine_is_refused) {
    for (const char * text :
         {"", "{", "[]", "5", "null", "\"RTX 4090\"", "{\"devices\": [}", "{\"devices\": []} x", "\xff"}) {
        refusal(text);
    }
    refusal(std::string(100000, '[') + std::string(100000, ']'));
    refusal(R"({"devices": [], "x": )" + std::string(100, '[') + std::string(100, ']') + "}");
    refusal(std::string(2 << 20, ' '));
}

BOOST_AUTO_TEST_CASE(more_than_64_devices_are_refused) {
    const auto many = [](size_t count) {
        std::string json = R"({"devices": [)";
        for (size_t i = 0; i < count; ++i) json += std::string(i > 0 ? "," : "") + R"({"total_mib": 1024})";
        return json + "]}";
    };
    BOOST_TEST(machine(many(64)).devices.back().name == "CUDA63");
    BOOST_TEST(refusal(many(65)).where == "devices");
}
