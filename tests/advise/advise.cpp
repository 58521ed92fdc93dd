// Advice: what is suggested fits, differs, and says what it is; where nothing is left to suggest that is said.
#include "advise/advise.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "base/units.h"
#include "support/data.h"
#include "support/models.h"
#include "support/plans.h"
#include "support/profile_reader.h"
#include "support/text.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

PlanRequest requestFor(const std::vector<std::string> & words, const std::string & path) {
    const auto parsed = parseArguments(words, wrapperDefaults());
    if (!parsed) BOOST_FAIL(parsed.error().text());
    PlanRequest request;
    request.settings = parsed->settings;
    request.kept_arguments = parsed->kept;
    request.model_path = path;
    return request;
}

Advice adviceFor(const std::string & name, const Machine & machine, const std::vector<std::string> & words = {}) {
    auto advice = advise(truthModel(name), machine, requestFor(words, name + ".gguf"));
    if (!advice) BOOST_FAIL(advice.error().text());
    return std::move(*advice);
}

const Suggestion * find(const Advice & advice, SuggestionKind kind) {
    for (const Suggestion & one : advice.suggestions) {
        if (one.kind == kind) return &one;
    }
    return nullptr;
}

const Suggestion & need(const Advice & advice, SuggestionKind kind) {
    const Suggestion * found = find(advice, kind);
    if (found == nullptr) BOOST_FAIL(std::string("no ") + suggestionKindName(kind) + " suggestion: " + advice.finding);
    return *found;
}

uint64_t neededBytes(const PlanDevice & device) {
    return device.model_bytes + device.context_bytes + device.compute_bytes;
}

/// Weights and cache in system memory, without the input embeddings.
uint64_t hostBytes(const Plan & plan) {
    uint64_t sum = 0;
    for (const Part & part : plan.host.parts) {
        const bool other = part.name == "embeddings" || part.name == "compute" || part.name == "driver" ||
                           part.name == "reserved" || part.name == "free";
        if (!other) sum += part.bytes;
    }
    return sum;
}

/// What a plan comes to, as far as a user could tell it from another: bytes everywhere, context, pieces of a prompt.
std::string signature(const Plan & plan) {
    std::string text = std::to_string(plan.n_ctx) + "/" + std::to_string(plan.settings.n_ubatch);
    for (const PlanDevice & device : plan.devices) {
        text += "/" + std::to_string(device.model_bytes) + "," + std::to_string(device.context_bytes) + "," +
                std::to_string(device.compute_bytes);
    }
    return text + "/" + std::to_string(neededBytes(plan.host));
}

void checkFits(const Suggestion & suggestion, const std::string & name) {
    for (const PlanDevice & device : suggestion.plan.devices) {
        BOOST_TEST(neededBytes(device) <= device.budget_bytes, name << " " << device.name);
    }
    const PlanDevice & host = suggestion.plan.host;
    BOOST_TEST((host.total_bytes == 0 || neededBytes(host) <= host.total_bytes), name << " host");
    BOOST_TEST(verdictName(suggestion.plan.verdict) != "does_not_fit", name);
}

void checkEntry(const Suggestion & suggestion, const std::string & name) {
    const Profile profile = readProfile(suggestion.plan.entry);
    for (const std::string & complaint : profile.complaints) BOOST_ERROR(complaint);
    BOOST_REQUIRE(profile.sections.size() == 1U);
    const Section & section = profile.sections[0];
    BOOST_TEST(section.id == suggestion.plan.id, name);
    BOOST_TEST(section.id.ends_with(suggestion.kind == SuggestionKind::aggressive ? "-aggressive"
                                    : suggestion.kind == SuggestionKind::moderate ? "-moderate"
                                    : section.id.ends_with("1")                   ? "-optional-1"
                                                                                  : "-optional-2"),
               section.id);
    BOOST_TEST(section.values.at("CTX_SIZE") == std::to_string(suggestion.plan.settings.n_ctx), name);
    BOOST_TEST((section.values.contains("FIT") == (suggestion.plan.strategy == Strategy::given)), name);
}

/// What --fit would refuse to change is left alone, or the user is told that --fit is off.
void checkFit(const Suggestion & suggestion, const std::string & name) {
    const Settings & settings = suggestion.plan.settings;
    const bool alone = settings.fit && settings.n_gpu_layers == kGpuLayersAuto && settings.tensor_split.empty() &&
                       settings.override_tensors.empty();
    if (suggestion.kind == SuggestionKind::moderate) BOOST_TEST(alone, name);
    const bool said = std::any_of(suggestion.risks.begin(), suggestion.risks.end(),
                                  [](const std::string & risk) { return holds(risk, "--fit is off"); });
    BOOST_TEST(alone != said, name);
}

