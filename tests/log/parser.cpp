// One fixture with every kind of line, and the same in all wrappings that logs come in.
#include "log/parser.h"

#include <boost/test/unit_test.hpp>

#include "support.h"

using namespace ggufit;
using namespace ggufit::test;
using nlohmann::json;

namespace {

const std::string & twoCards() {
    static const std::string text = logText("two_cards.log");
    return text;
}

/// What a log says, without how many starts were in the text.
json said(const std::string & text, uint32_t start = 0) {
    json read = readLog(text, start);
    read.erase("start");
    read.erase("n_starts");
    return read;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parser)

BOOST_AUTO_TEST_CASE(buffers_are_a_number_or_a_list_by_name) {
    const json measured = readLog(twoCards()).at("measured");
    BOOST_TEST(measured.at("model_buffers_mib") ==
               json({{"CPU_Mapped", {577.5, 1200.25}}, {"CUDA0", 13755.36}, {"CUDA1", 9800.0}}));
    BOOST_TEST(measured.at("kv_buffers_mib") == json({{"CUDA0", {160.0, 600.0}}, {"CUDA1", 32.0}}));
    BOOST_TEST(measured.at("rs_buffers_mib") == json({{"CUDA0", 149.62}}));
    BOOST_TEST(measured.at("compute_buffers_mib") == json({{"CUDA0", 428.07}, {"CUDA1", 388.0}, {"CUDA_Host", 88.08}}));
    BOOST_TEST(measured.at("output_buffer_mib") == 4.0);
    BOOST_TEST(measured.at("output_buffer_dev") == "CUDA_Host");
    BOOST_TEST(measured.at("oom").is_null());
}

BOOST_AUTO_TEST_CASE(graphs_and_tables_are_kept_as_printed) {
    const json measured = readLog(twoCards()).at("measured");
    BOOST_TEST(measured.at("graph_nodes") == 2644);
    BOOST_TEST(measured.at("graph_splits") == "179 (with bs=512), 111 (with bs=1)");
    BOOST_TEST(measured.at("offloaded") == "30/31");
    BOOST_TEST(measured.at("sched_copies") == 4);
    BOOST_TEST(measured.at("breakdown").at(0) == "CUDA0 (RTX 4090) | 24564 = 8950 + (15092 = 13755 + 909 + 428) + 522");
    BOOST_TEST(measured.at("breakdown").at(2) == "Host | 1865 = 1777 + 0 + 88");
}

BOOST_AUTO_TEST_CASE(a_figure_below_zero_that_was_printed_unsigned_is_negative) {
    const Log log = parseLog(twoCards());
    BOOST_REQUIRE(log.breakdown.size() == 3U);
    // 17592186047899 − 2^44 = 3483: beyond half of the range it is below zero, this one lies above it
    BOOST_TEST(log.breakdown[1].unaccounted_mib == 17592186047899 - (int64_t{1} << 44));
    BOOST_TEST(log.breakdown[1].description == "RTX 5070 Ti (OEM)");
    BOOST_TEST(!log.breakdown[0].planned);
}

BOOST_AUTO_TEST_CASE(model_settings_devices_and_speed_are_read) {
    const json read = readLog(twoCards());
    BOOST_TEST(read.at("build") == "b9849-799fcc04a");
    BOOST_TEST(read.at("stage") == "serving");
    BOOST_TEST(read.at("model").at("path") == "/models/a model.gguf");
    BOOST_TEST(read.at("model").at("hparams").at("n_head_kv") == json({8, 8, 2}));
    BOOST_TEST(read.at("model").at("types") == json({{"f32", 392}, {"q4_0", 265}}));
    BOOST_TEST(read.at("settings").at("n_ubatch") == 512);
    BOOST_TEST(read.at("settings").at("kv_unified") == "true");
    BOOST_TEST(read.at("settings").at("type_k") == "q8_0");
    BOOST_TEST(read.at("settings").at("flash_attn_resolved") == "Flash Attention enabled");
    BOOST_TEST(read.at("settings").at("mmap") == "true");
    BOOST_TEST(read.at("devices").at(1) == json({{"name", "CUDA1"},
                                                 {"description", "NVIDIA GeForce RTX 5070 Ti (OEM)"},
                                                 {"compute_capability", "12.0"},
                                                 {"total_mib", 16303},
                                                 {"free_at_list_mib", 12803},
                                                 {"free_mib", 12800}}));
    BOOST_TEST(read.at("speed") ==
               json({{"pp_tps", 664.63}, {"pp_tokens", 829}, {"tg_tps", 41.5}, {"tg_tokens", 253}}));
}

BOOST_AUTO_TEST_CASE(wrappings_do_not_change_what_a_log_says) {
    const json plain = said(twoCards());
    const auto wrapped = [](const std::string & before, const std::string & behind = "\n") {
        return eachLine(twoCards(), [&](const std::string & line, size_t) { return before + line + behind; });
    };
    BOOST_TEST(said(wrapped("", "\r\n")) == plain, "line ends of Windows");
    BOOST_TEST(said(wrapped("0.16.848.283 I ")) == plain, "llama.cpp's logger");
    BOOST_TEST(said(wrapped("[53871] 0.16.848.283 W ")) == plain, "a router's child");
    BOOST_TEST(said(wrapped("\x1b[34m1.14.608.510\x1b[0m \x1b[32mI \x1b[0m")) == plain, "colours");
    BOOST_TEST(said(wrapped("2026-05-14 22:14:31.071 | ")) == plain, "a container with time stamps");
    BOOST_TEST(said(wrapped("2026-05-14T22:14:31.071234567Z ")) == plain, "docker logs -t");
    BOOST_TEST(said(wrapped("2026-05-14T22:14:31.071234567Z stderr F ")) == plain, "a pod");
    BOOST_TEST(said(wrapped("Aug 27 23:56:37 host ollama[1502099]: ")) == plain, "a journal");
    BOOST_TEST(said(wrapped("llama-server-1  | ")) == plain, "docker compose");
    BOOST_TEST(said(wrapped("llama.1.x7k2@gpu-box    | ")) == plain, "a docker service");
    BOOST_TEST(said(wrapped("Nov  3 09:44:03 gpu-box llama-server[1]: ")) == plain, "syslog, a day of one digit");
    BOOST_TEST(said(wrapped("Nov 20 19:44:03.003412 gpu-box llama-server: ")) == plain, "without a process");
    BOOST_TEST(said(wrapped("2026-11-20T19:44:03+0000 gpu-box llama-server[1]: ")) == plain, "short-iso");
    BOOST_TEST(said(wrapped("Fri 2026-11-20 19:44:03 UTC gpu-box llama-server[1]: ")) == plain, "short-full");
    BOOST_TEST(said(wrapped("[ 1502.123456] gpu-box llama-server[1]: ")) == plain, "short-monotonic");
    BOOST_TEST(said(wrapped("<30>1 2026-11-20T19:44:03.003Z gpu-box llama-server 1 - - ")) == plain, "RFC 5424");
    BOOST_TEST(said(wrapped("<30>Nov 20 19:44:03 gpu-box llama-server[1]: ")) == plain, "RFC 3164");
    BOOST_TEST(said(wrapped("[pod/llama-0/server] ")) == plain, "kubectl logs --prefix");
    BOOST_TEST(said(wrapped("[pod/llama-0/server] 2026-11-20T19:44:03.003412Z ")) == plain, "and with time stamps");
}

BOOST_AUTO_TEST_CASE(a_container_log_of_json_records_is_unwrapped) {
    const std::string records = eachLine(twoCards(), [](const std::string & line, size_t) {
        return json({{"log", line + "\n"}, {"stream", "stderr"}, {"time", "2026-05-14T22:14:31Z"}}).dump() + "\n";
    });
    BOOST_TEST(said(records) == said(twoCards()));
}

BOOST_AUTO_TEST_CASE(wide_characters_of_a_windows_shell_are_read) {
    std::string wide = "\xFF\xFE";
    for (const char c : twoCards()) wide += {c, '\0'};
    BOOST_TEST(said(wide).at("measured") == said(twoCards()).at("measured"));
}

BOOST_AUTO_TEST_CASE(decimal_commas_are_read) {
    const Log log = parseLog(
        "llama_context:      SYCL0 compute buffer size =   304,25 MiB\n"
        "llama_perf_context_print:        eval time =    4173,56 ms /   189 runs   (   22,08 ms per token,    45,29 "
        "tokens per second)\n");
    BOOST_TEST(sumOf(log.measured.compute_buffers, "SYCL0") == 304.25);
    BOOST_TEST(log.speed.tg_tps == 45.29);
}

BOOST_AUTO_TEST_CASE(the_last_start_that_came_to_an_end_is_taken_and_any_other_by_number) {
    std::string second = twoCards();
    second.replace(second.find("13755.36"), 8, "11111.11");
    const std::string third = twoCards().substr(0, twoCards().find("llama_context:"));  // killed while loading
    const std::string all = twoCards() + second + third;
    json read = readLog(all);
    BOOST_TEST(read.at("n_starts") == 3);
    BOOST_TEST(read.at("start") == 2);
    BOOST_TEST(read.at("measured").at("model_buffers_mib").at("CUDA0") == 11111.11);
    BOOST_TEST(readLog(all, 1).at("measured").at("model_buffers_mib").at("CUDA0") == 13755.36);
    read = readLog(all, 3);
    BOOST_TEST(read.at("truncated") == true);
    BOOST_TEST(!read.at("measured").contains("compute_buffers_mib"));
    BOOST_TEST(readLog(all, 4).at("start") == 0);
}

BOOST_AUTO_TEST_CASE(what_fit_loads_to_measure_is_not_taken_for_the_start) {
    const std::string dry =
        twoCards().substr(twoCards().find("print_info: arch"),
                          twoCards().find("srv    load_model") - twoCards().find("print_info: arch"));
    std::string text = twoCards();
    std::string before = "common_params_fit_impl: getting device memory data for initial parameters:\n" + dry + dry;
    text.insert(text.find("common_params_fit_impl: projected"), before);
    const json read = readLog(text);
    BOOST_TEST(read.at("n_starts") == 1);
    BOOST_TEST(read.at("measured").at("model_buffers_mib") ==
               readLog(twoCards()).at("measured").at("model_buffers_mib"));
    BOOST_TEST(read.at("measured").at("kv_buffers_mib") == readLog(twoCards()).at("measured").at("kv_buffers_mib"));
}

BOOST_AUTO_TEST_CASE(a_second_context_is_kept_apart) {
    const size_t begin = twoCards().find("llama_context: n_seq_max"), end = twoCards().find("srv    load_model");
    std::string text = twoCards();
    text.insert(end, twoCards().substr(begin, end - begin));
    const json read = readLog(text);
    BOOST_TEST(read.at("n_starts") == 1);
    const json measured = read.at("measured");
    BOOST_TEST(measured.at("kv_buffers_mib") == readLog(twoCards()).at("measured").at("kv_buffers_mib"));
    BOOST_TEST(measured.at("draft").at("kv_buffers_mib") == measured.at("kv_buffers_mib"));
}

BOOST_AUTO_TEST_CASE(a_later_reservation_takes_the_place_of_the_first) {
    std::string text = twoCards();
    text.insert(text.find("srv    load_model"),
                "sched_reserve:      CUDA0 compute buffer size =   500.00 MiB\n"
                "sched_reserve: graph nodes  = 2650\n");
    const json measured = readLog(text).at("measured");
    BOOST_TEST(measured.at("compute_buffers_mib") == json({{"CUDA0", 500.0}}));
    BOOST_TEST(measured.at("graph_nodes") == 2650);
}

BOOST_AUTO_TEST_CASE(older_builds_are_read) {
    const Log log = parseLog(
        "main: build = 1234 (abcdef0)\n"
        "llm_load_print_meta: arch             = llama\n"
        "llm_load_tensors: offloaded 33/33 layers to GPU\n"
        "llm_load_tensors:      CUDA0 buffer size =  3820.94 MiB\n"
        "llama_new_context_with_model: n_ctx      = 4096\n"
        "llama_kv_cache_init: kv_size = 4096, offload = 1, type_k = 'q5_0', type_v = 'f16', n_layer = 61\n"
        "llama_kv_cache_init:      CUDA0 KV buffer size =   970.00 MiB\n"
        "llama_new_context_with_model: KV self size  =  970.00 MiB, K (q5_0):  352.00 MiB, V (f16):  618.00 MiB\n"
        "llama_new_context_with_model:      CUDA0 compute buffer size =   296.00 MiB\n"
        "llama_new_context_with_model: graph splits = 2\n"
        "llama_print_timings:        eval time =    4173.56 ms /   189 runs   (   22.08 ms per token,    45.29 tokens "
        "per second)\n");
    BOOST_TEST(log.build == "1234 (abcdef0)");
    BOOST_TEST(sumOf(log.measured.model_buffers, "CUDA0") == 3820.94);
    BOOST_TEST(factOf(log.settings, "n_ctx") == "4096");
    BOOST_TEST(factOf(log.settings, "type_k") == "q5_0");
    BOOST_TEST(log.measured.graph_splits == "2");
    BOOST_TEST(log.speed.tg_tps == 45.29);
}

BOOST_AUTO_TEST_CASE(sums_of_2023_are_read) {
    const Log log = parseLog(
        "llm_load_tensors: mem required  =   70.44 MB\n"
        "llm_load_tensors: VRAM used: 4807.05 MB\n"
        "llama_new_context_with_model: kv self size  = 2048.00 MB\n"
        "llama_new_context_with_model: compute buffer total size = 153.91 MB\n");
    BOOST_TEST(sumOf(log.measured.model_buffers, "VRAM") == 4807.05);
    BOOST_TEST(sumOf(log.measured.model_buffers, "CPU") == 70.44);
    BOOST_TEST(sumOf(log.measured.kv_buffers, "CPU") == 2048.0);
    BOOST_TEST(sumOf(log.measured.compute_buffers, "CPU") == 153.91);
}

BOOST_AUTO_TEST_SUITE_END()
