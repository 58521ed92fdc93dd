// What each kind of line adds to a start; all take any line and leave it alone where it is none of theirs.
#pragma once

#include <string>
#include <vector>

#include "log/log.h"
#include "log/text.h"

namespace ggufit {

/// No list in a Log has more entries: a hostile text does not fill memory.
inline constexpr size_t kMostLogEntries = 512;

/// Appends where the list has room.
template <typename Entry>
void addEntry(std::vector<Entry> & list, Entry entry) {
    if (list.size() < kMostLogEntries) list.push_back(std::move(entry));
}

/// Sets a fact, in place where it is there.
void setFact(LogFacts & facts, std::string_view key, std::string_view value);

/// Sets a fact that no line has set yet.
void offerFact(LogFacts & facts, std::string_view key, std::string_view value);

/// The figures that lines belong to: those of the model, or of a draft once its loading was announced.
[[nodiscard]] LogFigures & figuresOf(Log & log);

void advanceTo(Log & log, LogStage stage);

/// What the model is, how it was loaded, and which settings it runs with.
void readFacts(const LogLine & line, Log & log);

/// Buffers, caches, graphs.
void readBuffers(const LogLine & line, Log & log);

/// Devices and what is free on them.
void readDevices(const LogLine & line, Log & log);

/// --fit's lines and the memory table.
void readMemory(const LogLine & line, Log & log);

/// Memory that was not there, and other errors.
void readFailures(const LogLine & line, Log & log);

/// Timings.
void readSpeed(const LogLine & line, Log & log);

}  // namespace ggufit
