// The steps of the bounded walk, and the sentences for bytes that are not there.
#include "gguf/cursor.h"

#include "base/phrase.h"
#include "base/units.h"

namespace ggufit {

std::string quotedFromFile(std::string_view text) {
    constexpr size_t kShown = 64;
    std::string shown = "'";
    for (const char c : text.substr(0, kShown)) shown += c >= 0x20 && c < 0x7f ? c : '?';
    return shown + (text.size() > kShown ? "…'" : "'");
}

std::string countOf(uint64_t count, std::string_view noun) {
    return phrase("{} {}{}", formatCount(count), std::string(noun), count == 1 ? "" : "s");
}

std::string Cursor::subject() const {
    if (subject_name_.empty()) return std::string(subject_kind_);
    return phrase("{} {}", std::string(subject_kind_), quotedFromFile(subject_name_));
}

bool Cursor::fail(ErrorCode code, std::string detail, uint64_t offset) {
    error_ = Error{code, file_name_, std::move(detail), offset, 0};
    return false;
}

bool Cursor::fits(uint64_t bytes, std::string_view item) {
    const uint64_t end = saturatingAdd(saturatingAdd(position_, bytes), outstanding_);
    const std::string what = subject().empty() ? std::string(item) : phrase("{} of {}", std::string(item), subject());
    if (end > kMaxHeaderBytes) {
        return fail(phrase("the {} reaches beyond byte {}, farther than the header of any model: the file is damaged, "
                           "download it again",
                           what, formatCount(kMaxHeaderBytes)),
                    position_);
    }
    if (file_bytes_ != 0 && end > file_bytes_) {
        return fail(ErrorCode::unfinished,
                    phrase("the file ends inside its header: the {} and what follows need at least {} from byte {} on, "
                           "and the file has {}; its download did not finish, or it is damaged: download it again",
                           what, countOf(end - position_, "byte"), formatCount(position_),
                           formatCount(file_bytes_ - position_)),
                    position_);
    }
    return true;
}

bool Cursor::truncated(uint64_t bytes, std::string_view item) {
    const uint64_t end = saturatingAdd(saturatingAdd(position_, bytes), outstanding_);
    fail(ErrorCode::truncated,
         phrase("the first {} of the file end inside its header, at the {}; read at least {}",
                countOf(bytes_.size(), "byte"), std::string(item), formatCount(end)),
         position_);
    error_.needed_bytes = end;
    return false;
}

bool Cursor::length(uint64_t & out, std::string_view item) {
    if (length_bytes_ == 8) return number(out, item);
    uint32_t narrow = 0;
    if (!number(narrow, item)) return false;
    out = narrow;
    return true;
}

bool Cursor::string(std::string_view & out, uint64_t max_bytes, std::string_view item) {
    const uint64_t start = position_;
    uint64_t bytes = 0;
    if (!length(bytes, item)) return false;
    if (bytes > max_bytes) {
        return fail(phrase("the {} of {} says {}, but at most {} are allowed: the file is damaged", std::string(item),
                           subject(), countOf(bytes, "byte"), formatCount(max_bytes)),
                    start);
    }
    if (!need(bytes, item)) return false;
    out = {reinterpret_cast<const char *>(bytes_.data() + position_), static_cast<size_t>(bytes)};
    position_ += bytes;
    return true;
}

template <typename Length>
bool Cursor::skipStringsOf(uint64_t count, std::string_view item) {
    const uint64_t end = bytes_.size();
    uint64_t at = position_;
    for (uint64_t left = count; left > 0; left--) {
        uint64_t bytes = 0;
        const bool whole_length = end - at >= sizeof(Length);
        if (whole_length) bytes = load<Length>(at);
        if (!whole_length || bytes > end - at - sizeof(Length)) {
            arrived((count - left + 1) * sizeof(Length));
            position_ = at;
            return need(saturatingAdd(sizeof(Length), bytes), item);
        }
        at += sizeof(Length) + bytes;
    }
    arrived(count * sizeof(Length));
    position_ = at;
    return true;
}

bool Cursor::skipStrings(uint64_t count, std::string_view item) {
    return length_bytes_ == 8 ? skipStringsOf<uint64_t>(count, item) : skipStringsOf<uint32_t>(count, item);
}

}  // namespace ggufit
