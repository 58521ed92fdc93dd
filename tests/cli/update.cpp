// `ggufit check --update` as a user runs it: which entry is written, from which date, and what is left alone.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cli/run.h"
#include "support/data.h"
#include "support/golden.h"
#include "support/text.h"

using namespace ggufit::test;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

const std::string kId = "qwen3-next-80b-a3b-instruct-ud-q5-k-xl-262144-for-the-agents";

std::string contentOf(const std::string & path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string original() { return readDataText("conf/fitted.conf"); }

std::string copyOf(const std::string & name) { return textFile(name + ".conf", original()); }

/// A start of `model` on two cards: 22,000 of 24,564 MiB (89.6 %) and 8,000 of 16,303 MiB (49.1 %) are held.
std::string start(const std::string & model, const std::string & n_ctx, bool speed = true) {
    std::string text =
        "llama_prepare_model_devices: using device CUDA0 (NVIDIA GeForce RTX 4090) (0000:01:00.0) - 24040 MiB free\n"
        "llama_prepare_model_devices: using device CUDA1 (NVIDIA GeForce RTX 5070 Ti) (0000:02:00.0) - 12800 MiB free\n"
        "llama_model_loader: loaded meta data with 41 key-value pairs and 658 tensors from " +
        model +
        " (version GGUF V3 (latest))\n"
        "load_tensors: offloaded 49/49 layers to GPU\n"
        "load_tensors:        CUDA0 model buffer size = 20000.00 MiB\n"
        "load_tensors:        CUDA1 model buffer size =  7000.00 MiB\n"
        "llama_context: n_seq_max = 1\nllama_context: n_ctx = " +
        n_ctx +
        "\n"
        "llama_context: n_batch = 2048\nllama_context: n_ubatch = 512\n"
        "llama_kv_cache:      CUDA0 KV buffer size =  1500.00 MiB\n"
        "llama_kv_cache:      CUDA1 KV buffer size =   700.00 MiB\n"
        "sched_reserve:      CUDA0 compute buffer size =   500.00 MiB\n"
        "sched_reserve:      CUDA1 compute buffer size =   300.00 MiB\n"
        "sched_reserve: graph splits = 120 (with bs=512), 55 (with bs=1)\n"
        "main: server is listening on http://127.0.0.1:8080\n";
    if (speed) {
        text +=
            "slot print_timing: id  0 | task 9 |        eval time =    6060.61 ms /   200 tokens (   30.30 ms per "
            "token,    33.00 tokens per second)\n";
    }
    text +=
        "llama_memory_breakdown_print: | memory breakdown [MiB] | total   free     self   model   context   compute "
        "   unaccounted |\n"
        "llama_memory_breakdown_print: |   - CUDA0 (RTX 4090)    | 24564 = 2564 + (22000 = 20000 +    1500 +     "
        "500) +           0 |\n"
        "llama_memory_breakdown_print: |   - CUDA1 (RTX 5070 Ti) | 16303 = 8303 + ( 8000 =  7000 +     700 +     "
        "300) +           0 |\n";
    return text;
}

const std::string kLong = "/models/Qwen3-Next/Qwen3-Next-80B-A3B-Instruct-UD-Q5_K_XL-00001-of-00002.gguf";
const std::string kGlm = "C:\\models\\GLM-4.7-Flash\\GLM-4.7-Flash-Q4_K_M.gguf";

std::string stamped(const std::string & text, const std::string & stamp) {
    std::string out = stamp;
    for (const char c : text) {
        out += c;
        if (c == '\n') out += stamp;
    }
    return out.substr(0, out.size() - stamp.size());
}

Run update(const std::string & file, const std::string & log, std::vector<std::string> words = {"--yes"}) {
    words.insert(words.begin(), {"check", textFile("start.log", log), "--update", file});
    return ggufit::test::ggufit(words);
}

/// What is written for one log into a new copy.
std::string written(const std::string & log, const std::vector<std::string> & words = {"--yes"}) {
    const std::string file = copyOf("written");
    const Run run = update(file, log, words);
    BOOST_TEST(run.exit_code == 0, run.err + run.out);
    return contentOf(file);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(check_update)

BOOST_AUTO_TEST_CASE(the_entry_of_the_model_says_what_was_measured) {
    const std::string log = stamped(start(kLong, "262144"), "2026-03-01T09:15:00.123456789Z ");
    const std::string after = written(log);
    BOOST_TEST(
        holds(after, "\n# Tested 2026-03-01: 33.0 t/s, 55 graph splits, CUDA0 90 %, CUDA1 49 %\n[" + kId + "]\n"));
    BOOST_TEST(holds(after, "\nDESCRIPTION=Long context\nSPEED=~33 t/s\nMODEL=Qwen3-Next/"));
    BOOST_TEST(!holds(after, "run ./start.sh " + kId));
    BOOST_TEST(goldenDifference("conf/updated.conf", after) == "");
}

BOOST_AUTO_TEST_CASE(entries_of_one_model_are_told_apart_by_their_context) {
    const std::string day = "2026/03/01 09:15:00 ";
    const std::string bench = written(stamped(start(kGlm, "10240"), day));
    BOOST_TEST(
        holds(bench, "\n# Tested 2026-03-01: 33.0 t/s, 55 graph splits, CUDA0 90 %, CUDA1 49 %\n[bench-glm-flash-q4]"));
    BOOST_TEST(holds(bench, "\nSPEED=~141 t/s\n"));
    const std::string production = written(stamped(start(kGlm, "131072"), day));
    BOOST_TEST(
        holds(production, "# Tested 2026-03-01: 33.0 t/s, 55 graph splits, CUDA0 90 %, CUDA1 49 %\n[glm-flash-q4]"));
    BOOST_TEST(
        holds(production, "[glm-flash-q4]\nNAME=GLM-4.7 Flash Q4_K_M\nDESCRIPTION=Fast answers\nSPEED=~33 t/s\n"));
}

BOOST_AUTO_TEST_CASE(an_entry_that_is_not_clear_is_asked_for_with_those_there_are) {
    const std::string file = copyOf("unclear");
    const Run both = update(file, start(kGlm, "8192"));
    BOOST_TEST(both.exit_code == 2);
    BOOST_TEST(
        holds(both.err,
              "2 entries have the model 'GLM-4.7-Flash-Q4_K_M.gguf'; say with --id which one was started (the "
              "start had a context of 8,192): glm-flash-q4 (context 131,072), bench-glm-flash-q4 (context 10,240)"),
        both.err);
    const Run none = update(file, start("/models/other.gguf", "8192"));
    BOOST_TEST(none.exit_code == 2);
    BOOST_TEST(holds(none.err,
                     "no entry has the model 'other.gguf'; say with --id which one was started: glm-flash-q4 "
                     "(GLM-4.7-Flash-Q4_K_M.gguf), " +
                         kId),
               none.err);
    BOOST_TEST(holds(update(file, start(kGlm, "8192"), {"--yes", "--id", "glm"}).err, "no section of this name"));
    BOOST_TEST(contentOf(file) == original());
    const Run chosen = update(file, start("/models/other.gguf", "8192"), {"--yes", "--id", "glm-flash-q4"});
    BOOST_TEST(chosen.exit_code == 0, chosen.err);
    BOOST_TEST(holds(chosen.out, "The start was of 'other.gguf', the MODEL of [glm-flash-q4] is"), chosen.out);
    BOOST_TEST(holds(chosen.out, "The start had a context of 8,192 tokens, [glm-flash-q4] has 131,072."));
    BOOST_TEST(holds(contentOf(file), "SPEED=~33 t/s\nMODEL=GLM"));
}

BOOST_AUTO_TEST_CASE(a_start_that_failed_changes_nothing_and_says_why) {
    const std::string file = copyOf("failed");
    const Run run = update(file, readDataText("logs/out_of_memory.log"), {"--yes", "--id", "glm-flash-q4"});
    BOOST_TEST(run.exit_code == 1);
    BOOST_TEST(holds(run.out, "failed.conf stays as it is. Out of memory"), run.out);
    BOOST_TEST(contentOf(file) == original());
    const std::string whole = start(kLong, "262144");
    const Run cut = update(file, whole.substr(0, whole.find("llama_kv_cache")));
    BOOST_TEST(cut.exit_code == 1);
    BOOST_TEST(holds(cut.out, "stays as it is. The log ends before the start did."), cut.out);
    BOOST_TEST(contentOf(file) == original());
}

BOOST_AUTO_TEST_CASE(a_measured_speed_is_not_given_up_for_a_start_without_one) {
    const std::string file = copyOf("speedless");
    const Run run = update(file, start(kGlm, "131072", false));
    BOOST_TEST(run.exit_code == 1);
    BOOST_TEST(holds(run.out, "[glm-flash-q4] has a measured speed and this log has none"), run.out);
    BOOST_TEST(contentOf(file) == original());
    const std::string after = written(start(kLong, "262144", false), {"--yes", "--date", "2026-03-01"});
    BOOST_TEST(holds(after, "# Tested 2026-03-01: 55 graph splits, CUDA0 90 %, CUDA1 49 %\n"));
    BOOST_TEST(holds(after, "\nSPEED=~estimated 30 t/s\n"));
}

BOOST_AUTO_TEST_CASE(the_date_is_the_one_said_then_the_lines_then_the_file_s) {
    const std::string plain = start(kLong, "262144");
    const std::string line = "# Tested 2026-02-16: 33.0 t/s";
    BOOST_TEST(
        holds(written(stamped(plain, "llama-1  | 2026-01-01 10:00:00 "), {"--yes", "--date", "2026-02-16"}), line));
    BOOST_TEST(holds(written(stamped(plain, "[2026-02-16T10:00:00.123] ")), line));
    std::string records;
    for (size_t at = 0; at < plain.size();) {
        const size_t end = plain.find('\n', at);
        records += R"({"log":")" + plain.substr(at, end - at) +
                   R"(\n","stream":"stderr","time":"2026-02-16T09:00:00.1Z"})"
                   "\n";
        at = end + 1;
    }
    BOOST_TEST(holds(written(records), line));
    const std::string file = copyOf("dated"), log = textFile("dated.log", plain);
    // syslog has no year: the last such day before the file's own
    const std::string yearless = textFile("yearless.log", stamped(plain, "Nov 20 19:44:03 box llama-server[1]: "));
    const auto since = [&](const std::string & touched) {
        const Run run = shell("touch -d '" + touched + " 12:00' " + yearless + "; \"$GGUFIT\" check " + yearless +
                              " --update " + file + " --dry-run");
        return run.out;
    };
    BOOST_TEST(holds(since("2025-11-20"), "# Tested 2025-11-20: 33.0 t/s"));
    BOOST_TEST(!holds(since("2025-11-20"), "have no year"));
    BOOST_TEST(holds(since("2026-02-01"), "# Tested 2025-11-20: 33.0 t/s"));
    BOOST_TEST(holds(since("2026-02-01"), "have no year"));
    const Run touched = shell("TZ=UTC touch -d '2026-02-16 12:00:00' " + log + " && TZ=UTC $GGUFIT check " + log +
                              " --update " + file + " --dry-run");
    BOOST_TEST(holds(touched.out, "+" + line), touched.out);
    BOOST_TEST(holds(touched.out, "that of its file is taken"));
    for (const char * wrong : {"16.2.2026", "2026-02-30", "2026-13-01", "1926-02-16"}) {
        const Run refused = update(file, plain, {"--yes", "--date", wrong});
        BOOST_TEST(refused.exit_code == 2);
        BOOST_TEST(holds(refused.err, "is no day"), refused.err);
    }
    BOOST_TEST(contentOf(file) == original());
}

