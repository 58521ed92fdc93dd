// Reads the fields by name and type; what is missing keeps its default, what has another type is an error.
#include "choose/parse_rows.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/phrase.h"

namespace ggufit {

namespace {

using Json = nlohmann::ordered_json;

Error usage(std::string where, std::string detail) { return {ErrorCode::usage, std::move(where), std::move(detail)}; }

/// Takes fields of one object; the first that has another type is kept as the fault.
class Fields {
  public:
    Fields(const Json & json, std::string where) : json_(json), where_(std::move(where)) {}

    void take(const char * key, std::string & out) {
        if (const Json * value = find(key, &Json::is_string, "a text")) out = value->get<std::string>();
    }
    void take(const char * key, bool & out) {
        if (const Json * value = find(key, &Json::is_boolean, "true or false")) out = value->get<bool>();
    }
    void take(const char * key, double & out) {
        const Json * value = find(key, &Json::is_number, "a number");
        if (value == nullptr) return;
        out = value->get<double>();
        if (!std::isfinite(out)) fail(key, "a number");
    }
    void take(const char * key, uint64_t & out) {
        double number = static_cast<double>(out);
        take(key, number);
        if (number < 0 || number > kLargestExact) return fail(key, "a count");
        out = static_cast<uint64_t>(number);
    }
    void take(const char * key, uint32_t & out) {
        uint64_t number = out;
        take(key, number);
        if (number > UINT32_MAX) return fail(key, "a count below 2^32");
        out = static_cast<uint32_t>(number);
    }
    [[nodiscard]] const std::optional<Error> & fault() const { return fault_; }

  private:
    static constexpr double kLargestExact = 9007199254740992.0;

    const Json * find(const char * key, bool (Json::*is)() const noexcept, const char * what) {
        const auto found = json_.find(key);
        if (found == json_.end()) return nullptr;
        if (((*found).*is)()) return &*found;
        fail(key, what);
        return nullptr;
    }
    void fail(const char * key, const char * what) {
        if (!fault_) fault_ = usage(phrase("{}.{}", where_, key), phrase("is not {}.", what));
    }

    const Json & json_;
    std::string where_;
    std::optional<Error> fault_;
};

std::optional<Error> takeSpeed(const Json & json, const std::string & where, DecodeSpeed & out) {
    if (!json.is_object()) return usage(where, "is not an object.");
    Fields fields(json, where);
    fields.take("fill_tokens", out.fill_tokens);
    fields.take("decode_tokens_per_second", out.decode_tokens_per_second);
    fields.take("decode_low", out.decode_low);
    fields.take("decode_high", out.decode_high);
    return fields.fault();
}

std::optional<Error> takeVerdict(const Json & json, const std::string & where, Verdict & out) {
    const auto found = json.find("verdict");
    if (found == json.end()) return std::nullopt;
    for (const Verdict verdict : {Verdict::fits, Verdict::tight, Verdict::does_not_fit}) {
        if (*found != verdictName(verdict)) continue;
        out = verdict;
        return std::nullopt;
    }
    return usage(where + ".verdict", "is none of fits, tight and does_not_fit.");
}

Result<ChooseRow> parseRow(const Json & json, const std::string & where) {
    if (!json.is_object()) return usage(where, "is not an object.");
    ChooseRow row;
    Fields fields(json, where);
    fields.take("name", row.name);
    fields.take("n_files", row.n_files);
    fields.take("size_bytes", row.size_bytes);
    fields.take("error", row.error);
    fields.take("model_name", row.model_name);
    fields.take("group", row.group);
    fields.take("architecture", row.architecture);
    fields.take("parameters", row.parameters);
    fields.take("bits_per_weight", row.bits_per_weight);
    fields.take("imatrix", row.imatrix);
    fields.take("placement", row.placement);
    fields.take("n_ctx", row.n_ctx);
    fields.take("n_ctx_train", row.n_ctx_train);
    fields.take("largest_n_ctx", row.largest_n_ctx);
    if (fields.fault()) return *fields.fault();
    if (auto fault = takeVerdict(json, where, row.verdict)) return *std::move(fault);
    if (const auto speed = json.find("speed"); speed != json.end() && speed->is_object()) {
        row.speed.emplace();
        const std::pair<const char *, DecodeSpeed *> parts[] = {{"empty", &row.speed->empty},
                                                                {"full", &row.speed->full}};
        for (const auto & [key, out] : parts) {
            const auto part = speed->find(key);
            if (part == speed->end()) return usage(phrase("{}.speed.{}", where, key), "is missing.");
            if (auto fault = takeSpeed(*part, phrase("{}.speed.{}", where, key), *out)) return *std::move(fault);
        }
    }
    return row;
}

}  // namespace

Result<std::vector<ChooseRow>> parseChooseRows(std::string_view json) {
    const Json list = parseJson(json);
    if (!list.is_array()) return usage("rows", "is not a JSON list.");
    std::vector<ChooseRow> rows;
    for (size_t i = 0; i < list.size(); ++i) {
        auto row = parseRow(list[i], phrase("rows[{}]", std::to_string(i)));
        if (!row) return row.error();
        rows.push_back(std::move(*row));
    }
    return rows;
}

Result<AskedCandidate> parseChooseCandidate(std::string_view json) {
    const Json object = parseJson(json);
    if (!object.is_object()) return usage("inputs", "is not a JSON object.");
    AskedCandidate asked;
    Fields fields(object, "inputs");
    fields.take("name", asked.candidate.name);
    fields.take("n_files", asked.candidate.n_files);
    fields.take("size_bytes", asked.candidate.size_bytes);
    fields.take("min_ctx", asked.min_ctx);
    if (fields.fault()) return *fields.fault();
    return asked;
}

Result<ChooseWishes> parseChooseWishes(std::string_view json) {
    const Json object = parseJson(json);
    if (!object.is_object()) return usage("wishes", "is not a JSON object.");
    ChooseWishes wishes;
    std::string sort = chooseSortName(wishes.sort);
    Fields fields(object, "wishes");
    fields.take("min_tps", wishes.min_tps);
    fields.take("min_ctx", wishes.min_ctx);
    fields.take("sort", sort);
    if (fields.fault()) return *fields.fault();
    const auto parsed = parseChooseSort(sort);
    if (!parsed) return usage("wishes.sort", "is none of quality, speed, size and context.");
    wishes.sort = *parsed;
    return wishes;
}

}  // namespace ggufit
