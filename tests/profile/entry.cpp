// Entries of real models: what the wrapper's reader finds in them.
#include "profile/entry.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "profile/extra_args.h"
#include "support/data.h"
#include "support/models.h"
#include "support/plans.h"
#include "support/profile_reader.h"
#include "support/text.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

const std::vector<std::string> kOrder = {"NAME",         "DESCRIPTION", "SPEED",      "MODEL",     "CTX_SIZE",
                                         "N_GPU_LAYERS", "FIT",         "FIT_TARGET", "EXTRA_ARGS"};

Section onlySection(const std::string & entry) {
    const Profile profile = readProfile(entry);
    for (const std::string & complaint : profile.complaints) BOOST_ERROR(complaint);
    BOOST_REQUIRE(profile.sections.size() == 1U);
    BOOST_TEST(entry.ends_with("\n"));
    return profile.sections[0];
}

bool inOrder(const std::vector<std::string> & keys) {
    auto from = kOrder.begin();
    for (const std::string & key : keys) {
        from = std::find(from, kOrder.end(), key);
        if (from == kOrder.end()) return false;
    }
    return true;
}

bool hasComment(const std::string & entry, const std::string & text) {
    const Profile profile = readProfile(entry);
    return std::any_of(profile.comments.begin(), profile.comments.end(),
                       [&](const std::string & comment) { return comment.find(text) != std::string::npos; });
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_model_gives_entries_that_the_wrapper_reads) {
    size_t n_entries = 0;
    for (const std::string & name : sampledModels()) {
        const Model & model = truthModel(name);
        for (const Machine & machine : {seedMachine(), truthMachine("none")}) {
            PlanRequest request;
            request.settings = wrapperDefaults();
            request.model_path = name + ".gguf";
            request.alternatives = false;
            const auto answer = plan(model, machine, request);
            if (!answer) continue;
            ++n_entries;
            const Section production = onlySection(answer->entry);
            const Section bench = onlySection(answer->bench_entry);
            BOOST_TEST(inOrder(production.keys), name);
            BOOST_TEST(inOrder(bench.keys), name);
            BOOST_TEST(production.values.at("MODEL") == name + ".gguf");
            BOOST_TEST(bench.id == "bench-" + production.id);
            BOOST_TEST(production.values.contains("CTX_SIZE"));
            for (const Section & section : {production, bench}) {
                BOOST_TEST(!section.values.contains("N_GPU_LAYERS"), name);
                BOOST_TEST(!section.values.contains("FIT"), name);
                BOOST_TEST(!holds(section.values.at("EXTRA_ARGS"), "-ot"), name);
                BOOST_TEST(section.values.at("EXTRA_ARGS").starts_with("--jinja -np 1"), name);
            }
            BOOST_TEST(!bench.values.contains("DESCRIPTION"), name);
            BOOST_TEST(!bench.values.contains("SPEED"), name);
        }
    }
    BOOST_TEST(n_entries * kEveryNth > 150U);
}

BOOST_AUTO_TEST_CASE(strategy_a_names_its_gpu_and_nothing_else) {
    const Section section = onlySection(planFor(truthModel("glm-4.7-flash-q4_k_m"), seedMachine()).entry);
    BOOST_TEST(section.id == "glm-4-7-flash-q4-k-m");
    BOOST_TEST(section.values.at("CTX_SIZE") == "131072");
    BOOST_TEST(section.values.at("EXTRA_ARGS") == "--jinja -np 1 --split-mode none --main-gpu 0");
    BOOST_TEST(!section.values.contains("FIT_TARGET"));
}

BOOST_AUTO_TEST_CASE(fit_needs_no_placement_arguments) {
    const Plan plan = planFor(truthModel("qwen3-coder-next-q5_k_m"), seedMachine());
    BOOST_TEST(onlySection(plan.entry).values.at("EXTRA_ARGS") == "--jinja -np 1");
    BOOST_TEST(onlySection(plan.bench_entry).values.at("EXTRA_ARGS") == "--jinja -np 1 -b 512 -ub 512");
    BOOST_TEST(onlySection(plan.bench_entry).values.at("CTX_SIZE") == "10240");
}

