// Sampling defaults: what llama-server would be told, and that nothing of a file reaches a shell but checked values.
#include <boost/test/unit_test.hpp>
#include <limits>

#include "gguf/read.h"
#include "model/sampling.h"
#include "support/gguf_builder.h"

using namespace ggufit;
using test::GgufBuilder;

namespace {

SamplingKeys samplingOf(const GgufBuilder & builder) {
    const auto bytes = builder.build();
    const auto file = readHeader(bytes, 0, "test.gguf");
    BOOST_REQUIRE(file.ok());
    return readSampling(*file);
}

std::string argumentsOf(const GgufBuilder & builder) {
    std::string line;
    for (const SamplingDefault & sampling : samplingOf(builder).defaults) {
        line += (line.empty() ? "" : " ") + sampling.argument + " " + sampling.value;
    }
    return line;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(card_sampling)

BOOST_AUTO_TEST_CASE(every_key_has_llama_servers_argument) {
    BOOST_TEST(argumentsOf(GgufBuilder()
                               .i32("general.sampling.top_k", 20)
                               .f32("general.sampling.top_p", 0.95F)
                               .f32("general.sampling.min_p", 0.01F)
                               .f32("general.sampling.xtc_probability", 0.5F)
                               .f32("general.sampling.xtc_threshold", 0.1F)
                               .f32("general.sampling.temp", 0.6F)
                               .i32("general.sampling.penalty_last_n", -1)
                               .f32("general.sampling.penalty_repeat", 1.05F)
                               .i32("general.sampling.mirostat", 2)
                               .f32("general.sampling.mirostat_tau", 5.0F)
                               .f32("general.sampling.mirostat_eta", 0.1F)) ==
               "--top-k 20 --top-p 0.95 --min-p 0.01 --xtc-probability 0.5 --xtc-threshold 0.1 --temp 0.6 "
               "--repeat-last-n -1 --repeat-penalty 1.05 --mirostat 2 --mirostat-ent 5 --mirostat-lr 0.1");
}

BOOST_AUTO_TEST_CASE(integers_and_texts_are_numbers_too) {
    BOOST_TEST(argumentsOf(GgufBuilder().u8("general.sampling.temp", 1).string("general.sampling.top_p", "0.8")) ==
               "--top-p 0.8 --temp 1");
}

BOOST_AUTO_TEST_CASE(values_out_of_range_are_left_out_and_named) {
    const SamplingKeys keys = samplingOf(GgufBuilder()
                                             .f32("general.sampling.temp", 300.0F)
                                             .f32("general.sampling.top_p", std::numeric_limits<float>::quiet_NaN())
                                             .f32("general.sampling.min_p", -std::numeric_limits<float>::infinity())
                                             .f32("general.sampling.top_k", 0.5F)
                                             .boolean("general.sampling.mirostat", true));
    BOOST_TEST(keys.defaults.size() == 0);
    BOOST_REQUIRE(keys.refused.size() == 5);
    BOOST_TEST(keys.refused[3] == "general.sampling.temp: 300 is not between 0 and 100");
}

BOOST_AUTO_TEST_CASE(text_that_a_shell_would_act_on_never_gets_through) {
    for (const char * text :
         {"0.6 --host 0.0.0.0", "$(reboot)", "0.6;ls", "`id`", "1e3", "0x10", "", " 0.6", "--", "."}) {
        const SamplingKeys keys = samplingOf(GgufBuilder().string("general.sampling.temp", text));
        BOOST_TEST(keys.defaults.size() == 0, text);
        BOOST_TEST(keys.refused.size() == 1, text);
    }
}

BOOST_AUTO_TEST_CASE(refusals_show_hostile_text_cleaned_and_short) {
    const SamplingKeys keys =
        samplingOf(GgufBuilder().string("general.sampling.temp", "\x1b[2J\n" + std::string(5000, 'x')));
    BOOST_REQUIRE(keys.refused.size() == 1);
    BOOST_TEST(keys.refused[0].size() < 200);
    BOOST_TEST(keys.refused[0].find('\x1b') == std::string::npos);
    BOOST_TEST(keys.refused[0].find('\n') == std::string::npos);
}

// common/sampling.cpp: names → types → letters.
BOOST_AUTO_TEST_CASE(the_sequence_is_written_in_letters) {
    BOOST_TEST(argumentsOf(GgufBuilder().string("general.sampling.sequence",
                                                "penalties;dry;top_n_sigma;top-k;typ_p;topp;min_p;xtc;Temperature")) ==
               "--sampler-seq edskypmxt");
}

BOOST_AUTO_TEST_CASE(unknown_samplers_are_left_out_of_the_sequence_as_llama_cpp_does) {
    BOOST_TEST(argumentsOf(GgufBuilder().string("general.sampling.sequence", "top_k;$(id);temp")) ==
               "--sampler-seq kt");
    BOOST_TEST(samplingOf(GgufBuilder().string("general.sampling.sequence", "rm -rf")).refused.size() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
