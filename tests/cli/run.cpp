// Runs the built ggufit through /bin/sh with its output in files.
#include "cli/run.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/data.h"

namespace ggufit::test {

namespace {

std::string quotedForShell(const std::string & word) {
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

std::string textOf(const std::string & path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

struct Scratch {
    std::string path = (std::filesystem::temp_directory_path() / ("ggufit-cli-" + std::to_string(::getpid()))).string();
    Scratch() { std::filesystem::create_directories(path); }
    Scratch(const Scratch &) = delete;
    Scratch & operator=(const Scratch &) = delete;
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
};

}  // namespace

const std::string & scratch() {
    static const Scratch folder;
    return folder.path;
}

Run shell(const std::string & command) {
    const std::string out = scratch() + "/.out", err = scratch() + "/.err";
    const std::string whole = "env -i PATH=\"$PATH\" TERM=xterm GGUFIT=" + quotedForShell(GGUFIT_BINARY) +
                              " timeout 60 sh -c " + quotedForShell(command) + " >" + out + " 2>" + err + " </dev/null";
    const int status = std::system(whole.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, textOf(out), textOf(err)};
}

Run ggufit(const std::vector<std::string> & words, const std::vector<std::string> & environment) {
    std::string command = "exec env";
    for (const std::string & word : environment) command += " " + quotedForShell(word);
    command += " \"$GGUFIT\"";
    for (const std::string & word : words) command += " " + quotedForShell(word);
    return shell(command);
}

std::string sparseModel(const std::string & model, const std::string & file_name) {
    const std::string path = scratch() + "/" + (file_name.empty() ? model + ".gguf" : file_name);
    if (std::filesystem::exists(path)) return path;
    const auto bytes = readHeaderBytes(model);
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    out.close();
    std::filesystem::resize_file(path, fileBytesOf(model));
    return path;
}

std::string textFile(const std::string & name, const std::string & content) {
    const std::string path = scratch() + "/" + name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
}

}  // namespace ggufit::test
