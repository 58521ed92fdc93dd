// The growing prefix of a file on a server: what to ask next, what an answer means, when it is enough.
#include "fetch_header.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "base/units.h"
#include "base/values.h"
#include "gguf/likely_size.h"
#include "gguf/read.h"

namespace ggufit::cli {

namespace {

constexpr uint64_t kFirstBytes = 256 * kKib;
constexpr uint64_t kFirstOfLaterShard = 64 * kKib;  // a directory of tensors alone
constexpr uint64_t kMostBytes = 256 * kMib;         // real headers stay below 32 MiB
constexpr uint64_t kWorthKeeping = 128 * kKib;      // rest of an answer that is taken to keep the connection open
constexpr int kMostQuestions = 32;

struct ByteRange {
    uint64_t first = 0;
    uint64_t last = 0;
    uint64_t total = 0;  // 0: not said
};

/// "bytes 0-1023/4096", "bytes 0-1023/*".
std::optional<ByteRange> parseContentRange(std::string_view text) {
    if (!text.starts_with("bytes ")) return std::nullopt;
    text.remove_prefix(6);
    const size_t dash = text.find('-'), slash = text.find('/');
    if (dash == std::string_view::npos || slash == std::string_view::npos || dash > slash) return std::nullopt;
    const auto first = parseUnsigned(text.substr(0, dash));
    const auto last = parseUnsigned(text.substr(dash + 1, slash - dash - 1));
    if (!first || !last || *last < *first) return std::nullopt;
    const std::string_view rest = text.substr(slash + 1);
    if (rest == "*") return ByteRange{*first, *last, 0};
    const auto total = parseUnsigned(rest);
    if (!total || *total <= *last) return std::nullopt;
    return ByteRange{*first, *last, *total};
}

bool isStrong(const std::string & etag) { return etag.starts_with('"'); }

/// The same tag, weak or not: servers that compress or join answers weaken it.
bool sameTag(std::string_view a, std::string_view b) {
    if (a.starts_with("W/")) a.remove_prefix(2);
    if (b.starts_with("W/")) b.remove_prefix(2);
    return !a.empty() && a == b;
}

class HeaderFetch {
  public:
    HeaderFetch(const RemoteFile & file, bool later_shard, Fetching & fetching, Transfer & transfer)
        : file_(file),
          shown_(shownUrl(file.url)),
          fetching_(fetching),
          transfer_(transfer),
          wanted_(later_shard ? kFirstOfLaterShard : kFirstBytes) {}

    Result<File> read() {
        cached_ = fetching_.cache.find(file_.url);
        if (fetching_.access.offline) {
            if (!cached_) return failed("is not in the cache, and nothing may be fetched (HF_HUB_OFFLINE).");
            return fromCache();
        }
        for (int question = 0; question < kMostQuestions; question++) {
            const uint64_t had = prefix_.size();
            auto head = ask();
            if (changed_) {
                if (++restarts_ > 1) return failed("changes while it is read: try again when it is complete.");
                restart();
                continue;
            }
            if (error_) return *std::move(error_);
            if (result_) return std::move(*result_);
            if (!head) return head.error();
            if (head->status == 304 || unchanged_) {
                auto kept = fromCache();
                if (kept) return kept;
                restart();
                continue;
            }
            auto done = afterAnswer(*head, had);
            if (done) return *std::move(done);
        }
        return failed("comes in pieces too small to read its header.");
    }

  private:
    Error failed(std::string detail) const { return {ErrorCode::input, shown_, std::move(detail)}; }

    Result<File> fromCache() const {
        if (!cached_) return failed("is said to be unchanged, though it was never read: try again.");
        return readHeader(cached_->bytes, cached_->file_bytes, file_.name);
    }

    void restart() {
        prefix_.clear();
        checked_ = next_check_ = total_ = 0;
        etag_.clear();
        cached_.reset();
        changed_ = unchanged_ = false;
        wanted_ = kFirstBytes;
    }

