// The sections of a models.conf and the findings in it as JSON.
#include <algorithm>

#include "base/json.h"
#include "render/conf.h"
#include "render/to_json.h"

namespace ggufit {

namespace {

constexpr size_t kMostKeys = 100;  // a key is looked for among all before it

Json sectionJson(const Conf & conf, const ConfSection & section) {
    Json json = object(
        {{"id", section.id}, {"readable", section.readable}, {"line", section.header + 1}, {"last_line", section.end}});
    size_t n_previous = 0;
    bool tested = false;
    for (size_t i = section.first; i < section.previous_end; ++i) {
        if (i >= section.end && commentText(conf.lines[i]).starts_with("Previous:")) ++n_previous;
        tested = tested || (i < section.end && isTested(conf.lines[i]));
    }
    json["previous_versions"] = n_previous;
    json["tested"] = tested;
    json["values"] = Json::object();
    for (size_t i = section.header; i < section.end && json["values"].size() < kMostKeys; ++i) {
        const ConfLine & line = conf.lines[i];
        if (line.kind == ConfLineKind::key) json["values"][line.name] = line.value;
    }
    return json;
}

}  // namespace

std::string confListJson(const Conf & conf) {
    Json json = object({{"sections", Json::array()}});
    for (const ConfSection & section : sectionsOf(conf)) json["sections"].push_back(sectionJson(conf, section));
    return writeJson(json);
}

std::string confSectionJson(const Conf & conf, const ConfSection & section) {
    Json json = sectionJson(conf, section);
    json["text"] = confText(conf, section.first, section.previous_end);
    return writeJson(json);
}

std::string lintJson(std::string_view name, const std::vector<ConfFinding> & findings, size_t n_sections) {
    Json json = object({{"file", name}, {"n_sections", n_sections}, {"findings", Json::array()}});
    for (const ConfFinding & finding : findings) {
        json["findings"].push_back(object({{"rule", finding.rule},
                                           {"line", finding.line},
                                           {"section", finding.section},
                                           {"text", finding.text},
                                           {"why", finding.why},
                                           {"remedy", finding.remedy},
                                           {"source", finding.source}}));
    }
    return writeJson(json);
}

}  // namespace ggufit
