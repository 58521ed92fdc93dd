// Which device holds which layer.
#include <boost/test/unit_test.hpp>
#include <limits>
#include <string>
#include <vector>

#include "placement/small_model.h"
#include "placement/weights.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

const Architecture kPlain = {.name = "plain"};

std::vector<int32_t> devicesOf(uint32_t n_layer, const Machine & machine, const Settings & settings) {
    const auto devices = layerDevices(smallModel(kPlain, n_layer), machine, settings);
    BOOST_REQUIRE_MESSAGE(devices.ok(), (devices.ok() ? "" : devices.error().text()));
    return *devices;
}

Error errorOf(const Machine & machine, const Settings & settings) {
    const auto devices = layerDevices(smallModel(kPlain, 4), machine, settings);
    BOOST_REQUIRE(!devices.ok());
    BOOST_CHECK(devices.error().code == ErrorCode::usage);
    return devices.error();
}

using Layers = std::vector<int32_t>;

}  // namespace

BOOST_AUTO_TEST_SUITE(layer_devices)

BOOST_AUTO_TEST_CASE(layers_are_offloaded_from_the_end_the_output_first) {
    Settings settings = oneSlot();
    const Machine machine = cudaMachine({1000});
    const auto with = [&](int32_t n_gpu_layers) {
        settings.n_gpu_layers = n_gpu_layers;
        return devicesOf(3, machine, settings);
    };
    BOOST_TEST(with(0) == (Layers{kHost, kHost, kHost, kHost}));
    BOOST_TEST(with(1) == (Layers{kHost, kHost, kHost, 0}));
    BOOST_TEST(with(3) == (Layers{kHost, 0, 0, 0}));
    for (const int32_t all : {4, 99, 2147483647, kGpuLayersAuto, kGpuLayersAll})
        BOOST_TEST(with(all) == (Layers{0, 0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(before_december_2025_the_output_was_counted_last) {
    Settings settings = oneSlot();
    settings.llama_cpp.build = 7466;  // llama-model.cpp then: i_gpu_start = max(n_layer - n_gpu_layers, 0)
    const Machine machine = cudaMachine({1000});
    const auto with = [&](int32_t n_gpu_layers) {
        settings.n_gpu_layers = n_gpu_layers;
        return devicesOf(3, machine, settings);
    };
    BOOST_TEST(with(0) == (Layers{kHost, kHost, kHost, kHost}));
    BOOST_TEST(with(1) == (Layers{kHost, kHost, 0, kHost}));
    BOOST_TEST(with(3) == (Layers{0, 0, 0, kHost}));
    for (const int32_t all : {4, 99, kGpuLayersAll}) BOOST_TEST(with(all) == (Layers{0, 0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(a_layer_on_an_edge_goes_to_the_next_device) {
    // 7 layers and the output: shares 3,1 end at 0.75 and 1; layer 6 stands at 6/8 = 0.75.
    Settings settings = oneSlot();
    settings.tensor_split = {3, 1};
    BOOST_TEST(devicesOf(7, cudaMachine({10, 90'000}), settings) == (Layers{0, 0, 0, 0, 0, 0, 1, 1}));
}

BOOST_AUTO_TEST_CASE(without_shares_free_memory_decides) {
    // 24090 of 36890 MiB are 0.653; of 33 layers the first 22 (0/33 to 21/33 = 0.636) stand below it.
    const auto devices = devicesOf(32, cudaMachine({24090, 12800}), oneSlot());
    for (int il = 0; il < 33; ++il) BOOST_TEST(devices[static_cast<size_t>(il)] == (il < 22 ? 0 : 1), "layer " << il);
}

BOOST_AUTO_TEST_CASE(shares_count_over_the_offloaded_layers_only) {
    Settings settings = oneSlot();
    settings.n_gpu_layers = 4;
    settings.tensor_split = {1, 1};
    BOOST_TEST(devicesOf(6, cudaMachine({1, 1}), settings) == (Layers{kHost, kHost, kHost, 0, 0, 1, 1}));
}

BOOST_AUTO_TEST_CASE(a_device_without_free_memory_or_share_gets_no_layer) {
    BOOST_TEST(devicesOf(2, cudaMachine({0, 500}), oneSlot()) == (Layers{1, 1, 1}));
    Settings settings = oneSlot();
    settings.tensor_split = {1};
    BOOST_TEST(devicesOf(2, cudaMachine({500, 500}), settings) == (Layers{0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(split_mode_none_uses_the_main_gpu_alone) {
    Settings settings = oneSlot();
    settings.split_mode = SplitMode::none;
    settings.main_gpu = 1;
    BOOST_TEST(devicesOf(2, cudaMachine({500, 500}), settings) == (Layers{1, 1, 1}));
    settings.main_gpu = 2;
    BOOST_TEST(errorOf(cudaMachine({500, 500}), settings).where == "-mg 2");
    BOOST_TEST(devicesOf(2, Machine{}, settings) == (Layers{kHost, kHost, kHost}));
}

BOOST_AUTO_TEST_CASE(named_devices_are_used_in_the_order_given) {
    Settings settings = oneSlot();
    settings.devices = {"CUDA1", "CUDA0"};
    settings.tensor_split = {1, 2};
    BOOST_TEST(devicesOf(2, cudaMachine({500, 500}), settings) == (Layers{1, 0, 0}));
    settings.devices = {"none"};
    BOOST_TEST(devicesOf(2, cudaMachine({500, 500}), settings) == (Layers{kHost, kHost, kHost}));
    settings.devices = {"CUDA7"};
    const Error error = errorOf(cudaMachine({500, 500}), settings);
    BOOST_TEST(error.where == "-dev CUDA7");
    BOOST_TEST(error.detail.find("CUDA0, CUDA1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_integrated_gpu_is_used_only_where_there_is_no_other) {
    Machine machine = cudaMachine({500, 500});
    machine.devices[0].unified_memory = true;
    BOOST_TEST(devicesOf(1, machine, oneSlot()) == (Layers{1, 1}));
    machine.devices[1].unified_memory = true;
    BOOST_TEST(devicesOf(1, machine, oneSlot()) == (Layers{0, 0}));
}

BOOST_AUTO_TEST_CASE(rpc_servers_come_before_the_machines_own_gpus) {
    Machine machine = cudaMachine({500, 500});
    machine.devices[1].backend = "RPC";
    BOOST_TEST(devicesOf(1, machine, oneSlot()) == (Layers{1, 0}));
    machine.devices[0].unified_memory = true;  // they do not keep it from being used
    BOOST_TEST(devicesOf(1, machine, oneSlot()) == (Layers{1, 0}));
}

BOOST_AUTO_TEST_CASE(shares_that_are_no_shares_are_refused) {
    Settings settings = oneSlot();
    BOOST_TEST(errorOf(cudaMachine({0, 0}), settings).where == "-ts");
    settings.tensor_split = {std::numeric_limits<double>::infinity(), 1};
    BOOST_TEST(errorOf(cudaMachine({1, 1}), settings).where == "-ts");
    settings.tensor_split = {-3, 1};
    BOOST_TEST(errorOf(cudaMachine({1, 1}), settings).where == "-ts");
}

BOOST_AUTO_TEST_SUITE_END()
