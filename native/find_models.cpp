// Walks folders by name alone, then asks headers which of several files is the model.
#include "find_models.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "choose/file_kind.h"
#include "gguf/shards.h"
#include "read_files.h"

namespace ggufit::cli {

namespace {

namespace fs = std::filesystem;

constexpr int kDeepest = 8;
constexpr size_t kMostEntries = 200000, kMostModels = 2000;

using Identity = std::pair<uint64_t, uint64_t>;  // device and number of a file on it

struct Search {
    std::map<std::string, FoundModel> found;  // by folder, stem and number of shards
    std::set<Identity> folders, files;        // those that were seen
    size_t n_entries = 0;
    bool too_many = false, too_deep = false;
    std::set<std::string> closed;  // folders that can't be read
};

Identity identityOf(const struct stat & status) {
    return {static_cast<uint64_t>(status.st_dev), static_cast<uint64_t>(status.st_ino)};
}

bool endsAsModel(const std::string & name) {
    constexpr std::string_view kEnding = ".gguf";
    if (name.size() <= kEnding.size()) return false;
    return std::equal(kEnding.rbegin(), kEnding.rend(), name.rbegin(),
                      [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b); });
}

void addFile(Search & search, const fs::path & path, const struct stat & status) {
    if (!search.files.insert(identityOf(status)).second) return;
    const std::string name = path.filename().string();
    const auto shard = parseShardName(name);
    const std::string stem = shard ? shard->stem + "/" + std::to_string(shard->count) : name;
    const auto [place, added] = search.found.try_emplace((path.parent_path() / stem).string());
    FoundModel & model = place->second;
    const auto size = static_cast<uint64_t>(status.st_size);
    if (added) {
        model = {path.string(), 1, size};
        return;
    }
    ++model.n_files;
    model.size_bytes += size;
    model.path = std::min(model.path, path.string());
}

void walk(Search & search, const fs::path & folder, int depth) {
    std::error_code failed;
    fs::directory_iterator entries(folder, failed);
    if (failed) {
        search.closed.insert(folder.string());
        return;
    }
    std::vector<fs::path> below;
    for (const fs::directory_iterator end; entries != end; entries.increment(failed)) {
        if (failed) break;
        if (++search.n_entries > kMostEntries || search.found.size() >= kMostModels) {
            search.too_many = true;
            return;
        }
        const fs::path & path = entries->path();
        const std::string name = path.filename().string();
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0) continue;  // a link to nothing
        if (S_ISREG(status.st_mode) && endsAsModel(name)) addFile(search, path, status);
        if (S_ISDIR(status.st_mode) && !name.starts_with(".") && search.folders.insert(identityOf(status)).second)
            below.push_back(path);
    }
    if (!below.empty() && depth >= kDeepest) {
        search.too_deep = true;
        return;
    }
    std::sort(below.begin(), below.end());
    for (const fs::path & path : below) walk(search, path, depth + 1);
}

std::vector<std::string> notesOf(const Search & search, const std::string & folder) {
    std::vector<std::string> notes;
    if (search.too_many)
        notes.push_back(folder + " holds very many files: only the first " + std::to_string(search.found.size()) +
                        " models were taken; name a folder further down.");
    if (search.too_deep)
        notes.push_back("Folders more than " + std::to_string(kDeepest) + " levels below " + folder +
                        " were not searched.");
    if (!search.closed.empty()) {
        const size_t n_more = search.closed.size() - 1;
        notes.push_back(*search.closed.begin() + " can't be read" +
                        (n_more > 0 ? ", nor can " + std::to_string(n_more) + " more folders." : "."));
    }
    return notes;
}

}  // namespace

Result<FoundModels> findModels(const std::string & folder) {
    Search search;
    struct stat status {};
    if (::stat(folder.c_str(), &status) == 0) search.folders.insert(identityOf(status));
    walk(search, folder, 0);
    if (search.closed.contains(folder)) return Error{ErrorCode::input, folder, "this folder can't be read."};
    FoundModels found;
    for (auto & [key, model] : search.found) found.models.push_back(std::move(model));
    std::sort(found.models.begin(), found.models.end(),
              [](const FoundModel & a, const FoundModel & b) { return a.path < b.path; });
    found.notes = notesOf(search, folder);
    return found;
}

Result<std::string> modelFile(const std::string & path) {
    std::error_code failed;
    if (!fs::is_directory(path, failed)) return path;
    auto found = findModels(path);
    if (!found) return found.error();
    std::vector<FoundModel> & models = found->models;
    if (models.size() > 1) {
        // A projector beside its model does not make two of it. What can't be read stays, so that its fault is said.
        models.erase(std::remove_if(models.begin(), models.end(),
                                    [](const FoundModel & model) {
                                        const auto file = readModelFile(model.path);
                                        return file.ok() && fileKind(*file) != FileKind::model;
                                    }),
                     models.end());
    }
    if (models.empty()) return Error{ErrorCode::input, path, "there is no GGUF model in this folder."};
    if (models.size() == 1) return models.front().path;
    constexpr size_t kMostNamed = 3;
    std::string names;
    for (size_t i = 0; i < std::min(models.size(), kMostNamed); ++i) {
        names += (i == 0 ? "" : ", ") + fs::path(models[i].path).lexically_relative(path).string();
    }
    const std::string more = models.size() > kMostNamed ? " and others" : "";
    return Error{ErrorCode::usage, path,
                 "this folder holds " + std::to_string(models.size()) + " models (" + names + more +
                     "); name one, or compare them: `ggufit choose " + path + "`."};
}

}  // namespace ggufit::cli
