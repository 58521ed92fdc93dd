// What the chat template in a file says of the model: whether it thinks before it answers.
#pragma once

#include <optional>
#include <string>

#include "gguf/file.h"

namespace ggufit {

struct ThinkingMark {
    std::optional<bool> thinking;  // nothing where the file has no chat template
    std::string key;               // the template that was read: the one with the mark, else the first
    std::string mark;              // what was found in it: "<think>"; empty where thinking is not true
    std::string control;  // the template's variable that switches or measures it: "enable_thinking"; may be empty
};

/// Looks for the marks of thinking in tokenizer.chat_template and tokenizer.chat_template.*.
///
/// llama.cpp renders the template with and without reasoning and compares (chat-diff-analyzer.cpp), after it has told
/// special formats by strings that they hold (chat.cpp, common_chat_try_specialized_template). Here the template is
/// only searched for the same strings: the tags that open or close a thought, the channels of gpt-oss and Gemma 4, and
/// the variables that carry or switch reasoning. A template that merely removes thoughts of earlier turns counts as
/// thinking, as it does in llama.cpp.
[[nodiscard]] ThinkingMark findThinking(const File & file);

}  // namespace ggufit
