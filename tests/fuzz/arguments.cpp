// Any text as a command line: its words, its settings, and the words that say these settings again.
#include "settings/arguments.h"
#include "fuzz/fuzz.h"

using namespace ggufit;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size) {
    const fuzz::MemoryBound bound(size);
    const auto words = splitCommandLine(fuzz::textOf(data, size));
    if (!words) {
        fuzz::claimSentence(words.error());
        return 0;
    }
    fuzz::claim(words->size() <= size, "a word has a byte of text");
    const auto parsed = parseArguments(std::span<const std::string>(*words));
    if (!parsed) {
        fuzz::claimSentence(parsed.error());
        return 0;
    }
    fuzz::claim(parsed->settings.override_tensors.size() <= size + 2048, "overrides are bounded");
    const auto again = writeArguments(parsed->settings);
    const auto same = parseArguments(std::span<const std::string>(again));
    fuzz::claim(same.ok(), "arguments that were written can be read");
    fuzz::claim(writeArguments(same->settings) == again, "and say the same");
    return 0;
}
