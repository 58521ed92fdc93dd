// A GET as far as it can be got: redirects, the token for its own host alone, patience with servers that fail.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "access.h"
#include "base/result.h"
#include "http.h"

namespace ggufit::cli {

/// What is asked for. `headers` is called for each attempt, so that one can go on where the last was cut.
struct Question {
    std::string url;
    std::string shown;  // in messages, without a query
    std::function<std::vector<std::string>()> headers;
    TakeBody take;  // of answers with status 200 and 206
};

/// The transfers of one thread.
class Transfer {
  public:
    Transfer(const Access & access, const std::atomic<bool> & cancelled);

    /// The head of the last answer: status 200, 206, 304 or 416. Anything else is one sentence.
    [[nodiscard]] Result<HttpHead> get(const Question & question);

  private:
    struct Attempt;
    [[nodiscard]] HttpAnswer ask(const std::string & url, const Question & question);
    [[nodiscard]] Attempt attempt(const Question & question);
    [[nodiscard]] Error sentence(const Question & question, const HttpAnswer & answer) const;
    [[nodiscard]] bool mayHoldToken(const std::string & url) const;
    void wait(std::chrono::milliseconds duration) const;

    const Access & access_;
    const std::atomic<bool> & cancelled_;
    HttpConnection connection_;
    std::string asked_url_;   // of the last question that was answered well
    std::string direct_url_;  // where its redirects led
};

}  // namespace ggufit::cli
