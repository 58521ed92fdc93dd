// Reads a header with ggufit, as a growing prefix like the command line: FILE ROUNDS.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <vector>

#include "gguf/read.h"
#include "rounds.h"

int main(int argc, char ** argv) {
    return rounds(argc, argv, [](const char * path) -> long long {
        const uint64_t file_bytes = std::filesystem::file_size(path);
        std::ifstream in(path, std::ios::binary);
        std::vector<uint8_t> prefix;
        for (uint64_t wanted = uint64_t{1} << 20;;) {
            const size_t have = prefix.size();
            prefix.resize(static_cast<size_t>(std::min(wanted, file_bytes)));
            in.read(reinterpret_cast<char *>(prefix.data() + have), static_cast<std::streamsize>(prefix.size() - have));
            const auto file = ggufit::readHeader(prefix, file_bytes, "large.gguf");
            if (file.ok()) return static_cast<long long>(file->tensors.size());
            if (file.error().code != ggufit::ErrorCode::truncated || !in) return -1;
            wanted = std::max<uint64_t>(file.error().needed_bytes, 2 * prefix.size());
        }
    });
}
