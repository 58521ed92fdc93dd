// One HTTP request and its answer, by libcurl: no redirects, no repetition, no judgement of the status.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ggufit::cli {

/// What ended a request without a whole answer.
enum class HttpFault : uint8_t { none, cancelled, timed_out, no_host, no_connection, no_trust, cut, refused };

/// Status line and those headers that somebody here reads, of an answer.
struct HttpHead {
    int status = 0;
    std::string etag;
    std::string content_range;
    std::string content_encoding;
    std::string location;  // made absolute
    std::string link;
    std::chrono::seconds retry_after{0};
    std::optional<uint64_t> content_length;
};

struct HttpAnswer {
    HttpHead head;
    HttpFault fault = HttpFault::none;
    std::string fault_text;   // libcurl's words
    uint64_t body_bytes = 0;  // that came over the wire
    bool stopped = false;     // the taker of the body had enough
};

/// Takes a piece of the body; false: enough, close the connection.
using TakeBody = std::function<bool(const HttpHead & head, std::span<const uint8_t> bytes)>;

/// A connection of one thread, kept open between requests to a host. Proxies are those of the environment.
class HttpConnection {
  public:
    HttpConnection(std::chrono::seconds patience, const std::atomic<bool> & cancelled);
    ~HttpConnection();
    HttpConnection(const HttpConnection &) = delete;
    HttpConnection & operator=(const HttpConnection &) = delete;

    /// GET. `headers` are lines "Name: value". Without a byte for as long as the patience the request ends as
    /// timed_out.
    [[nodiscard]] HttpAnswer get(const std::string & url, const std::vector<std::string> & headers,
                                 const TakeBody & take);

    struct Handle;

  private:
    std::unique_ptr<Handle> handle_;
    std::chrono::seconds patience_;
    const std::atomic<bool> & cancelled_;
};

}  // namespace ggufit::cli
