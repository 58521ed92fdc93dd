// What a repository's list of files holds, and which model a tag means.
#include "hub/repository.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace ggufit;

namespace {

std::vector<HubFile> named(const std::vector<std::string> & paths) {
    std::vector<HubFile> files;
    for (const auto & path : paths) files.push_back({path, 100});
    return files;
}

std::string chosen(const std::vector<std::string> & paths, const std::string & tag = "") {
    const auto repository = groupHubFiles(named(paths));
    const auto reference = parseModelReference("hf:a/b" + (tag.empty() ? "" : ":" + tag));
    const auto index = chooseHubModel(repository, *reference);
    return index.ok() ? repository.models[*index].files.front().path : index.error().text();
}

}  // namespace

// The shape of GET https://huggingface.co/api/models/{repo}/tree/main?recursive=true.
BOOST_AUTO_TEST_CASE(reads_the_tree_of_hugging_face) {
    const auto files = readHubFiles(R"([
      {"type": "directory", "oid": "8c1f", "size": 0, "path": "UD-Q4_K_XL"},
      {"type": "file", "oid": "a6344aac", "size": 1519, "path": ".gitattributes"},
      {"type": "file", "oid": "b2ad", "size": 2500000000, "path": "Qwen3-4B-Q4_K_M.gguf",
       "lfs": {"oid": "7485fe6f", "size": 2500000000, "pointerSize": 135}, "xetHash": "aa"},
      {"type": "file", "path": "../../etc/x.gguf", "size": 1}, {"type": "file", "path": "a//b.gguf", "size": 1},
      {"type": "file", "path": 7}, 8, null])");
    BOOST_TEST_REQUIRE(files.ok());
    BOOST_TEST_REQUIRE(files->size() == 2U);
    BOOST_TEST((*files)[1].path == "Qwen3-4B-Q4_K_M.gguf");
    BOOST_TEST((*files)[1].size_bytes == 2500000000U);
}

// The shape of GET https://modelscope.cn/api/v1/models/{repo}/repo/files?Revision=master&Recursive=true.
BOOST_AUTO_TEST_CASE(reads_the_list_of_modelscope) {
    const auto files = readHubFiles(R"({"Code": 200, "Success": true, "Data": {"Files": [
      {"Name": "q", "Path": "q", "Size": 0, "Type": "tree", "IsLFS": false},
      {"Name": "x.gguf", "Path": "q/x.gguf", "Size": 77, "Type": "blob", "IsLFS": true, "Revision": "cbee", "Sha256": "c0"}
      ]}})");
    BOOST_TEST_REQUIRE(files.ok());
    BOOST_TEST_REQUIRE(files->size() == 1U);
    BOOST_TEST((*files)[0].path == "q/x.gguf");
    BOOST_TEST((*files)[0].size_bytes == 77U);
}

BOOST_AUTO_TEST_CASE(an_answer_of_another_shape_is_a_sentence) {
    for (const std::string text :
         {"", "<!doctype html>", "{", "{}", "7", "null", "{\"Data\": 3}", "{\"Data\": {\"Files\": {}}}"}) {
        const auto files = readHubFiles(text);
        BOOST_TEST(!files.ok(), text);
        if (!files.ok()) BOOST_TEST(files.error().detail.ends_with('.'), files.error().detail);
    }
    const auto said = readHubFiles(R"({"error": "Repository not found"})");
    BOOST_TEST_REQUIRE(!said.ok());
    BOOST_TEST(said.error().text().find("Repository not found") != std::string::npos);
    BOOST_TEST(!readHubFiles(std::string(1000, '[')).ok());
    BOOST_TEST(!readHubFiles(std::string(100, '[') + std::string(100, ']')).ok());
    BOOST_TEST(!readHubFiles(std::string(kLargestHubAnswer + 1, ' ')).ok());
    std::string many = "[0";
    for (size_t i = 0; i <= kMostHubFiles; i++) many += ",0";
    BOOST_TEST(!readHubFiles(many + "]").ok());
}

BOOST_AUTO_TEST_CASE(sizes_that_are_no_sizes_count_as_unknown) {
    const auto files = readHubFiles(R"([{"type": "file", "path": "x.gguf", "size": -5},
        {"type": "file", "path": "y.gguf", "size": 18446744073709551615}, {"type": "file", "path": "y2.gguf", "size": "8"},
        {"type": "file", "path": "z.gguf", "size": 1e3}])");
    BOOST_TEST_REQUIRE(files.ok());
    BOOST_TEST((*files)[0].size_bytes == 0U);
    BOOST_TEST((*files)[1].size_bytes == UINT64_MAX);
    BOOST_TEST((*files)[2].size_bytes == 0U);
}

