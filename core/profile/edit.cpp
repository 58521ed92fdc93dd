// Adds, replaces and removes sections, and writes measured figures into them.
#include "profile/edit.h"

#include <algorithm>
#include <array>

#include "base/phrase.h"
#include "profile/comments.h"
#include "profile/entry.h"

namespace ggufit {

namespace {

constexpr std::array<std::string_view, 9> kKeyOrder = {
    "NAME", "DESCRIPTION", "SPEED", "MODEL", "CTX_SIZE", "N_GPU_LAYERS", "FIT", "FIT_TARGET", "EXTRA_ARGS"};

using Lines = std::vector<ConfLine>;

auto at(Lines & lines, size_t index) { return lines.begin() + static_cast<std::ptrdiff_t>(index); }

/// The line end that most lines have.
std::string usualEnd(const Conf & conf) {
    size_t carriage = 0, plain = 0;
    for (const ConfLine & line : conf.lines) {
        carriage += line.end == "\r\n" ? 1 : 0;
        plain += line.end == "\n" ? 1 : 0;
    }
    return carriage > plain ? "\r\n" : "\n";
}

/// Lines of new text with the file's line ends.
Lines linesOf(std::string_view text, const std::string & end) {
    Lines lines = parseConf(text).lines;
    for (ConfLine & line : lines) line.end = end;
    return lines;
}

ConfLine lineOf(std::string text, const std::string & end) {
    return {ConfLineKind::comment, std::move(text), end, {}, {}};
}

ConfLine blankLine(const std::string & end) { return {ConfLineKind::blank, "", end, {}, {}}; }

std::string named(const std::string & id) { return phrase("[{}]", id); }

std::string counted(size_t count, const std::string & noun) {
    return phrase("{} {}{}", std::to_string(count), noun, count == 1 ? "" : "s");
}

Result<std::string> idOf(std::string_view entry) {
    const auto sections = sectionsOf(parseConf(entry));
    if (sections.size() == 1 && sections[0].readable) return sections[0].id;
    return Error{ErrorCode::usage, "", "the entry is not one section with an id of letters, digits, - and _."};
}

const ConfSection * sectionNamed(const std::vector<ConfSection> & sections, std::string_view id) {
    const auto found = std::find_if(sections.begin(), sections.end(),
                                    [id](const ConfSection & section) { return section.readable && section.id == id; });
    return found == sections.end() ? nullptr : &*found;
}

Error thereAlready(const std::string & id, size_t header) {
    return {
        ErrorCode::usage, id,
        phrase("is in line {} already; `ggufit conf replace` keeps the old one as a comment, --id gives another name.",
               std::to_string(header + 1))};
}

/// `lines` put in at `position`, with a blank line before and after where something stands there.
void insertApart(Conf & conf, size_t position, Lines lines, const std::string & end) {
    if (position > 0) {
        ConfLine & before = conf.lines[position - 1];
        if (before.end.empty()) before.end = end;
        if (before.kind != ConfLineKind::blank) lines.insert(lines.begin(), blankLine(end));
    }
    if (position < conf.lines.size() && conf.lines[position].kind != ConfLineKind::blank)
        lines.push_back(blankLine(end));
    conf.lines.insert(at(conf.lines, position), lines.begin(), lines.end());
}

/// A section's lines as comments: each can be had back by taking "# " away.
Lines commentedOut(const Conf & conf, const ConfSection & section, const std::string & end) {
    Lines lines;
    for (size_t i = section.first; i < section.end; ++i) {
        const ConfLine & line = conf.lines[i];
        lines.push_back(lineOf(line.text.empty() ? "#" : "# " + line.text, line.end.empty() ? end : line.end));
    }
    return lines;
}

/// How many lines from `first` on are the sentence that says that the entry is untested, which may be broken.
size_t untestedLines(const Conf & conf, size_t first, const std::string & id) {
    const std::string whole = untestedSentence(id);
    std::string so_far(commentText(conf.lines[first]));
    size_t count = 1;
    while (first + count < conf.lines.size()) {
        const std::string_view next = commentText(conf.lines[first + count]);
        if (next.empty() || !whole.starts_with(phrase("{} {}", so_far, std::string(next)))) break;
        so_far += " " + std::string(next);
        ++count;
    }
    return count;
}

void setSpeed(Conf & conf, const ConfSection & section, const std::string & speed, const std::string & end) {
    size_t place = section.header + 1;
    ConfLine * last = nullptr;
    for (size_t i = section.header; i < section.end; ++i) {
        ConfLine & line = conf.lines[i];
        if (line.kind != ConfLineKind::key) continue;
        if (line.name == "NAME" || line.name == "DESCRIPTION") place = i + 1;
        if (line.name == "SPEED") last = &line;
    }
    if (last != nullptr) {
        last->text = "SPEED=" + speed;
        return;
    }
    if (conf.lines[place - 1].end.empty()) conf.lines[place - 1].end = end;
    conf.lines.insert(at(conf.lines, place), lineOf("SPEED=" + speed, end));
}

}  // namespace

std::string measuredFigures(const Conf & conf, const ConfSection & section) {
    for (size_t i = section.first; i < section.end; ++i) {
        if (!isTested(conf.lines[i])) continue;
        return "t" + std::string(commentText(conf.lines[i])).substr(1);
    }
    const auto begin = conf.lines.begin();
    const bool untested = std::any_of(begin + static_cast<std::ptrdiff_t>(section.first),
                                      begin + static_cast<std::ptrdiff_t>(section.end), isUntested);
    const std::string speed = valueOf(conf, section, "SPEED").value_or("");
    if (untested || speed.find("estimated") != std::string::npos) return "not tested";
    return speed.empty() ? "no figures of a test" : speed;
}

Result<ConfEdit> addEntry(const Conf & conf, std::string_view entry, std::string_view after) {
    const auto id = idOf(entry);
    if (!id) return id.error();
    if (const auto sections = sectionsOf(conf); const ConfSection * there = sectionNamed(sections, *id))
        return thereAlready(*id, there->header);
    size_t position = conf.lines.size();
    if (!after.empty()) {
        const auto section = findSection(conf, after);
        if (!section) return section.error();
        position = section->previous_end;
    }
    Conf edited = conf;
    const std::string end = usualEnd(conf);
    insertApart(edited, position, linesOf(entry, end), end);
    const std::string where = after.empty() ? "at the end" : "behind " + named(std::string(after));
    return ConfEdit{writeConf(edited), {phrase("Adds {} {}.", named(*id), where)}};
}

Result<ConfEdit> replaceEntry(const Conf & conf, std::string_view id, std::string_view entry) {
    const auto section = findSection(conf, id);
    if (!section) return section.error();
    const auto new_id = idOf(entry);
    if (!new_id) return new_id.error();
    if (*new_id != section->id) {
        const auto sections = sectionsOf(conf);
        if (const ConfSection * there = sectionNamed(sections, *new_id)) return thereAlready(*new_id, there->header);
    }
    const std::string end = usualEnd(conf);
    const std::string figures = measuredFigures(conf, *section);
    Lines lines = linesOf(entry, end);
    lines.push_back(blankLine(end));
    for (ConfLine & line : linesOf(commentLines("Previous: " + figures), end)) lines.push_back(std::move(line));
    for (ConfLine & line : commentedOut(conf, *section, end)) lines.push_back(std::move(line));
    if (section->end < conf.lines.size() && conf.lines[section->end].kind != ConfLineKind::blank)
        lines.push_back(blankLine(end));
    if (section->end == conf.lines.size() && conf.lines.back().end.empty()) lines.back().end.clear();
    Conf edited = conf;
    edited.lines.erase(at(edited.lines, section->first), at(edited.lines, section->end));
    edited.lines.insert(at(edited.lines, section->first), lines.begin(), lines.end());
    return ConfEdit{
        writeConf(edited),
        {phrase("Replaces {}; what stood there stays behind it as a comment ({}).", named(section->id), figures)}};
}

Result<ConfEdit> removeEntry(const Conf & conf, std::string_view id) {
    const auto section = findSection(conf, id);
    if (!section) return section.error();
    size_t n_comments = 0, n_previous = 0;
    for (size_t i = section->first; i < section->previous_end; ++i) {
        const ConfLine & line = conf.lines[i];
        if (i < section->end && line.kind == ConfLineKind::comment) ++n_comments;
        if (i >= section->end && commentText(line).starts_with("Previous:")) ++n_previous;
    }
    size_t first = section->first, end = section->previous_end;
    const bool apart = first == 0 || conf.lines[first - 1].kind == ConfLineKind::blank;
    while (apart && end < conf.lines.size() && conf.lines[end].kind == ConfLineKind::blank) ++end;
    while (end == conf.lines.size() && first > 0 && conf.lines[first - 1].kind == ConfLineKind::blank) --first;

    std::string note = phrase("Removes {}, lines {} to {}", named(section->id), std::to_string(section->first + 1),
                              std::to_string(section->previous_end));
    if (n_comments > 0) note += phrase(", with {} of comments that belong to it", counted(n_comments, "line"));
    if (n_previous > 0) note += n_comments > 0 ? " and " : ", with ";
    if (n_previous > 0) note += counted(n_previous, "previous version");
    Conf edited = conf;
    edited.lines.erase(at(edited.lines, first), at(edited.lines, end));
    return ConfEdit{writeConf(edited), {note + ". Comments that a blank line sets apart stay."}};
}

Result<ConfEdit> recordTest(const Conf & conf, std::string_view id, const ConfMeasurement & measured) {
    const auto section = findSection(conf, id);
    if (!section) return section.error();
    if (measured.line.empty() && measured.speed.empty())
        return Error{ErrorCode::input, section->id, "nothing was measured that its entry could say."};
    const std::string end = usualEnd(conf);
    Conf edited = conf;
    if (!measured.speed.empty() && !section->id.starts_with("bench-"))
        setSpeed(edited, *section, safeLine(measured.speed), end);
    size_t place = section->header;
    size_t limit = section->end;
    for (size_t i = section->first; i < limit;) {
        const ConfLine & line = edited.lines[i];
        const size_t count = isUntested(line) ? untestedLines(edited, i, section->id) : isTested(line) ? 1 : 0;
        if (count == 0) {
            ++i;
            continue;
        }
        if (place == section->header || place > i) place = i;
        edited.lines.erase(at(edited.lines, i), at(edited.lines, i + count));
        limit -= count;
    }
    const Lines lines = linesOf(
        commentLines(phrase("Tested {}{}", measured.date, measured.line.empty() ? "" : ": " + measured.line)), end);
    edited.lines.insert(at(edited.lines, place), lines.begin(), lines.end());
    return ConfEdit{writeConf(edited), {phrase("Writes what was measured into {}.", named(section->id))}};
}

std::string withValue(std::string_view entry, std::string_view key, std::string_view value) {
    Conf conf = parseConf(entry);
    const auto sections = sectionsOf(conf);
    const std::string text = phrase("{}={}", std::string(key), safeLine(value));
    if (sections.empty()) return std::string(entry);
    const auto rank = [](std::string_view name) { return std::find(kKeyOrder.begin(), kKeyOrder.end(), name); };
    size_t place = sections[0].header + 1;
    for (size_t i = place; i < sections[0].end; ++i) {
        ConfLine & line = conf.lines[i];
        if (line.kind != ConfLineKind::key) continue;
        if (line.name == key) {
            line.text = text;
            return writeConf(conf);
        }
        if (rank(line.name) < rank(key)) place = i + 1;
    }
    const std::string end = usualEnd(conf);
    if (conf.lines[place - 1].end.empty()) conf.lines[place - 1].end = end;
    conf.lines.insert(at(conf.lines, place), lineOf(text, end));
    return writeConf(conf);
}

std::string withId(std::string_view entry, std::string_view id) {
    Conf conf = parseConf(entry);
    const auto sections = sectionsOf(conf);
    if (sections.empty() || !isReadableId(id)) return std::string(entry);
    const std::string end = usualEnd(conf);
    conf.lines[sections[0].header].text = named(std::string(id));
    for (size_t i = sections[0].first; i < sections[0].header; ++i) {
        if (!isUntested(conf.lines[i])) continue;
        const size_t count = untestedLines(conf, i, sections[0].id);
        const Lines lines = linesOf(commentLines(untestedSentence(std::string(id))), end);
        conf.lines.erase(at(conf.lines, i), at(conf.lines, i + count));
        conf.lines.insert(at(conf.lines, i), lines.begin(), lines.end());
        break;
    }
    return writeConf(conf);
}

}  // namespace ggufit