    std::vector<std::string> headers() const {
        std::vector<std::string> lines = {"Range: bytes=" + std::to_string(prefix_.size()) + "-" +
                                          std::to_string(std::max<uint64_t>(wanted_, prefix_.size() + 1) - 1)};
        if (!prefix_.empty() && isStrong(etag_)) lines.push_back("If-Range: " + etag_);
        if (prefix_.empty() && cached_) lines.push_back("If-None-Match: " + cached_->etag);
        return lines;
    }

    Result<HttpHead> ask() {
        const auto start = [this] {
            looked_at_ = false;
            return headers();
        };
        const auto take_body = [this](const HttpHead & head, std::span<const uint8_t> bytes) {
            return take(head, bytes);
        };
        return transfer_.get({file_.url, shown_, start, take_body});
    }

    /// What the head says, before its body counts. False: the body is not wanted.
    bool accept(const HttpHead & head) {
        if (result_) return false;  // the end of an answer that was cut
        if (!head.content_encoding.empty() && head.content_encoding != "identity") {
            error_ = failed("comes encoded as " + quotedText(head.content_encoding) +
                            " though it was asked for as it is: download the file instead.");
            return false;
        }
        if (cached_ && prefix_.empty() && sameTag(head.etag, cached_->etag)) return !(unchanged_ = true);
        return head.status == 206 ? acceptPart(head) : acceptWhole(head);
    }

    bool acceptPart(const HttpHead & head) {
        const auto range = parseContentRange(head.content_range);
        if (!range || range->first != prefix_.size()) {
            error_ = failed("is answered with other bytes than were asked for (" +
                            (head.content_range.empty() ? "without a range" : quotedText(head.content_range)) +
                            "): the server does not do ranges right; download the file instead.");
            return false;
        }
        const bool other_tag = !etag_.empty() && !head.etag.empty() && !sameTag(etag_, head.etag);
        if (!prefix_.empty() && (other_tag || range->total != total_)) return !(changed_ = true);
        etag_ = head.etag;
        total_ = range->total;
        answered_ = range->last + 1;
        return true;
    }

    /// The whole file: of a server without ranges, or because it is no longer the file that it was.
    bool acceptWhole(const HttpHead & head) {
        const bool same = sameTag(etag_, head.etag) || etag_.empty();
        if (!prefix_.empty() && !same) return !(changed_ = true);
        prefix_.clear();
        checked_ = next_check_ = 0;
        etag_ = head.etag;
        total_ = head.content_length.value_or(0);
        answered_ = UINT64_MAX;
        return true;
    }

    bool take(const HttpHead & head, std::span<const uint8_t> bytes) {
        fetching_.took(bytes.size());
        if (!std::exchange(looked_at_, true) && !accept(head)) return false;
        if (result_) return (surplus_ += bytes.size()) <= kWorthKeeping;
        prefix_.insert(prefix_.end(), bytes.begin(), bytes.end());
        if (prefix_.size() > kMostBytes) {
            error_ = failed("has no end of its header within its first 256 MiB: it is damaged.");
            return false;
        }
        if (prefix_.size() < next_check_) return true;
        check();
        if (error_) return false;
        return !result_ || (answered_ != UINT64_MAX && answered_ - prefix_.size() <= kWorthKeeping);
    }

    /// Reads what is there. Sets result_, error_, or how far to go on.
    void check() {
        checked_ = prefix_.size();
        auto file = readHeader(prefix_, total_, file_.name);
        if (file) {
            keep(*file);
            result_ = std::move(file);
            return;
        }
        Error error = file.error();
        if (error.code == ErrorCode::truncated && (total_ == 0 || prefix_.size() < total_)) {
            next_check_ = std::max(error.needed_bytes, checked_ + checked_ / 8);
            return;
        }
        error.where = shown_;
        error_ = std::move(error);
    }

    void keep(const File & file) const {
        const uint64_t header_bytes = std::min<uint64_t>(file.shards.front().header_bytes, prefix_.size());
        CachedAnswer answer{etag_, "", total_, {}};
        answer.bytes.assign(prefix_.begin(), prefix_.begin() + static_cast<std::ptrdiff_t>(header_bytes));
        fetching_.cache.keep(file_.url, answer);
    }

