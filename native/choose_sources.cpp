// Tells folders from files, URLs and repositories, and lists what is in them.
#include "choose_sources.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "base/values.h"
#include "find_models.h"
#include "hub/reference.h"
#include "link/link.h"

namespace ggufit::cli {

namespace {

const char * roleName(HubRole role) {
    switch (role) {
        case HubRole::model: return "model";
        case HubRole::projector: return "mmproj";
        case HubRole::imatrix: return "imatrix";
        case HubRole::helper: return "draft";
    }
    return "model";
}

void add(ChooseSources & sources, ChooseCandidate candidate, ModelFiles files) {
    sources.candidates.push_back(std::move(candidate));
    sources.files.push_back(std::move(files));
}

std::optional<Error> addFolder(ChooseSources & sources, const std::string & folder) {
    auto found = findModels(folder);
    if (!found) return found.error();
    for (const FoundModel & model : found->models)
        add(sources, {model.path, model.n_files, model.size_bytes}, {model.path, {}});
    sources.notes.insert(sources.notes.end(), found->notes.begin(), found->notes.end());
    return std::nullopt;
}

/// How a model of a repository is named to ggufit again.
std::string nameOf(const ModelReference & reference, const HubModel & model) {
    ModelReference named = reference;
    named.tag.clear();
    named.path = model.files.empty() ? model.name : model.files.front().path;
    return referenceText(named);
}

void addHubModel(ChooseSources & sources, const ModelReference & reference, const HubModel & model,
                 const Access & access) {
    ChooseCandidate candidate{nameOf(reference, model), static_cast<uint32_t>(model.files.size()), model.size_bytes};
    auto files = filesOfModel(model, reference, access);
    if (files) return add(sources, std::move(candidate), std::move(*files));
    sources.refused.push_back(unreadableRow(candidate, files.error()));
}

std::optional<Error> addRepository(ChooseSources & sources, const ModelReference & reference, const Access & access,
                                   const std::atomic<bool> & cancelled) {
    const auto repository = listRepository(reference, access, cancelled);
    if (!repository) return repository.error();
    if (!reference.tag.empty()) {
        const auto chosen = chooseHubModel(*repository, reference);
        if (!chosen) return chosen.error();
        addHubModel(sources, reference, repository->models[*chosen], access);
        return std::nullopt;
    }
    for (const HubModel & model : repository->models) addHubModel(sources, reference, model, access);
    for (const HubModel & model : repository->others)
        sources.aside.push_back({nameOf(reference, model), roleName(model.role), model.size_bytes});
    return std::nullopt;
}

std::optional<Error> addPlace(ChooseSources & sources, const std::string & place, const Access & access,
                              const std::atomic<bool> & cancelled) {
    if (isPlanningLink(place))
        return usageError("", "a planning link holds one model and is no file to compare; name folders or GGUF files.");
    const auto reference = parseModelReference(place, access.endpoints);
    if (!reference) return reference.error();
    std::error_code failed;
    if (reference->kind == ReferenceKind::path) {
        if (std::filesystem::is_directory(place, failed)) return addFolder(sources, place);
        add(sources, {place, 1, 0}, {place, {}});
        return std::nullopt;
    }
    auto named = namedFiles(*reference, access.endpoints);
    if (named.empty()) return addRepository(sources, *reference, access, cancelled);
    const auto n_files = static_cast<uint32_t>(named.size());
    add(sources, {referenceText(*reference), n_files, 0}, {"", std::move(named)});
    return std::nullopt;
}

}  // namespace

Result<ChooseSources> findSources(const std::vector<std::string> & places, const Access & access,
                                  const std::atomic<bool> & cancelled) {
    ChooseSources sources;
    for (const std::string & place : places) {
        if (auto fault = addPlace(sources, place, access, cancelled)) return *std::move(fault);
    }
    if (places.size() == 1) sources.from = places.front();
    const bool none = sources.candidates.empty() && sources.refused.empty();
    if (none) return Error{ErrorCode::input, places.front(), "there is no GGUF model in it."};
    return sources;
}

}  // namespace ggufit::cli
