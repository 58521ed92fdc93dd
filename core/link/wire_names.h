// The names that links refer to by number. They are part of the format: rows are added at the end and never moved.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "gguf/file.h"

namespace ggufit {

/// What a link keeps of a key's value.
enum class KeptValue : uint8_t {
    whole,
    text,   // as it is shown: cleaned, at most 120 characters, a path cut to its last part
    count,  // of an array only how many elements it has
};

/// A metadata key that the core reads. Other keys change nothing and are left out of links.
struct WireKey {
    std::string_view suffix;  // behind "<architecture>."; whole where Keys takes it as whole (general., tokenizer., …)
    ValueType type = ValueType::u32;  // that most files give it
    KeptValue kept = KeptValue::whole;
};

[[nodiscard]] std::span<const WireKey> wireKeys();
[[nodiscard]] bool isWholeWireKey(std::string_view suffix);

/// What stands in front of a tensor's own name, "#" for the number of the layer; at the end of it; and between.
[[nodiscard]] std::span<const std::string_view> wirePrefixes();  // at most 7
[[nodiscard]] std::span<const std::string_view> wireEndings();   // at most 7
[[nodiscard]] std::span<const std::string_view> wireTensors();   // at most 511

/// Marks and variables of chat templates (model/chat_template.h); at most 31.
[[nodiscard]] std::span<const std::string_view> wireMarks();

/// Names of architectures; at most 255.
[[nodiscard]] std::span<const std::string_view> wireArchitectures();

}  // namespace ggufit
