// Writes the variables of an entry, quoted for readers of .env files.
#include "render/env.h"

#include <utility>

#include "base/phrase.h"
#include "profile/comments.h"
#include "profile/conf.h"

namespace ggufit {

namespace {

constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./=,:+@%";

/// Single quotes keep all but themselves; within double quotes readers disagree on backslashes and "$".
std::string envLine(const std::string & key, const std::string & value) {
    if (value.find_first_not_of(kPlain) == std::string::npos) return phrase("{}={}\n", key, value);
    if (value.find('\'') == std::string::npos) return phrase("{}='{}'\n", key, value);
    if (value.find_first_of("\"\\$`!") == std::string::npos) return phrase("{}=\"{}\"\n", key, value);
    return commentLines(phrase("{} is left out, since an .env file can't hold its quotes: {}", key, value));
}

}  // namespace

std::string envOfEntry(std::string_view entry) {
    const Conf conf = parseConf(entry);
    const auto sections = sectionsOf(conf);
    if (sections.empty()) return "";
    const ConfSection & section = sections.front();
    const auto value = [&](const char * key, const char * otherwise) {
        return valueOf(conf, section, key).value_or(otherwise);
    };
    std::string out = commentLines(phrase("[{}] {}", section.id, value("NAME", "")));
    for (const auto & [key, otherwise] : {std::pair{"MODEL", ""}, {"CTX_SIZE", "131072"}, {"N_GPU_LAYERS", "auto"}}) {
        out += envLine(key, value(key, otherwise));
    }
    const std::string fit = value("FIT", "on");
    out += envLine("FIT", fit);
    if (fit == "on") out += envLine("FIT_TARGET", value("FIT_TARGET", "128,1024"));
    return out + envLine("EXTRA_ARGS", value("EXTRA_ARGS", ""));
}

std::string wrapperEnv(const Plan & plan) {
    return reasonComment(plan) +
           commentLines("NOT YET TESTED. The .env of the models.conf wrapper, for docker compose.") +
           envOfEntry(plan.bench ? plan.bench_entry : plan.entry);
}

}  // namespace ggufit
