// std::regex, which llama.cpp matches -ot with, behind a wall: it compiles slowly and warns where sanitizers are on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ggufit::test {

/// Patterns as llama.cpp compiles them. One that std::regex refuses throws, and fails the test.
class StdPatterns {
  public:
    explicit StdPatterns(const std::vector<std::string> & patterns);
    StdPatterns(const StdPatterns &) = delete;
    StdPatterns & operator=(const StdPatterns &) = delete;
    ~StdPatterns();

    /// Position of the first pattern that matches anywhere in the name; −1 where none does.
    [[nodiscard]] int32_t firstMatch(const std::string & name) const;

  private:
    struct Compiled;
    std::unique_ptr<Compiled> compiled_;
};

}  // namespace ggufit::test
