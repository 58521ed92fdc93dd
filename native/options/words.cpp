// Sorts the words of a command line.
#include "options/words.h"

#include <algorithm>
#include <utility>

#include "settings/arguments.h"

namespace ggufit::cli {

namespace {

bool isAssignment(std::string_view word) {
    const size_t equals = word.find('=');
    if (equals == 0 || equals == std::string_view::npos || (word[0] >= '0' && word[0] <= '9')) return false;
    return std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(equals), [](char c) {
        return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    });
}

}  // namespace

std::vector<std::string> takeOwnWords(const CLI::App & app, const std::vector<std::string> & words,
                                      std::vector<std::string> & rest) {
    const auto ownOption = [&app](const std::string & word) {
        return word.size() > 1 && word[0] == '-' ? app.get_option_no_throw(word.substr(0, word.find('='))) : nullptr;
    };
    std::vector<std::string> own;
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string & word = words[i];
        if (word == "--") {
            rest.insert(rest.end(), words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
            break;
        }
        const CLI::Option * option = ownOption(word);
        if (option == nullptr) {
            rest.push_back(word);
            continue;
        }
        own.push_back(word);
        const bool takes_word = option->get_items_expected_max() != 0 && word.find('=') == std::string::npos;
        if (takes_word && i + 1 < words.size() && ownOption(words[i + 1]) == nullptr) own.push_back(words[++i]);
    }
    return own;
}

bool isServerProgram(std::string_view word) {
    word = word.substr(word.find_last_of("/\\") + 1);
    if (word.ends_with(".exe")) word.remove_suffix(4);
    return word == "llama-server" || word == "llama-cli";
}

Result<std::vector<std::string>> unquotePasted(std::vector<std::string> words) {
    std::vector<std::string> all;
    for (std::string & word : words) {
        if (word.find_first_of(" \n\t") != std::string::npos && word.find("llama-") != std::string::npos) {
            auto split = splitCommandLine(word);
            if (split && std::any_of(split->begin(), split->end(), isServerProgram) && split->size() > 1) {
                all.insert(all.end(), split->begin(), split->end());
                continue;
            }
            if (!split && word.find(" -m ") != std::string::npos) return split.error();
        }
        all.push_back(std::move(word));
    }
    return all;
}

void dropProgram(Options & options) {
    std::vector<std::string> & words = options.llama_words;
    const auto program = std::find_if(words.begin(), words.end(), isServerProgram);
    if (program == words.end()) return;
    auto first = program;
    while (first != words.begin() && isAssignment(*(first - 1))) --first;
    for (auto word = first; word != program; ++word) {
        const size_t equals = word->find('=');
        if (word->starts_with("LLAMA_ARG_"))
            options.environment.emplace_back(word->substr(0, equals), word->substr(equals + 1));
    }
    words.erase(first, program + 1);
}

}  // namespace ggufit::cli
