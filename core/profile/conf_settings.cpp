// Turns a section's keys into llama-server's arguments, in the order that the wrapper gives them.
#include "profile/conf_settings.h"

#include <utility>

#include "plan/plan.h"

namespace ggufit {

std::vector<std::string> extraWords(const Conf & conf, const ConfSection & section) {
    const std::string text = valueOf(conf, section, "EXTRA_ARGS").value_or("");
    std::vector<std::string> words;
    for (size_t start = text.find_first_not_of(" \t"); start != std::string::npos;
         start = text.find_first_not_of(" \t", start)) {
        const size_t end = std::min(text.find_first_of(" \t", start), text.size());
        words.push_back(text.substr(start, end - start));
        start = end;
    }
    return words;
}

Result<ParsedArguments> argumentsOf(const Conf & conf, const ConfSection & section) {
    std::vector<std::string> words;
    for (const auto & [key, argument] :
         {std::pair{"CTX_SIZE", "-c"}, {"N_GPU_LAYERS", "-ngl"}, {"FIT", "-fit"}, {"FIT_TARGET", "-fitt"}}) {
        const auto value = valueOf(conf, section, key);
        if (value && !value->empty()) words.insert(words.end(), {argument, *value});
    }
    for (std::string & word : extraWords(conf, section)) words.push_back(std::move(word));
    Settings defaults = wrapperDefaults();
    defaults.n_ctx = 131072;
    defaults.n_parallel = Settings{}.n_parallel;
    return parseArguments(words, defaults);
}

}  // namespace ggufit
