// Any text as a machine: a machine file, --gpu, --ram, and the output of the tools that list GPUs.
#include "machine/machine.h"
#include "fuzz/fuzz.h"
#include "machine/host_facts.h"
#include "machine/join_listings.h"
#include "machine/listing.h"

using namespace ggufit;

namespace {

void keeps(const Machine & machine, size_t size) {
    fuzz::claim(machine.devices.size() <= size, "a device has a byte of text");
    const std::string written = writeMachine(machine);
    fuzz::claimBounded(written.size(), size, 64, 65536);
    const auto again = parseMachine(written);
    fuzz::claim(again.ok(), "a machine that was written can be read");
    fuzz::claim(writeMachine(*again) == written, "and is the same");
}

void readsAsMachineFile(std::string_view text) {
    const auto machine = parseMachine(text);
    if (machine) return keeps(*machine, text.size());
    fuzz::claimSentence(machine.error());
}

void readsAsListing(std::string_view text) {
    auto listing = parseListing(text);
    if (!listing) return fuzz::claimSentence(listing.error());
    fuzz::claim(listing->machine.devices.size() <= text.size(), "a listed device has a byte of text");
    (void)joinTools({*listing, *listing});
    (void)preferLlama(*listing, *listing);
}

void readsAsWords(std::string_view text) {
    for (const bool open : {false, true}) {
        const auto devices = parseGpu(text, {.backend = open ? "Vulkan" : "", .any_variant = open, .open_size = open});
        if (!devices) {
            fuzz::claimSentence(devices.error());
        } else {
            fuzz::claim(devices->size() <= 4096, "--gpu never gives so many devices");
        }
        (void)sizeWarning(text, {.any_variant = open});
    }
    (void)similarGpus(text);
    const auto host = parseRam(text);
    if (!host) fuzz::claimSentence(host.error());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size) {
    if (size == 0) return 0;
    std::string_view text = fuzz::textOf(data + 1, size - 1);
    switch (data[0] % 4) {
        case 0: readsAsMachineFile(text); break;
        case 1: readsAsListing(text); break;
        case 2: readsAsWords(text); break;
        default: {
            const std::string_view meminfo = fuzz::takeText(text);
            const std::string_view cpuinfo = fuzz::takeText(text);
            (void)parseHostFacts(meminfo, cpuinfo, text);
            (void)parseSysctl(meminfo);
            (void)pciDeviceName(meminfo, cpuinfo, text);
        }
    }
    return 0;
}