BOOST_AUTO_TEST_CASE(a_bench_entry_is_planned_for_its_own_context) {
    // 131,072 tokens of f16 cache do not fit one card, 10,240 do: strategy A for the bench entry alone.
    Machine machine;
    machine.devices = {gpu("CUDA0", 22000, 1008), gpu("CUDA1", 12303, 896)};
    const Plan plan = planFor(truthModel("glm-4.7-flash-q4_k_m"), machine, {"-ctk", "f16", "-ctv", "f16"});
    BOOST_TEST(!holds(onlySection(plan.entry).values.at("EXTRA_ARGS"), "--split-mode"));
    BOOST_TEST(holds(onlySection(plan.bench_entry).values.at("EXTRA_ARGS"), "--split-mode none --main-gpu 0"));
}

BOOST_AUTO_TEST_CASE(comments_say_why_and_that_it_is_untested) {
    const Plan plan = planFor(truthModel("qwen3-coder-next-q5_k_m"), seedMachine());
    BOOST_TEST(hasComment(plan.entry, "Architecture source: GGUF metadata ("));
    BOOST_TEST(hasComment(plan.entry, "qwen3next."));
    BOOST_TEST(hasComment(plan.entry, "512 per layer, 10 + 1 shared active"));
    BOOST_TEST(
        hasComment(plan.entry, "NOT YET TESTED — run ./start.sh qwen3-coder-next-q5-k-m and share startup logs"));
    BOOST_TEST(hasComment(plan.bench_entry, "run ./start.sh bench-qwen3-coder-next-q5-k-m and"));
    BOOST_TEST(hasComment(plan.entry, "no sampling defaults"));
    BOOST_TEST(hasComment(plan.entry, "CUDA1 (NVIDIA GeForce RTX 5070 Ti): attention"));
}

BOOST_AUTO_TEST_CASE(a_speed_is_marked_as_estimated_and_the_bench_entry_says_what_its_context_gains) {
    const Plan plan = planFor(truthModel("qwen3-coder-next-q5_k_m"), seedMachine());
    BOOST_REQUIRE(plan.speed.has_value());
    const std::string speed = onlySection(plan.entry).values.at("SPEED");
    const std::string start = "~estimated ", end = " t/s";
    BOOST_REQUIRE((speed.starts_with(start) && speed.ends_with(end)));
    const double written = std::stod(speed.substr(start.size()));
    BOOST_TEST(std::abs(written - plan.speed->empty.decode_tokens_per_second) <= 0.5);
    BOOST_TEST(hasComment(plan.entry, "Speed, estimated: "));
    BOOST_TEST(hasComment(plan.bench_entry, "the production entry's context of 131,072 tokens"));
    BOOST_TEST(!onlySection(plan.bench_entry).values.contains("SPEED"));
}

BOOST_AUTO_TEST_CASE(a_plan_that_does_not_fit_has_no_speed) {
    Machine machine = seedMachine();
    machine.host.total_mib = 8192;
    const Plan plan = planFor(truthModel("deepseek-v3.1-q4_k_m"), machine);
    BOOST_TEST(!plan.speed.has_value());
    BOOST_TEST(!onlySection(plan.entry).values.contains("SPEED"));
    BOOST_TEST(hasComment(plan.entry, "SPEED is left out: the plan does not fit"));
    for (const Alternative & one : plan.alternatives) {
        const bool fits = one.verdict != Verdict::does_not_fit;
        BOOST_TEST((one.decode_tokens_per_second > 0) == fits, one.name);
    }
}

BOOST_AUTO_TEST_CASE(settings_that_differ_from_the_wrapper_s_are_written_and_others_are_not) {
    const Model & model = truthModel("qwen3-14b-q4_k_m");
    const auto extra = [&](const std::vector<std::string> & words) {
        return onlySection(planFor(model, seedMachine(), words).entry).values.at("EXTRA_ARGS");
    };
    BOOST_TEST(holds(extra({"-ctk", "f16", "-ctv", "f16"}), "-ctk f16 -ctv f16"));
    BOOST_TEST(!holds(extra({"-ctk", "q8_0", "-ctv", "q8_0"}), "-ct"));
    BOOST_TEST(holds(extra({"-np", "4"}), "-np 4"));
    BOOST_TEST(!holds(extra({"-np", "4"}), "-np 1"));
    BOOST_TEST(holds(extra({"-ub", "1024"}), "-ub 1024"));
    BOOST_TEST(!holds(extra({"-b", "2048", "-ub", "512"}), "-b"));
    BOOST_TEST(holds(extra({"--temp", "0.7"}), "--temp 0.7"));
    const Plan margins = planFor(model, seedMachine(), {"-fitt", "512"});
    BOOST_TEST(onlySection(margins.entry).values.at("FIT_TARGET") == "512");
}

