// What a link keeps of a header that is not like most: templates, samplers, several files, odd layouts, odd names.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "gguf/read.h"
#include "gguf/shards.h"
#include "link/header.h"
#include "link/support.h"
#include "link/wire_names.h"
#include "render/json.h"
#include "support/models.h"
#include "support/plans.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;
namespace fs = std::filesystem;

namespace {

Result<OpenedLink> through(const Model & model, bool with_name = true) {
    const auto link = planLink(model, seedMachine(), plainRequest(model), {.with_name = with_name});
    if (!link) return link.error();
    return openLink(link->link);
}

void checkSamePlan(const Model & model, const std::string & what) {
    auto opened = through(model);
    BOOST_REQUIRE_MESSAGE(opened.ok(), what << (opened.ok() ? "" : ": " + opened.error().text()));
    opened->request.alternatives = false;
    const auto wanted = plan(model, seedMachine(), plainRequest(model));
    const auto answer = plan(opened->model, opened->machine, opened->request);
    BOOST_REQUIRE_MESSAGE(wanted.ok() && answer.ok(), what);
    BOOST_TEST(planJson(*wanted) == planJson(*answer), what);
}

/// A llama of two blocks with the tensors that it needs, 256 wide.
GgufBuilder smallLlama() {
    GgufBuilder builder;
    describeSmallLlama(builder);
    builder.tensor("token_embd.weight", GgmlType::q8_0, {256, 512});
    for (const char * name : {"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"})
        builder.tensor(std::string("blk.0.") + name + ".weight", GgmlType::q4_K, {256, 256});
    builder.tensor("blk.0.attn_norm.weight", GgmlType::f32, {256})
        .tensor("blk.0.ffn_norm.weight", GgmlType::f32, {256});
    return builder.tensor("output_norm.weight", GgmlType::f32, {256});
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_key_that_a_model_is_built_from_is_in_the_table) {
    std::set<std::string, std::less<>> known{"general.architecture", "tokenizer.chat_template"};
    for (const WireKey & key : wireKeys()) known.emplace(key.suffix);
    const std::regex read(
        R"re((?:get|require|getPerLayer|requirePerLayer|getUnlessArray|getArray|arrayCount|getSections|requirePresent|has|file\(\)\.find|file\.find|facts\.find|std::string_view k\w+ =|facts\.text)\(?\s*"([a-z0-9_]+(?:\.[a-z0-9_]+)+|[a-z0-9]+_[a-z0-9_]+)")re");
    size_t n_found = 0;
    for (const auto & entry : fs::recursive_directory_iterator(fs::path(GGUFIT_SOURCE_DIR) / "core" / "model")) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in(entry.path());
        const std::string source{std::istreambuf_iterator<char>(in), {}};
        for (std::sregex_iterator found(source.begin(), source.end(), read), end; found != end; ++found) {
            ++n_found;
            BOOST_TEST(known.contains((*found)[1].str()),
                       entry.path().filename() << " reads " << (*found)[1] << ", which no link would carry");
        }
    }
    BOOST_TEST(n_found > 150U);
}

BOOST_AUTO_TEST_CASE(the_tables_fit_their_numbers_and_hold_nothing_twice) {
    const auto unique = [](std::span<const std::string_view> table, size_t most) {
        BOOST_TEST(table.size() <= most);
        BOOST_TEST((std::set<std::string_view>(table.begin(), table.end()).size()) == table.size());
    };
    unique(wirePrefixes(), 7);
    unique(wireEndings(), 7);
    unique(wireTensors(), 511);
    unique(wireMarks(), 31);
    unique(wireArchitectures(), 255);
    std::set<std::string_view> keys;
    for (const WireKey & key : wireKeys()) BOOST_TEST(keys.insert(key.suffix).second, key.suffix);
}

BOOST_AUTO_TEST_CASE(the_names_that_stand_first_keep_their_numbers) {
    // links that were given away refer to them by number
    BOOST_TEST(wireTensors()[0] == "attn_norm");
    BOOST_TEST(wireTensors()[19] == "token_embd");
    BOOST_TEST(wireKeys()[6].suffix == "context_length");
    BOOST_TEST(wireArchitectures()[0] == "afmoe");
}

BOOST_AUTO_TEST_CASE(a_thinking_template_and_samplers_give_the_same_entry) {
    for (const char * words : {"{% if enable_thinking %}<think>{% endif %}", "no marks at all",
                               "<|channel|>analysis reasoning_effort", "[THINK]"}) {
        GgufBuilder builder = smallLlama();
        builder.string("tokenizer.chat_template", words)
            .f32("general.sampling.temp", 0.6F)
            .i32("general.sampling.top_k", 20)
            .string("general.sampling.top_p", "0.95")
            .f32("general.sampling.min_p", 7.0F)
            .string("general.sampling.sequence", "top_k;temp;no such")
            .string("general.license", "apache-2.0")
            .string("general.base_model.0.name", "A base model")
            .string("general.quantized_by", "somebody");
        checkSamePlan(builtModel(builder), words);
    }
    GgufBuilder variant = smallLlama();
    variant.string("tokenizer.chat_template.tool_use", "<thinking>");
    checkSamePlan(builtModel(variant), "a variant");
}

