// Plans for tests.
#include "support/plans.h"

#include <boost/test/unit_test.hpp>

namespace ggufit::test {

Device gpu(const std::string & name, uint64_t free_mib, double bandwidth_gb_s, uint64_t reserved_mib) {
    Device device;
    device.name = name;
    device.description = "Test GPU";
    device.free_mib = free_mib;
    device.reserved_mib = reserved_mib;
    device.driver_mib = 500;
    device.total_mib = free_mib + reserved_mib + 500;
    device.compute_capability = "8.9";
    device.bandwidth_gb_s = bandwidth_gb_s;
    return device;
}

Machine seedMachine() {
    Machine machine;
    machine.devices = {gpu("CUDA0", 24090, 1008), gpu("CUDA1", 12303, 896, 3500)};
    machine.devices[0].description = "NVIDIA GeForce RTX 4090";
    machine.devices[1].description = "NVIDIA GeForce RTX 5070 Ti";
    machine.host.total_mib = 64 * 1024;
    return parseMachine(writeMachine(machine)).value();  // with what the table says of these cards
}

namespace {

Plan planned(const Model & model, const Machine & machine, const std::vector<std::string> & words, bool bench,
             bool alternatives) {
    const auto parsed = parseArguments(words, wrapperDefaults());
    if (!parsed) BOOST_FAIL(parsed.error().text());
    PlanRequest request;
    request.settings = parsed->settings;
    request.kept_arguments = parsed->kept;
    request.model_path = model.file.shards.empty() ? "" : model.file.shards.front().name;
    request.bench = bench;
    request.alternatives = alternatives;
    auto answer = plan(model, machine, request);
    if (!answer) BOOST_FAIL(answer.error().text());
    return std::move(*answer);
}

}  // namespace

Plan planFor(const Model & model, const Machine & machine, const std::vector<std::string> & words, bool bench) {
    return planned(model, machine, words, bench, false);
}

Plan wholePlanFor(const Model & model, const Machine & machine, const std::vector<std::string> & words, bool bench) {
    return planned(model, machine, words, bench, true);
}

std::vector<Reason> reasonsOf(const Plan & plan, const std::string & step) {
    std::vector<Reason> found;
    for (const Reason & reason : plan.reasons) {
        if (reason.step == step) found.push_back(reason);
    }
    return found;
}

}  // namespace ggufit::test
