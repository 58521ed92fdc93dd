// A repository of many quantizations, compared by their headers alone.
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/run.h"
#include "fetch/servers.h"
#include "support/data.h"
#include "support/gguf_builder.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

// A few are enough where the sanitizers run.
constexpr int kQuantizations = kEveryNth == 1 ? 25 : 4;
constexpr size_t kTokens = 151936;  // as Qwen's vocabulary has

void addScalar(GgufBuilder & builder, const KeyValue & entry) {
    const Scalar * scalar = std::get_if<Scalar>(&entry.value.content);
    if (scalar == nullptr) return;
    if (const std::string * text = entry.value.asString())
        builder.string(entry.key, *text);
    else if (entry.value.type == ValueType::boolean)
        builder.boolean(entry.key, *entry.value.asBool());
    else if (entry.value.type == ValueType::f32)
        builder.f32(entry.key, static_cast<float>(*entry.value.asNumber()));
    else if (const auto number = entry.value.asUnsigned())
        builder.u32(entry.key, static_cast<uint32_t>(*number));
}

void addVocabulary(GgufBuilder & builder) {
    std::vector<std::string> tokens, merges;
    for (size_t i = 0; i < kTokens; ++i) {
        tokens.push_back("token" + std::to_string(i));
        merges.push_back("tok en" + std::to_string(i));
    }
    builder.array("tokenizer.ggml.tokens", tokens).array("tokenizer.ggml.merges", merges);
    builder.array("tokenizer.ggml.token_type", std::vector<int32_t>(kTokens, 1));
}

/// The model with its products in `type`, in two files without their data. Gives what the list says of them.
Json writeQuantization(const File & file, GgmlType type, const std::string & name) {
    Json listed = Json::array();
    const size_t half = file.tensors.size() / 2;
    for (uint16_t no = 0; no < 2; ++no) {
        GgufBuilder builder;
        if (no == 0) {
            for (const KeyValue & entry : file.metadata) {
                if (!entry.key.starts_with("split.") && entry.key != "general.file_type") addScalar(builder, entry);
            }
            addVocabulary(builder);
        }
        builder.u16("split.no", no).u16("split.count", 2);
        builder.i32("split.tensors.count", static_cast<int32_t>(file.tensors.size()));
        for (size_t i = no == 0 ? 0 : half; i < (no == 0 ? half : file.tensors.size()); ++i) {
            const Tensor & tensor = file.tensors[i];
            const std::vector<uint64_t> ne(tensor.ne.begin(), tensor.ne.begin() + tensor.n_dims);
            const bool product = tensor.type != GgmlType::f32 && tensor.ne[0] % 256 == 0;
            builder.tensor(tensor.name, product ? type : tensor.type, ne);
        }
        const std::string path = "quants/" + name + "-0000" + std::to_string(no + 1) + "-of-00002.gguf";
        const auto bytes = builder.build();
        std::ofstream out(scratch() + "/" + path, std::ios::binary);
        out.write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        out.close();
        fs::resize_file(scratch() + "/" + path, builder.fileBytes());
        listed.push_back({{"type", "file"}, {"path", path}, {"size", builder.fileBytes()}});
    }
    return listed;
}

/// 25 quantizations of a model of 80 billion weights, and a projector and an importance matrix beside them.
void writeRepository() {
    if (fs::exists(scratch() + "/lists/many-quants.json")) return;
    fs::create_directories(scratch() + "/quants");
    fs::create_directories(scratch() + "/lists");
    const File & file = truthModel("qwen3-next-80b-a3b-q4_k_m").file;
    const GgmlType types[] = {GgmlType::q2_K, GgmlType::q3_K, GgmlType::q4_K,   GgmlType::q5_K,  GgmlType::q6_K,
                              GgmlType::q8_0, GgmlType::q4_0, GgmlType::iq4_xs, GgmlType::iq2_s, GgmlType::iq3_s};
    Json list = Json::array();
    for (int i = 0; i < kQuantizations; ++i) {
        const GgmlType type = types[i % 10];
        const std::string name =
            "Next-80B-" + std::string(traitsOf(type).name) + (i < 10 ? "" : "-v" + std::to_string(i));
        for (Json & entry : writeQuantization(file, type, name)) list.push_back(std::move(entry));
    }
    list.push_back({{"type", "file"}, {"path", "quants/mmproj-F16.gguf"}, {"size", 900000000}});
    list.push_back({{"type", "file"}, {"path", "quants/imatrix.gguf"}, {"size", 150000000}});
    list.push_back({{"type", "file"}, {"path", "README.md"}, {"size", 1000}});
    std::ofstream(scratch() + "/lists/many-quants.json") << list.dump();
}

