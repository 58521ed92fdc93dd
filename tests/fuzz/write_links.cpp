// Writes the packed bytes of planning links, one for each small header of the tests' data: seeds for the link target.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "gguf/read.h"
#include "link/envelope.h"
#include "link/link.h"

using namespace ggufit;

int main(int argc, char ** argv) {
    if (argc != 2) return 2;
    for (const auto & entry : std::filesystem::directory_iterator(GGUFIT_TEST_HEADERS)) {
        if (entry.path().extension() != ".head" || entry.file_size() > 100000) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
        PlanningLink link;
        auto file = readHeader({reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()}, 0, "seed.gguf");
        auto devices = parseGpu("2x RTX 3090");
        if (!file || !devices) continue;
        link.file = std::move(*file);
        link.machine.devices = std::move(*devices);
        link.arguments = {"-c", "8192", "-ot", "exps=CPU"};
        link.llama_cpp.build = 9000;
        const auto text = encodeLink(std::move(link));
        if (!text) continue;
        const auto seal = openSeal(*text);
        if (!seal) continue;
        std::ofstream out(std::filesystem::path(argv[1]) / entry.path().stem(), std::ios::binary);
        out.write(reinterpret_cast<const char *>(seal->packed.data()),
                  static_cast<std::streamsize>(seal->packed.size()));
    }
    return 0;
}
