// Any text as the log of a start: what it says, what is checked without a model, and all of it as text and JSON.
#include "fuzz/fuzz.h"
#include "log/check.h"
#include "log/parser.h"
#include "render/check.h"

using namespace ggufit;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size) {
    const fuzz::MemoryBound bound(size);
    const std::string_view text = fuzz::textOf(data, size);
    Log log = parseLog(text);
    fuzz::claim(log.start <= log.n_starts, "the start that was read is one of those in the text");
    fuzz::claim(log.n_starts <= size, "a start has a line");
    (void)countsOf(text);
    CheckRequest request;
    request.learn = true;
    const auto check = checkLog(std::move(log), nullptr, request);
    if (!check) {
        fuzz::claimSentence(check.error());
        return 0;
    }
    const std::string shown = renderCheck(*check, {});
    fuzz::claim(shown.find('\x1b') == std::string::npos, "no byte of a log acts on a terminal");
    fuzz::claimBounded(shown.size(), size, 32, 65536);
    fuzz::claimBounded(checkJson(*check).size(), size, 64, 65536);
    return 0;
}
