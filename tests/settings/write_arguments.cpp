// Settings as arguments: minimal, and the same settings when they are read back.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>

#include "support/arguments.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

std::string written(const std::string & line) {
    std::string text;
    for (const std::string & word : writeArguments(parsed(line).settings)) text += (text.empty() ? "" : " ") + word;
    return text;
}

/// Draws settings as parseArguments can give them.
class Draw {
  public:
    explicit Draw(uint32_t seed) : random_(seed) {}

    Settings settings() {
        Settings s;
        if (coin()) s.n_ctx = upTo(1 << 20);
        if (coin()) s.n_batch = 1 + upTo(4096);
        if (coin()) s.n_ubatch = 1 + upTo(4096);
        if (coin()) s.n_parallel = static_cast<int32_t>(1 + upTo(255));
        s.kv_unified = coin();
        s.type_k = cacheType();
        s.type_v = cacheType();
        s.flash_attn = pick({FlashAttention::automatic, FlashAttention::on, FlashAttention::off});
        s.n_gpu_layers = pick({kGpuLayersAuto, kGpuLayersAll, 0, 1, 99});
        s.split_mode = pick({SplitMode::none, SplitMode::layer, SplitMode::row, SplitMode::tensor});
        s.main_gpu = upTo(3);
        if (coin()) s.tensor_split = {number(), number(), 1};
        overrides(s);
        if (coin()) s.devices = pick<std::vector<std::string>>({{"none"}, {"CUDA1", "CUDA0"}, {"Vulkan0"}});
        s.kv_offload = coin();
        s.op_offload = coin();
        s.swa_full = coin();
        s.repack = coin();
        s.no_host = coin();
        loadMode(s);
        s.fit = coin();
        if (coin()) s.fit_target_mib = pick<std::vector<uint64_t>>({{0}, {1024}, {128, 1024}, {1, 2, 3}});
        s.fit_ctx = pick<uint32_t>({4096, 8192, 0, kFitCtxFull});
        if (s.n_ctx == 0 && coin()) s.fit_ctx = kFitCtxFull;
        s.embeddings = coin();
        if (s.embeddings) s.n_batch = std::min(s.n_batch, s.n_ubatch);
        if (coin()) s.pooling = pick<std::string>({"none", "mean", "cls", "last", "rank"});
        s.load_mtp = coin();
        if (coin()) s.n_threads = static_cast<int32_t>(1 + upTo(127));
        markGiven(s);
        return s;
    }

  private:
    bool coin() { return random_() % 2 == 0; }
    uint32_t upTo(uint32_t most) { return static_cast<uint32_t>(random_() % (most + 1)); }
    double number() { return std::ldexp(static_cast<double>(random_()), -static_cast<int>(upTo(60))); }

    template <typename T>
    T pick(std::initializer_list<T> values) {
        return values.begin()[random_() % values.size()];
    }

    GgmlType cacheType() {
        using enum GgmlType;
        return pick({f32, f16, bf16, q8_0, q4_0, q4_1, iq4_nl, q5_0, q5_1});
    }

    void overrides(Settings & s) {
        std::string line;
        for (uint32_t i = upTo(4); i > 0; --i) {
            line +=
                pick<std::string>({" -cmoe", " -ncmoe 3", " -ncmoe 1", " -ot a=CPU", " -ot b=CUDA0,blk\\.0\\.=CUDA1"});
        }
        s.override_tensors = parsed(line).settings.override_tensors;
    }

    void loadMode(Settings & s) {
        const uint32_t mode = upTo(4);
        s.mmap = mode == 0 || mode == 1;
        s.mlock = mode == 1 || mode == 2;
        s.direct_io = mode == 3;
    }

    std::mt19937 random_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(defaults_need_no_argument) {
    BOOST_TEST(written("").empty());
    BOOST_TEST(written("-ngl auto -b 2048 -ub 512 -fa auto -ctk f16 -sm layer -fit on -fitc 4096 --mmap -kvo").empty());
}

BOOST_AUTO_TEST_CASE(arguments_stand_in_one_order_in_their_short_form) {
    BOOST_TEST(written("-np 1 --ubatch-size 2048 --flash-attn 1 --cache-type-k q8_0 --override-tensor exps=CPU "
                       "--tensor-split 3/1 --n-gpu-layers 99 --ctx-size 8192 --kv-unified") ==
               "-c 8192 -ngl 99 -ts 3,1 -ot exps=CPU -ctk q8_0 -fa on -ub 2048 -np 1 -kvu");
    BOOST_TEST(written("-c 0") == "-c 0");
    BOOST_TEST(written("-ts 0.75,0.25") == "-ts 0.75,0.25");
    BOOST_TEST(written("--spec-type draft-mtp") == "--spec-type draft-mtp");
}

BOOST_AUTO_TEST_CASE(moe_rules_are_written_as_they_are_said) {
    BOOST_TEST(written("-ncmoe 10") == "-ncmoe 10");
    BOOST_TEST(written("-cmoe") == "-cmoe");
    BOOST_TEST(written("-ot a=CPU -ncmoe 2 -ot b=CPU -ot c=CUDA0") == "-ot a=CPU -ncmoe 2 -ot b=CPU,c=CUDA0");
}

BOOST_AUTO_TEST_CASE(what_is_written_reads_back_as_the_same_settings) {
    for (uint32_t seed = 0; seed < 2000; ++seed) {
        const Settings settings = Draw(seed).settings();
        const auto words = writeArguments(settings);
        const auto read = parseArguments(words);
        BOOST_TEST_REQUIRE(read.ok(), "seed " << seed << ": " << (read.ok() ? "" : read.error().text()));
        std::string line;
        for (const std::string & word : words) line += word + " ";
        BOOST_TEST((read->settings == settings), "seed " << seed << ": " << line);
        BOOST_TEST(read->kept.empty());
        BOOST_TEST(read->positional.empty());
    }
}

BOOST_AUTO_TEST_CASE(reading_and_writing_again_changes_nothing_for_the_lines_of_the_truth_cases) {
    for (const char * line :
         {"-c 131072 -ctk q8_0 -ctv q8_0 -fitt 128,1024 -np 1 -fit on", "-c 32768 -np 1 -fit on",
          "-ngl 0 -c 8192 -np 1 -fit off", "-ngl 99 -c 16384 -np 4 -fit off",
          "-ngl 99 -c 32768 -b 2048 -ub 2048 -np 1 -fit off", "-ngl 99 -c 32768 -fit off",
          "-ngl 99 -c 32768 -ot blk\\.([0-9]|1[0-4])\\.=CUDA0,blk\\.(1[5-9]|2[0-1])\\.=CUDA1,exps=CPU -np 1 -fit off",
          "-ngl 99 -c 32768 -sm none -mg 0 -np 1 -fit off", "-ngl 99 -c 8192 -fa off -np 1 -fit off",
          "-ngl 99 -c 8192 -nkvo -np 1 -fit off", "-ngl 99 -cmoe -c 65536 -np 1 -fit off",
          "-ngl 99 -ncmoe 10 -c 32768 -np 1 -fit off", "-np 1 -fit on"}) {
        BOOST_TEST(parsed(line).warnings.empty());
        BOOST_TEST(written(written(line)) == written(line));
        BOOST_TEST((parsed(written(line)).settings == parsed(line).settings), line);
    }
}