BOOST_AUTO_TEST_CASE(a_placement_by_hand_says_that_it_switches_fit_off) {
    const Plan plan = planFor(truthModel("qwen3-coder-next-q5_k_m"), seedMachine(),
                              {"-ngl", "99", "-ot", "blk\\.([0-9]|1[0-4])\\.=CUDA0,exps=CPU"});
    const Section section = onlySection(plan.entry);
    BOOST_TEST(section.values.at("N_GPU_LAYERS") == "99");
    BOOST_TEST(section.values.at("FIT") == "off");
    BOOST_TEST(holds(section.values.at("EXTRA_ARGS"), "-ot blk\\.([0-9]|1[0-4])\\.=CUDA0,exps=CPU"));
    BOOST_TEST(hasComment(plan.entry, "this switches --fit off"));
}

BOOST_AUTO_TEST_CASE(arguments_that_a_shell_would_change_are_left_out_and_named) {
    const Plan plan = planFor(truthModel("qwen3-14b-q4_k_m"), seedMachine(),
                              {"--chat-template-kwargs", "{\"a\": 1}", "--alias", "x$(id)", "--temp", "1"});
    const std::string extra = onlySection(plan.entry).values.at("EXTRA_ARGS");
    BOOST_TEST(!holds(extra, "--alias"));
    BOOST_TEST(!holds(extra, "$("));
    BOOST_TEST(!holds(extra, "--chat-template-kwargs"));
    BOOST_TEST(holds(extra, "--temp 1"));
    BOOST_TEST(hasComment(plan.entry, "Left out of EXTRA_ARGS, where a shell would change it: --alias x$(id)"));
}

BOOST_AUTO_TEST_CASE(a_bench_entry_leaves_sampler_flags_out) {
    const Plan plan =
        planFor(truthModel("qwen3-14b-q4_k_m"), seedMachine(), {"--temp", "0.7", "--top-k", "20", "--no-webui"});
    const std::string extra = onlySection(plan.bench_entry).values.at("EXTRA_ARGS");
    BOOST_TEST(!holds(extra, "--temp"));
    BOOST_TEST(!holds(extra, "20"));
}

BOOST_AUTO_TEST_CASE(the_file_s_own_sampling_defaults_become_flags_of_production_alone) {
    GgufBuilder builder;
    describeSmallLlama(builder);
    builder.string("general.name", "Thinker")
        .f32("general.sampling.temp", 0.6F)
        .i32("general.sampling.top_k", 20)
        .string("tokenizer.chat_template", "{{ '<think>' }}{{ enable_thinking }}</think>")
        .tensor("token_embd.weight", GgmlType::f16, {256, 256})
        .tensor("blk.0.attn_q.weight", GgmlType::f16, {256, 256});
    const Model model = builtModel(builder);
    const Plan plan = planFor(model, seedMachine());
    const std::string production = onlySection(plan.entry).values.at("EXTRA_ARGS");
    BOOST_TEST(holds(production, "--temp 0.6"), production);
    BOOST_TEST(holds(production, "--top-k 20"), production);
    BOOST_TEST(!holds(production, "--reasoning-format"), production);
    BOOST_TEST(!hasComment(plan.entry, "no sampling defaults"));
    const std::string bench = onlySection(plan.bench_entry).values.at("EXTRA_ARGS");
    BOOST_TEST(!holds(bench, "--temp"), bench);
    BOOST_TEST(holds(bench, "--reasoning-format none"), bench);

    const std::string own = onlySection(planFor(model, seedMachine(), {"--temp", "1.0"}).entry).values.at("EXTRA_ARGS");
    BOOST_TEST(holds(own, "--temp 1.0"), own);  // what the user says wins over the file
    BOOST_TEST(!holds(own, "--temp 0.6"), own);
}

BOOST_AUTO_TEST_CASE(ids_hold_nothing_that_the_reader_would_skip) {
    BOOST_TEST(safeId("Qwen3.5-35B-A3B-Q4_K_M") == "qwen3-5-35b-a3b-q4-k-m");
    BOOST_TEST(safeId("") == "model");
    BOOST_TEST(safeId("...") == "model");
    BOOST_TEST(safeId("a]\n[b") == "a-b");
    BOOST_TEST(safeId("Modèle été") == "mod-le-t");
    BOOST_TEST(safeId(std::string(500, 'x')).size() <= 64U);
}

