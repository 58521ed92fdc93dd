// Any text as a machine: a machine file, --gpu, --ram, and the output of the tools that list GPUs; and any text where
// other JSON is read: a case of many, rows that are ranked, a configuration.
#include "machine/machine.h"
#include "base/json.h"
#include "choose/parse_rows.h"
#include "fuzz/fuzz.h"
#include "machine/host_facts.h"
#include "machine/join_listings.h"
#include "machine/listing.h"
#include "plan/override_config.h"
#include "render/choose.h"
#include "render/json.h"

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

/// What a line of `estimate --batch` does with its JSON: a machine is written and read again, an id comes back.
void readsAsCase(std::string_view text) {
    const auto json = parseJson(text);
    if (!json.is_object()) return;
    const auto write = [](const auto & value) {
        return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    };
    if (json.contains("machine")) {
        const auto machine = parseMachine(write(json["machine"]));
        if (!machine) fuzz::claimSentence(machine.error());
    }
    if (!json.contains("id")) return;
    const std::string answer = caseErrorJson(1, write(json["id"]), {ErrorCode::input, "here", "is wrong."});
    fuzz::claim(answer.find('\n') + 1 == answer.size(), "an answer is one line");
    fuzz::claim(parseJson(answer)["id"] == json["id"], "an id comes back as it was");
    fuzz::claimBounded(answer.size(), text.size(), 8, 4096);
}

void readsAsJson(std::string_view text) {
    readsAsCase(text);
    if (const auto config = parseOverrideConfig(text)) {
        fuzz::claim(config->warnings.size() <= text.size() + 1, "a warning has a byte of text");
    } else {
        fuzz::claimSentence(config.error());
    }
    const auto wishes = parseChooseWishes(text);
    if (!wishes) fuzz::claimSentence(wishes.error());
    const auto rows = parseChooseRows(text);
    if (!rows) return fuzz::claimSentence(rows.error());
    const ChooseRanking ranking = rankRows(*rows, wishes ? *wishes : ChooseWishes{});
    size_t n_ranked = ranking.unreadable.size();
    for (const RankedGroup & group : ranking.groups) n_ranked += group.rows.size();
    fuzz::claim(n_ranked == rows->size(), "each row has a place");
    fuzz::claimBounded(writeJson(toJson(ranking)).size(), text.size(), 64, 65536);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size) {
    const fuzz::MemoryBound bound(size);
    if (size == 0) return 0;
    std::string_view text = fuzz::textOf(data + 1, size - 1);
    switch (data[0] % 5) {
        case 0: readsAsMachineFile(text); break;
        case 1: readsAsListing(text); break;
        case 2: readsAsWords(text); break;
        case 4: readsAsJson(text); break;
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