/// The arguments alone give the figures: a user who runs them gets what was promised.
void checkArguments(const Suggestion & suggestion, const Model & model, const Machine & machine,
                    const std::string & name) {
    const auto parsed = parseArguments(suggestion.plan.arguments, Settings{});
    BOOST_REQUIRE(parsed.ok());
    const auto answer = estimate(model, machine, parsed->settings, {.reserving = Reserving::started});
    BOOST_REQUIRE(answer.ok());
    for (size_t i = 0; i < machine.devices.size(); ++i) {
        BOOST_TEST(answer->estimate.devices[i].total_bytes() == neededBytes(suggestion.plan.devices[i]),
                   name << " " << suggestion.title);
    }
    BOOST_TEST(answer->estimate.host.total_bytes() == neededBytes(suggestion.plan.host), name);
}

void checkAdvice(const Advice & advice, const Model & model, const Machine & machine, const std::string & name) {
    std::set<std::string> ids = {advice.plan.id}, signatures = {signature(advice.plan)};
    std::set<std::string> kinds;
    size_t n_optional = 0;
    for (const Suggestion & one : advice.suggestions) {
        checkFits(one, name);
        checkEntry(one, name);
        checkFit(one, name);
        checkArguments(one, model, machine, name);
        BOOST_TEST(ids.insert(one.plan.id).second, name << " " << one.plan.id);
        BOOST_TEST(signatures.insert(signature(one.plan)).second, name << " " << one.title << " is not new");
        if (one.kind == SuggestionKind::optional) {
            ++n_optional;
        } else {
            BOOST_TEST(kinds.insert(suggestionKindName(one.kind)).second, name);
        }
        BOOST_TEST(!one.title.empty(), name);
        BOOST_TEST(!one.changes.empty(), name << " " << one.title);
        BOOST_TEST(!one.if_it_fails.empty(), name);
    }
    BOOST_TEST(n_optional <= kMostOptional);
    const bool silent = kinds.size() < 2 && !holds(advice.finding, "othing") && !holds(advice.finding, "no ") &&
                        !holds(advice.finding, "No GPU") && !holds(advice.finding, "does not fit");
    BOOST_TEST(!silent, name << ": a missing suggestion is not explained: " << advice.finding);
}

}  // namespace

BOOST_AUTO_TEST_CASE(suggestions_fit_differ_and_give_their_figures_on_every_model_and_machine) {
    Machine seeds = seedMachine(), small, one;
    small.devices = {gpu("CUDA0", 3000, 300), gpu("CUDA1", 2000, 200, 700), gpu("CUDA2", 1000, 100)};
    small.host.total_mib = 32 * 1024;
    one.devices = {gpu("CUDA0", 7500, 500, 400)};
    size_t n_suggestions = 0;
    for (const std::string & name : sampledModels()) {
        const Model & model = truthModel(name);
        const uint64_t bytes = model.file.totalTensorBytes();
        const bool tiny = bytes < 100 * kMib;  // all alike on large machines
        for (const Machine * machine : std::initializer_list<const Machine *>{
                 &seeds, &small, &one, &truthMachine("3090x3"), &truthMachine("none")}) {
            if ((tiny && machine != &small) || (bytes > 12 * kGib && machine == &one)) continue;
            const auto advice = advise(model, *machine, requestFor({}, name + ".gguf"));
            if (!advice) continue;  // a model that is no language model
            checkAdvice(*advice, model, *machine, name);
            n_suggestions += advice->suggestions.size();
            const Suggestion * moderate = find(*advice, SuggestionKind::moderate);
            const Suggestion * aggressive = find(*advice, SuggestionKind::aggressive);
            if (moderate != nullptr && aggressive != nullptr)
                BOOST_TEST((moderate->risk <= aggressive->risk), name << ": the moderate one risks more");
        }
    }
    BOOST_TEST(n_suggestions * kEveryNth > 150U);
}

