// The table of file types (llama.h, enum llama_ftype) and the sums by tensor type.
#include "model/file_type.h"

#include <map>

#include "base/checked.h"
#include "base/sort.h"

namespace ggufit {

namespace {

struct FileType {
    uint64_t number;
    std::string_view name;
};

constexpr FileType kFileTypes[] = {
    {0, "all F32"},
    {1, "F16"},
    {2, "Q4_0"},
    {3, "Q4_1"},
    {7, "Q8_0"},
    {8, "Q5_0"},
    {9, "Q5_1"},
    {10, "Q2_K - Medium"},
    {11, "Q3_K - Small"},
    {12, "Q3_K - Medium"},
    {13, "Q3_K - Large"},
    {14, "Q4_K - Small"},
    {15, "Q4_K - Medium"},
    {16, "Q5_K - Small"},
    {17, "Q5_K - Medium"},
    {18, "Q6_K"},
    {19, "IQ2_XXS - 2.0625 bpw"},
    {20, "IQ2_XS - 2.3125 bpw"},
    {21, "Q2_K - Small"},
    {22, "IQ3_XS - 3.3 bpw"},
    {23, "IQ3_XXS - 3.0625 bpw"},
    {24, "IQ1_S - 1.5625 bpw"},
    {25, "IQ4_NL - 4.5 bpw"},
    {26, "IQ3_S - 3.4375 bpw"},
    {27, "IQ3_S mix - 3.66 bpw"},
    {28, "IQ2_S - 2.5 bpw"},
    {29, "IQ2_M - 2.7 bpw"},
    {30, "IQ4_XS - 4.25 bpw"},
    {31, "IQ1_M - 1.75 bpw"},
    {32, "BF16"},
    {36, "TQ1_0 - 1.69 bpw ternary"},
    {37, "TQ2_0 - 2.06 bpw ternary"},
    {38, "MXFP4 MoE"},
    {39, "NVFP4"},
    {40, "Q1_0"},
    {41, "Q2_0"},
};

}  // namespace

std::string_view fileTypeName(uint64_t file_type) {
    for (const FileType & known : kFileTypes) {
        if (known.number == file_type) return known.name;
    }
    return {};
}

std::string fileTypeLabel(uint64_t file_type) {
    constexpr uint64_t kQ2K = 10, kIq3SMix = 27, kMxfp4Moe = 38;
    if (file_type == kQ2K) return "Q2_K";
    if (file_type == kIq3SMix) return "IQ3_M";
    if (file_type == kMxfp4Moe) return "MXFP4_MOE";
    std::string_view name = fileTypeName(file_type);
    if (name.starts_with("all ")) name.remove_prefix(4);
    const size_t dash = name.find(" - ");
    std::string label(name.substr(0, dash));
    for (const std::string_view size : {"Small", "Medium", "Large"}) {
        if (name.ends_with(size)) label += std::string("_") + size.front();
    }
    return label;
}

std::vector<TypeShare> typeShares(const File & file) {
    std::map<GgmlType, TypeShare> by_type;
    for (const Tensor & tensor : file.tensors) {
        TypeShare & share = by_type[tensor.type];
        ++share.n_tensors;
        share.parameters = saturatingAdd(share.parameters, tensor.elements());
        share.bytes = saturatingAdd(share.bytes, tensor.n_bytes);
    }
    std::vector<TypeShare> shares;
    for (auto & [type, share] : by_type) {
        share.type = traitsOf(type).name;
        shares.push_back(std::move(share));
    }
    stableSort(shares, [](const TypeShare & a, const TypeShare & b) { return a.bytes > b.bytes; });
    return shares;
}

std::string quantizationName(const File & file, const std::vector<TypeShare> & types) {
    const Value * value = file.find("general.file_type");
    const auto number = value != nullptr ? value->asUnsigned() : std::nullopt;
    const std::string_view name = number ? fileTypeName(*number) : std::string_view{};
    if (!name.empty()) return std::string(name);
    return types.empty() ? "" : types.front().type;
}

}  // namespace ggufit
