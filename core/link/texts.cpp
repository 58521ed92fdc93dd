// What texts of links look like before any was seen: the chances start from words that are likely.
#include "link/coder.h"

namespace ggufit {

namespace {

/// Part of the format: what is changed here makes other links.
constexpr std::string_view kLikely =
    "Qwen3-Coder-Next-Q5_K_M.gguf GLM-4.7-Flash gpt-oss-120b-F16 Llama-3.3-70B-Instruct-Q4_K_M.gguf Gemma 3 27B it "
    "Mistral-Small-24B-Instruct-2501 DeepSeek-V3.1-UD-Q2_K_XL.gguf Nemotron 3 Nano 30B A3B Phi-4 unsloth bartowski "
    "apache-2.0 mit NVIDIA GeForce RTX 4090 5070 Ti 3090 AMD Radeon RX 7900 XTX Apple M2 Ultra Intel Arc B580 "
    "DDR5-6000 "
    "2ch --temp 0.6 --top-k 20 --top-p 0.95 --min-p 0.01 -c 131072 65536 32768 8192 -ctk f16 -ctv q4_0 -ub 1024 -np 4 "
    "--jinja -ncmoe 10 -ngl 99 -ot blk\\.[0-9]+\\.ffn_(up|down|gate)_exps\\.weight=CPU -ts 24,16 -fa on --swa-full";

}  // namespace

Texts::Texts() {
    LinkWriter unheard;
    std::string likely(kLikely);
    code(unheard, likely, likely.size());
    lengths_ = Numbers();
}

size_t Texts::kindOf(uint8_t byte) {
    if (byte >= '0' && byte <= '9') return 1;
    if (byte >= 'a' && byte <= 'z') return 2;
    if (byte >= 'A' && byte <= 'Z') return 3;
    return byte == ' ' ? 0 : 4;
}

}  // namespace ggufit