BOOST_AUTO_TEST_CASE(experts_come_back_to_the_gpus_where_margins_allow) {
    Machine machine = seedMachine();
    machine.devices[0] = gpu("CUDA0", 23580, 1008);
    machine.devices[1] = gpu("CUDA1", 11758, 896, 3584);
    const Advice advice = adviceFor("qwen3-coder-next-q5_k_m", machine, {"-fitt", "2048,3072"});
    const Suggestion & moderate = need(advice, SuggestionKind::moderate);
    const Suggestion & aggressive = need(advice, SuggestionKind::aggressive);
    BOOST_TEST(hostBytes(moderate.plan) < hostBytes(advice.plan));
    BOOST_TEST(hostBytes(aggressive.plan) < hostBytes(moderate.plan));
    // The card with a display keeps more than the other one, and the moderate one more than the aggressive one.
    for (size_t i = 0; i < 2; ++i) {
        const auto left = [i](const Suggestion & one) { return one.plan.devices[i].headroom_bytes / (1 << 20); };
        BOOST_TEST(left(moderate) >= (i == 0 ? 128 : 1024));
        BOOST_TEST(left(aggressive) >= (i == 0 ? 64 : 320));
    }
    BOOST_TEST(holds(aggressive.plan.entry, "\nFIT_TARGET=64,320\n"));
    BOOST_TEST(!holds(aggressive.plan.entry, "\nFIT="));
}

BOOST_AUTO_TEST_CASE(margins_that_were_asked_for_are_never_raised_to_gain_speed) {
    const Advice advice = adviceFor("qwen3-coder-next-q5_k_m", seedMachine(), {"-fitt", "100,100"});
    const Suggestion * aggressive = find(advice, SuggestionKind::aggressive);
    if (aggressive == nullptr) return;
    for (const uint64_t mib : aggressive->plan.settings.fit_target_mib) BOOST_TEST(mib <= 100U);
}

BOOST_AUTO_TEST_CASE(a_model_with_room_on_one_card_is_told_that_there_is_little_to_gain) {
    const Advice advice = adviceFor("qwen3.5-35b-a3b-q4_k_m", seedMachine());
    BOOST_TEST(strategyName(advice.plan.strategy) == "single_gpu");
    BOOST_TEST(holds(advice.finding, "little to gain"));
    const Suggestion & moderate = need(advice, SuggestionKind::moderate);
    const Suggestion & aggressive = need(advice, SuggestionKind::aggressive);
    BOOST_TEST(moderate.plan.settings.n_ubatch == 1024U);
    BOOST_TEST(aggressive.plan.settings.n_ubatch == 2048U);
    for (const Suggestion * one : {&moderate, &aggressive}) {
        BOOST_TEST(one->plan.devices[0].model_bytes == advice.plan.devices[0].model_bytes);  // nothing moves
        BOOST_TEST(strategyName(one->plan.strategy) == "single_gpu");
    }
    std::set<std::string> optional;
    for (const Suggestion & one : advice.suggestions) {
        if (one.kind == SuggestionKind::optional) optional.insert(one.title);
    }
    BOOST_TEST((optional == std::set<std::string>{"-ctk f16, -ctv f16", "-c 262144"}));
}

BOOST_AUTO_TEST_CASE(layers_move_to_a_much_faster_card_only_by_hand_and_only_in_the_aggressive_one) {
    Machine machine;
    machine.devices = {gpu("CUDA0", 24090, 1008), gpu("CUDA1", 12303, 300)};
    const Advice advice = adviceFor("mistral-small-24b-q5_k_m", machine);
    const Suggestion & aggressive = need(advice, SuggestionKind::aggressive);
    BOOST_TEST(!aggressive.plan.settings.fit);
    BOOST_TEST(aggressive.plan.devices[0].n_layers > advice.plan.devices[0].n_layers);
    BOOST_TEST(aggressive.plan.host.n_layers == 0U);
    BOOST_TEST((aggressive.risk >= Risk::medium));
    BOOST_TEST(aggressive.plan.devices[0].headroom_bytes >= static_cast<int64_t>(128 * kMib));  // nothing adapts
    BOOST_TEST(holds(aggressive.plan.entry, "\nFIT=off\n"));
    BOOST_TEST(holds(aggressive.plan.entry, "switches --fit off"));
    BOOST_TEST(std::any_of(advice.criteria.begin(), advice.criteria.end(),
                           [](const std::string & rule) { return holds(rule, "5 %"); }));
}