BOOST_AUTO_TEST_CASE(shards_are_one_model_and_what_is_no_model_stands_apart) {
    const auto repository = groupHubFiles(
        named({"README.md", "BF16/M-BF16-00002-of-00002.gguf", "BF16/M-BF16-00001-of-00002.gguf", "M-Q4_K_M.gguf",
               "imatrix_unsloth.dat", "mmproj-F16.gguf", "mmproj-BF16.gguf", "mtp-M-Q8_0.gguf", "M-UD-Q4_K_XL.gguf",
               "M.i1-IQ2_XXS.gguf", "IQ1_S/M-00003-of-00004.gguf", "M-instruct.gguf"}));
    BOOST_TEST_REQUIRE(repository.models.size() == 6U);
    BOOST_TEST(repository.models[0].name == "BF16/M-BF16");
    BOOST_TEST(repository.models[0].tag == "BF16");
    BOOST_TEST(repository.models[0].size_bytes == 200U);
    BOOST_TEST_REQUIRE(repository.models[0].files.size() == 2U);
    BOOST_TEST(repository.models[0].files[0].path == "BF16/M-BF16-00001-of-00002.gguf");
    BOOST_TEST(repository.models[1].tag == "Q4_K_M");
    BOOST_TEST(repository.models[2].tag == "UD-Q4_K_XL");
    BOOST_TEST(repository.models[3].tag == "IQ2_XXS");
    BOOST_TEST(repository.models[4].tag == "IQ1_S");  // of its folder
    BOOST_TEST(repository.models[4].n_shards == 4U);
    BOOST_TEST(repository.models[4].files.size() == 1U);
    BOOST_TEST(repository.models[5].tag == "");
    BOOST_TEST_REQUIRE(repository.others.size() == 4U);
    BOOST_TEST((repository.others[0].role == HubRole::imatrix));
    BOOST_TEST((repository.others[1].role == HubRole::projector));
    BOOST_TEST((repository.others[3].role == HubRole::helper));
}

// common/download.cpp, find_best_model: the tag with '.' or '-' behind it, anywhere in the path, any case.
BOOST_AUTO_TEST_CASE(a_tag_chooses_as_llama_cpp_does) {
    const std::vector<std::string> paths = {"M-BF16.gguf",
                                            "M-Q2_K.gguf",
                                            "M-Q2_K_L.gguf",
                                            "m-q4_k_m.gguf",
                                            "M-Q8_0.gguf",
                                            "mmproj-Q6_K.gguf",
                                            "M-UD-Q6_K_XL-00002-of-00002.gguf",
                                            "M-UD-Q6_K_XL-00001-of-00002.gguf"};
    BOOST_TEST(chosen(paths) == "m-q4_k_m.gguf");
    BOOST_TEST(chosen(paths, "q2_k") == "M-Q2_K.gguf");
    BOOST_TEST(chosen(paths, "UD-Q6_K_XL") == "M-UD-Q6_K_XL-00001-of-00002.gguf");
    BOOST_TEST(chosen(paths, "q6_k_xl") == "M-UD-Q6_K_XL-00001-of-00002.gguf");
    BOOST_TEST(chosen({"M-BF16.gguf", "M-Q8_0.gguf"}) == "M-Q8_0.gguf");
    BOOST_TEST(chosen({"M-BF16.gguf", "M-Q2_K.gguf"}) == "M-BF16.gguf");
    BOOST_TEST(chosen({"M-IQ4_K_M.gguf", "M-Q4_K_M.gguf"}) == "M-IQ4_K_M.gguf");
}

BOOST_AUTO_TEST_CASE(a_tag_that_is_not_there_lists_those_that_are) {
    const std::string said = chosen({"M-BF16.gguf", "M-Q2_K.gguf", "mmproj-F16.gguf"}, "Q6_K");
    BOOST_TEST(said.find("BF16") != std::string::npos, said);
    BOOST_TEST(said.find("Q2_K") != std::string::npos, said);
    BOOST_TEST(chosen({"README.md", "mmproj-F16.gguf"}).find("no GGUF file") != std::string::npos);
}
