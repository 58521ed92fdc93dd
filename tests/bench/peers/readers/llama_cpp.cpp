// Reads a header with llama.cpp's own reader: FILE ROUNDS. Built in the scratch folder, against ggml's sources alone.
#include "gguf.h"
#include "rounds.h"

int main(int argc, char ** argv) {
    return rounds(argc, argv, [](const char * path) -> long long {
        gguf_context * file = gguf_init_from_file(path, {/*no_alloc*/ true, /*ctx*/ nullptr});
        if (file == nullptr) return -1;
        const long long n_tensors = gguf_get_n_tensors(file);
        gguf_free(file);
        return n_tensors;
    });
}
