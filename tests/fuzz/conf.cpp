// Any text as a models.conf: every byte is kept, and an edit changes nothing but what it is about.
#include "profile/conf.h"
#include "fuzz/fuzz.h"
#include "profile/edit.h"
#include "profile/lint.h"
#include "render/env.h"

using namespace ggufit;

namespace {

size_t sectionsNamed(const Conf & conf, std::string_view id) {
    size_t n = 0;
    for (const ConfSection & section : sectionsOf(conf)) n += section.id == id && section.readable ? 1U : 0U;
    return n;
}

void editsOf(const Conf & conf, const std::string & id, std::string_view value) {
    const std::string before = writeConf(conf);
    const std::string entry = "[" + id + "]\nMODEL=new.gguf\nCTX_SIZE=4096\n";
    if (const auto added = addEntry(conf, entry)) {
        fuzz::claim(added->text.starts_with(before), "an added entry follows the bytes that were there");
        fuzz::claim(sectionsNamed(parseConf(added->text), id) == 1, "an added entry can be read");
    }
    if (const auto removed = removeEntry(conf, id)) {
        fuzz::claim(removed->text.size() <= before.size(), "removing adds nothing");
        fuzz::claim(sectionsNamed(parseConf(removed->text), id) == 0, "a removed section is gone");
    }
    if (const auto replaced = replaceEntry(conf, id, entry)) {
        fuzz::claim(sectionsNamed(parseConf(replaced->text), id) == 1, "a replaced section is there once");
        fuzz::claimBounded(replaced->text.size(), before.size(), 4, 4096);
    }
    const ConfMeasurement measured{"2026-02-16", std::string(value.substr(0, 200)), "~33 t/s"};
    if (const auto recorded = recordTest(conf, id, measured)) {
        fuzz::claim(sectionsOf(parseConf(recorded->text)).size() == sectionsOf(conf).size(),
                    "a measurement adds no section");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size) {
    const fuzz::MemoryBound bound(size);
    std::string_view rest = fuzz::textOf(data, size);
    const std::string_view text = fuzz::takeText(rest);
    const Conf conf = parseConf(text);
    fuzz::claim(writeConf(conf) == text, "every byte is kept");
    fuzz::claim(lintConf(conf).size() <= 16 * text.size() + 16, "findings are bounded");
    editsOf(conf, "added-by-the-fuzzer", rest);
    size_t n = 0;
    for (const ConfSection & section : sectionsOf(conf)) {
        if (++n > 4) break;
        if (isReadableId(section.id)) editsOf(conf, section.id, rest);
        const std::string entry = confText(conf, section.first, section.end);
        const std::string changed = withValue(entry, "CTX_SIZE", rest);
        fuzz::claim(sectionsOf(parseConf(changed)).size() <= sectionsOf(parseConf(entry)).size(),
                    "a value never becomes a section");
        fuzz::claimBounded(envOfEntry(entry).size(), entry.size(), 8, 8192);
    }
    return 0;
}