BOOST_AUTO_TEST_CASE(files_of_every_layout_come_back) {
    checkSamePlan(builtModel(smallLlama().alignment(64)), "alignment");
    checkSamePlan(builtModel(smallLlama().bigEndian()), "big endian");
    checkSamePlan(builtModel(smallLlama().version(2)), "version 2");
    checkSamePlan(builtModel(smallLlama().version(1)), "version 1");
    checkSamePlan(builtModel(smallLlama()
                                 .tensor("my.own.blk.7.thing", GgmlType::f16, {3, 5, 7, 2})
                                 .tensor("blk.600.far", GgmlType::f32, {1})
                                 .tensor("blk.#.odd", GgmlType::f32, {1})
                                 .tensor("blk.007.odd", GgmlType::f32, {1})),
                  "odd names");
}

BOOST_AUTO_TEST_CASE(sizes_of_files_come_back_whether_known_padded_or_longer) {
    const GgufBuilder builder = smallLlama().tensor("odd", GgmlType::f32, {3});
    const std::vector<uint8_t> header = builder.build();
    for (const uint64_t bytes :
         {uint64_t{0}, builder.fileBytes(), builder.fileBytes() - 20, builder.fileBytes() + 777}) {
        auto file = readHeader(header, bytes, "a.gguf");
        BOOST_REQUIRE(file.ok());
        const auto model = buildModel(std::move(*file));
        BOOST_REQUIRE(model.ok());
        const auto opened = through(*model);
        BOOST_REQUIRE(opened.ok());
        const Shard & before = model->file.shards.front();
        const Shard & after = opened->model.file.shards.front();
        BOOST_TEST(after.file_bytes == before.file_bytes);
        BOOST_TEST(after.data_bytes == before.data_bytes);
        BOOST_TEST(after.data_offset == before.data_offset);
        BOOST_TEST(opened->model.file.totalFileBytes() == model->file.totalFileBytes());
    }
}

BOOST_AUTO_TEST_CASE(the_shards_of_a_model_come_back_with_their_names) {
    std::vector<File> files;
    for (uint16_t i = 0; i < 3; ++i) {
        GgufBuilder part;
        if (i == 0) part = smallLlama();
        part.u16("split.no", i).u16("split.count", 3);
        part.tensor("blk.0.extra_" + std::to_string(i) + ".weight", GgmlType::f16, {64, 64});
        const ShardName name{"small", 1, 3};
        files.push_back(*readHeader(part.build(), part.fileBytes(), shardFileName(name, i + 1U)));
    }
    auto joined = joinShards(std::move(files));
    BOOST_REQUIRE(joined.ok());
    const auto model = buildModel(std::move(*joined));
    BOOST_REQUIRE(model.ok());
    checkSamePlan(*model, "shards");
    const auto opened = through(*model);
    BOOST_REQUIRE_EQUAL(opened->model.file.shards.size(), 3U);
    BOOST_TEST(opened->model.file.shards[2].name == "small-00003-of-00003.gguf");
    BOOST_TEST(opened->request.model_path == "small-00001-of-00003.gguf");
}

BOOST_AUTO_TEST_CASE(a_link_holds_no_path_and_the_name_only_where_it_is_asked_for) {
    File file = linkedHeader(
        builtModel(smallLlama().string("general.name", "/home/somebody/models/secret/Nice Model")).file, false);
    BOOST_TEST(file.shards.front().name.empty());
    BOOST_TEST(*file.find("general.name")->asString() == "Nice Model");
    Model model = builtModel(smallLlama());
    model.file.shards.front().name = "C:\\Users\\somebody\\small.gguf";
    BOOST_TEST(linkedHeader(model.file, true).shards.front().name == "small.gguf");
    const auto opened = through(model, false);
    BOOST_REQUIRE(opened.ok());
    BOOST_TEST(opened->model.file.shards.front().name.empty());
    BOOST_TEST(opened->request.model_path.ends_with(".gguf"));
    BOOST_TEST(withoutFolder("meta-llama/Llama-3") == "meta-llama/Llama-3");  // a name, not a place
    BOOST_TEST(withoutFolder("~/m/x.gguf") == "x.gguf");
    BOOST_TEST(withoutFolder("D:/m/x.gguf") == "x.gguf");
    BOOST_TEST(withoutFolder("../m/x/") == "x");
}

BOOST_AUTO_TEST_CASE(a_link_of_a_link_is_the_same_link) {
    const Model & model = truthModel("glm-4.7-flash-q4_k_m");
    const auto first = planLink(model, seedMachine(), plainRequest(model), {.with_name = true});
    const auto opened = openLink(first->link);
    const auto second = planLink(opened->model, opened->machine, opened->request, {.with_name = true});
    BOOST_TEST(first->link == second->link);
}

BOOST_AUTO_TEST_CASE(a_model_that_no_link_holds_is_a_sentence) {
    Model model = builtModel(smallLlama());
    model.file.tensors.resize(kMostLinkedTensors + 1, model.file.tensors.front());
    const auto link = planLink(model, seedMachine(), plainRequest(model));
    BOOST_REQUIRE(!link.ok());
    BOOST_TEST(link.error().text().find("20,000") != std::string::npos);
}
