// Headers with one key spoiled: each gives a model or one sentence, and nothing that follows from it goes astray.
#include <boost/test/unit_test.hpp>
#include <variant>

#include "gguf/read.h"
#include "model/support.h"
#include "support/data.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

/// Everything that others ask of a model's hyperparameters, for every layer.
uint64_t askEverything(const Model & model) {
    const Hparams & hparams = model.hparams;
    const Architecture & row = *model.architecture;
    uint64_t sum = hparams.n_embd_r() ^ hparams.n_embd_s() ^ hparams.n_embd_k_gqa_max() ^ hparams.n_embd_v_gqa_max();
    sum ^= hparams.n_embd_inp() ^ hparams.n_embd_inp_enc() ^ hparams.n_embd_out() ^ hparams.n_layer_phys();
    for (uint32_t il = 0; il < hparams.n_layer_all; ++il) {
        sum ^= hparams.n_embd_k_gqa(il) ^ hparams.n_rot(il) ^ (hparams.has_kv(il) ? 1U : 0U);
        if (row.caches_layer != nullptr) sum ^= row.caches_layer(hparams, il) ? 2U : 0U;
        if (row.keeps_state != nullptr) sum ^= row.keeps_state(hparams, il) ? 4U : 0U;
        if (row.caches_indexer != nullptr) sum ^= row.caches_indexer(hparams, il) ? 8U : 0U;
        if (row.layer_uses_rope_factors != nullptr) sum ^= row.layer_uses_rope_factors(hparams, il) ? 16U : 0U;
    }
    for (size_t i = 0; i < model.file.tensors.size(); ++i) {
        if (row.skips_tensor == nullptr) break;
        sum ^= row.skips_tensor(hparams, model.roles[i].block, model.file.tensors[i].name, false) ? 32U : 0U;
    }
    return sum;
}

/// A header of the test sets without most of its tensors, which are not what is spoiled here.
File leanFile(const std::string & name) {
    File file = modelNamed(name).file;
    if (file.tensors.size() > 20) file.tensors.resize(20);
    indexFile(file);
    return file;
}

/// The header with the value of one key replaced.
File spoiled(const File & file, size_t position, Value value) {
    File copy = file;
    copy.metadata[position].value = std::move(value);
    return copy;
}

Value number(ValueType type, uint64_t bits) {
    Value value;
    value.type = type;
    value.content = Scalar(bits);
    return value;
}

void buildsOrExplains(File file, const std::string & what) {
    const auto model = buildModel(std::move(file));
    if (!model.ok()) {
        BOOST_TEST(!model.error().where.empty(), what);
        BOOST_TEST(!model.error().detail.empty(), what);
        return;
    }
    BOOST_TEST(model->hparams.n_layer_all <= kMaxLayers, what);
    BOOST_TEST(model->hparams.n_layer_nextn <= model->hparams.n_layer_all, what);
    BOOST_TEST(askEverything(*model) != 1, what);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(model_hostile)

BOOST_AUTO_TEST_CASE(any_number_in_any_key_gives_a_model_or_a_sentence) {
    for (const auto & name : sampledModels()) {
        const File file = leanFile(name);
        for (size_t i = 0; i < file.metadata.size(); ++i) {
            const KeyValue & entry = file.metadata[i];
            if (entry.key.starts_with("tokenizer.") || entry.value.type != ValueType::u32) continue;
            for (const uint64_t bits :
                 {uint64_t{0}, uint64_t{1}, uint64_t{511}, uint64_t{65536}, uint64_t{UINT32_MAX}}) {
                buildsOrExplains(spoiled(file, i, number(ValueType::u32, bits)), name + " " + entry.key);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_key_gone_or_of_another_kind_gives_a_model_or_a_sentence) {
    for (const auto & name : sampledModels()) {
        const File file = leanFile(name);
        for (size_t i = 0; i < file.metadata.size(); ++i) {
            const std::string what = name + " " + file.metadata[i].key;
            File gone = file;
            gone.metadata.erase(gone.metadata.begin() + static_cast<std::ptrdiff_t>(i));
            indexFile(gone);
            buildsOrExplains(std::move(gone), what);
            buildsOrExplains(spoiled(file, i, number(ValueType::u64, 4)), what);
            Value list;
            list.type = ValueType::array;
            list.content = Array{ValueType::u32, uint64_t{1} << 40U, {}};  // says a trillion, keeps nothing
            buildsOrExplains(spoiled(file, i, list), what);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
