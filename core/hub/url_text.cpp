// URLs as text: their origin, and what stands encoded in their paths.
#include <algorithm>
#include <optional>

#include "base/phrase.h"
#include "base/values.h"
#include "hub/reference.h"

namespace ggufit {

namespace {

constexpr uint64_t kLargestPort = 65535;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool isAlphanumeric(char c) { return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z'); }

/// Letters, digits, dots and dashes; or an IPv6 address in brackets.
bool isHost(std::string_view host) {
    if (host.empty() || host.size() > 253) return false;
    if (host.front() == '[') {
        return host.size() > 3 && host.back() == ']' &&
               host.find_first_not_of("0123456789abcdefABCDEF:.", 1) == host.size() - 1;
    }
    return isAlphanumeric(host.front()) && std::all_of(host.begin(), host.end(), [](char c) {
               return isAlphanumeric(c) || c == '.' || c == '-' || c == '_';
           });
}

int hexValue(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char letter = lower(c);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

}  // namespace

std::string urlOrigin(std::string_view url) {
    const size_t colon = url.find("://");
    if (colon == std::string_view::npos) return {};
    std::string scheme(url.substr(0, colon));
    std::transform(scheme.begin(), scheme.end(), scheme.begin(), lower);
    if (scheme != "http" && scheme != "https") return {};
    url.remove_prefix(colon + 3);
    std::string_view authority = url.substr(0, url.find_first_of("/?#"));
    std::string_view port = scheme == "http" ? "80" : "443";
    const size_t bracket = authority.find_last_of(']');
    const size_t last_colon = authority.find_last_of(':');
    if (last_colon != std::string_view::npos && (bracket == std::string_view::npos || last_colon > bracket)) {
        port = authority.substr(last_colon + 1);
        authority = authority.substr(0, last_colon);
        const auto number = parseUnsigned(port);
        if (!number || *number == 0 || *number > kLargestPort) return {};
    }
    if (!isHost(authority)) return {};
    std::string host(authority);
    std::transform(host.begin(), host.end(), host.begin(), lower);
    return phrase("{}://{}:{}", scheme, host, std::to_string(*parseUnsigned(port)));
}

bool isLoopback(std::string_view origin) {
    const size_t colon = origin.find("://");
    if (colon == std::string_view::npos) return false;
    const std::string_view authority = origin.substr(colon + 3);
    const std::string_view host = authority.substr(0, authority.find_last_of(':'));
    if (host == "localhost" || host == "[::1]") return true;
    return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::string percentEncoded(std::string_view path) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : path) {
        if (isAlphanumeric(c) || std::string_view("-._~/").find(c) != std::string_view::npos) {
            encoded += c;
            continue;
        }
        const auto byte = static_cast<uint8_t>(c);
        encoded += '%';
        encoded += kDigits[byte >> 4];
        encoded += kDigits[byte & 15];
    }
    return encoded;
}

std::string percentDecoded(std::string_view text) {
    std::string decoded;
    for (size_t i = 0; i < text.size(); i++) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hexValue(text[i + 1]) : -1;
        const int low = high >= 0 ? hexValue(text[i + 2]) : -1;
        if (low < 0) {
            decoded += text[i];
            continue;
        }
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

}  // namespace ggufit
