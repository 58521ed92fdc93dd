// Exit codes and names of the error codes.
#include "base/result.h"

namespace ggufit {

int exitCode(ErrorCode code) {
    switch (code) {
        case ErrorCode::usage: return 2;
        case ErrorCode::input:
        case ErrorCode::truncated:
        case ErrorCode::unfinished: return 3;
        case ErrorCode::unsupported: return 4;
    }
    return 3;
}

const char * errorCodeName(ErrorCode code) {
    switch (code) {
        case ErrorCode::usage: return "usage";
        case ErrorCode::input: return "input";
        case ErrorCode::truncated: return "truncated";
        case ErrorCode::unfinished: return "unfinished";
        case ErrorCode::unsupported: return "unsupported";
    }
    return "input";
}

std::string Warning::whole() const {
    if (remedy.empty()) return text;
    return text + (text.ends_with('.') ? " " : "; ") + remedy;
}

}  // namespace ggufit
