// Links that were cut, changed, made by a newer version or made up.
#include <boost/test/unit_test.hpp>

#include "link/envelope.h"
#include "link/header.h"
#include "link/machine.h"
#include "link/support.h"
#include "support/data.h"
#include "support/plans.h"
#include "support/text.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

std::string linkOf(const std::string & model) {
    return planLink(truthModel(model), seedMachine(), plainRequest(truthModel(model)), {.with_name = true})->link;
}

/// Bytes that a writer gave, under a right checksum.
std::string sealed(LinkWriter & writer) { return sealLink(writer.finish()); }

Error errorOf(const std::string & text) {
    const auto link = decodeLink(text);
    if (link) BOOST_FAIL("was taken: " + text);
    return link.error();
}

/// A small sound link to be made wrong.
PlanningLink smallLink() {
    PlanningLink link;
    link.machine = seedMachine();
    link.file = linkedHeader(truthModel("llama-dense").file, false);
    return link;
}

}  // namespace

BOOST_AUTO_TEST_CASE(no_changed_character_goes_unnoticed) {
    const std::string text = linkOf("qwen3-0.6b-q8_0");
    size_t n_refused = 0;
    for (size_t i = 5; i < text.size(); ++i) {
        for (const char other : {'A', 'B', 'z', '9', '-', '_', '.', '\0', '\xC3'}) {
            if (text[i] == other) continue;
            std::string changed = text;
            changed[i] = other;
            BOOST_TEST(!decodeLink(changed).ok(), "character " << i);
            ++n_refused;
        }
    }
    BOOST_TEST(n_refused > 1000U);
}

BOOST_AUTO_TEST_CASE(no_prefix_of_a_link_is_a_link) {
    const std::string text = linkOf("qwen3-0.6b-q8_0");
    for (size_t size = 0; size < text.size(); ++size) BOOST_TEST(!decodeLink(text.substr(0, size)).ok(), size);
    BOOST_TEST(!decodeLink(text + "A").ok());
    BOOST_TEST(!decodeLink(text + text).ok());
}

BOOST_AUTO_TEST_CASE(a_link_survives_what_mail_programs_do) {
    const std::string text = linkOf("qwen3-0.6b-q8_0");
    std::string wrapped = "  https://example.org/#" + text.substr(0, 60) + "\r\n" + text.substr(60) + "\n";
    BOOST_TEST(decodeLink(wrapped).ok());
    BOOST_TEST(decodeLink("#" + text).ok());
}

BOOST_AUTO_TEST_CASE(each_fault_has_its_sentence) {
    const std::string text = linkOf("qwen3-0.6b-q8_0");
    BOOST_TEST(errorOf("").text().find("copy the whole link") != std::string::npos);
    BOOST_TEST(errorOf("https://example.org/").text().find("copy the whole link") != std::string::npos);
    BOOST_TEST(errorOf(text + "!").text().find("a character that no link has") != std::string::npos);
    BOOST_TEST(errorOf(text.substr(0, 100)).text().find("checksum") != std::string::npos);
    BOOST_TEST(errorOf("plan=").text().find("checksum") != std::string::npos);
    BOOST_TEST(errorOf("plan=" + std::string(20000, 'A')).text().find("16,384") != std::string::npos);
    const Error newer = errorOf("plan=Aw" + text.substr(7));
    BOOST_TEST(newer.text().find("newer ggufit") != std::string::npos);
    BOOST_TEST((newer.code == ErrorCode::unsupported));
}

