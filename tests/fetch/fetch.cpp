// Models by URL, against nginx: what goes over the wire, what goes to whom, what is kept.
#include <sys/wait.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>

#include "cli/run.h"
#include "fetch/servers.h"
#include "support/data.h"
#include "support/gguf_builder.h"
#include "support/text.h"

using namespace ggufit::test;

namespace fs = std::filesystem;

namespace {

/// Runs ggufit as a user does.
Run ask(const std::vector<std::string> & words, const std::vector<std::string> & environment = {}) {
    return ggufit::test::ggufit(words, environment);
}

uint64_t bytesOf(const std::vector<Asked> & asked) {
    return std::accumulate(asked.begin(), asked.end(), uint64_t{0},
                           [](uint64_t sum, const Asked & one) { return sum + one.body_bytes; });
}

std::vector<std::string> cacheAt(const std::string & name) { return {"XDG_CACHE_HOME=" + scratch() + "/" + name}; }

size_t filesIn(const std::string & folder) {
    size_t count = 0;
    std::error_code failed;
    for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) count++;
    return count;
}

/// Writes a repository's list of files in Hugging Face's shape.
void list(const std::string & repo, const std::vector<std::string> & files, const std::string & page = "") {
    std::string json = "[";
    for (const std::string & file : files) {
        if (json.size() > 1) json += ",";
        json += "{\"type\":\"file\",\"oid\":\"b2ad\",\"size\":1000,\"path\":\"" + file + "\"}";
    }
    fs::create_directories(scratch() + "/lists");
    (void)textFile("lists/" + repo + page + ".json", json + "]");
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_url_says_of_a_model_what_its_file_says) {
    const std::string path = sparseModel("qwen3-14b-q4_k_m");
    const Run local = ask({"inspect", path});
    const Run fetched = ask({"inspect", site().url + "/qwen3-14b-q4_k_m.gguf"});
    BOOST_TEST(fetched.exit_code == 0, fetched.err);
    BOOST_TEST(fetched.out == local.out);
    BOOST_TEST(fetched.err == "");
}

BOOST_AUTO_TEST_CASE(a_large_header_takes_two_requests_and_half_again_of_its_bytes_at_most) {
    const auto & model = largeModel();
    (void)askedOfSite();
    const std::string url = site().url + "/" + model.file_name;
    const Run run = ask({"inspect", url});
    BOOST_TEST(run.exit_code == 0, run.err);
    const auto asked = askedOfSite();
    BOOST_TEST(asked.size() == 2U);
    BOOST_TEST(bytesOf(asked) >= model.header_bytes);
    BOOST_TEST(bytesOf(asked) * 2 <= model.header_bytes * 3, bytesOf(asked) << " of " << model.header_bytes);
}

BOOST_AUTO_TEST_CASE(a_small_header_takes_one_request) {
    (void)sparseModel("llama-3.1-8b-q4_k_m");
    (void)askedOfSite();
    BOOST_TEST(ask({"inspect", site().url + "/llama-3.1-8b-q4_k_m.gguf"}).exit_code == 0);
    const auto asked = askedOfSite();
    BOOST_TEST_REQUIRE(asked.size() == 1U);
    BOOST_TEST(asked[0].status == 206);
    BOOST_TEST(asked[0].body_bytes <= 256U * 1024);
}

BOOST_AUTO_TEST_CASE(what_was_read_once_is_not_sent_again) {
    const auto & model = largeModel();
    const auto cache = cacheAt("again");
    const std::string url = site().url + "/" + model.file_name;
    const Run first = ask({"inspect", url}, cache);
    (void)askedOfSite();
    const Run second = ask({"inspect", url}, cache);
    BOOST_TEST(second.out == first.out);
    const auto asked = askedOfSite();
    BOOST_TEST_REQUIRE(asked.size() == 1U);
    BOOST_TEST(asked[0].status == 304);
    BOOST_TEST(asked[0].body_bytes == 0U);

    auto offline = cache;
    offline.emplace_back("HF_HUB_OFFLINE=1");
    BOOST_TEST(ask({"inspect", url}, offline).out == first.out);
    BOOST_TEST(askedOfSite().empty());
    const Run unknown = ask({"inspect", site().url + "/other.gguf"}, offline);
    BOOST_TEST(unknown.exit_code == 3);
    BOOST_TEST(holds(unknown.err, "not in the cache"), unknown.err);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_another_now_is_read_anew) {
    const auto cache = cacheAt("replaced");
    const std::string path = sparseModel("llama-3.2-1b-q8_0", "replaced.gguf");
    const Run before = ask({"inspect", site().url + "/replaced.gguf"}, cache);
    fs::remove(path);
    (void)sparseModel("llama-3.1-8b-q4_k_m", "replaced.gguf");
    const Run after = ask({"inspect", site().url + "/replaced.gguf"}, cache);
    BOOST_TEST(after.exit_code == 0, after.err);
    BOOST_TEST(after.out != before.out);
    BOOST_TEST(after.out == ask({"inspect", path}).out);
}

