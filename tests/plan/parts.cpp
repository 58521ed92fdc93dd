// Every byte of a device has a name: parts sum to the device, whatever the model and the machine.
#include <boost/test/unit_test.hpp>

#include "base/units.h"
#include "plan/rounding.h"
#include "support/data.h"
#include "support/plans.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

uint64_t sumOf(const std::vector<Part> & parts) {
    uint64_t sum = 0;
    for (const Part & part : parts) sum += part.bytes;
    return sum;
}

void checkDevice(const PlanDevice & device, const std::string & name) {
    const uint64_t used = device.model_bytes + device.context_bytes + device.compute_bytes;
    const uint64_t held = device.driver_bytes + device.reserved_bytes;
    BOOST_TEST(device.headroom_bytes == static_cast<int64_t>(device.budget_bytes) - static_cast<int64_t>(used), name);
    BOOST_TEST(device.budget_bytes + held == device.total_bytes, name);
    if (device.headroom_bytes >= 0) {
        BOOST_TEST(sumOf(device.parts) == device.total_bytes, name);
    } else {
        BOOST_TEST(sumOf(device.parts) == used + held, name);
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(parts_sum_to_the_device_for_every_model_on_every_machine) {
    Machine seeds = seedMachine();
    Machine small;
    small.devices = {gpu("CUDA0", 3000), gpu("CUDA1", 2000), gpu("CUDA2", 1000)};
    size_t n_plans = 0;
    for (const std::string & name : sampledModels()) {
        const Model & model = truthModel(name);
        for (const Machine * machine :
             std::initializer_list<const Machine *>{&seeds, &small, &truthMachine("3090x3"), &truthMachine("none")}) {
            PlanRequest request;
            request.settings = wrapperDefaults();
            request.alternatives = false;
            const auto plan = makePlan(model, *machine, request);
            if (!plan) continue;  // a cache type that the model can't have, a model that is no language model
            ++n_plans;
            for (const PlanDevice & device : plan->devices) checkDevice(device, name + " " + device.name);
            const uint64_t used = plan->host.model_bytes + plan->host.context_bytes + plan->host.compute_bytes;
            const bool known = plan->host.total_bytes > 0 && plan->host.headroom_bytes >= 0;
            BOOST_TEST(sumOf(plan->host.parts) == (known ? plan->host.total_bytes : used), name);
        }
    }
    BOOST_TEST(n_plans * kEveryNth > 250U);
}

BOOST_AUTO_TEST_CASE(a_device_that_says_more_is_free_than_it_has_still_adds_up) {
    Machine machine;
    machine.devices = {gpu("CUDA0", 30000)};
    machine.devices[0].total_mib = 24576;
    machine.devices[0].driver_mib = 900000;
    const Plan plan = planFor(truthModel("qwen3-14b-q4_k_m"), machine);
    checkDevice(plan.devices[0], "CUDA0");
    BOOST_TEST(plan.devices[0].total_bytes == 24576 * kMib);
}

BOOST_AUTO_TEST_CASE(layers_of_all_devices_and_the_host_are_those_of_the_model) {
    for (const char * name : {"qwen3-14b-q4_k_m", "qwen3-coder-next-q5_k_m", "gpt-oss-120b-f16"}) {
        const Plan plan = planFor(truthModel(name), seedMachine());
        uint32_t sum = plan.host.n_layers;
        for (const PlanDevice & device : plan.devices) sum += device.n_layers;
        BOOST_TEST(sum == plan.model.n_layer, name);
    }
}

BOOST_AUTO_TEST_CASE(rounded_mib_sum_to_the_rounded_sum) {
    const std::vector<uint64_t> bytes = {kMib / 3, kMib / 3, kMib / 3, 5 * kMib + kMib / 2};  // 6.5 MiB
    const auto mib = roundedMib(bytes);
    BOOST_TEST(mib[0] + mib[1] + mib[2] + mib[3] == 6U);  // two bytes short of 6.5
    BOOST_TEST(roundedMib({}).empty());
}
