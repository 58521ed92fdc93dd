// Recognises by their first bytes the files that people have in place of a GGUF.
#include "gguf/not_gguf.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/phrase.h"
#include "gguf/cursor.h"

namespace ggufit {

namespace {

struct Format {
    std::string_view magic;
    std::string_view sentence;
};

// The magics of ggml's formats before GGUF are 32-bit numbers, so their letters stand in reverse.
constexpr std::string_view kOldGgml =
    "is a ggml file from before GGUF (2023), which llama.cpp no longer loads: download the model as a GGUF";
constexpr std::array kFormats = {
    Format{"lmgg", kOldGgml},
    Format{"fmgg", kOldGgml},
    Format{"tjgg", kOldGgml},
    Format{"algg", "is a ggla adapter (LoRA) from before GGUF, not a model: give the model's GGUF file"},
    Format{"version https://git-lfs",
           "is a Git LFS pointer, not the model itself: run 'git lfs pull' in its folder, or download the file"},
    Format{"PK\x03\x04",
           "is a ZIP archive, perhaps a PyTorch checkpoint, not a GGUF: download the model as a GGUF, or "
           "convert it with llama.cpp's convert_hf_to_gguf.py"},
    Format{"\x80\x02",
           "is a PyTorch checkpoint (pickle), not a GGUF: download the model as a GGUF, or convert it with "
           "llama.cpp's convert_hf_to_gguf.py"},
    Format{"\x1f\x8b", "is compressed with gzip: unpack it first"},
    Format{"\x28\xb5\x2f\xfd", "is compressed with zstd: unpack it first"},
    Format{"\xfd"
           "7zXZ",
           "is compressed with xz: unpack it first"},
    Format{"7z\xbc\xaf", "is a 7-Zip archive: unpack it first"},
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool startsWithLetters(std::string_view text, std::string_view lower_case_start) {
    return text.size() >= lower_case_start.size() &&
           std::equal(lower_case_start.begin(), lower_case_start.end(), text.begin(),
                      [](char wanted, char c) { return wanted == lower(c); });
}

bool isHtml(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    const auto start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) return false;
    text.remove_prefix(start);
    return startsWithLetters(text, "<!doctype") || startsWithLetters(text, "<html") ||
           startsWithLetters(text, "<head") || startsWithLetters(text, "<?xml");
}

bool isPrintable(char c) { return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

std::string describeNotGguf(std::span<const uint8_t> prefix) {
    const std::string_view text(reinterpret_cast<const char *>(prefix.data()), std::min<size_t>(prefix.size(), 512));
    if (text.empty()) return "the file is empty: its download failed, download it again";
    for (const auto & format : kFormats) {
        if (text.starts_with(format.magic)) return "this " + std::string(format.sentence);
    }
    if (isHtml(text)) {
        return "this is a web page, not a GGUF: the download got the page about the file, or asked for a login; use "
               "the file's download link";
    }
    // A safetensors file starts with the length of its JSON header as 64 bits.
    if (text.size() > 8 && text[8] == '{' && text[6] == 0 && text[7] == 0) {
        return "this is a safetensors file, not a GGUF: download the model as a GGUF, or convert it with llama.cpp's "
               "convert_hf_to_gguf.py";
    }
    if (std::all_of(text.begin(), text.end(), [](char c) { return c == 0; })) {
        return "the file begins with zeros where a GGUF has its header: the download reserved the space and did not "
               "finish; download it again";
    }
    if (std::all_of(text.begin(), text.end(), isPrintable)) {
        return phrase(
            "this is text, not a GGUF (it begins with {}), perhaps a server's error message: look into it and download "
            "the file again",
            quotedFromFile(text.substr(0, 40)));
    }
    return phrase("this is not a GGUF file: it begins with {} instead of 'GGUF'; give a model's .gguf file",
                  quotedFromFile(text.substr(0, 4)));
}

}  // namespace ggufit