BOOST_AUTO_TEST_CASE(a_damaged_cache_is_no_cache_and_a_full_one_forgets) {
    const auto cache = cacheAt("damaged");
    const std::string folder = scratch() + "/damaged/ggufit";
    const std::string url = site().url + "/llama-3.1-8b-q4_k_m.gguf";
    (void)sparseModel("llama-3.1-8b-q4_k_m");
    const Run first = ask({"inspect", url}, cache);
    BOOST_TEST_REQUIRE(filesIn(folder) == 1U);
    const fs::path kept = fs::directory_iterator(folder)->path();
    const auto size = fs::file_size(kept);
    for (const uint64_t cut :
         {uint64_t{0}, uint64_t{10}, static_cast<uint64_t>(size / 2), static_cast<uint64_t>(size - 1)}) {
        fs::resize_file(kept, cut);
        BOOST_TEST(ask({"inspect", url}, cache).out == first.out);
        BOOST_TEST(fs::file_size(kept) == size);
    }
    BOOST_TEST(holds(shell("grep -c s1gned -r " + folder).out, ":0"));

    auto small = cacheAt("full");
    small.emplace_back("GGUFIT_CACHE_MIB=1");
    std::vector<std::string> names;
    for (int i = 0; i < 32; i++) {  // headers of 42,560 bytes
        names.push_back("copy-" + std::to_string(i) + ".gguf");
        fs::create_symlink(sparseModel("qwen3-32b-iq4_xs"), scratch() + "/" + names.back());
    }
    std::string command = "export XDG_CACHE_HOME=" + scratch() + "/full GGUFIT_CACHE_MIB=1;";
    for (const auto & name : names)
        command += " \"$GGUFIT\" inspect " + site().url + "/" + name + " >/dev/null || exit 9;";
    BOOST_TEST(shell(command).exit_code == 0);
    uint64_t bytes = 0;
    for (const auto & entry : fs::directory_iterator(scratch() + "/full/ggufit")) bytes += entry.file_size();
    BOOST_TEST(bytes <= 1024U * 1024);
    BOOST_TEST(bytes >= 512U * 1024);
    auto none = cacheAt("none");
    none.emplace_back("GGUFIT_CACHE_MIB=0");
    BOOST_TEST(ask({"inspect", url}, none).exit_code == 0);
    BOOST_TEST(!fs::exists(scratch() + "/none"));
}

BOOST_AUTO_TEST_CASE(a_token_goes_to_its_own_host_alone_and_is_shown_nowhere) {
    (void)sparseModel("llama-3.1-8b-q4_k_m");
    list("some-repo", {"README.md", "llama-3.1-8b-q4_k_m.gguf"});
    (void)askedOfSite();
    const std::vector<std::string> environment = {"HF_ENDPOINT=" + site().url, "HF_TOKEN=hf_s3cret",
                                                  "XDG_CACHE_HOME=" + scratch() + "/token"};
    const Run run = ask({"link", "hf:some/repo:q4_k_m", "--gpu", "RTX 4090"}, environment);
    BOOST_TEST(run.exit_code == 0, run.err);
    const auto asked = askedOfSite();
    BOOST_TEST_REQUIRE(asked.size() == 3U);
    BOOST_TEST(asked[0].path == "/api/models/some/repo/tree/main?recursive=true");
    BOOST_TEST(asked[0].authorization == "Bearer hf_s3cret");
    BOOST_TEST(asked[1].status == 302);
    BOOST_TEST(asked[1].authorization == "Bearer hf_s3cret");
    BOOST_TEST(asked[2].status == 206);
    BOOST_TEST(asked[2].path == "/llama-3.1-8b-q4_k_m.gguf?Signature=s1gned");
    BOOST_TEST(asked[2].authorization == "-");
    for (const std::string secret : {"s3cret", "s1gned", "127.0.0.1"}) BOOST_TEST(!holds(run.out + run.err, secret));
    BOOST_TEST(holds(shell("grep -rc -e s3cret -e s1gned " + scratch() + "/token").out, ":0"));

    (void)ask({"inspect", site().elsewhere + "/llama-3.1-8b-q4_k_m.gguf"}, environment);
    BOOST_TEST(askedOfSite().at(0).authorization == "-");
}

