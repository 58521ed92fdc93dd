// Follows redirects itself, so that what goes to which host is decided in one place.
#include "transfer.h"

#include <algorithm>
#include <thread>

#include "hub/reference.h"

namespace ggufit::cli {

namespace {

using std::chrono::milliseconds;

constexpr int kMostRedirects = 6;
constexpr int kMostAttempts = 4;
constexpr milliseconds kFirstPause{500};
constexpr std::chrono::seconds kLongestPause{60};  // that a server may ask for
constexpr uint64_t kMostOfErrorPage = 16 * 1024;

bool isRedirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool isBusy(int status) { return status == 429 || status == 500 || status == 502 || status == 503 || status == 504; }

bool isRefusal(int status) { return status == 400 || status == 401 || status == 403 || status == 404 || status == 410; }

std::string seconds(std::chrono::seconds time) {
    return std::to_string(time.count()) + (time.count() == 1 ? " second" : " seconds");
}

}  // namespace

/// An answer behind its redirects, or why there is none.
struct Transfer::Attempt {
    HttpAnswer answer;
    std::optional<Error> error;
    std::string url;
};

Transfer::Transfer(const Access & access, const std::atomic<bool> & cancelled)
    : access_(access), cancelled_(cancelled), connection_(access.patience, cancelled) {}

bool Transfer::mayHoldToken(const std::string & url) const {
    const std::string origin = urlOrigin(url);
    if (access_.token.empty() || origin.empty() || origin != urlOrigin(access_.endpoints.hugging_face)) return false;
    return origin.starts_with("https://") || isLoopback(origin);
}

HttpAnswer Transfer::ask(const std::string & url, const Question & question) {
    std::vector<std::string> headers = question.headers();
    headers.emplace_back("Accept-Encoding: identity");
    if (mayHoldToken(url)) headers.push_back("Authorization: Bearer " + access_.token);
    uint64_t dropped = 0;
    return connection_.get(url, headers, [&](const HttpHead & head, std::span<const uint8_t> bytes) {
        if (head.status == 200 || head.status == 206) return question.take(head, bytes);
        dropped += bytes.size();
        return dropped <= kMostOfErrorPage;
    });
}

Transfer::Attempt Transfer::attempt(const Question & question) {
    const auto refused = [&](std::string detail) {
        return Attempt{{}, Error{ErrorCode::input, question.shown, std::move(detail)}, {}};
    };
    std::string url = question.url == asked_url_ ? direct_url_ : question.url;
    bool direct = url != question.url;
    for (int redirects = 0; redirects <= kMostRedirects;) {
        HttpAnswer answer = ask(url, question);
        if (direct && isRefusal(answer.head.status)) {  // a signed address does not last
            direct = false;
            url = question.url;
            continue;
        }
        if (answer.fault != HttpFault::none || !isRedirect(answer.head.status)) return {std::move(answer), {}, url};
        const std::string next = answer.head.location;
        if (urlOrigin(next).empty()) return refused("leads to an address that is no http or https URL.");
        if (url.starts_with("https://") && !next.starts_with("https://")) {
            return refused("leads from https to an address without encryption, which ggufit does not follow.");
        }
        url = next;
        redirects++;
    }
    return refused("leads from one address to the next without end.");
}

void Transfer::wait(milliseconds duration) const {
    const auto end = std::chrono::steady_clock::now() + duration;
    while (!cancelled_.load() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(milliseconds(20));
}

Error Transfer::sentence(const Question & question, const HttpAnswer & answer) const {
    const auto said = [&](std::string detail) { return Error{ErrorCode::input, question.shown, std::move(detail)}; };
    const std::string because = " (" + answer.fault_text + ").";
    switch (answer.fault) {
        case HttpFault::cancelled: return said("was not read to its end, as you asked.");
        case HttpFault::timed_out:
            return said("did not answer or sent next to nothing for " + seconds(access_.patience) +
                        ": try again, or give it longer with GGUFIT_HTTP_TIMEOUT=SECONDS.");
        case HttpFault::no_host:
            return said("lies on a host that is not found: look at the spelling, the network, the proxy" + because);
        case HttpFault::no_connection:
            return said("can't be reached: look at the address, the network and the proxy" + because);
        case HttpFault::no_trust: return said("lies on a host whose certificate is not trusted" + because);
        case HttpFault::cut:
            return said("was cut off, " + std::to_string(kMostAttempts) + " times: try again later" + because);
        case HttpFault::refused: return said("can't be asked for" + because);
        case HttpFault::none: break;
    }
    const int status = answer.head.status;
    const std::string number = " (status " + std::to_string(status) + ")";
    const bool on_hub = urlOrigin(question.url) == urlOrigin(access_.endpoints.hugging_face);
    if ((status == 401 || status == 403) && on_hub) {
        const std::string start = access_.token.empty() ? "is not given without permission" + number + ": "
                                                        : "is not given to the token in HF_TOKEN" + number + ": ";
        return said(start +
                    "look at the spelling, accept the model's terms on its page if it has any, and set HF_TOKEN to a "
                    "token that may read it.");
    }
    if (status == 401 || status == 403)
        return said("is not given without permission" + number + ": download the file, or give a URL that needs none.");
    if (status == 404 || status == 410)
        return said("is not there" + number + ": look at the spelling of repository, revision and file.");
    if (status == 429) {
        const auto pause = answer.head.retry_after;
        return said("is not given because of too many requests" + number + ": try again " +
                    (pause.count() > 0 ? "in " + seconds(pause) : "later") +
                    (on_hub && access_.token.empty() ? ", or set HF_TOKEN." : "."));
    }
    if (isBusy(status))
        return said("lies on a server that fails" + number + ", " + std::to_string(kMostAttempts) +
                    " times: try again later.");
    return said("is answered in a way that makes no sense here" + number + ".");
}

Result<HttpHead> Transfer::get(const Question & question) {
    for (int n = 1;; n++) {
        Attempt last = attempt(question);
        if (last.error) return *std::move(last.error);
        const int status = last.answer.head.status;
        const bool whole = last.answer.fault == HttpFault::none;
        if (whole && (status == 200 || status == 206 || status == 304 || status == 416)) {
            asked_url_ = question.url;
            direct_url_ = last.url;
            return last.answer.head;
        }
        asked_url_.clear();
        const HttpFault fault = last.answer.fault;
        const bool again =
            fault == HttpFault::cut || (fault == HttpFault::timed_out && n == 1) || (whole && isBusy(status));
        const auto pause = last.answer.head.retry_after;
        if (!again || n == kMostAttempts || cancelled_.load() || pause > kLongestPause)
            return sentence(question, last.answer);
        wait(std::max<milliseconds>(kFirstPause * (1 << (n - 1)), pause));
    }
}

}  // namespace ggufit::cli
