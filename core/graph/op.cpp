// Printed names of the operations, in the order of their enumerations.
#include "graph/op.h"

#include <array>

namespace ggufit {

namespace {

constexpr std::array<std::string_view, 61> kOpNames = {
    "NONE",
    "DUP",
    "ADD",
    "ADD_ID",
    "ADD1",
    "SUB",
    "MUL",
    "DIV",
    "SQR",
    "SQRT",
    "LOG",
    "SIN",
    "COS",
    "SUM",
    "SUM_ROWS",
    "CUMSUM",
    "MEAN",
    "ARGMAX",
    "REPEAT",
    "CONCAT",
    "NORM",
    "RMS_NORM",
    "GROUP_NORM",
    "L2_NORM",
    "MUL_MAT",
    "MUL_MAT_ID",
    "SCALE",
    "SET",
    "CPY",
    "CONT",
    "RESHAPE",
    "VIEW",
    "PERMUTE",
    "TRANSPOSE",
    "GET_ROWS",
    "SET_ROWS",
    "DIAG",
    "SOFT_MAX",
    "ROPE",
    "CLAMP",
    "IM2COL",
    "POOL_2D",
    "PAD",
    "ROLL",
    "ARANGE",
    "ARGSORT",
    "TOP_K",
    "TRI",
    "FILL",
    "FLASH_ATTN_EXT",
    "SSM_CONV",
    "SSM_SCAN",
    "RWKV_WKV6",
    "RWKV_WKV7",
    "GATED_LINEAR_ATTN",
    "SOLVE_TRI",
    "GATED_DELTA_NET",
    "LIGHTNING_INDEXER",
    "DSV4_HC_COMB",
    "DSV4_HC_PRE",
    "DSV4_HC_POST",
};

constexpr std::array<std::string_view, 22> kUnaryNames = {
    "ABS",      "SGN",        "NEG",      "STEP", "TANH",      "ELU",         "RELU", "SIGMOID",
    "GELU",     "GELU_QUICK", "GELU_ERF", "SILU", "HARDSWISH", "HARDSIGMOID", "EXP",  "EXPM1",
    "SOFTPLUS", "XIELU",      "FLOOR",    "CEIL", "ROUND",     "TRUNC",
};

constexpr std::array<std::string_view, 6> kGluNames = {"REGLU",      "GEGLU",     "SWIGLU",
                                                       "SWIGLU_OAI", "GEGLU_ERF", "GEGLU_QUICK"};

static_assert(kOpNames.size() == static_cast<size_t>(Op::unary));
static_assert(kUnaryNames.size() == static_cast<size_t>(UnaryOp::trunc) + 1);
static_assert(kGluNames.size() == static_cast<size_t>(GluOp::geglu_quick) + 1);

}  // namespace

std::string_view opName(Op op) {
    if (op == Op::unary) return "UNARY";
    if (op == Op::glu) return "GLU";
    return kOpNames[static_cast<size_t>(op)];
}

std::string_view unaryOpName(UnaryOp op) { return kUnaryNames[static_cast<size_t>(op)]; }

std::string_view gluOpName(GluOp op) { return kGluNames[static_cast<size_t>(op)]; }

}  // namespace ggufit