BOOST_AUTO_TEST_CASE(words_with_blanks_or_shell_characters_are_not_safe) {
    for (const char * word :
         {"", "a b", "a\nb", "*.gguf", "a?", "`id`", "$HOME", "'a'", "\"a\"", "#x", "a;b", "a&b", "a>b", "é"}) {
        BOOST_TEST(!isSafeWord(word), word);
    }
    for (const char * word : {"--temp", "0.7", "-1", "a,b=c", "blk\\.(1[0-9])\\.=CUDA0", "x/y_z.gguf"})
        BOOST_TEST(isSafeWord(word), word);
}

BOOST_AUTO_TEST_CASE(entries_say_where_a_model_that_was_fetched_comes_from) {
    const Model & model = truthModel("qwen3-14b-q4_k_m");
    const auto entriesOf = [&](const std::string & source) {
        PlanRequest request;
        request.settings = wrapperDefaults();
        request.model_path = "model.gguf";
        request.alternatives = false;
        request.source = source;
        const auto answer = plan(model, seedMachine(), request);
        BOOST_REQUIRE(answer.ok());
        return std::vector<std::string>{answer->entry, answer->bench_entry};
    };
    const std::pair<std::string, std::string> said[] = {
        {"hf:owner/repo:Q4_K_M", "# From: hf:owner/repo:Q4_K_M\n"},
        {"https://huggingface.co/owner/repo/resolve/main/Q4/a-00001-of-00002.gguf?download=true",
         "# From: hf:owner/repo/Q4/a-00001-of-00002.gguf\n"},
        {"https://host.example/models/a.gguf?token=hidden#part", "# From: https://host.example/models/a.gguf\n"},
    };
    for (const auto & [source, line] : said) {
        for (const std::string & entry : entriesOf(source)) {
            BOOST_TEST(holds(entry, "\n" + line) != entry.starts_with(line), source);
            BOOST_TEST(!holds(entry, "hidden"), source);
            onlySection(entry);
        }
    }
    const std::string hostile[] = {
        "https://host.example/a\n[evil]\nMODEL=evil.gguf",
        "https://host.example/a\r[evil]\rMODEL=evil.gguf",
        "hf:owner/repo\n[evil]\nMODEL=evil.gguf",
        "https://me:hidden@host.example/a.gguf",
        "/home/me/hidden.gguf",
        "https://host.example/\x1b[31m/\xe2\x80\xa8[evil]",
    };
    for (const std::string & source : hostile) {
        for (const std::string & entry : entriesOf(source)) {
            const Section section = onlySection(entry);
            BOOST_TEST(!holds(section.id, "evil"), source);
            BOOST_TEST(!holds(entry, "hidden"), source);
            BOOST_TEST(!holds(entry, "\n[evil]"), source);
            BOOST_TEST(!holds(entry, "\nMODEL=evil"), source);
            BOOST_TEST(entry.find_first_of("\r\x1b") == std::string::npos, source);
        }
    }
    for (const std::string & entry : entriesOf("")) BOOST_TEST(!holds(entry, "# From"));
}

BOOST_AUTO_TEST_CASE(an_entry_says_whose_rules_it_follows_where_they_are_not_the_newest) {
    const Model & model = truthModel("qwen3-14b-q4_k_m");
    const auto planned = [&](const char * version) {
        PlanRequest request;
        const std::string_view text = version;
        request.settings =
            defaultsOf(text.empty() ? LlamaVersion{} : parseLlamaVersion(text).value(), wrapperDefaults());
        request.model_path = "model.gguf";
        return plan(model, seedMachine(), request).value();
    };
    const std::string rules = "The rules are those of llama.cpp ";
    const Plan newest = planned(""), older = planned("b9000"), same = planned("2026-07-24");
    for (const std::string & entry : {newest.entry, newest.bench_entry}) BOOST_TEST(!hasComment(entry, rules));
    BOOST_TEST(reasonsOf(newest, "rules").empty());
    for (const std::string & entry : {older.entry, older.bench_entry}) BOOST_TEST(hasComment(entry, rules + "b9000; "));
    const auto reasons = reasonsOf(older, "rules");
    BOOST_REQUIRE(reasons.size() == 1U);
    BOOST_TEST(reasons[0].text == rules +
                                      "b9000; other than now, flash attention's mask was f32 and converted; logits "
                                      "were reserved for all tokens of a batch; CUDA took memory for what flash "
                                      "attention reads as f16 while running; a quantized V cache did not switch flash "
                                      "attention on.");
    BOOST_TEST(reasons[0].source == "ggml-org/llama.cpp #23764, #23861, #23907, #25794");
    BOOST_TEST(hasComment(same.entry, rules + "2026-07-24."));
}
