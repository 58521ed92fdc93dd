// Packed bytes of a planning link, sealed with a right checksum: a model, machine and arguments that link to the same
// again, or one sentence; and the same bytes as a link's text.
#include "link/link.h"
#include "fuzz/fuzz.h"
#include "link/envelope.h"
#include "model/model.h"

using namespace ggufit;

namespace {

void read(std::string_view text, size_t size) {
    (void)isPlanningLink(text);
    const auto link = decodeLink(text);
    if (!link) {
        fuzz::claimSentence(link.error());
        return;
    }
    fuzz::claim(link->file.tensors.size() <= 20000, "a link has as many tensors as may be written");
    fuzz::claim(writeMachine(link->machine).size() <= 64 * size + 65536, "a machine's size is bounded by the link's");
    const auto again = encodeLink(*link);
    if (again) {
        const auto same = decodeLink(*again);
        fuzz::claim(same.ok(), "a link that was written can be read");
        fuzz::claim(same->arguments == link->arguments, "with the same arguments");
        fuzz::claim(same->llama_cpp == link->llama_cpp, "of the same llama.cpp");
        fuzz::claim(same->file.tensors.size() == link->file.tensors.size(), "with the same tensors");
    } else {
        fuzz::claimSentence(again.error());
    }
    const auto model = buildModel(link->file);
    if (!model) fuzz::claimSentence(model.error());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size) {
    const fuzz::MemoryBound bound(size);
    for (const uint8_t format : {kPlainLink, kVersionedLink}) read(sealLink({data, size}, format), size);
    read(fuzz::textOf(data, size), size);
    return 0;
}
