// Reads kind, transfers, channels and measured figures out of a text like "DDR5-6000 2ch".
#include "machine/ram_bandwidth.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "machine/ram_words.h"

namespace ggufit {

namespace {

using Words = std::vector<RamWord>;

/// What a text says; 0 and nothing where it says nothing.
struct Memory {
    int generation = 0;  // 5 of DDR5
    bool low_power = false;
    bool extended = false;  // the X of LPDDR5X
    bool unified = false;
    double transfers = 0;  // millions a second
    double channels = 0;   // of 64 bits
    double gb_s = 0;       // a figure of bandwidth itself
    double sticks = 0;     // "4 sticks"
};

std::string_view textAt(const Words & words, size_t i) {
    return i < words.size() ? std::string_view(words[i].text) : std::string_view();
}

bool isTransfers(const Words & words, size_t i) {
    return i < words.size() && words[i].number >= 400 && words[i].number <= 30'000 &&
           words[i].text.find('.') == std::string::npos;
}

/// "ddr" "5" "x" "-" "8000" at `i`.
void readKind(const Words & words, size_t i, Memory & memory) {
    const double generation = i + 1 < words.size() ? words[i + 1].number : 0;
    if (generation < 2 || generation > 6 || memory.generation != 0) return;
    memory.generation = static_cast<int>(generation);
    memory.low_power = words[i].text == "lpddr";
    size_t next = i + 2;
    if (textAt(words, next) == "x" && !words[next].apart) {
        memory.extended = true;
        ++next;
    }
    if (textAt(words, next) == "-" || textAt(words, next) == "@") ++next;
    if (isTransfers(words, next)) memory.transfers = words[next].number;
}

/// Channels by the word before "channel", or sticks: a number or a word for one. 0 where it is neither.
double channelsBefore(const Words & words, size_t i) {
    if (i > 0 && words[i - 1].text == "-") --i;
    if (i == 0) return 0;
    constexpr std::pair<std::string_view, int> kCounts[] = {{"single", 1}, {"dual", 2},   {"two", 2},  {"quad", 4},
                                                            {"four", 4},   {"six", 6},    {"hexa", 6}, {"octa", 8},
                                                            {"eight", 8},  {"twelve", 12}};
    for (const auto & [word, count] : kCounts) {
        if (words[i - 1].text == word) return count;
    }
    const double number = words[i - 1].number;
    return number >= 1 && number <= 64 ? static_cast<double>(static_cast<int>(number)) : 0;
}

/// "stick", "dimms", "modules": what memory comes in.
bool isStick(std::string_view word) {
    constexpr std::string_view kWords[] = {"stick", "sticks", "dimm", "dimms", "module", "modules"};
    return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

/// A rate that ends in the "gb" at `i`; the middle of a range ("225-256 GB/s").
double rateBefore(const Words & words, size_t i) {
    const bool rate = (words[i].text == "gb" && textAt(words, i + 1) == "/" && textAt(words, i + 2) == "s") ||
                      words[i].text == "gbps";
    if (!rate || i == 0) return 0;
    double value = words[i - 1].number;
    if (i >= 3 && words[i - 2].text == "-" && words[i - 3].number > 0) value = (value + words[i - 3].number) / 2;
    return value >= 1 && value <= 20'000 ? value : 0;
}

Memory readMemory(const Words & words) {
    Memory memory;
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string & word = words[i].text;
        if (word == "ddr" || word == "lpddr") readKind(words, i, memory);
        if (word == "unified") memory.unified = true;
        if (word == "ch" || word == "channel" || word == "channels") {
            if (const double channels = channelsBefore(words, i); channels > 0) memory.channels = channels;
        }
        if (isStick(word)) memory.sticks = channelsBefore(words, i);
        const bool bits = (word == "bit" && i > 1 && words[i - 1].text == "-") || (word == "bit" && i > 0);
        if (bits) {
            const double width = words[words[i - 1].text == "-" && i > 1 ? i - 2 : i - 1].number;
            if (width >= 16 && width <= 8192) memory.channels = width / 64;
        }
        if ((word == "mt" || word == "mhz" || word == "mts") && i > 0 && isTransfers(words, i - 1))
            memory.transfers = words[i - 1].number;
        if (const double rate = rateBefore(words, i); rate > 0 && memory.gb_s == 0) memory.gb_s = rate;
    }
    return memory;
}

double usualTransfers(const Memory & memory) {
    if (memory.low_power) return memory.generation >= 5 ? (memory.extended ? 8000 : 6400) : 4266;
    if (memory.generation >= 5) return memory.channels >= 4 ? 4800 : 5600;
    return memory.generation == 4 ? 3200 : memory.generation == 3 ? 1600 : 800;
}

/// Two sticks a channel of DDR5 are specified for 3600 (AMD's AM5) to 4400 (Intel's desktops), whatever the kit's own
/// rate; DDR4 runs at its rate with four.
constexpr double kTransfersOfPairs = 4000;
bool slowedByPairs(const Memory & memory) {
    return memory.generation >= 5 && !memory.low_power && !memory.unified && memory.sticks > memory.channels &&
           memory.channels <= 2 && memory.transfers > kTransfersOfPairs;
}

/// What processors are seen to read of the peak: 0.40 to 0.46 on Strix Halo and 0.25 to 0.29 on Apple's chips, where
/// the GPU has the rest; 0.73 to 0.87 on servers; 0.9 of DDR4 on desktops, and of DDR5 0.9 or, on AM5, 0.65.
double usualShare(const Memory & memory) {
    const bool wide = memory.low_power && memory.channels >= 4;
    if (memory.unified || wide) return memory.generation > 0 ? 0.43 : 0.28;
    if (memory.channels >= 4) return 0.8;
    return memory.generation >= 5 ? 0.75 : 0.9;
}

}  // namespace

RamBandwidth ramBandwidth(const Host & host) {
    Memory memory = readMemory(ramWords(host.memory));
    RamBandwidth bandwidth;
    if (memory.generation == 0) {
        bandwidth.peak_gb_s = memory.gb_s;
        bandwidth.read_gb_s = memory.unified ? memory.gb_s * usualShare(memory) : memory.gb_s;
        return bandwidth;
    }
    bandwidth.assumed = memory.transfers == 0 || memory.channels == 0;
    if (memory.channels == 0) memory.channels = memory.unified ? 4 : 2;
    if (memory.transfers == 0) memory.transfers = usualTransfers(memory);
    bandwidth.channels = memory.channels;
    bandwidth.peak_gb_s = memory.transfers * 8 * memory.channels / 1000;
    if (memory.gb_s > 0 && !memory.unified) {
        bandwidth.read_gb_s = memory.gb_s;
        bandwidth.peak_gb_s = std::max(bandwidth.peak_gb_s, memory.gb_s);
        return bandwidth;
    }
    if (memory.gb_s > 0) bandwidth.peak_gb_s = memory.gb_s;
    bandwidth.read_gb_s = bandwidth.peak_gb_s * usualShare(memory);
    bandwidth.slowed = slowedByPairs(memory);
    if (bandwidth.slowed) bandwidth.read_gb_s *= kTransfersOfPairs / memory.transfers;
    return bandwidth;
}

}  // namespace ggufit