BOOST_AUTO_TEST_CASE(experts_spread_by_hand_are_offered_where_they_gain_5_percent) {
    Machine machine;
    machine.devices = {gpu("CUDA0", 23580, 1008), gpu("CUDA1", 11800, 360)};
    machine.host = Host{128 * 1024, "DDR5-6000 2ch"};
    const Advice advice = adviceFor("qwen3-coder-next-q5_k_m", machine);
    const Suggestion & aggressive = need(advice, SuggestionKind::aggressive);
    BOOST_REQUIRE(!aggressive.plan.settings.override_tensors.empty());
    BOOST_REQUIRE(!aggressive.changes.empty());
    BOOST_TEST(holds(aggressive.changes[0], "% more tokens a second: about "), aggressive.changes[0]);
    BOOST_TEST(holds(aggressive.plan.entry, "-ot blk"));
    BOOST_TEST(aggressive.title.size() < 120U);  // patterns are no title
}

BOOST_AUTO_TEST_CASE(no_layers_move_between_cards_of_equal_or_unknown_bandwidth) {
    for (const double bandwidth : {0.0, 900.0}) {
        Machine machine;
        machine.devices = {gpu("CUDA0", 24090, 900), gpu("CUDA1", 12303, bandwidth)};
        const Advice advice = adviceFor("mistral-small-24b-q5_k_m", machine);
        for (const Suggestion & one : advice.suggestions) BOOST_TEST(one.plan.settings.tensor_split.empty(), one.title);
    }
}

BOOST_AUTO_TEST_CASE(a_tight_plan_that_can_t_be_improved_gets_a_safer_one) {
    const Advice advice = adviceFor("glm-4.7-flash-q8_0", seedMachine());
    BOOST_TEST(verdictName(advice.plan.verdict) == "tight");
    const Suggestion & moderate = need(advice, SuggestionKind::moderate);
    BOOST_TEST(verdictName(moderate.plan.verdict) == "fits");
    BOOST_TEST(riskName(moderate.risk) == "low");
    BOOST_TEST(holds(moderate.why, "more memory free"));
}

BOOST_AUTO_TEST_CASE(cards_that_are_not_to_be_used_are_not_compared_with) {
    const Advice advice = adviceFor("qwen3-14b-q4_k_m", seedMachine(), {"-dev", "CUDA1", "-c", "8192"});
    BOOST_TEST(holds(advice.finding, "fastest memory that may be used"), advice.finding);
    for (const Suggestion & one : advice.suggestions) BOOST_TEST(!one.plan.devices[0].used, one.title);
}

BOOST_AUTO_TEST_CASE(the_aggressive_one_keeps_what_the_moderate_one_gains) {
    // With an f16 cache two cards are needed, with q8_0 one.
    const Advice advice =
        adviceFor("glm-4.7-flash-q4_k_m", seedMachine(), {"-ctk", "f16", "-ctv", "f16", "-c", "202752"});
    const Suggestion & moderate = need(advice, SuggestionKind::moderate);
    const Suggestion & aggressive = need(advice, SuggestionKind::aggressive);
    BOOST_TEST(advice.plan.devices[1].used);
    for (const Suggestion * one : {&moderate, &aggressive}) {
        BOOST_TEST(!one->plan.devices[1].used);
        BOOST_TEST((one->plan.settings.type_k == GgmlType::q8_0));
    }
    BOOST_TEST(aggressive.plan.settings.n_ubatch > moderate.plan.settings.n_ubatch);
}

BOOST_AUTO_TEST_CASE(a_placement_by_hand_that_does_not_fit_is_answered_with_fit) {
    const Advice advice = adviceFor("qwen3-coder-next-q5_k_m", seedMachine(), {"-ngl", "99"});
    BOOST_TEST(verdictName(advice.plan.verdict) == "does_not_fit");
    BOOST_REQUIRE(!advice.suggestions.empty());
    BOOST_TEST(holds(advice.finding, "does not fit"));
    for (const Suggestion & one : advice.suggestions) BOOST_TEST(one.plan.settings.fit, one.title);
    BOOST_TEST(advice.order.front().suggestion >= 0);  // what does not fit can't be measured
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_at_all_is_offered_the_smallest_change_or_told_so) {
    Machine machine;
    machine.devices = {gpu("CUDA0", 3000, 500)};
    machine.host.total_mib = 12 * 1024;
    const Advice advice = adviceFor("qwen3-14b-q4_k_m", machine, {"-ctk", "f16", "-ctv", "f16", "-c", "131072"});
    BOOST_TEST(verdictName(advice.plan.verdict) == "does_not_fit");
    for (const Suggestion & one : advice.suggestions) BOOST_TEST(one.plan.n_ctx <= advice.plan.n_ctx);
    const Advice hopeless = adviceFor("deepseek-v3.1-q4_k_m", seedMachine());
    BOOST_TEST(hopeless.suggestions.empty());
    BOOST_TEST(holds(hopeless.finding, "a smaller quantization or another GPU would"));
}

