// Writes a compose file: image and devices by backend, then the command word by word.
#include "render/compose.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/phrase.h"
#include "model/clean_text.h"
#include "profile/comments.h"
#include "render/args.h"
#include "render/yaml.h"

namespace ggufit {

namespace {

/// Images of llama.cpp's registry, and the lines that hand them the GPUs.
struct Image {
    std::string_view backend;
    std::string_view tag;
    std::string_view devices;
};

constexpr std::string_view kNvidia =
    "    deploy:\n"
    "      resources:\n"
    "        reservations:\n"
    "          devices:\n"
    "            - driver: nvidia\n"
    "              count: all\n"
    "              capabilities: [gpu]\n";
constexpr std::string_view kRendering = "    devices:\n      - /dev/dri:/dev/dri\n";
constexpr std::string_view kAmd =
    "    devices:\n      - /dev/kfd:/dev/kfd\n      - /dev/dri:/dev/dri\n"
    "    security_opt:\n      - seccomp=unconfined\n";

constexpr std::array<Image, 4> kImages = {{{"CUDA", "server-cuda", kNvidia},
                                           {"ROCm", "server-rocm", kAmd},
                                           {"Vulkan", "server-vulkan", kRendering},
                                           {"SYCL", "server-intel", kRendering}}};

/// Values that name a file or folder of the host, which the container does not see.
constexpr std::array<std::string_view, 12> kHostFiles = {
    "--mmproj",       "--lora",         "--control-vector", "--model-draft",    "--grammar-file",       "--log-file",
    "--api-key-file", "--ssl-key-file", "--ssl-cert-file",  "--slot-save-path", "--chat-template-file", "--path"};

bool isUtf8(std::string_view text) {
    for (size_t i = 0; i < text.size();) {
        const CodePoint point = decodeUtf8(text, i);
        if (!point.valid) return false;
        i += point.n_bytes;
    }
    return true;
}

std::string composeString(std::string_view text) {
    std::string doubled;
    for (const char c : text) doubled += c == '$' ? std::string("$$") : std::string(1, c);
    return yamlString(doubled);
}

bool isNumber(std::string_view text) {
    return !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool isAddress(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// What the arguments come to.
struct Service {
    std::string comments;
    std::string command;
    std::string address = "127.0.0.1", port = "8080";
};

void take(Service & service, const ServerArgument & argument) {
    const std::string & value = argument.words.back();
    const bool host = argument.name == "--host";
    if (host || argument.name == "--port") {
        const bool kept = host ? isAddress(value) : isNumber(value);
        if (kept) (host ? service.address : service.port) = value;
        if (!kept) service.comments += commentLines("Left out, since it holds within the container: " + argument.name);
        return;
    }
    if (!std::all_of(argument.words.begin(), argument.words.end(), isUtf8)) {
        service.comments +=
            commentLines(phrase("Left out, since YAML can't hold its value: {} {}", argument.name, value));
        return;
    }
    if (std::find(kHostFiles.begin(), kHostFiles.end(), argument.name) != kHostFiles.end()) {
        service.comments += commentLines("Names a file of the host: mount it too, and say where: " + argument.name);
    }
    for (const std::string & word : argument.words) service.command += phrase("      - {}\n", composeString(word));
}

/// The image for the first device's backend; null: the one without GPUs.
const Image * imageOf(const Plan & plan, std::string & comments) {
    const auto & devices = plan.machine.devices;
    if (devices.empty()) return nullptr;
    const auto * const image = std::find_if(kImages.begin(), kImages.end(),
                                            [&](const Image & i) { return i.backend == devices.front().backend; });
    if (image == kImages.end()) {
        comments +=
            commentLines(phrase("A container has no {} device: run llama-server itself (ggufit plan --format args).",
                                devices.front().backend));
        return nullptr;
    }
    const bool mixed = std::any_of(devices.begin(), devices.end(),
                                   [&](const Device & device) { return device.backend != image->backend; });
    if (mixed) comments += commentLines("The image drives its own kind of GPU alone; the plan has several kinds.");
    return image;
}

}  // namespace

std::string composeService(const Plan & plan, const std::string & folder, const std::string & relative) {
    Service service;
    const Image * image = imageOf(plan, service.comments);
    const bool nameable = isUtf8(folder);
    if (!nameable) service.comments += commentLines("The folder's name is no UTF-8, which YAML can't hold: rename it.");
    for (const ServerArgument & argument : serverArguments(plan, "/models/" + relative)) take(service, argument);

    std::string out = reasonComment(plan) + service.comments;
    out += commentLines("NOT YET TESTED. A compose.yaml for docker compose up.");
    out += phrase("services:\n  {}:\n", yamlString(plan.id));
    out += phrase("    image: ghcr.io/ggml-org/llama.cpp:{}\n", std::string(image == nullptr ? "server" : image->tag));
    if (image != nullptr) out += image->devices;
    out += "    volumes:\n      - type: bind\n        source: ";
    out += composeString(folder.empty() || !nameable ? "./models" : folder);
    out += "\n        target: /models\n        read_only: true\n";
    out += phrase("    ports:\n      - \"{}:{}:8080\"\n", service.address, service.port);
    out += "    restart: unless-stopped\n";
    return phrase("{}    command:\n      - \"--host\"\n      - \"0.0.0.0\"\n      - \"--port\"\n      - \"8080\"\n{}",
                  out, service.command);
}

}  // namespace ggufit
