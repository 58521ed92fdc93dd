// Links of all truth headers: short, and the same plan comes out of them.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <numeric>

#include "link/header.h"
#include "link/support.h"
#include "render/json.h"
#include "support/data.h"
#include "support/plans.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

bool sameScalars(const Value & a, const Value & b) {
    const auto * left = std::get_if<Scalar>(&a.content);
    const auto * right = std::get_if<Scalar>(&b.content);
    if (left != nullptr && right != nullptr) return *left == *right;
    const Array * one = a.asArray();
    const Array * two = b.asArray();
    return one != nullptr && two != nullptr && one->element_type == two->element_type && one->count == two->count &&
           one->elements == two->elements;
}

bool sameTensor(const Tensor & a, const Tensor & b) {
    return a.name == b.name && a.type == b.type && a.n_dims == b.n_dims && a.ne == b.ne && a.offset == b.offset &&
           a.n_bytes == b.n_bytes && a.shard == b.shard;
}

bool sameShard(const Shard & a, const Shard & b) {
    return a.name == b.name && a.version == b.version && a.big_endian == b.big_endian && a.alignment == b.alignment &&
           a.header_bytes == b.header_bytes && a.data_offset == b.data_offset && a.data_bytes == b.data_bytes &&
           a.file_bytes == b.file_bytes && a.n_tensors == b.n_tensors;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_header_comes_back_as_it_went_in) {
    for (const std::string & name : sampledModels()) {
        const File kept = linkedHeader(truthModel(name).file, true);
        const auto text = encodeLink({kept, seedMachine(), {}, "", false}, {.with_name = true});
        BOOST_REQUIRE_MESSAGE(text.ok(), name);
        const auto back = decodeLink(*text);
        BOOST_REQUIRE_MESSAGE(back.ok(), name);
        const File & file = back->file;
        BOOST_TEST(
            std::equal(file.tensors.begin(), file.tensors.end(), kept.tensors.begin(), kept.tensors.end(), sameTensor),
            name);
        BOOST_TEST(
            std::equal(file.shards.begin(), file.shards.end(), kept.shards.begin(), kept.shards.end(), sameShard),
            name);
        const auto sameEntry = [](const KeyValue & a, const KeyValue & b) {
            return a.key == b.key && a.value.type == b.value.type && sameScalars(a.value, b.value);
        };
        BOOST_TEST(std::equal(file.metadata.begin(), file.metadata.end(), kept.metadata.begin(), kept.metadata.end(),
                              sameEntry),
                   name);
        BOOST_TEST(writeMachine(back->machine) == writeMachine(seedMachine()));
    }
}

BOOST_AUTO_TEST_CASE(the_plan_of_a_link_is_the_plan_of_the_file) {
    size_t n_plans = 0;
    for (const std::string & name : sampledModels()) {
        const Model & model = truthModel(name);
        for (const Machine & machine : {seedMachine(), cardMachine()}) {
            const PlanRequest request = plainRequest(model);
            const auto wanted = plan(model, machine, request);
            const auto link = planLink(model, machine, request, {.with_name = true});
            BOOST_REQUIRE_MESSAGE(link.ok(), name);
            auto opened = openLink(link->link);
            BOOST_REQUIRE_MESSAGE(opened.ok(), name);
            opened->request.alternatives = false;
            const auto answer = plan(opened->model, opened->machine, opened->request);
            BOOST_REQUIRE_EQUAL(wanted.ok(), answer.ok());
            if (!wanted) {
                BOOST_TEST(wanted.error().text() == answer.error().text());
                continue;
            }
            ++n_plans;
            BOOST_TEST(planJson(*wanted) == planJson(*answer), name);
        }
    }
    BOOST_TEST(n_plans * kEveryNth > 150U);
}

BOOST_AUTO_TEST_CASE(a_mix_of_types_without_any_order_still_makes_a_short_link) {
    // as quantizations that weigh each tensor by itself come out: 61 layers, any of six types for each matrix
    Model model = truthModel("deepseek-v3.1-q4_k_m");
    constexpr GgmlType kMix[] = {GgmlType::q2_K, GgmlType::q3_K,   GgmlType::q4_K,
                                 GgmlType::q5_K, GgmlType::iq4_xs, GgmlType::q6_K};
    uint32_t random = 12345;
    size_t n_mixed = 0;
    for (Tensor & tensor : model.file.tensors) {
        random = random * 1664525U + 1013904223U;  // Numerical Recipes' generator
        if (tensor.n_dims < 2 || tensor.ne[0] % 256 != 0) continue;
        tensor.type = kMix[(random >> 16U) % std::size(kMix)];
        ++n_mixed;
    }
    BOOST_TEST(n_mixed > 500U);
    const auto link = planLink(model, seedMachine(), plainRequest(model), {.with_name = true});
    BOOST_REQUIRE(link.ok());
    BOOST_TEST_MESSAGE("all types at random: " << link->link.size() << " characters");
    BOOST_TEST(link->link.size() <= 2000U);
    const auto back = decodeLink(link->link);
    BOOST_REQUIRE(back.ok());
    for (size_t i = 0; i < model.file.tensors.size(); ++i) {
        BOOST_TEST((back->file.tensors[i].type == model.file.tensors[i].type), model.file.tensors[i].name);
    }
}

BOOST_AUTO_TEST_CASE(links_are_at_most_2000_characters_and_800_in_the_middle) {
    std::vector<std::pair<size_t, std::string>> sizes;
    for (const std::string & name : sampledModels()) {
        const Model & model = truthModel(name);
        for (const Machine & machine : {seedMachine(), cardMachine()}) {
            const auto link = planLink(model, machine, plainRequest(model), {.with_name = true});
            BOOST_REQUIRE_MESSAGE(link.ok(), name);
            sizes.emplace_back(link->link.size(), name);
        }
    }
    std::sort(sizes.begin(), sizes.end());
    const auto & middle = sizes[sizes.size() / 2];
    BOOST_TEST_MESSAGE(sizes.size() << " links: " << sizes.front().first << " characters (" << sizes.front().second
                                    << "), median " << middle.first << ", nine in ten up to "
                                    << sizes[sizes.size() * 9 / 10].first << ", most " << sizes.back().first << " ("
                                    << sizes.back().second << ")");
    BOOST_TEST(sizes.back().first <= 2000U);
    BOOST_TEST(middle.first <= 800U);
}