BOOST_AUTO_TEST_CASE(a_redirect_that_readers_of_urls_disagree_on_is_not_followed) {
    (void)sparseModel("llama-3.1-8b-q4_k_m");
    (void)askedOfFaulty();
    std::string elsewhere = faultyUrl();
    elsewhere.replace(elsewhere.find("127.0.0.1"), 9, "localhost");
    const Run run = ask({"inspect", elsewhere + "/disguised/llama-3.1-8b-q4_k_m.gguf"},
                        {"HF_ENDPOINT=" + faultyUrl(), "HF_TOKEN=hf_s3cret", "XDG_CACHE_HOME=" + scratch() + "/none"});
    BOOST_TEST(run.exit_code == 3, run.out);
    BOOST_TEST(holds(run.err, "leads to an address that is no http or https URL"), run.err);
    const auto asked = askedOfFaulty();
    BOOST_TEST_REQUIRE(asked.size() == 1U);
    BOOST_TEST(asked[0].authorization == "-");
}

BOOST_AUTO_TEST_CASE(without_permission_the_sentence_names_the_token) {
    const std::vector<std::string> endpoint = {"HF_ENDPOINT=" + site().url};
    for (const char * model : {"hf:gated/repo", "hf:gated/repo/x.gguf"}) {
        const Run run = ask({"inspect", model}, endpoint);
        BOOST_TEST(run.exit_code == 3);
        BOOST_TEST(holds(run.err, "set HF_TOKEN"), run.err);
        const Run refused = ask({"inspect", model}, {endpoint[0], "HF_TOKEN=hf_s3cret"});
        BOOST_TEST(holds(refused.err, "the token in HF_TOKEN"), refused.err);
        BOOST_TEST(!holds(refused.err, "s3cret"));
    }
    const Run missing = ask({"inspect", "hf:no/such"}, endpoint);
    BOOST_TEST(holds(missing.err, "hf:no/such: is not there"), missing.err);
    BOOST_TEST(ask({"inspect", "hf:a/b"}, {"HF_TOKEN=two words"}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(a_tag_means_the_file_that_llama_server_would_load) {
    for (const char * name : {"M-Q8_0.gguf", "M-IQ2_M.gguf"}) (void)sparseModel("llama-3.2-1b-q8_0", name);
    (void)sparseModel("qwen3-14b-q4_k_m", "M-q4_k_m.gguf");
    list("three-repo", {"M-IQ2_M.gguf", "M-Q8_0.gguf", "M-q4_k_m.gguf", "mmproj-M-Q4_K_M.gguf"});
    const std::vector<std::string> endpoint = {"HF_ENDPOINT=" + site().url};
    const auto entry = [&](const std::string & model) {
        return ask({"plan", model, "--gpu", "RTX 4090", "--models-dir", "/"}, endpoint).out;
    };
    BOOST_TEST(holds(entry("hf:three/repo"), "\nMODEL=M-q4_k_m.gguf\n"));
    const std::string tagged = entry("hf:three/repo:Q8_0");
    BOOST_TEST(holds(tagged, "\nMODEL=M-Q8_0.gguf\n"));
    BOOST_TEST(holds(tagged, "\n# From: hf:three/repo:Q8_0\n"));
    BOOST_TEST(holds(entry(site().url + "/three/repo/blob/main/M-IQ2_M.gguf"), "\nMODEL=M-IQ2_M.gguf\n"));
    const Run pasted =
        ask({"plan", "--gpu", "RTX 4090", "llama-server", "-hf", "three/repo:iq2_m", "-c", "4096"}, endpoint);
    BOOST_TEST(holds(pasted.out, "\nMODEL=M-IQ2_M.gguf\n"), pasted.err);
    const Run missing = ask({"plan", "hf:three/repo:Q6_K", "--gpu", "RTX 4090"}, endpoint);
    BOOST_TEST(missing.exit_code == 2);
    BOOST_TEST(holds(missing.err, "'IQ2_M', 'Q8_0', 'Q4_K_M'"), missing.err);
}

BOOST_AUTO_TEST_CASE(modelscope_is_asked_in_its_own_way_and_without_the_token_of_the_other) {
    (void)sparseModel("llama-3.2-1b-q8_0", "scope-Q8_0.gguf");
    fs::create_directories(scratch() + "/lists");
    (void)textFile("lists/ms-some-repo.json",
                   R"({"Code": 200, "Success": true, "Data": {"Files": [{"Name": "scope-Q8_0.gguf",
                      "Path": "scope-Q8_0.gguf", "Size": 1313260896, "Type": "blob", "IsLFS": true}]}})");
    (void)askedOfSite();
    const Run run = ask({"inspect", "ms:some/repo"}, {"MODELSCOPE_DOMAIN=" + site().url, "HF_TOKEN=hf_s3cret"});
    BOOST_TEST(run.exit_code == 0, run.err);
    BOOST_TEST(run.out == ask({"inspect", scratch() + "/scope-Q8_0.gguf"}).out);
    const auto asked = askedOfSite();
    BOOST_TEST_REQUIRE(asked.size() == 2U);
    BOOST_TEST(asked[0].path == "/api/v1/models/some/repo/repo/files?Revision=master&Recursive=true");
    BOOST_TEST(asked[1].path == "/models/some/repo/resolve/master/scope-Q8_0.gguf");
    for (const Asked & one : asked) BOOST_TEST(one.authorization == "-");
}