    /// An answer has ended without a header in full: its error, or nothing where another question is to follow.
    std::optional<Result<File>> afterAnswer(const HttpHead & head, uint64_t had) {
        const bool ended = head.status == 200 || head.status == 416;
        if (head.status == 416 && !prefix_.empty()) return failed("is shorter than it was said to be: try again.");
        if (prefix_.size() > checked_ || prefix_.empty()) check();
        if (error_) return Result<File>(*std::move(error_));
        if (result_) return std::move(*result_);
        if (ended || prefix_.size() <= had) {
            return Result<File>(failed("ends inside its header, at byte " + formatCount(prefix_.size()) +
                                       ": it is damaged, or its upload is not complete."));
        }
        const uint64_t likely =
            std::max(likelyHeaderBytes(prefix_), std::max(next_check_, 2 * uint64_t{prefix_.size()}));
        wanted_ = std::min(likely, total_ == 0 ? kMostBytes : total_);
        return std::nullopt;
    }

    const RemoteFile & file_;
    std::string shown_;
    Fetching & fetching_;
    Transfer & transfer_;

    std::vector<uint8_t> prefix_;
    uint64_t wanted_;          // bytes from the start of the file, by the next question
    uint64_t answered_ = 0;    // where the present answer ends, in the file
    uint64_t total_ = 0;       // size of the file; 0 where it is not known
    uint64_t checked_ = 0;     // bytes that the reader has seen
    uint64_t next_check_ = 0;  // bytes that it needs to see more
    uint64_t surplus_ = 0;     // taken behind the header
    std::string etag_;
    std::optional<CachedAnswer> cached_;
    bool looked_at_ = false;  // the head of this attempt
    std::optional<Result<File>> result_;
    std::optional<Error> error_;
    bool changed_ = false;    // since the last answer
    bool unchanged_ = false;  // since it was cached
    int restarts_ = 0;
};

}  // namespace

std::string shownUrl(const std::string & url) { return url.substr(0, url.find('?')); }

Result<File> fetchHeader(const RemoteFile & file, bool later_shard, Fetching & fetching, Transfer & transfer) {
    return HeaderFetch(file, later_shard, fetching, transfer).read();
}

Result<FetchedText> fetchText(const std::string & url, const std::string & shown, uint64_t most_bytes,
                              Fetching & fetching, Transfer & transfer) {
    const auto failed = [&](std::string detail) { return Error{ErrorCode::input, shown, std::move(detail)}; };
    const auto cached = fetching.cache.find(url);
    const auto kept = [&] {
        return FetchedText{std::string(cached->bytes.begin(), cached->bytes.end()), cached->link};
    };
    if (fetching.access.offline) {
        if (cached) return kept();
        return failed("is not in the cache, and nothing may be fetched (HF_HUB_OFFLINE).");
    }
    std::vector<uint8_t> body;
    bool too_long = false, encoded = false;
    const auto headers = [&] {
        body.clear();
        std::vector<std::string> lines = {"Accept: application/json"};
        if (cached) lines.push_back("If-None-Match: " + cached->etag);
        return lines;
    };
    const auto take = [&](const HttpHead & head, std::span<const uint8_t> bytes) {
        encoded = !head.content_encoding.empty() && head.content_encoding != "identity";
        fetching.took(bytes.size());
        body.insert(body.end(), bytes.begin(), bytes.end());
        too_long = body.size() > most_bytes;
        return !too_long && !encoded;
    };
    const auto head = transfer.get({url, shown, headers, take});
    if (!head) return head.error();
    if (head->status == 304 && cached) return kept();
    if (encoded)
        return failed("comes encoded as " + quotedText(head->content_encoding) + " though it was asked for as it is.");
    if (too_long)
        return failed("is answered with more than " + formatMib(most_bytes) + ", which no list of files takes.");
    if (head->status != 200)
        return failed("is answered in a way that makes no sense here (status " + std::to_string(head->status) + ").");
    fetching.cache.keep(url, {head->etag, head->link, 0, body});
    return FetchedText{std::string(body.begin(), body.end()), head->link};
}

}  // namespace ggufit::cli
