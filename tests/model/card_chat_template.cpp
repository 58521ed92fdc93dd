// Thinking or not, from templates in the manner of those that models ship with.
#include <boost/test/unit_test.hpp>

#include "gguf/read.h"
#include "model/chat_template.h"
#include "support/gguf_builder.h"

using namespace ggufit;
using test::GgufBuilder;

namespace {

ThinkingMark markOf(const GgufBuilder & builder) {
    const auto bytes = builder.build();
    const auto file = readHeader(bytes, 0, "test.gguf");
    BOOST_REQUIRE(file.ok());
    return findThinking(*file);
}

ThinkingMark markOfTemplate(std::string_view text) {
    return markOf(GgufBuilder().string("tokenizer.chat_template", text));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(card_chat_template)

BOOST_AUTO_TEST_CASE(without_a_template_nothing_is_known) {
    const ThinkingMark mark = markOf(GgufBuilder().string("general.name", "Some-Thinking-Model-R1"));
    BOOST_TEST(!mark.thinking.has_value());  // the name says nothing
}

BOOST_AUTO_TEST_CASE(a_plain_template_is_no_thinker) {
    const ThinkingMark mark =
        markOfTemplate("{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>{% endfor %}");
    BOOST_TEST((mark.thinking == false));
    BOOST_TEST(mark.key == "tokenizer.chat_template");
    BOOST_TEST(mark.mark == "");
}

BOOST_AUTO_TEST_CASE(think_tags_are_found_with_the_variable_that_switches_them) {
    const ThinkingMark mark = markOfTemplate(
        "{{ '<|im_start|>assistant\n' }}{% if enable_thinking is defined and not enable_thinking "
        "%}<think>\n\n</think>{% endif %}");
    BOOST_TEST((mark.thinking == true));
    BOOST_TEST(mark.mark == "<think>");
    BOOST_TEST(mark.control == "enable_thinking");
}

BOOST_AUTO_TEST_CASE(the_channels_of_gpt_oss_are_thinking) {
    const ThinkingMark mark =
        markOfTemplate("Reasoning: {{ reasoning_effort }}\n<|start|>assistant<|channel|>analysis<|message|>");
    BOOST_TEST((mark.thinking == true));
    BOOST_TEST(mark.mark == "<|channel|>");
    BOOST_TEST(mark.control == "reasoning_effort");
}

BOOST_AUTO_TEST_CASE(other_families_tags_are_known) {
    for (const char * tag : {"[THINK]", "<|START_THINKING|>", "<seed:think>", "<|channel>thought", "</think>"}) {
        BOOST_TEST((markOfTemplate(std::string("x ") + tag + " y").thinking == true), tag);
    }
}

BOOST_AUTO_TEST_CASE(a_template_for_one_purpose_counts_and_is_named) {
    const ThinkingMark mark = markOf(GgufBuilder()
                                         .string("tokenizer.chat_template", "{{ content }}")
                                         .string("tokenizer.chat_template.tool_use", "<think>{{ content }}"));
    BOOST_TEST((mark.thinking == true));
    BOOST_TEST(mark.key == "tokenizer.chat_template.tool_use");
}

BOOST_AUTO_TEST_CASE(keys_that_merely_begin_alike_are_no_templates) {
    BOOST_TEST(!markOf(GgufBuilder().string("tokenizer.chat_templates", "<think>")).thinking.has_value());
    BOOST_TEST(!markOf(GgufBuilder().u32("tokenizer.chat_template", 1)).thinking.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
