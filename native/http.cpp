// libcurl, restricted to http and https, with its answers as values.
#include "http.h"

#include <curl/curl.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/values.h"

namespace ggufit::cli {

struct HttpConnection::Handle {
    CURL * curl = nullptr;
};

namespace {

constexpr long kConnectSeconds = 15;
constexpr long kLeastBytesASecond = 16;
/// What may still be under way when a body is stopped; enough for 10 MB/s over 50 ms.
constexpr int kReceiveWindow = 256 * 1024;
constexpr size_t kMostHeaderBytes = 64 * 1024;

/// A request under way.
struct Exchange {
    HttpAnswer answer;
    const TakeBody * take = nullptr;
    const std::atomic<bool> * cancelled = nullptr;
    size_t header_bytes = 0;
    std::chrono::steady_clock::duration patience{};
    curl_off_t come = 0;  // bytes, and when the last of them came
    std::chrono::steady_clock::time_point last_came = std::chrono::steady_clock::now();
    bool stalled = false;
};

void startLibcurl() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    (void)started;
}

std::string_view trimmed(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t\r\n");
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

bool isName(std::string_view name, std::string_view lower_case) {
    return name.size() == lower_case.size() && ::strncasecmp(name.data(), lower_case.data(), name.size()) == 0;
}

size_t onHeader(char * data, size_t size, size_t count, void * context) {
    auto & exchange = *static_cast<Exchange *>(context);
    const std::string_view line(data, size * count);
    exchange.header_bytes += line.size();
    if (exchange.header_bytes > kMostHeaderBytes) return 0;
    HttpHead & head = exchange.answer.head;
    if (line.starts_with("HTTP/")) {
        head = {};  // of an answer such as 100 Continue, or a proxy's
        const size_t space = line.find(' ');
        const auto status = space == std::string_view::npos ? std::nullopt : parseUnsigned(line.substr(space + 1, 3));
        head.status = status ? static_cast<int>(*status) : 0;
        return line.size();
    }
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return line.size();
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (isName(name, "etag")) head.etag = value;
    if (isName(name, "content-range")) head.content_range = value;
    if (isName(name, "content-encoding")) head.content_encoding = value;
    if (isName(name, "link")) head.link = value;
    if (isName(name, "content-length")) head.content_length = parseUnsigned(value);
    return line.size();
}

size_t onBody(char * data, size_t size, size_t count, void * context) {
    auto & exchange = *static_cast<Exchange *>(context);
    const size_t bytes = size * count;
    exchange.answer.body_bytes += bytes;
    if (exchange.cancelled->load()) return 0;
    const std::span<const uint8_t> body(reinterpret_cast<const uint8_t *>(data), bytes);
    if ((*exchange.take)(exchange.answer.head, body)) return bytes;
    exchange.answer.stopped = true;
    return 0;
}

/// Called at least once a second. libcurl's own limit is on a mean over several seconds.
int onProgress(void * context, curl_off_t, curl_off_t come, curl_off_t, curl_off_t) {
    auto & exchange = *static_cast<Exchange *>(context);
    const auto now = std::chrono::steady_clock::now();
    if (come != exchange.come) {
        exchange.come = come;
        exchange.last_came = now;
    }
    exchange.stalled = now - exchange.last_came >= exchange.patience;
    return exchange.stalled || exchange.cancelled->load() ? 1 : 0;
}

int onSocket(void *, curl_socket_t socket, curlsocktype) {
    const int window = kReceiveWindow;
    (void)::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
    return CURL_SOCKOPT_OK;
}

HttpFault faultOf(CURLcode code) {
    switch (code) {
        case CURLE_OK: return HttpFault::none;
        case CURLE_ABORTED_BY_CALLBACK: return HttpFault::cancelled;
        case CURLE_OPERATION_TIMEDOUT: return HttpFault::timed_out;
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY: return HttpFault::no_host;
        case CURLE_COULDNT_CONNECT:
        case CURLE_SSL_CONNECT_ERROR: return HttpFault::no_connection;
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_INVALIDCERTSTATUS: return HttpFault::no_trust;
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL: return HttpFault::refused;
        default: return HttpFault::cut;
    }
}

}  // namespace

HttpConnection::HttpConnection(std::chrono::seconds patience, const std::atomic<bool> & cancelled)
    : handle_(std::make_unique<Handle>()), patience_(patience), cancelled_(cancelled) {
    startLibcurl();
    handle_->curl = curl_easy_init();
}

HttpConnection::~HttpConnection() {
    if (handle_->curl != nullptr) curl_easy_cleanup(handle_->curl);
}

HttpAnswer HttpConnection::get(const std::string & url, const std::vector<std::string> & headers,
                               const TakeBody & take) {
    CURL * curl = handle_->curl;
    Exchange exchange;
    exchange.take = &take;
    exchange.cancelled = &cancelled_;
    exchange.patience = patience_;
    if (curl == nullptr) {
        exchange.answer.fault = HttpFault::refused;
        exchange.answer.fault_text = "libcurl did not start";
        return exchange.answer;
    }
    curl_easy_reset(curl);  // keeps connections
    curl_slist * list = nullptr;
    for (const std::string & line : headers) list = curl_slist_append(list, line.c_str());
    std::array<char, CURL_ERROR_SIZE> said{};
    const long patience = static_cast<long>(patience_.count());
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "ggufit/" GGUFIT_VERSION);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, std::min(kConnectSeconds, patience));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kLeastBytesASecond);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, patience);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, said.data());
    curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, onSocket);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, onHeader);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, onBody);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, onProgress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    const CURLcode code = curl_easy_perform(curl);
    const char * location = nullptr;
    curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &location);
    if (location != nullptr) exchange.answer.head.location = location;
    curl_slist_free_all(list);
    exchange.answer.fault = exchange.answer.stopped ? HttpFault::none : faultOf(code);
    if (exchange.stalled) exchange.answer.fault = HttpFault::timed_out;
    if (cancelled_.load()) exchange.answer.fault = HttpFault::cancelled;
    if (exchange.answer.fault != HttpFault::none) {
        exchange.answer.fault_text = said[0] != '\0' ? said.data() : curl_easy_strerror(code);
    }
    curl_off_t wait = 0;
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait);
    exchange.answer.head.retry_after = std::chrono::seconds(wait);
    return exchange.answer;
}

}  // namespace ggufit::cli