BOOST_AUTO_TEST_CASE(counts_beyond_all_bounds_are_refused_before_anything_is_made) {
    const auto refused = [](const PlanningLink & link, auto change) {
        LinkWriter writer;
        Texts texts;
        File file = link.file;
        change(file);
        codeHeader(writer, texts, file);
        Machine machine = link.machine;
        codeMachine(writer, texts, machine);
        return errorOf(sealed(writer)).text();
    };
    const std::string_view sentence = "what cannot be";
    // a billion tensors of two files' words; the writer stops, the reader must not begin
    BOOST_TEST(refused(smallLink(), [](File & file) { file.shards.front().n_tensors = 1000000000; }).find(sentence) !=
               std::string::npos);
    BOOST_TEST(refused(smallLink(), [](File & file) {
                   file.shards.front().n_tensors = kMostLinkedTensors + 1;
               }).find(sentence) != std::string::npos);
    BOOST_TEST(refused(smallLink(), [](File & file) {
                   file.shards.assign(3, file.shards.front());
                   for (Shard & shard : file.shards) shard.n_tensors = 15000;
               }).find(sentence) != std::string::npos);
    BOOST_TEST(refused(smallLink(), [](File & file) { file.tensors.front().ne[0] = 0; }).find(sentence) !=
               std::string::npos);
    BOOST_TEST(refused(smallLink(), [](File & file) {
                   file.tensors.front().ne = {1ULL << 40U, 1ULL << 40U, 1, 1};
               }).find(sentence) != std::string::npos);
    BOOST_TEST(refused(smallLink(), [](File & file) { file.tensors[1] = file.tensors[0]; }).find(sentence) !=
               std::string::npos);
    BOOST_TEST(refused(smallLink(), [](File & file) {
                   file.shards.front().name = "../../etc/passwd";
               }).find(sentence) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_version_that_no_plan_is_made_for_is_refused) {
    const auto linkOfVersion = [](bool is_day, uint64_t number) {
        LinkWriter writer;
        PlanningLink link = smallLink();
        Texts texts;
        codeHeader(writer, texts, link.file);
        codeMachine(writer, texts, link.machine);
        Numbers counts, numbers;
        uint64_t n_words = 0;
        counts.code(writer, n_words);
        Chance named, bench, by_day;
        bool no = false;
        writer.bit(named, no);
        writer.bit(bench, no);
        writer.bit(by_day, is_day);
        numbers.code(writer, number);
        return sealLink(writer.finish(), kVersionedLink);
    };
    BOOST_TEST(decodeLink(linkOfVersion(true, 20260601)).ok());
    for (const uint64_t build : {uint64_t{0}, uint64_t{7406}, uint64_t{1000000}, UINT64_MAX})
        BOOST_TEST(holds(errorOf(linkOfVersion(false, build)).text(), "what cannot be"), build);
    for (const uint64_t day : {uint64_t{0}, uint64_t{20251214}, uint64_t{20261301}, uint64_t{1} << 31U})
        BOOST_TEST(holds(errorOf(linkOfVersion(true, day)).text(), "what cannot be"), day);
}

BOOST_AUTO_TEST_CASE(a_machine_that_cannot_be_is_refused) {
    const auto errorWith = [](auto change) {
        LinkWriter writer;
        Texts texts;
        PlanningLink link = smallLink();
        change(link.machine);
        codeHeader(writer, texts, link.file);
        codeMachine(writer, texts, link.machine);
        return errorOf(sealed(writer)).text();
    };
    for (const std::string & text : {errorWith([](Machine & machine) { machine.devices[0].total_mib = 1ULL << 60U; }),
                                     errorWith([](Machine & machine) { machine.devices[0].backend = "none such"; }),
                                     errorWith([](Machine & machine) { machine.calibration.decode = 1e9; }),
                                     errorWith([](Machine & machine) { machine.devices[1].free_mib = 1U << 30U; })}) {
        BOOST_TEST(text.find("what cannot be") != std::string::npos, text);
    }
}

BOOST_AUTO_TEST_CASE(any_bytes_under_a_right_checksum_end_in_a_link_or_a_sentence) {
    uint64_t random = 88172645463325252ULL;  // xorshift64 (Marsaglia 2003)
    const auto next = [&random] {
        random ^= random << 13U;
        random ^= random >> 7U;
        random ^= random << 17U;
        return random;
    };
    const auto sound = openSeal(linkOf("qwen3-coder-next-q5_k_m"));
    BOOST_REQUIRE(sound.ok());
    size_t n_refused = 0, n_planned = 0;
    for (size_t round = 0; round < 3000 / kEveryNth; ++round) {
        std::vector<uint8_t> bytes = sound->packed;
        if (round % 3 == 0) {
            bytes.resize(next() % 1500);
            for (uint8_t & byte : bytes) byte = static_cast<uint8_t>(next());
        } else if (round % 3 == 1) {
            for (size_t n = next() % 4 + 1; n > 0; --n) bytes[next() % bytes.size()] = static_cast<uint8_t>(next());
        } else {
            bytes.resize(next() % bytes.size());
        }
        const auto opened = openLink(sealLink(bytes, round % 2 == 0 ? kPlainLink : kVersionedLink));
        if (opened) {
            PlanRequest request = opened->request;
            request.alternatives = false;
            if (++n_planned < 40 / kEveryNth) static_cast<void>(plan(opened->model, opened->machine, request).ok());
            continue;
        }
        ++n_refused;
        BOOST_TEST(!opened.error().detail.empty());
    }
    BOOST_TEST(n_refused > 2000 / kEveryNth);
}

BOOST_AUTO_TEST_CASE(the_checksum_is_the_common_one_and_the_alphabet_that_of_urls) {
    // Python: base64.urlsafe_b64encode(b + zlib.crc32(b).to_bytes(4, "big")) of b = 01 FB FF
    const std::string text = sealLink(std::vector<uint8_t>{0xFB, 0xFF});
    BOOST_TEST(text == "plan=Afv_JMlk3g");
    const auto back = openSeal(text);
    BOOST_REQUIRE(back.ok());
    BOOST_TEST((back->packed == std::vector<uint8_t>{0xFB, 0xFF}));
    BOOST_TEST(back->format == kPlainLink);
}
