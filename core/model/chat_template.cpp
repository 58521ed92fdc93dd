// The marks, most telling first.
#include "model/chat_template.h"

#include <string_view>

namespace ggufit {

namespace {

constexpr std::string_view kTemplateKey = "tokenizer.chat_template";
constexpr size_t kSearchedBytes = 1 << 20;  // the longest templates have some 30 KB

constexpr std::string_view kMarks[] = {
    "<think>",
    "</think>",
    "<|channel|>",         // gpt-oss: analysis and final channels
    "<|channel>thought",   // Gemma 4
    "[THINK]",             // Magistral
    "<|START_THINKING|>",  // Command A
    "<seed:think>",
    "<mm:think>",
    "<|think|>",
    "<|inner_prefix|>",  // Apertus
    "<thinking>",
    "<thought>",
    "Here is my thought process",  // Granite 3.2
    "reasoning_content",
    "enable_thinking",
};

constexpr std::string_view kControls[] = {"enable_thinking", "reasoning_effort", "thinking_budget", "thinking_mode"};

template <size_t N>
std::string_view firstFound(std::string_view text, const std::string_view (&needles)[N]) {
    for (const std::string_view needle : needles) {
        if (text.find(needle) != std::string_view::npos) return needle;
    }
    return {};
}

bool isTemplateKey(std::string_view key) {
    if (key.substr(0, kTemplateKey.size()) != kTemplateKey) return false;
    return key.size() == kTemplateKey.size() || key[kTemplateKey.size()] == '.';
}

}  // namespace

ThinkingMark findThinking(const File & file) {
    ThinkingMark found;
    for (const KeyValue & entry : file.metadata) {
        const std::string * text = isTemplateKey(entry.key) ? entry.value.asString() : nullptr;
        if (text == nullptr) continue;
        if (!found.thinking) {
            found.thinking = false;
            found.key = entry.key;
        }
        const std::string_view start = std::string_view(*text).substr(0, kSearchedBytes);
        const std::string_view mark = firstFound(start, kMarks);
        if (mark.empty()) continue;
        return {true, entry.key, std::string(mark), std::string(firstFound(start, kControls))};
    }
    return found;
}

}  // namespace ggufit
