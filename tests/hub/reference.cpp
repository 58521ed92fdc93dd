// What may stand where a model is asked for, and what is refused in one sentence.
#include "hub/reference.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "hub/repository.h"

using namespace ggufit;

namespace {

ModelReference parsed(const std::string & text, const HubEndpoints & endpoints = {}) {
    const auto reference = parseModelReference(text, endpoints);
    BOOST_TEST_REQUIRE(reference.ok(), text << ": " << (reference.ok() ? "" : reference.error().text()));
    return *reference;
}

std::string refusal(const std::string & text) {
    const auto reference = parseModelReference(text);
    BOOST_TEST_REQUIRE(!reference.ok(), text << " was taken");
    BOOST_TEST((reference.error().code == ErrorCode::usage));
    return reference.error().text();
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_no_scheme_opens_is_a_path) {
    for (const char * text : {"model.gguf", "/models/a b/model.gguf", "./hf:x", "owner/name", "C:\\model.gguf", "",
                              "://x", "dir with spaces://x"}) {
        const auto reference = parsed(text);
        BOOST_TEST((reference.kind == ReferenceKind::path), text);
        BOOST_TEST(reference.location == text);
    }
}

BOOST_AUTO_TEST_CASE(a_repository_is_named_as_llama_cpp_names_it) {
    const auto whole = parsed("hf:unsloth/Qwen3-30B-A3B-GGUF");
    BOOST_TEST((whole.kind == ReferenceKind::repository));
    BOOST_TEST((whole.site == HubSite::hugging_face));
    BOOST_TEST(whole.repo == "unsloth/Qwen3-30B-A3B-GGUF");
    BOOST_TEST(whole.revision == "main");
    BOOST_TEST(whole.tag.empty());
    BOOST_TEST(parsed("hf:unsloth/Qwen3-30B-A3B-GGUF:UD-Q4_K_XL").tag == "UD-Q4_K_XL");

    const auto file = parsed("hf:unsloth/DeepSeek-V3-GGUF/UD-Q2_K_XL/x-00001-of-00005.gguf");
    BOOST_TEST(file.repo == "unsloth/DeepSeek-V3-GGUF");
    BOOST_TEST(file.path == "UD-Q2_K_XL/x-00001-of-00005.gguf");
    BOOST_TEST(file.namesFile());
    BOOST_TEST(!parsed("hf:a/b/UD-Q2_K_XL").namesFile());
    BOOST_TEST(parsed("hf://a/b/x.gguf").path == "x.gguf");
    BOOST_TEST((parsed("ms:a/b").site == HubSite::model_scope));
    BOOST_TEST(parsed("ms:a/b").revision == "master");
}

BOOST_AUTO_TEST_CASE(a_revision_stands_behind_an_at) {
    BOOST_TEST(parsed("hf:a/b@v1.2:Q8_0").revision == "v1.2");
    BOOST_TEST(parsed("hf:a/b@v1.2:Q8_0").tag == "Q8_0");
    BOOST_TEST(parsed("hf:a/b@0123abcd/x.gguf").path == "x.gguf");
    BOOST_TEST(parsed("hf:a/b@refs/pr/7/x.gguf").revision == "refs/pr/7");
    BOOST_TEST(parsed("hf:a/b@refs/pr/7/x.gguf").path == "x.gguf");
}

BOOST_AUTO_TEST_CASE(a_page_of_a_site_means_its_repository) {
    const auto page = parsed("https://huggingface.co/a/b/blob/main/q/x%20y.gguf?download=true#top");
    BOOST_TEST(page.repo == "a/b");
    BOOST_TEST(page.path == "q/x y.gguf");
    BOOST_TEST(parsed("https://hf.co/a/b").repo == "a/b");
    BOOST_TEST(parsed("https://huggingface.co/a/b/").path.empty());
    BOOST_TEST(parsed("https://huggingface.co/a/b/discussions/3").repo == "a/b");
    BOOST_TEST(parsed("https://HuggingFace.co:443/a/b/tree/v2/Q4_K_M").path == "Q4_K_M");
    BOOST_TEST(parsed("https://huggingface.co/a/b/tree/v2/Q4_K_M").revision == "v2");
    BOOST_TEST(parsed("https://huggingface.co/a/b/resolve/refs%2Fpr%2F7/x.gguf").revision == "refs/pr/7");
    const auto scope = parsed("https://www.modelscope.cn/models/a/b/resolve/master/x.gguf");
    BOOST_TEST((scope.site == HubSite::model_scope));
    BOOST_TEST(scope.path == "x.gguf");
    BOOST_TEST(parsed("https://modelscope.cn/models/a/b/file/view/master/x.gguf?status=2").path == "x.gguf");

    const HubEndpoints mirror = {.hugging_face = "http://127.0.0.1:8000/hub"};
    BOOST_TEST(parsed("http://127.0.0.1:8000/hub/a/b/resolve/main/x.gguf", mirror).repo == "a/b");
    BOOST_TEST((parsed("http://127.0.0.1:8000/hubble/a/b", mirror).kind == ReferenceKind::url));
}

BOOST_AUTO_TEST_CASE(another_url_stays_as_it_is_and_its_query_is_not_shown) {
    const auto reference = parsed("https://cdn.example.org/m/x%20y.gguf?Signature=s3cret#part");
    BOOST_TEST((reference.kind == ReferenceKind::url));
    BOOST_TEST(reference.location == "https://cdn.example.org/m/x%20y.gguf?Signature=s3cret");
    BOOST_TEST(referenceText(reference) == "https://cdn.example.org/m/x%20y.gguf");
    BOOST_TEST(referenceFileName(reference) == "x y.gguf");
    BOOST_TEST(referenceFileName(parsed("https://example.org")) == "");
    for (const char * name : {"..", "%2E%2e", "a%2F..", "."}) {
        BOOST_TEST(referenceFileName(parsed("https://example.org/m/" + std::string(name))) == "", name);
    }
    BOOST_TEST(referenceText(parsed("hf:a/b@v2:Q4_K_M")) == "hf:a/b@v2:Q4_K_M");
}

BOOST_AUTO_TEST_CASE(hostile_names_are_one_sentence_without_secrets) {
    for (const char * text : {"hf:",
                              "hf:a",
                              "hf:a/",
                              "hf:/",
                              "hf:a/b/c/../../x.gguf",
                              "hf:a/b/./x.gguf",
                              "hf:a/b//x.gguf",
                              "hf:a/b@",
                              "hf:a/b@:Q4",
                              "hf:a/b:",
                              "hf:a/b:Q4;rm",
                              "hf:a/b:Q4\n",
                              "hf:../b",
                              "hf:a/..",
                              "hf:-a/b",
                              "hf:a b/c",
                              "hf:a/b\nX",
                              "hf:a/b/x\x01.gguf",
                              "hf:a/b/x\\y.gguf",
                              "hf:a/b@../x",
                              "hf:a/b@x?y=1",
                              "ftp://host/x.gguf",
                              "file:///x.gguf",
                              "https://",
                              "https:///x.gguf",
                              "https://host:0/x",
                              "https://host:99999/x",
                              "https://ho st/x.gguf",
                              "https://host/x\n.gguf",
                              "https://huggingface.co/datasets/a/b",
                              "https://huggingface.co/a",
                              "https://huggingface.co/a/b/blob/main/..%2F..%2Fx.gguf",
                              "s3://bucket/x.gguf",
                              "https://[::1/x",
                              "https://-host/x"}) {
        const std::string said = refusal(text);
        BOOST_TEST(said.find('\n') == std::string::npos, text);
        BOOST_TEST(said.ends_with('.'), said);
    }
    BOOST_TEST(!parseModelReference("hf:a/" + std::string(300, 'b')).ok());
    BOOST_TEST(!parseModelReference("https://host/" + std::string(9000, 'b')).ok());
    for (const char * text : {"https://user:s3cret@host/x.gguf", "ftp://host/x?token=s3cret", "https://u:s3cret@/x",
                              "https://u:p@s3cret@host/x"}) {
        BOOST_TEST(refusal(text).find("s3cret") == std::string::npos, refusal(text));
    }
}

BOOST_AUTO_TEST_CASE(an_origin_has_its_port_and_tells_hosts_apart) {
    BOOST_TEST(urlOrigin("https://Example.ORG/x") == "https://example.org:443");
    BOOST_TEST(urlOrigin("http://example.org:080/x") == "http://example.org:80");
    BOOST_TEST(urlOrigin("https://[::1]:8/x") == "https://[::1]:8");
    BOOST_TEST(urlOrigin("https://good@evil.org/") == "");
    for (const char * text :
         {"https://good.org\\@evil.org/", "https://good.org:443\\@evil.org/", "https://good.org\\/"}) {
        BOOST_TEST(urlOrigin(text) == "", text);  // a browser asks good.org, libcurl evil.org
    }
    BOOST_TEST(urlOrigin("gopher://x/") == "");
    BOOST_TEST(isLoopback("http://127.0.0.1:80"));
    BOOST_TEST(isLoopback("http://[::1]:80"));
    BOOST_TEST(!isLoopback("http://127.0.0.1.evil.org:80"));
    BOOST_TEST(!isLoopback("http://localhost.evil.org:80"));
}

BOOST_AUTO_TEST_CASE(an_endpoint_is_an_address_alone) {
    BOOST_TEST(parseEndpoint("HF_ENDPOINT", "https://hf-mirror.com/").value() == "https://hf-mirror.com");
    for (const char * text : {"", "hf-mirror.com", "https://u@host", "https://host?x", "https://host/ x", "ftp://h"}) {
        BOOST_TEST(!parseEndpoint("HF_ENDPOINT", text).ok(), text);
    }
}

BOOST_AUTO_TEST_CASE(urls_hold_no_byte_that_is_not_encoded) {
    const auto reference = parsed("hf:a/b@refs/pr/7/q ä/x#1?.gguf");
    BOOST_TEST(hubFileUrl(reference, {}, reference.path) ==
               "https://huggingface.co/a/b/resolve/refs%2Fpr%2F7/q%20%C3%A4/x%231%3F.gguf");
    BOOST_TEST(hubFilesUrl(parsed("hf:a/b"), {}) == "https://huggingface.co/api/models/a/b/tree/main?recursive=true");
    BOOST_TEST(hubFilesUrl(parsed("hf:a/b/q"), {.hugging_face = "http://h"}) ==
               "http://h/api/models/a/b/tree/main/q?recursive=true");
    BOOST_TEST(hubFilesUrl(parsed("ms:a/b"), {}) ==
               "https://modelscope.cn/api/v1/models/a/b/repo/files?Revision=master&Recursive=true");
    BOOST_TEST(hubFileUrl(parsed("ms:a/b"), {}, "x.gguf") == "https://modelscope.cn/models/a/b/resolve/master/x.gguf");
}

BOOST_AUTO_TEST_CASE(a_shard_brings_the_shards_beside_it) {
    const auto files = namedFiles(parsed("https://host/m/x-00002-of-00003.gguf?k=v"), {});
    BOOST_TEST_REQUIRE(files.size() == 3U);
    BOOST_TEST(files[0].url == "https://host/m/x-00001-of-00003.gguf?k=v");
    BOOST_TEST(files[1].url == "https://host/m/x-00002-of-00003.gguf?k=v");
    BOOST_TEST(files[2].name == "x-00003-of-00003.gguf");
    BOOST_TEST(namedFiles(parsed("hf:a/b/q/x-00001-of-00002.gguf"), {})[1].url ==
               "https://huggingface.co/a/b/resolve/main/q/x-00002-of-00002.gguf");
    // A name that an encoded slash ends lies in a folder that is none of the URL's: no neighbour's address is known.
    BOOST_TEST(namedFiles(parsed("https://host/m/q%2Fx-00001-of-00002.gguf"), {}).size() == 1U);
    // 8,000 bytes may not become 20,000 URLs of that length.
    const std::string long_url = "https://host/" + std::string(8000, 'a') + "/x-00001-of-19999.gguf";
    BOOST_TEST(namedFiles(parsed(long_url), {}).size() == 1U);
    BOOST_TEST(namedFiles(parsed("https://host/x-00001-of-19999.gguf"), {}).size() == 19999U);
    BOOST_TEST(namedFiles(parsed("hf:a/b"), {}).empty());
    BOOST_TEST(namedFiles(parsed("/x-00001-of-00002.gguf"), {}).empty());
}

BOOST_AUTO_TEST_CASE(the_next_page_stays_where_the_first_was) {
    const std::string url = "https://mirror.org/api/models/a/b/tree/main?recursive=true";
    BOOST_TEST(
        nextPageUrl(url, "<https://huggingface.co/api/models/a/b/tree/main?recursive=true&cursor=ZX%3D>; rel=\"next\"")
            .value() == "https://mirror.org/api/models/a/b/tree/main?recursive=true&cursor=ZX%3D");
    BOOST_TEST(nextPageUrl(url, "<https://h/x?a=1>; rel=\"prev\", <https://h/x?a=2>; rel=\"next\"").value() ==
               "https://mirror.org/api/models/a/b/tree/main?a=2");
    for (const std::string header : {"", "nonsense", "<https://h/x?a=1", "<https://h/x?a=1>; rel=\"prev\"",
                                     "<>; rel=\"next\"", "<https://h/x?a=1\r\nX: y>; rel=\"next\"",
                                     "<https://h/x?a=\x06>; rel=\"next\"", "<https://h/x?a=\\>; rel=\"next\""}) {
        BOOST_TEST(!nextPageUrl(url, header).has_value(), header);
    }
    BOOST_TEST(!nextPageUrl(url, "<" + url + ">; rel=\"next\"").has_value());  // no circle
}
