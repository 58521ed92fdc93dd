// Groups the rows, judges each by the wishes, orders them and words the best.
#include "choose/rank.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <utility>

#include "base/phrase.h"
#include "base/sort.h"
#include "base/units.h"
#include "plan/speeds.h"

namespace ggufit {

namespace {

constexpr uint32_t kMostPicks = 3;

double fullSpeed(const ChooseRow & row) { return row.speed ? row.speed->full.decode_tokens_per_second : 0; }

/// Hundredths of a bit per weight; weights of 32 bits were made of 16.
int64_t qualityOf(const ChooseRow & row) { return std::llround(std::clamp(row.bits_per_weight, 0.0, 16.0) * 100); }

std::string bitsText(double bits) { return formatFixed(bits, 2); }

bool fits(const ChooseRow & row) { return row.verdict != Verdict::does_not_fit; }

std::string contextMiss(const ChooseRow & row, uint32_t wanted) {
    if (row.n_ctx_train != 0 && row.n_ctx_train < wanted && row.largest_n_ctx >= row.n_ctx_train)
        return phrase("trained with {} tokens of context", formatCount(row.n_ctx_train));
    return row.largest_n_ctx == 0 ? ""
                                  : phrase("fits with {} tokens of context at most", formatCount(row.largest_n_ctx));
}

void addClause(std::string & text, const std::string & clause) {
    if (!clause.empty()) text += (text.empty() ? "" : "; ") + clause;
}

/// Which bars a row misses, and a clause for each.
void judge(RankedRow & ranked, const ChooseRow & row, const ChooseWishes & wishes) {
    const uint32_t wanted = wishes.min_ctx != 0 ? wishes.min_ctx : row.n_ctx;
    const bool reaches_context = wishes.min_ctx != 0 ? row.largest_n_ctx >= wanted : fits(row);
    if (!reaches_context) {
        const bool at_all = row.largest_n_ctx != 0;
        ranked.misses.emplace_back(at_all ? "context" : "fit");
        addClause(ranked.reason, at_all ? "" : "does not fit: " + row.placement);
        addClause(ranked.reason, contextMiss(row, wanted));
    }
    if (!reaches_context && !fits(row)) return;
    if (!row.speed) {
        if (wishes.min_tps <= 0) return;
        ranked.misses.emplace_back("speed");
        addClause(ranked.reason, fits(row) ? "its speed is not known"
                                           : phrase("planned for {} tokens of context, which do not fit: {}",
                                                    formatCount(row.n_ctx), row.placement));
    } else if (fullSpeed(row) < wishes.min_tps) {
        ranked.misses.emplace_back("speed");
        addClause(ranked.reason, formatSpeed(fullSpeed(row)) + " t/s with the context full");
    }
}

/// Larger is better; the last decides between rows that are equal in all that matters.
std::array<double, 4> sortKey(const ChooseRow & row, ChooseSort sort) {
    const auto quality = static_cast<double>(qualityOf(row));
    const double size = -static_cast<double>(row.size_bytes), speed = fullSpeed(row);
    switch (sort) {
        case ChooseSort::quality: return {quality, row.imatrix ? 1.0 : 0.0, speed, size};
        case ChooseSort::speed: return {speed, quality, size, 0};
        case ChooseSort::size: return {size, quality, speed, 0};
        case ChooseSort::context: return {static_cast<double>(row.largest_n_ctx), quality, speed, size};
    }
    return {quality, speed, size, 0};
}

std::string barText(const ChooseWishes & wishes, const ChooseRow & row) {
    std::string text;
    if (wishes.min_tps > 0) text = phrase("at least {} t/s", formatSpeed(wishes.min_tps));
    const uint32_t n_ctx = wishes.min_ctx != 0 ? wishes.min_ctx : row.n_ctx;
    return phrase("{}{}a context of {}", text, text.empty() ? "" : " and ", formatCount(n_ctx));
}

std::string firstReason(const ChooseRow & row, const ChooseWishes & wishes, bool only) {
    const std::string bars = barText(wishes, row);
    if (only) return "the one with " + bars;
    switch (wishes.sort) {
        case ChooseSort::quality:
            return phrase("the most bits per weight ({}) with {}", bitsText(row.bits_per_weight), bars);
        case ChooseSort::speed:
            return phrase("the fastest ({} t/s when full) with {}", formatSpeed(fullSpeed(row)), bars);
        case ChooseSort::size: return phrase("the smallest ({}) with {}", formatGib(row.size_bytes), bars);
        case ChooseSort::context:
            return phrase("the largest context ({}) with {}", formatCount(row.largest_n_ctx), bars);
    }
    return "";
}

/// "12 % faster", "2.1 times as fast"; empty below one percent.
std::string relative(double value, double base, const std::string & stem, const char * more, const char * less) {
    if (base <= 0 || value <= 0) return "";
    if (value / base >= 2) return phrase("{} times as {}", formatFixed(value / base, 1), stem);
    const double percent = std::round((value / base - 1) * 100);
    if (percent == 0) return "";
    return phrase("{} % {}", formatFixed(std::fabs(percent), 0), percent > 0 ? more : less);
}

/// Against the first pick: what it costs, what it gains.
std::string nextReason(const ChooseRow & row, const ChooseRow & first) {
    std::string text;
    const double bits = row.bits_per_weight - first.bits_per_weight;
    if (std::fabs(bits) >= 0.005)
        text = phrase("{}{} bits per weight than the first", bitsText(std::fabs(bits)), bits < 0 ? " fewer" : " more");
    const auto add = [&text](const std::string & clause) {
        if (!clause.empty()) text += (text.empty() ? "" : ", ") + clause;
    };
    add(relative(static_cast<double>(row.size_bytes), static_cast<double>(first.size_bytes), "large", "larger",
                 "smaller"));
    add(relative(fullSpeed(row), fullSpeed(first), "fast", "faster", "slower"));
    if (row.largest_n_ctx != first.largest_n_ctx)
        add(phrase("up to {} tokens of context", formatCount(row.largest_n_ctx)));
    if (row.imatrix != first.imatrix) add(row.imatrix ? "with an importance matrix" : "without an importance matrix");
    return text.empty() ? "as good as the first" : text;
}

void sortGroup(RankedGroup & group, const std::vector<ChooseRow> & rows, ChooseSort sort) {
    stableSort(group.rows, [&](const RankedRow & a, const RankedRow & b) {
        if (a.misses.empty() != b.misses.empty()) return a.misses.empty();
        const ChooseRow &one = rows[a.row], &other = rows[b.row];
        if (fits(one) != fits(other)) return fits(one);
        const auto key = sortKey(one, sort), other_key = sortKey(other, sort);
        return key != other_key ? key > other_key : one.name < other.name;
    });
}

void pickBest(RankedGroup & group, const std::vector<ChooseRow> & rows, const ChooseWishes & wishes, uint32_t most) {
    const ChooseRow * first = nullptr;
    const auto n_reaching = std::count_if(group.rows.begin(), group.rows.end(),
                                          [](const RankedRow & ranked) { return ranked.misses.empty(); });
    for (uint32_t i = 0; i < group.rows.size() && i < most; ++i) {
        RankedRow & ranked = group.rows[i];
        if (!ranked.misses.empty()) return;
        const ChooseRow & row = rows[ranked.row];
        ranked.pick = i + 1;
        ranked.reason = first == nullptr ? firstReason(row, wishes, n_reaching == 1) : nextReason(row, *first);
        if (first == nullptr) first = &row;
    }
}

RankedGroup & groupOf(ChooseRanking & ranking, const ChooseRow & row) {
    const auto found = std::find_if(ranking.groups.begin(), ranking.groups.end(),
                                    [&](const RankedGroup & group) { return group.group == row.group; });
    if (found != ranking.groups.end()) return *found;
    return ranking.groups.emplace_back(RankedGroup{row.group, row.model_name, row.architecture, row.parameters, {}});
}

/// Quality says nothing across models: there the larger model comes first.
void sortGroups(ChooseRanking & ranking, const std::vector<ChooseRow> & rows) {
    const ChooseSort sort = ranking.wishes.sort;
    stableSort(ranking.groups, [&](const RankedGroup & a, const RankedGroup & b) {
        const auto reaches = [](const RankedGroup & group) { return group.rows.front().misses.empty(); };
        if (sort != ChooseSort::quality) {
            if (reaches(a) != reaches(b)) return reaches(a);
            const auto key = sortKey(rows[a.rows.front().row], sort), other = sortKey(rows[b.rows.front().row], sort);
            if (key != other) return key > other;
        }
        return std::tie(b.parameters, a.model_name) < std::tie(a.parameters, b.model_name);
    });
}

}  // namespace

const char * chooseSortName(ChooseSort sort) {
    switch (sort) {
        case ChooseSort::quality: return "quality";
        case ChooseSort::speed: return "speed";
        case ChooseSort::size: return "size";
        case ChooseSort::context: return "context";
    }
    return "quality";
}

std::optional<ChooseSort> parseChooseSort(std::string_view name) {
    for (const ChooseSort sort : {ChooseSort::quality, ChooseSort::speed, ChooseSort::size, ChooseSort::context}) {
        if (name == chooseSortName(sort)) return sort;
    }
    return std::nullopt;
}

ChooseRanking rankRows(const std::vector<ChooseRow> & rows, const ChooseWishes & wishes) {
    ChooseRanking ranking;
    ranking.wishes = wishes;
    for (uint32_t i = 0; i < rows.size(); ++i) {
        if (!rows[i].error.empty()) {
            ranking.unreadable.push_back(i);
            continue;
        }
        RankedRow ranked;
        ranked.row = i;
        judge(ranked, rows[i], wishes);
        groupOf(ranking, rows[i]).rows.push_back(std::move(ranked));
    }
    for (RankedGroup & group : ranking.groups) sortGroup(group, rows, wishes.sort);
    sortGroups(ranking, rows);
    for (RankedGroup & group : ranking.groups) {
        const bool alone = ranking.groups.size() == 1;
        if (alone || group.rows.size() > 1) pickBest(group, rows, wishes, alone ? kMostPicks : 1);
    }
    return ranking;
}

}  // namespace ggufit
