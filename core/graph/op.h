// The operations of ggml that llama.cpp's graphs are made of, by ggml's names.
#pragma once

#include <cstdint>
#include <string_view>

namespace ggufit {

enum class Op : uint8_t {
    none,
    dup,
    add,
    add_id,
    add1,
    sub,
    mul,
    div,
    sqr,
    sqrt,
    log,
    sin,
    cos,
    sum,
    sum_rows,
    cumsum,
    mean,
    argmax,
    repeat,
    concat,
    norm,
    rms_norm,
    group_norm,
    l2_norm,
    mul_mat,
    mul_mat_id,
    scale,
    set,
    cpy,
    cont,
    reshape,
    view,
    permute,
    transpose,
    get_rows,
    set_rows,
    diag,
    soft_max,
    rope,
    clamp,
    im2col,
    pool_2d,
    pad,
    roll,
    arange,
    argsort,
    top_k,
    tri,
    fill,
    flash_attn_ext,
    ssm_conv,
    ssm_scan,
    rwkv_wkv6,
    rwkv_wkv7,
    gated_linear_attn,
    solve_tri,
    gated_delta_net,
    lightning_indexer,
    dsv4_hc_comb,
    dsv4_hc_pre,
    dsv4_hc_post,
    unary,
    glu,
};

enum class UnaryOp : uint8_t {
    abs,
    sgn,
    neg,
    step,
    tanh,
    elu,
    relu,
    sigmoid,
    gelu,
    gelu_quick,
    gelu_erf,
    silu,
    hardswish,
    hardsigmoid,
    exp,
    expm1,
    softplus,
    xielu,
    floor,
    ceil,
    round,
    trunc,
};

enum class GluOp : uint8_t { reglu, geglu, swiglu, swiglu_oai, geglu_erf, geglu_quick };

/// "MUL_MAT", as ggml prints it.
[[nodiscard]] std::string_view opName(Op op);
[[nodiscard]] std::string_view unaryOpName(UnaryOp op);
[[nodiscard]] std::string_view gluOpName(GluOp op);

/// Operations that only look at another tensor's data and are never computed.
[[nodiscard]] constexpr bool isViewOp(Op op) {
    return op == Op::view || op == Op::reshape || op == Op::permute || op == Op::transpose;
}

}  // namespace ggufit
