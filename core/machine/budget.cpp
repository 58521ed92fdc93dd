// The memory budget of a device.
#include "machine/budget.h"

#include <algorithm>

#include "base/phrase.h"

namespace ggufit {

namespace {

std::string mib(uint64_t value) { return std::to_string(value) + " MiB"; }

}  // namespace

uint64_t usualDriverMib(std::string_view backend) {
    return backend == "CUDA" || backend == "ROCm" ? kCudaContextMib : 0;
}

uint64_t unifiedMib(const Device & device, uint64_t system_mib) {
    if (device.backend != "Metal") return system_mib / 2;
    constexpr uint64_t kSmall = 32 * 1024;
    return system_mib <= kSmall ? system_mib / 3 * 2 : system_mib / 4 * 3;
}

bool sizeUnified(Machine & machine) {
    for (Device & device : machine.devices) {
        if (device.total_mib != 0) continue;
        if (machine.host.total_mib < 4) return false;
        device.total_mib = unifiedMib(device, machine.host.total_mib);
        if (completeMemory(device, {})) return false;
    }
    return true;
}

std::optional<std::string> completeMemory(Device & device, const GivenMemory & given) {
    const uint64_t named = given.driver_mib.value_or(0) + given.reserved_mib.value_or(0);
    uint64_t total = given.total_mib.value_or(device.total_mib);
    if (total == 0 && given.free_mib) total = *given.free_mib + named;
    if (total == 0) return "The size of its memory is not known; give it.";

    if (given.free_mib) {
        if (*given.free_mib > total)
            return phrase("{} free is more than the {} that it has.", mib(*given.free_mib), mib(total));
        const uint64_t rest = total - *given.free_mib;
        if (named > rest) {
            return phrase("{} free and {} taken are more than the {} that it has.", mib(*given.free_mib), mib(named),
                          mib(total));
        }
        const uint64_t left = rest - given.reserved_mib.value_or(0);
        device.free_mib = *given.free_mib;
        device.driver_mib = given.driver_mib.value_or(std::min(usualDriverMib(device.backend), left));
        device.reserved_mib = rest - device.driver_mib;
    } else {
        if (named > total) return phrase("{} taken is more than the {} that it has.", mib(named), mib(total));
        device.reserved_mib = given.reserved_mib.value_or(0);
        const uint64_t left = total - device.reserved_mib;
        device.driver_mib = given.driver_mib.value_or(std::min(usualDriverMib(device.backend), left));
        device.free_mib = left - device.driver_mib;
    }
    device.total_mib = total;
    return std::nullopt;
}

}  // namespace ggufit
