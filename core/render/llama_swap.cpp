// Writes llama-swap's YAML: words quoted for its splitter, with nothing left that it would take for a macro.
#include "render/llama_swap.h"

#include <algorithm>

#include "base/phrase.h"
#include "model/clean_text.h"
#include "profile/comments.h"
#include "render/args.h"
#include "render/yaml.h"

namespace ggufit {

namespace {

constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./=,:+@%";

/// In single quotes where it needs any. "${" is taken apart: it would be a macro within quotes too.
std::string swapWord(std::string_view word) {
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) return std::string(word);
    std::string text = "'";
    for (size_t i = 0; i < word.size(); ++i) {
        const bool macro = word[i] == '$' && i + 1 < word.size() && word[i + 1] == '{';
        text += word[i] == '\'' ? std::string("'\\''") : std::string(1, word[i]) + (macro ? "''" : "");
    }
    return text + "'";
}

/// Text for people without macros.
std::string withoutMacros(std::string text) {
    for (size_t at = text.find("${"); at != std::string::npos; at = text.find("${", at)) text.replace(at, 2, "$ {");
    return text;
}

std::string joined(const std::vector<std::string> & words, std::string (*write)(std::string_view)) {
    std::string line;
    for (const std::string & word : words) line += (line.empty() ? "" : " ") + write(word);
    return line;
}

}  // namespace

std::string llamaSwapEntry(const Plan & plan, const std::string & path) {
    std::string comments = reasonComment(plan);
    std::string lines = "      llama-server --port ${PORT}\n";
    for (const ServerArgument & argument : serverArguments(plan, path)) {
        if (argument.name == "--port" || argument.name == "--host") {
            comments += commentLines("Left out, since llama-swap sets it for each model: " + argument.name);
        } else if (!std::all_of(argument.words.begin(), argument.words.end(), isYamlLine)) {
            comments += commentLines(
                phrase("Left out, since llama-swap can't hold its value: {} {}", argument.name, argument.words.back()));
        } else {
            lines += phrase("      {}\n", joined(argument.words, swapWord));
        }
    }
    comments +=
        commentLines("NOT YET TESTED. For llama-swap's config.yaml; where that has a \"models:\", without this one.");
    std::string out = phrase("{}models:\n  {}:\n", withoutMacros(comments), yamlString(plan.id));
    out += phrase("    name: {}\n", yamlString(withoutMacros(cleanText(plan.model.name))));
    out += "    cmd: |\n" + lines;
    return out + "    proxy: \"http://127.0.0.1:${PORT}\"\n";
}

}  // namespace ggufit
