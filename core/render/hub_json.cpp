// Writes what a reference means and what a repository holds.
#include "render/hub_json.h"

#include "base/json.h"
#include "render/json.h"
#include "render/to_json.h"

namespace ggufit {

namespace {

Json orNull(bool present, const std::string & text) { return present ? Json(text) : Json(nullptr); }

const char * siteName(HubSite site) { return site == HubSite::hugging_face ? "hugging_face" : "model_scope"; }

const char * kindName(ReferenceKind kind) {
    switch (kind) {
        case ReferenceKind::path: return "path";
        case ReferenceKind::url: return "url";
        case ReferenceKind::repository: return "repository";
    }
    return "path";
}

const char * roleName(HubRole role) {
    switch (role) {
        case HubRole::model: return "model";
        case HubRole::projector: return "projector";
        case HubRole::imatrix: return "imatrix";
        case HubRole::helper: return "helper";
    }
    return "model";
}

Json modelsJson(const std::vector<HubModel> & models, const ModelReference & reference,
                const HubEndpoints & endpoints) {
    Json list = Json::array();
    for (const HubModel & model : models) {
        Json files = Json::array();
        const auto remote = modelFiles(model, reference, endpoints);
        for (size_t i = 0; i < remote.size(); i++) {
            files.push_back(object({{"name", remote[i].name},
                                    {"path", model.files[i].path},
                                    {"url", remote[i].url},
                                    {"size_bytes", remote[i].size_bytes}}));
        }
        list.push_back(object({{"name", model.name},
                               {"tag", model.tag},
                               {"role", roleName(model.role)},
                               {"size_bytes", model.size_bytes},
                               {"n_shards", model.n_shards},
                               {"files", std::move(files)}}));
    }
    return list;
}

}  // namespace

std::string referenceJson(const ModelReference & reference, const HubEndpoints & endpoints) {
    const bool in_repository = reference.kind == ReferenceKind::repository;
    Json files = Json::array();
    for (const RemoteFile & file : namedFiles(reference, endpoints)) {
        files.push_back(object({{"name", file.name}, {"url", file.url}}));
    }
    return writeJson(
        object({{"kind", kindName(reference.kind)},
                {"text", referenceText(reference)},
                {"site", orNull(in_repository, siteName(reference.site))},
                {"repo", reference.repo},
                {"revision", reference.revision},
                {"path", reference.path},
                {"tag", reference.tag},
                {"file_name", referenceFileName(reference)},
                {"files_url", orNull(in_repository && !reference.namesFile(), hubFilesUrl(reference, endpoints))},
                {"files", std::move(files)}}));
}

std::string repositoryJson(const HubRepository & repository, const ModelReference & reference,
                           const HubEndpoints & endpoints) {
    const auto chosen = chooseHubModel(repository, reference);
    return writeJson(object({{"models", modelsJson(repository.models, reference, endpoints)},
                             {"others", modelsJson(repository.others, reference, endpoints)},
                             {"chosen", chosen.ok() ? Json(*chosen) : Json(nullptr)},
                             {"reason", orNull(!chosen.ok(), chosen.ok() ? "" : chosen.error().text())}}));
}

}  // namespace ggufit