double childSeconds() {
    rusage used{};
    ::getrusage(RUSAGE_CHILDREN, &used);
    const auto seconds = [](const timeval & time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

Run chooseFrom(const std::string & place) {
    return ggufit::test::ggufit(
        {"choose", place, "--gpu", "RTX 4090", "--gpu", "RTX 5070 Ti", "--ram", "64GB", "--json"},
        {"HF_ENDPOINT=" + site().url, "GGUFIT_CACHE_MIB=0"});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(choose)

BOOST_AUTO_TEST_CASE(a_repository_of_25_quantizations_is_compared_from_its_headers) {
    writeRepository();
    (void)site();
    (void)askedOfSite();
    const double before = childSeconds();
    const auto start = std::chrono::steady_clock::now();
    const Run run = chooseFrom("hf:many/quants");
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    const double processor = childSeconds() - before;
    BOOST_TEST_MESSAGE("25 quantizations in " << wall.count() << " s, " << processor << " s of processor time");
    // Three seconds of two cores; the clock itself depends on what else runs.
    if (kEveryNth == 1) BOOST_TEST(processor < 6.0);
    const Json report = Json::parse(run.out, nullptr, false);
    BOOST_REQUIRE_MESSAGE(report.is_object(), run.out + run.err);
    BOOST_TEST(report["rows"].size() == size_t{kQuantizations});
    BOOST_TEST(report["unreadable"].empty());
    BOOST_TEST(report["groups"].size() == 1U);
    BOOST_TEST(report["aside"].size() == 2U);
    for (const Json & row : report["rows"]) {
        BOOST_TEST(row["n_files"] == 2);
        BOOST_TEST(row["name"].get<std::string>().starts_with("hf:many/quants"));
        BOOST_TEST(row["verdict"] != nullptr);
    }
    // Tensor data is never read: a header of 6 MB, asked for at most one and a half times, of files of many GB.
    uint64_t sent = 0, header_bytes = 0;
    for (const Asked & asked : askedOfSite()) sent += asked.body_bytes;
    for (const auto & entry : fs::directory_iterator(scratch() + "/quants"))
        header_bytes += entry.path().string().find("-00001-of") != std::string::npos ? 6500000 : 100000;
    BOOST_TEST(sent < header_bytes + header_bytes / 2);
}

BOOST_AUTO_TEST_CASE(a_row_is_what_plan_says_of_the_same_file) {
    writeRepository();
    const Run run = chooseFrom("hf:many/quants:q4_K");
    const Json report = Json::parse(run.out, nullptr, false);
    BOOST_REQUIRE_MESSAGE(report.is_object(), run.out + run.err);
    BOOST_REQUIRE(report["rows"].size() == 1U);
    const Json & row = report["rows"][0];
    const Run planned = ggufit::test::ggufit({"plan", row["name"].get<std::string>(), "-c", "32768", "--gpu",
                                              "RTX 4090", "--gpu", "RTX 5070 Ti", "--ram", "64GB", "--json"},
                                             {"HF_ENDPOINT=" + site().url, "GGUFIT_CACHE_MIB=0"});
    const Json plan = Json::parse(planned.out, nullptr, false);
    BOOST_REQUIRE_MESSAGE(plan.is_object(), planned.out + planned.err);
    BOOST_TEST(row["verdict"] == plan["verdict"]);
    BOOST_TEST(row["speed"]["full"]["decode_tokens_per_second"] == plan["speed"]["full"]["decode_tokens_per_second"]);
    BOOST_TEST(row["headroom_bytes"][0] == plan["devices"][0]["headroom_bytes"]);
    BOOST_TEST(row["bits_per_weight"] == plan["model"]["bits_per_weight"]);
}

BOOST_AUTO_TEST_SUITE_END()
