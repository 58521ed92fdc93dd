// Servers on loopback for the tests: nginx as it is, and one that does wrong what nginx can't.
#pragma once

#include <sys/types.h>
#include <string>
#include <vector>

namespace ggufit::test {

/// A model whose header has a vocabulary of 152 thousand tokens, in a sparse file of 60 GB in the tests' folder.
struct LargeModel {
    std::string file_name;
    std::string name;  // that the header says
    uint64_t header_bytes = 0;
};
[[nodiscard]] const LargeModel & largeModel();

/// A program that serves until its end.
class Server {
  public:
    Server(const std::vector<std::string> & words, int port);
    ~Server();
    Server(const Server &) = delete;
    Server & operator=(const Server &) = delete;

  private:
    pid_t process_ = -1;
};

/// What a server was asked, in order.
struct Asked {
    std::string path;
    int status = 0;
    std::string range;          // "0-262143", "-" where none was asked for
    uint64_t body_bytes = 0;    // sent
    std::string authorization;  // "-" where none came
};

/// nginx with two addresses: `url` is a site with Hugging Face's paths, whose files lie behind a redirect to
/// `elsewhere`. Both serve the folder of the tests. Started by the first call, for all tests.
struct Site {
    std::string url;
    std::string elsewhere;
};
[[nodiscard]] const Site & site();

/// What both were asked since the last call.
[[nodiscard]] std::vector<Asked> askedOfSite();

/// The server of misbehave.mjs, which serves `file` of the tests' folder wrongly: url + "/FAULT/name.gguf".
[[nodiscard]] const std::string & faultyUrl();
[[nodiscard]] std::vector<Asked> askedOfFaulty();

}  // namespace ggufit::test
