// Reads models.conf by the rules of the wrapper's reader, and finds what belongs to each section.
#include "profile/conf.h"

#include <algorithm>

#include "base/phrase.h"
#include "base/sort.h"
#include "base/values.h"

namespace ggufit {

namespace {

constexpr std::string_view kSpaces = " \t\v\f\r";
constexpr std::string_view kPrevious = "Previous:";

std::string_view trimmed(std::string_view text) {
    const size_t first = text.find_first_not_of(kSpaces);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

ConfLine readLine(std::string_view text) {
    ConfLine line;
    line.text = text;
    const std::string_view content = trimmed(text);
    const size_t equals = content.find('=');
    if (content.empty()) {
        line.kind = ConfLineKind::blank;
    } else if (content.front() == '#') {
        line.kind = ConfLineKind::comment;
    } else if (content.front() == '[' && content.back() == ']') {
        line.name = content.substr(1, content.size() - 2);
        line.kind = isReadableId(line.name) ? ConfLineKind::header : ConfLineKind::bad_header;
    } else if (equals == std::string_view::npos) {
        line.kind = ConfLineKind::other;
    } else {
        line.kind = ConfLineKind::key;
        line.name = content.substr(0, equals);
        line.value = content.substr(equals + 1);
    }
    return line;
}

bool isHeader(const ConfLine & line) {
    return line.kind == ConfLineKind::header || line.kind == ConfLineKind::bad_header;
}

/// A line that closes a part of the file rather than describing a section: "# ====".
bool isDivider(const ConfLine & line) { return commentText(line).starts_with("==="); }

bool isOwnComment(const ConfLine & line) { return line.kind == ConfLineKind::comment && !isDivider(line); }

/// Behind a section: its previous versions, blocks of comments that start with "Previous:" and hold its header.
size_t previousEnd(const Conf & conf, const ConfSection & section, size_t limit) {
    size_t end = section.end;
    for (;;) {
        size_t first = end;
        while (first < limit && conf.lines[first].kind == ConfLineKind::blank) ++first;
        if (first >= limit || conf.lines[first].kind != ConfLineKind::comment) return end;
        if (!commentText(conf.lines[first]).starts_with(kPrevious)) return end;
        size_t last = first;
        bool own = false;
        for (; last < limit && conf.lines[last].kind == ConfLineKind::comment; ++last) {
            own = own || commentText(conf.lines[last]) == phrase("[{}]", section.id);
        }
        if (!own) return end;
        end = last;
    }
}

/// How alike two ids are: the length of what they start with in common.
size_t commonStart(std::string_view a, std::string_view b) {
    size_t n = 0;
    while (n < a.size() && n < b.size() && a[n] == b[n]) ++n;
    return n;
}

Error noSection(const std::vector<ConfSection> & sections, std::string_view id) {
    std::vector<std::string> ids;
    for (const ConfSection & section : sections) {
        if (section.readable) ids.push_back(section.id);
    }
    if (ids.empty()) return {ErrorCode::usage, "", "the file has no sections."};
    stableSort(ids,
               [id](const std::string & a, const std::string & b) { return commonStart(a, id) > commonStart(b, id); });
    std::string near;
    for (size_t i = 0; i < ids.size() && i < 5; ++i) near += (i == 0 ? "" : ", ") + ids[i];
    if (ids.size() > 5) near += phrase(" and {} more", std::to_string(ids.size() - 5));
    return {ErrorCode::usage, std::string(id), phrase("no section of this name; there are {}.", near)};
}

}  // namespace

bool isReadableId(std::string_view id) {
    return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

std::string_view commentText(const ConfLine & line) {
    if (line.kind != ConfLineKind::comment) return {};
    std::string_view text = trimmed(line.text);
    text.remove_prefix(std::min(text.find_first_not_of('#'), text.size()));
    return trimmed(text);
}

bool isUntested(const ConfLine & line) { return commentText(line).starts_with("NOT YET TESTED"); }

bool isTested(const ConfLine & line) { return commentText(line).starts_with("Tested "); }

Conf parseConf(std::string_view text) {
    Conf conf;
    while (!text.empty()) {
        const size_t feed = text.find('\n');
        std::string_view content = text.substr(0, feed);
        std::string end;
        if (feed != std::string_view::npos) {
            const bool carriage = content.ends_with('\r');
            if (carriage) content.remove_suffix(1);
            end = carriage ? "\r\n" : "\n";
        }
        conf.lines.push_back(readLine(content));
        conf.lines.back().end = std::move(end);
        text.remove_prefix(feed == std::string_view::npos ? text.size() : feed + 1);
    }
    return conf;
}

std::string confText(const Conf & conf, size_t first, size_t end) {
    std::string text;
    for (size_t i = first; i < end && i < conf.lines.size(); ++i) text += conf.lines[i].text + conf.lines[i].end;
    return text;
}

std::string writeConf(const Conf & conf) { return confText(conf, 0, conf.lines.size()); }

std::vector<ConfSection> sectionsOf(const Conf & conf) {
    std::vector<ConfSection> sections;
    for (size_t i = 0; i < conf.lines.size(); ++i) {
        if (!isHeader(conf.lines[i])) continue;
        ConfSection section;
        section.id = conf.lines[i].name;
        section.readable = conf.lines[i].kind == ConfLineKind::header;
        section.header = section.first = i;
        while (section.first > 0 && isOwnComment(conf.lines[section.first - 1])) --section.first;
        sections.push_back(std::move(section));
    }
    for (size_t i = 0; i < sections.size(); ++i) {
        ConfSection & section = sections[i];
        const size_t limit = i + 1 < sections.size() ? sections[i + 1].first : conf.lines.size();
        section.end = section.header + 1;
        for (size_t line = section.end; line < limit; ++line) {
            const ConfLineKind kind = conf.lines[line].kind;
            if (kind == ConfLineKind::key || kind == ConfLineKind::other) section.end = line + 1;
        }
        while (section.end < limit && isOwnComment(conf.lines[section.end])) ++section.end;
        section.previous_end = previousEnd(conf, section, limit);
    }
    return sections;
}

Result<ConfSection> findSection(const Conf & conf, std::string_view id) {
    const std::vector<ConfSection> sections = sectionsOf(conf);
    const ConfSection * found = nullptr;
    for (const ConfSection & section : sections) {
        if (!section.readable || section.id != id) continue;
        if (found != nullptr) {
            return Error{
                ErrorCode::usage, section.id,
                phrase("stands twice in the file, in lines {} and {}; rename or remove one of them by hand first.",
                       std::to_string(found->header + 1), std::to_string(section.header + 1))};
        }
        found = &section;
    }
    if (found == nullptr) return noSection(sections, id);
    return *found;
}

std::optional<std::string> valueOf(const Conf & conf, const ConfSection & section, std::string_view key) {
    std::optional<std::string> value;
    for (size_t i = section.header; i < section.end; ++i) {
        const ConfLine & line = conf.lines[i];
        if (line.kind == ConfLineKind::key && line.name == key) value = line.value;
    }
    return value;
}

}  // namespace ggufit