BOOST_AUTO_TEST_CASE(nothing_is_written_without_a_yes) {
    const std::string file = copyOf("asked"), log = start(kLong, "262144");
    const Run refused = update(file, log, {"--date", "2026-03-01"});
    BOOST_TEST(refused.exit_code == 2);
    BOOST_TEST(holds(refused.out, "-SPEED=~estimated 30 t/s\n+SPEED=~33 t/s\n"), refused.out);
    BOOST_TEST(holds(refused.err, "standard input is no terminal"));
    BOOST_TEST(update(file, log, {"--dry-run"}).exit_code == 0);
    BOOST_TEST(update(file, log, {"--json"}).exit_code == 2);
    BOOST_TEST(contentOf(file) == original());
    const Run done = update(file, log, {"--yes", "--json", "--date", "2026-03-01"});
    BOOST_TEST(done.exit_code == 0, done.err);
    const Json read = Json::parse(done.out);
    BOOST_TEST(read.at("update").at("section") == kId);
    BOOST_TEST(read.at("update").at("changes") == true);
    const Run again = update(file, log, {"--yes", "--date", "2026-03-01"});
    BOOST_TEST(again.exit_code == 0);
    BOOST_TEST(holds(again.out, "says this already"), again.out);
    for (const char * option : {"--yes", "--id=x", "--date=2026-03-01", "--dry-run"}) {
        const Run lone = ggufit::test::ggufit({"check", textFile("start.log", log), option});
        BOOST_TEST(lone.exit_code == 2, option);
    }
    BOOST_TEST(update(file + ".none", log).exit_code == 3);
}

BOOST_AUTO_TEST_SUITE_END()