BOOST_AUTO_TEST_CASE(without_a_gpu_there_is_nothing_to_place) {
    Machine machine;
    machine.host.total_mib = 64 * 1024;
    const Advice advice = adviceFor("qwen3-14b-q4_k_m", machine);
    BOOST_TEST(advice.suggestions.empty());
    BOOST_TEST(holds(advice.finding, "No GPU is used"));
}

BOOST_AUTO_TEST_CASE(risk_follows_from_what_stays_free) {
    const Model & model = truthModel("qwen3-14b-q4_k_m");
    const auto riskWith = [&](uint64_t more_mib) {
        Machine machine;
        machine.devices = {gpu("CUDA0", 1000000, 1000)};
        const Plan roomy = planFor(model, machine, {"-ub", "1024"});
        const uint64_t mib = (neededBytes(roomy.devices[0]) + kMib - 1) / kMib + more_mib;
        machine.devices = {gpu("CUDA0", mib, 1000)};
        const Advice advice = adviceFor("qwen3-14b-q4_k_m", machine, {"-fitt", "0"});
        for (const Suggestion & one : advice.suggestions) {
            if (one.plan.settings.n_ubatch == 1024 && one.plan.n_ctx == advice.plan.n_ctx &&
                one.plan.settings.type_k == GgmlType::q8_0)
                return std::string(riskName(one.risk));
        }
        return std::string("none");
    };
    BOOST_TEST(riskWith(100) == "high");
    BOOST_TEST(riskWith(300) == "medium");
    BOOST_TEST(riskWith(2000) == "low");
}

BOOST_AUTO_TEST_CASE(tests_go_from_the_plan_over_the_safe_change_to_the_aggressive_one) {
    for (const char * name : {"qwen3.5-35b-a3b-q4_k_m", "qwen3-30b-a3b-q4_k_m", "mistral-small-24b-q5_k_m"}) {
        const Advice advice = adviceFor(name, seedMachine());
        BOOST_REQUIRE(advice.order.size() == advice.suggestions.size() + 1);
        BOOST_TEST(advice.order[0].suggestion == -1);
        size_t last = 0;
        const std::vector<SuggestionKind> wanted = {SuggestionKind::moderate, SuggestionKind::aggressive,
                                                    SuggestionKind::optional};
        for (size_t i = 1; i < advice.order.size(); ++i) {
            const auto kind = advice.suggestions[static_cast<size_t>(advice.order[i].suggestion)].kind;
            const auto rank = static_cast<size_t>(std::find(wanted.begin(), wanted.end(), kind) - wanted.begin());
            BOOST_TEST(rank >= last, name);
            last = rank;
        }
    }
}

BOOST_AUTO_TEST_CASE(a_way_back_is_tested_after_what_may_need_it) {
    const Advice advice = adviceFor("gpt-oss-120b-f16", seedMachine());
    const Suggestion & moderate = need(advice, SuggestionKind::moderate);
    BOOST_TEST(hostBytes(moderate.plan) > hostBytes(advice.plan));  // it costs speed for room
    const auto place = [&](SuggestionKind kind) {
        for (size_t i = 1; i < advice.order.size(); ++i) {
            if (advice.suggestions[static_cast<size_t>(advice.order[i].suggestion)].kind == kind) return i;
        }
        return advice.order.size();
    };
    BOOST_TEST(place(SuggestionKind::aggressive) < place(SuggestionKind::moderate));
}

BOOST_AUTO_TEST_CASE(result_tables_have_a_row_for_each_device_and_each_question) {
    const Advice advice = adviceFor("gpt-oss-120b-f16", seedMachine());
    const std::vector<std::string> rows = {"CUDA0 VRAM (MiB / %)",
                                           "CUDA1 VRAM (MiB / %)",
                                           "Graph splits (bs=1)",
                                           "Speed (t/s)",
                                           "Prompt speed (t/s)",
                                           "OOM?",
                                           "Notes"};
    BOOST_TEST((advice.metrics == rows));
}

BOOST_AUTO_TEST_CASE(speeds_are_marked_as_estimates) {
    const Advice advice = adviceFor("gpt-oss-120b-f16", seedMachine());
    for (const Suggestion & one : advice.suggestions) {
        BOOST_TEST(holds(one.plan.entry, "\nSPEED=~estimated "));
        BOOST_TEST(one.plan.speed.has_value());
    }
}
