// Writes the large test header as a sparse file of the model's full size, for readers in other languages.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "support/large_header.h"

int main(int argc, char ** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: write_large_header FILE\n");
        return 2;
    }
    const auto builder = ggufit::test::largeHeader();
    const auto header = builder.build();
    std::ofstream(argv[1], std::ios::binary)
        .write(reinterpret_cast<const char *>(header.data()), static_cast<std::streamsize>(header.size()));
    std::error_code error;
    std::filesystem::resize_file(argv[1], builder.fileBytes(), error);
    if (error) {
        std::fprintf(stderr, "%s: %s\n", argv[1], error.message().c_str());
        return 1;
    }
    std::printf("%zu\n", header.size());
    return 0;
}
