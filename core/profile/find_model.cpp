// Compares paths from their ends, so that folders of containers and other machines do not matter.
#include "profile/find_model.h"

#include <algorithm>

#include "base/phrase.h"
#include "base/units.h"
#include "base/values.h"
#include "plan/plan.h"

namespace ggufit {

namespace {

constexpr size_t kMostListed = 6;

/// The last part of a path, taken off it.
std::string_view takeLast(std::string_view & path) {
    const size_t slash = path.find_last_of("/\\");
    const std::string_view last = slash == std::string_view::npos ? path : path.substr(slash + 1);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
    return last;
}

/// How many parts two paths have in common, from the file's name on.
size_t commonParts(std::string_view a, std::string_view b) {
    size_t count = 0;
    while (!a.empty() && !b.empty() && takeLast(a) == takeLast(b)) ++count;
    return count;
}

std::string fileName(std::string_view path) { return std::string(takeLast(path)); }

std::string modelOf(const Conf & conf, const ConfSection & section) {
    return valueOf(conf, section, "MODEL").value_or("");
}

std::string listed(const Conf & conf, const std::vector<ConfSection> & sections, bool contexts) {
    std::string text;
    for (size_t i = 0; i < sections.size() && i < kMostListed; ++i) {
        text += (i == 0 ? "" : ", ") + sections[i].id;
        const std::string model = fileName(modelOf(conf, sections[i]));
        if (contexts) {
            text += phrase(" (context {})", formatCount(contextOf(conf, sections[i])));
        } else if (!model.empty()) {
            text += phrase(" ({})", model);
        }
    }
    if (sections.size() > kMostListed) text += phrase(" and {} more", formatCount(sections.size() - kMostListed));
    return text;
}

Error notFound(const Conf & conf, const std::vector<ConfSection> & sections, const std::string & name) {
    if (sections.empty()) return {ErrorCode::usage, "", "the file has no sections."};
    const std::string what =
        name.empty() ? "the log does not name its model, so --id has to say which entry it is of"
                     : phrase("no entry has the model {}; say with --id which one was started", quotedText(name));
    return {ErrorCode::usage, "", phrase("{}: {}.", what, listed(conf, sections, false))};
}

FoundSection foundSection(const Conf & conf, ConfSection section, const ConfStart & start) {
    FoundSection found{std::move(section), {}};
    const std::string & id = found.section.id;
    const std::string own = fileName(modelOf(conf, found.section)), started = fileName(start.model);
    const uint32_t n_ctx = contextOf(conf, found.section);
    if (!started.empty() && own != started)
        found.notes.push_back(
            phrase("The start was of {}, the MODEL of [{}] is {}.", quotedText(started), id, quotedText(own)));
    if (start.n_ctx != 0 && n_ctx != 0 && start.n_ctx != n_ctx) {
        found.notes.push_back(phrase("The start had a context of {} tokens, [{}] has {}.", formatCount(start.n_ctx), id,
                                     formatCount(n_ctx)));
    }
    return found;
}

}  // namespace

uint32_t contextOf(const Conf & conf, const ConfSection & section) {
    const auto value = valueOf(conf, section, "CTX_SIZE");
    if (!value || value->empty()) return wrapperDefaults().n_ctx;
    const auto number = parseUnsigned(*value);
    return number && *number <= UINT32_MAX ? static_cast<uint32_t>(*number) : 0;
}

Result<FoundSection> findStarted(const Conf & conf, const ConfStart & start, std::string_view id) {
    if (!id.empty()) {
        auto section = findSection(conf, id);
        if (!section) return section.error();
        return foundSection(conf, std::move(*section), start);
    }
    std::vector<ConfSection> all, same;
    size_t most = 1;
    for (ConfSection & section : sectionsOf(conf)) {
        if (!section.readable) continue;
        const size_t parts = commonParts(modelOf(conf, section), start.model);
        if (parts > most) same.clear();
        most = std::max(most, parts);
        if (parts == most) same.push_back(section);
        all.push_back(std::move(section));
    }
    const std::string name = fileName(start.model);
    if (same.empty()) return notFound(conf, all, name);
    if (same.size() == 1) return foundSection(conf, std::move(same[0]), start);
    const auto other = [&](const ConfSection & section) { return contextOf(conf, section) != start.n_ctx; };
    std::vector<ConfSection> fitting = same;
    fitting.erase(std::remove_if(fitting.begin(), fitting.end(), other), fitting.end());
    if (fitting.size() == 1) return foundSection(conf, std::move(fitting[0]), start);
    const std::string context =
        start.n_ctx == 0 ? "" : phrase(" (the start had a context of {})", formatCount(start.n_ctx));
    return Error{ErrorCode::usage, "",
                 phrase("{} entries have the model {}; say with --id which one was started{}: {}.",
                        formatCount(same.size()), quotedText(name), context, listed(conf, same, true))};
}

}  // namespace ggufit
