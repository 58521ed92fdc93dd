// Device names as llama.cpp gives them: backend and number.
#include <algorithm>

#include "machine/machine.h"

namespace ggufit {

void nameDevices(std::vector<Device> & devices) {
    const auto isTaken = [&](const std::string & name) {
        return std::any_of(devices.begin(), devices.end(), [&](const Device & other) { return other.name == name; });
    };
    for (Device & device : devices) {
        if (!device.name.empty()) continue;
        const std::string prefix = device.backend == "Metal" ? "MTL" : device.backend;  // ggml-metal's GGML_METAL_NAME
        for (size_t number = 0; device.name.empty(); ++number) {
            const std::string name = prefix + std::to_string(number);
            if (!isTaken(name)) device.name = name;
        }
    }
}

}  // namespace ggufit
