// Text of a file can't break a line of an entry, open a section or run a command.
#include <boost/test/unit_test.hpp>

#include "support/models.h"
#include "support/plans.h"
#include "support/profile_reader.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

const std::vector<std::string> kHostile = {
    "x\n[evil]\nMODEL=/etc/passwd",
    "x\r\n[evil]\r\nEXTRA_ARGS=--host 0.0.0.0",
    "[evil]",
    "EXTRA_ARGS=$(rm -rf ~)",
    "a`id`b $(id) ${HOME}",
    "x\v[evil]\fMODEL=y",
    "x\u2028[evil]\u2029MODEL=y\u0085z",
    "\x1b[2J\x1b]0;title\x07",
    std::string("nul\0[evil]", 10),
    std::string(100000, 'A') + "\n[evil]",
    "\xff\xfe\n[evil]",
    "# comment = \" ' \\",
    "",
    "   ",
};

GgufBuilder llama(const std::string & text) {
    GgufBuilder builder;
    describeSmallLlama(builder);
    builder.string("general.name", text)
        .string("general.sampling.sequence", text)
        .string("general.sampling.temp", text)
        .string("tokenizer.chat_template", text)
        .string("general.author", text)
        .string("general.license", text)
        .tensor("token_embd.weight", GgmlType::f16, {256, 256})
        .tensor("output_norm.weight", GgmlType::f32, {256})
        .tensor("blk.0.attn_q.weight", GgmlType::f16, {256, 256})
        .tensor("blk.0.ffn_up.weight", GgmlType::f16, {256, 512});
    return builder;
}

void checkEntry(const std::string & entry, const std::string & id) {
    const Profile profile = readProfile(entry);
    for (const std::string & complaint : profile.complaints) BOOST_ERROR(complaint);
    BOOST_REQUIRE(profile.sections.size() == 1U);
    const Section & section = profile.sections[0];
    BOOST_TEST(section.id == id);
    BOOST_TEST(section.values.at("EXTRA_ARGS").find_first_of("$`*?;&|<>\"'") == std::string::npos);
    for (const char * key : {"NAME", "DESCRIPTION"}) {
        const auto value = section.values.find(key);
        if (value == section.values.end()) continue;
        BOOST_TEST(value->second.find_first_of("$`\\\"'\n\r\x1b") == std::string::npos, value->second);
        BOOST_TEST(value->second.size() < 400U);
    }
    for (const char c : entry) {
        const auto byte = static_cast<unsigned char>(c);
        BOOST_TEST((byte >= 0x20 || c == '\n'));
        if (byte < 0x20 && c != '\n') break;
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(text_of_the_file_stays_within_its_line) {
    for (const std::string & text : kHostile) {
        const Plan plan = planFor(builtModel(llama(text), "safe"), seedMachine());
        checkEntry(plan.entry, "safe");
        checkEntry(plan.bench_entry, "bench-safe");
    }
}

BOOST_AUTO_TEST_CASE(the_file_s_name_and_the_given_id_stay_within_their_line) {
    for (const std::string & text : kHostile) {
        const Model model = builtModel(llama("Safe"));
        PlanRequest request;
        request.settings = wrapperDefaults();
        request.id = text;
        request.model_path = text;
        request.alternatives = false;
        const auto answer = plan(model, seedMachine(), request);
        BOOST_REQUIRE(answer.ok());
        const Profile profile = readProfile(answer->entry);
        BOOST_TEST(profile.complaints.empty());
        BOOST_REQUIRE(profile.sections.size() == 1U);
        BOOST_TEST(profile.sections[0].values.contains("MODEL"));
    }
}

BOOST_AUTO_TEST_CASE(a_device_s_description_stays_within_its_comment) {
    for (const std::string & text : kHostile) {
        Machine machine = seedMachine();
        machine.devices[0].description = text;
        machine.host.memory = text;
        const Plan plan = planFor(builtModel(llama("Safe"), "safe"), machine);
        checkEntry(plan.entry, "safe");
    }
}