BOOST_AUTO_TEST_CASE(a_list_in_pages_is_read_to_its_end) {
    (void)sparseModel("llama-3.2-1b-q8_0", "last-Q8_0.gguf");
    list("paged-repo", {"first-Q2_K.gguf"});
    list("paged-repo", {"last-Q8_0.gguf"}, "-2");
    const Run run = ask({"inspect", "hf:paged/repo"}, {"HF_ENDPOINT=" + site().url});
    BOOST_TEST(run.exit_code == 0, run.err);
    BOOST_TEST(run.out == ask({"inspect", scratch() + "/last-Q8_0.gguf"}).out);
}

BOOST_AUTO_TEST_CASE(shards_come_together_and_a_missing_one_is_named) {
    const auto shard = [](int index) {
        return GgufBuilder()
            .string("general.architecture", "llama")
            .u16("split.no", static_cast<uint16_t>(index - 1))
            .u16("split.count", 3)
            .i32("split.tensors.count", 3)
            .u32("llama.block_count", 1)
            .u32("llama.context_length", 4096)
            .u32("llama.embedding_length", 64)
            .u32("llama.feed_forward_length", 128)
            .u32("llama.attention.head_count", 4)
            .f32("llama.attention.layer_norm_rms_epsilon", 1e-5F)
            .tensor("blk." + std::to_string(index) + ".attn_norm.weight", ggufit::GgmlType::f32, {64})
            .withData()
            .build();
    };
    for (int i = 1; i <= 3; i++) {
        const auto bytes = shard(i);
        (void)textFile("split-0000" + std::to_string(i) + "-of-00003.gguf", std::string(bytes.begin(), bytes.end()));
    }
    const Run local = ask({"inspect", scratch() + "/split-00001-of-00003.gguf"});
    const Run fetched = ask({"inspect", site().url + "/split-00002-of-00003.gguf"});
    BOOST_TEST(fetched.exit_code == local.exit_code);
    BOOST_TEST(fetched.out == local.out);
    fs::remove(scratch() + "/split-00003-of-00003.gguf");
    const Run missing = ask({"inspect", site().url + "/split-00001-of-00003.gguf"});
    BOOST_TEST(missing.exit_code == 3);
    BOOST_TEST(holds(missing.err, "split-00003-of-00003.gguf: is not there"), missing.err);
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_is_none_is_named) {
    const Run run = ask({"inspect", "hf:a/b"}, {"HF_ENDPOINT=nowhere"});
    BOOST_TEST(run.exit_code == 2);
    BOOST_TEST(holds(run.err, "HF_ENDPOINT"), run.err);
    BOOST_TEST(ask({"inspect", "hf:a/b"}, {"GGUFIT_HTTP_TIMEOUT=soon"}).exit_code == 2);
    BOOST_TEST(ask({"inspect", sparseModel("llama-3.2-1b-q8_0")}, {"HF_ENDPOINT=nowhere"}).exit_code == 0);
}
