// Starts servers on free ports and reads their logs.
#include "fetch/servers.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "cli/run.h"
#include "support/large_header.h"

namespace ggufit::test {

namespace {

using std::chrono::milliseconds;

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int freePort() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    const bool bound = ::bind(socket, reinterpret_cast<sockaddr *>(&address), size) == 0 &&
                       ::getsockname(socket, reinterpret_cast<sockaddr *>(&address), &size) == 0;
    ::close(socket);
    if (!bound) throw std::runtime_error("no free port");
    return ntohs(address.sin_port);
}

bool answers(int port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    const bool connected = ::connect(socket, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    ::close(socket);
    return connected;
}

std::string local(int port) { return "http://127.0.0.1:" + std::to_string(port); }

/// The lines of a log since `read` of its bytes: path, status, range, bytes, authorization.
std::vector<Asked> newLines(const std::string & path, std::streamoff & read) {
    // A server writes its line when an answer ends, which may be a moment after the client has it.
    std::this_thread::sleep_for(milliseconds(60));
    std::ifstream in(path);
    in.seekg(read);
    std::vector<Asked> all;
    for (std::string line; std::getline(in, line);) {
        read += static_cast<std::streamoff>(line.size()) + 1;
        std::istringstream words(line);
        Asked asked;
        words >> asked.path >> asked.status >> asked.range >> asked.body_bytes;
        std::getline(words >> std::ws, asked.authorization);
        if (asked.range.starts_with("bytes=")) asked.range.erase(0, 6);
        all.push_back(asked);
    }
    return all;
}

std::string siteConfiguration(const std::string & folder, int port, int other) {
    return "daemon off; master_process off; pid " + folder + "/.nginx.pid; error_log " + folder +
           "/.nginx.err;\n"
           "events {}\n"
           "http {\n"
           "  log_format asked '$request_uri $status $http_range $body_bytes_sent $http_authorization';\n"
           "  access_log " +
           folder +
           "/.nginx.log asked;\n"
           "  client_body_temp_path " +
           folder + "/.t1; proxy_temp_path " + folder +
           "/.t2;\n"
           "  fastcgi_temp_path " +
           folder + "/.t3; uwsgi_temp_path " + folder + "/.t4; scgi_temp_path " + folder +
           "/.t5;\n"
           "  root " +
           folder +
           ";\n"
           "  server {\n"
           "    listen 127.0.0.1:" +
           std::to_string(port) +
           ";\n"
           "    location ~ ^/api/models/(?<owner>[^/]+)/(?<name>[^/]+)/tree/main$ {\n"
           "      default_type application/json;\n"
           "      if ($arg_cursor) { rewrite ^ /lists/$owner-$name-$arg_cursor.json? last; }\n"
           "      rewrite ^ /lists/$owner-$name.json? last;\n"
           "    }\n"
           "    location ~ ^/lists/paged-repo.json$ {\n"
           "      add_header Link '<https://huggingface.co/api/models/paged/repo/tree/main?recursive=true&cursor=2>; "
           "rel=\"next\"';\n"
           "    }\n"
           "    location ~ ^/[^/]+/[^/]+/resolve/main/(?<file>.*)$ { return 302 " +
           local(other) +
           "/$file?Signature=s1gned; }\n"
           "    location ~ ^/api/v1/models/(?<owner>[^/]+)/(?<name>[^/]+)/repo/files$ {\n"
           "      rewrite ^ /lists/ms-$owner-$name.json? last;\n"
           "    }\n"
           "    location ~ ^/models/[^/]+/[^/]+/resolve/master/(?<file>.*)$ { rewrite ^ /$file? last; }\n"
           "    location ^~ /gated/repo/resolve/ { return 403; }\n"
           "    location = /api/models/gated/repo/tree/main { return 401; }\n"
           "  }\n"
           "  server { listen 127.0.0.1:" +
           std::to_string(other) +
           "; }\n"
           "}\n";
}

}  // namespace

const LargeModel & largeModel() {
    static const LargeModel model = [] {
        const GgufBuilder builder = largeHeader()
                                        .u32("qwen3.context_length", 40960)
                                        .u32("qwen3.feed_forward_length", 6144)
                                        .u32("qwen3.attention.head_count", 32)
                                        .u32("qwen3.attention.head_count_kv", 4)
                                        .u32("qwen3.attention.key_length", 128)
                                        .u32("qwen3.attention.value_length", 128)
                                        .f32("qwen3.attention.layer_norm_rms_epsilon", 1e-6F);
        const auto bytes = builder.build();
        const std::string path = textFile("large.gguf", std::string(bytes.begin(), bytes.end()));
        std::filesystem::resize_file(path, 60'000'000'000);
        return LargeModel{"large.gguf", "A model with many tokens", builder.headerBytes()};
    }();
    return model;
}

Server::Server(const std::vector<std::string> & words, int port) {
    process_ = ::fork();
    if (process_ == 0) {
        const int nothing = ::open("/dev/null", O_RDWR);
        for (int descriptor = 0; descriptor < 3; descriptor++) ::dup2(nothing, descriptor);
        std::vector<char *> arguments;
        for (const std::string & word : words) arguments.push_back(const_cast<char *>(word.c_str()));
        arguments.push_back(nullptr);
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }
    for (int i = 0; i < 1500; i++) {
        if (answers(port)) return;
        if (::waitpid(process_, nullptr, WNOHANG) == process_) {
            process_ = -1;
            break;
        }
        std::this_thread::sleep_for(milliseconds(20));
    }
    throw std::runtime_error(words[0] + " does not serve: is it installed? (./dev test does that)");
}

Server::~Server() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
}

const Site & site() {
    static const int port = freePort(), other = freePort();
    static const std::string configuration = textFile(".nginx.conf", siteConfiguration(scratch(), port, other));
    static const Server server({"/usr/sbin/nginx", "-e", scratch() + "/.nginx.err", "-c", configuration}, port);
    static const Site site{local(port), local(other)};
    return site;
}

std::vector<Asked> askedOfSite() {
    static std::streamoff read = 0;
    return newLines(scratch() + "/.nginx.log", read);
}

const std::string & faultyUrl() {
    static const int port = freePort();
    static const Server server(
        {"node", GGUFIT_SOURCE_DIR "/tests/fetch/misbehave.mjs", std::to_string(port), scratch()}, port);
    static const std::string url = local(port);
    return url;
}

std::vector<Asked> askedOfFaulty() {
    static std::streamoff read = 0;
    return newLines(scratch() + "/.faulty.log", read);
}

}  // namespace ggufit::test
