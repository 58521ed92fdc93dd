// The rules of the house that a compiler does not check: which room may include which, and how a file opens.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

const fs::path kCore = fs::path(GGUFIT_SOURCE_DIR) / "core";

// A room may include rooms of a smaller rank and itself. Rooms of equal rank know nothing of each other.
const std::map<std::string, int> kRank = {
    {"base", 0},  {"gguf", 1},    {"hub", 2},     {"model", 2}, {"machine", 3}, {"settings", 3}, {"placement", 4},
    {"graph", 5}, {"sched", 6},   {"memory", 7},  {"fit", 8},   {"speed", 8},   {"plan", 9},     {"profile", 10},
    {"link", 10}, {"choose", 10}, {"advise", 11}, {"log", 11},  {"render", 12}, {"api", 13},
};

std::vector<fs::path> sources() {
    std::vector<fs::path> files;
    for (const auto & entry : fs::recursive_directory_iterator(kCore)) {
        const auto extension = entry.path().extension();
        if (extension == ".h" || extension == ".cpp") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::string roomOf(const fs::path & relative) {
    return std::distance(relative.begin(), relative.end()) == 1 ? relative.stem().string() : relative.begin()->string();
}

std::vector<std::string> linesOf(const fs::path & file) {
    std::ifstream in(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_room_has_a_place_in_the_order) {
    BOOST_REQUIRE(!sources().empty());
    for (const auto & file : sources()) {
        const auto room = roomOf(fs::relative(file, kCore));
        BOOST_TEST(kRank.contains(room), "core/" << room << " has no rank in this test");
    }
}

BOOST_AUTO_TEST_CASE(no_include_points_up_the_order) {
    size_t n_includes = 0;
    for (const auto & file : sources()) {
        const auto room = roomOf(fs::relative(file, kCore));
        for (const auto & line : linesOf(file)) {
            if (!line.starts_with("#include \"")) continue;
            const auto path = line.substr(10, line.find('"', 10) - 10);
            const auto target = roomOf(fs::path(path));
            if (target == room || !kRank.contains(target)) continue;
            ++n_includes;
            BOOST_TEST(kRank.at(target) < kRank.at(room), fs::relative(file, kCore) << " includes " << path);
        }
    }
    BOOST_TEST(n_includes > 10U);
}

BOOST_AUTO_TEST_CASE(every_file_opens_with_a_sentence_on_what_lives_in_it) {
    for (const auto & file : sources()) {
        const auto lines = linesOf(file);
        BOOST_REQUIRE(!lines.empty());
        BOOST_TEST((lines[0].starts_with("// ") && lines[0].size() > 20), fs::relative(file, kCore)
                                                                              << " opens with: " << lines[0]);
    }
}

BOOST_AUTO_TEST_CASE(core_does_not_touch_files_streams_or_the_environment) {
    const std::vector<std::string> banned = {"<fstream>", "<iostream>", "<filesystem>", "<thread>", "<regex>"};
    for (const auto & file : sources()) {
        for (const auto & line : linesOf(file)) {
            if (!line.starts_with("#include <")) continue;
            for (const auto & header : banned) {
                BOOST_TEST(line.find(header) == std::string::npos, fs::relative(file, kCore) << ": " << line);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(files_stay_short_enough_to_read) {
    for (const auto & file : sources()) {
        BOOST_TEST(linesOf(file).size() <= 450U, fs::relative(file, kCore)
                                                     << " has " << linesOf(file).size() << " lines");
    }
}

// Two types of one name in one namespace are one type to the linker: calls go to the wrong one's functions.
BOOST_AUTO_TEST_CASE(no_two_headers_define_a_type_of_the_same_name) {
    std::map<std::string, fs::path> first;
    for (const auto & file : sources()) {
        if (file.extension() != ".h") continue;
        std::string space;
        for (const auto & line : linesOf(file)) {
            if (line.starts_with("namespace ")) space = line.substr(10, line.find(' ', 10) - 10);
            const size_t begin = line.starts_with("struct ") ? 7 : line.starts_with("class ") ? 6 : 0;
            if (begin == 0 || line.find('{') == std::string::npos) continue;
            const auto name = space + "::" + line.substr(begin, line.find_first_of(" {:", begin) - begin);
            const auto [other, added] = first.emplace(name, file);
            BOOST_TEST(added, name << " is defined in " << fs::relative(other->second, kCore) << " and in "
                                   << fs::relative(file, kCore));
        }
    }
    BOOST_TEST(first.size() > 40U);
}
