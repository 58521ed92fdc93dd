#!/usr/bin/env python3
"""Fits the constants of core/speed/efficiencies.cpp to published measurements, and reports what is left.

  fit.py --features BUILD/tests/bench/speed_features [--cross] [--seeds N] [--nested] [--check] [--worst N]

Reads measured.csv beside it, gpus.csv of core/machine, and the headers of speed_models.tar.xz and of tests/data/truth.
--cross adds a five-fold cross-validation by source, --seeds N repeats it with N other ways of dealing the sources to
folds, --nested lets each training half choose the spread of classes by its own folds; --check scores the constants that
are compiled in. Needs numpy.
"""
import argparse, collections, math

import numpy as np

from law import COMPILED, NEWEST, Data, Law
from rows import FAMILIES, TYPES, add_features, generation, read_rows


def summary(title, ratios, rows, by_class=False):
    groups = collections.defaultdict(list)
    for ratio, row in zip(ratios, rows):
        groups[row["kind"]].append(ratio)
        if by_class:
            groups["  " + row["kind"] + " " + row["family"] + ":" + generation(row["gpus"][0])].append(ratio)
        if "localscore" not in row["source"]:
            groups[row["kind"] + ", without localscore"].append(ratio)
    print(f"\n{title}")
    for kind in sorted(groups, key=str.strip):
        errors = sorted(abs(r - 1) for r in groups[kind])
        spread = sorted(max(r, 1 / r) for r in groups[kind])
        log = np.log(groups[kind])
        print(f"{kind:42s} {len(errors):4d} rows  median error {100 * errors[len(errors) // 2]:5.1f} %  "
              f"90 % within x{spread[math.ceil(0.9 * len(spread)) - 1]:.2f}  bias x{math.exp(np.median(log)):.3f}  "
              f"10..90 % x{math.exp(np.quantile(-log, 0.1)):.2f}..x{math.exp(np.quantile(-log, 0.9)):.2f}")


def print_table(p, classes, data):
    """As the rows of core/speed/efficiencies.cpp."""
    for name in [n for n in p if n.startswith(("kernels", "token", "hop", "bf16", "quantized", "age", "weight"))]:
        print(f"{name:36s} {p[name]:.4g}")
    for f in FAMILIES:
        types = ", ".join(f"{p[f'type {f} {t}']:.2f}" for t in TYPES)
        print(f"    {{\"{f}\", {{{types}}}, {p['experts ' + f]:.2f}, {p['cache ' + f]:.2f}}},")
    prompts = prompt_operations(data)
    for c in classes:
        f, g = c.split(":")
        launch = p["launch " + f] * p["launch " + c] * math.exp(p["age " + f] * (NEWEST - COMPILED))
        share = min(0.97, p["bandwidth " + f] * p["bandwidth " + c])
        print(f"    {{Family::{f.lower()}, Generation::{g}, {{{share:.2f}, {launch * 1e6:.1f}e-6, "
              f"{p['attention ' + c]:.0f}, {prompts.get(c, 25):.0f}, true}}}},")


def check_ranges(rows):
    """How many measured speeds lie in the range that is stated."""
    for kind in sorted({row["kind"] for row in rows}):
        held = [row["features"]["low"] <= row["tg"] <= row["features"]["high"] for row in rows if row["kind"] == kind]
        print(f"{kind}: {100 * np.mean(held):.0f} % of {len(held)} lie in their range")


def prompt_operations(data):
    """Operations of a prompt's token times its speed, over the bandwidth: the median of a class."""
    found = collections.defaultdict(list)
    for experts in (False, True):
        for row in data.rows:
            steps = row["features"]["steps"].items()
            if row["pp"] and len(row["gpus"]) == 1 and any(key.split("|")[1] == "1" for key, _ in steps) == experts:
                ops = sum(ops for key, (_, ops, _) in steps if not key.startswith("-1"))
                bandwidth = float(row["gpus"][0]["mem_bandwidth_gb_s"]) * 1e9
                name = row["family"] + ":" + generation(row["gpus"][0])
                found["experts " * experts + name].append(ops * row["pp"] / bandwidth)
    medians = {name: float(np.median(values)) for name, values in found.items()}
    both = [medians["experts " + name] / medians[name] for name in medians if "experts " + name in medians]
    print(f"prompts with experts {np.median(both):.2f} of {np.round(both, 2)}")
    return medians


def folds_of(rows, seed=0):
    """Sources to five folds of nearly equal size: the largest first (seed 0) or in a random order, each to the fold that
    has least."""
    counts = collections.Counter(row["source"] for row in rows).most_common()
    if seed:
        np.random.default_rng(seed).shuffle(counts)
    sizes, folds = [0] * 5, {}
    for source, count in counts:
        folds[source] = sizes.index(min(sizes))
        sizes[folds[source]] += int(count)
    return np.array([folds[row["source"]] for row in rows])


def cross(rows, classes, seed=0, choose=None):
    """Predicted over measured, each by a law that has seen no row of its source. `choose` finds the spread of classes by
    the other folds' rows alone."""
    out, folds = np.zeros(len(rows)), folds_of(rows, seed)
    for fold in sorted(set(folds)):
        known = [row for row, other in zip(rows, folds != fold) if other]
        asked = [row for row, held in zip(rows, folds == fold) if held]
        law = Law(classes, choose(known, classes)) if choose else Law(classes)
        out[folds == fold] = 1 / law.seconds(law.fit(Data(known)), Data(asked))
    return out / np.array([row["tg"] for row in rows])


def best_spread(rows, classes):
    """By the mean distance of their own cross-validation."""
    def distance(spread):
        return np.mean(np.abs(np.log(cross(rows, classes, 0, lambda *_: spread))))
    return min((0.05, 0.1, 0.15, 0.2), key=distance)


def figures(ratios, rows, kind):
    chosen = np.array([ratio for ratio, row in zip(ratios, rows) if row["kind"] == kind])
    errors, spread = np.sort(abs(chosen - 1)), np.sort(np.maximum(chosen, 1 / chosen))
    return 100 * errors[len(errors) // 2], spread[math.ceil(0.9 * len(spread)) - 1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", required=True)
    parser.add_argument("--cross", action="store_true")
    parser.add_argument("--seeds", type=int, default=0)
    parser.add_argument("--nested", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--worst", type=int, default=10)
    options = parser.parse_args()
    rows = add_features(read_rows(), options.features)
    if options.check:
        ratios = np.array([row["features"]["decode"] / row["tg"] for row in rows])
        check_ranges(rows)
    else:
        rows = [row for row in rows if row["kind"] in ("one GPU", "several GPUs")]
        data = Data(rows)
        law = Law(sorted(set(data.class_of)))
        x = law.fit(data)
        print_table(law.values(x), law.classes, data)
        ratios = 1 / law.seconds(x, data, NEWEST - COMPILED) / data.speed
        summary("In sample, each row by a build of its age", 1 / law.seconds(x, data) / data.speed, rows)
    summary(f"In sample, all by a build of {COMPILED}", ratios, rows, True)
    for ratio, row in sorted(zip(ratios, rows), key=lambda r: -abs(math.log(r[0])))[: options.worst]:
        print(f"x{ratio:.2f} {row['header']} on {row['devices']}, {row['family']}, fill {row['fill']}: "
              f"{row['tg']:.1f} t/s ({row['source'][:40]})")
    if options.check:
        return
    if options.cross:
        summary("Cross-validated by source", cross(rows, law.classes), rows, True)
    if options.nested:
        summary("The same, the spread of classes chosen within", cross(rows, law.classes, 0, best_spread), rows)
    seeds = [[figures(ratios, rows, kind) for kind in ("one GPU", "several GPUs")]
             for ratios in (cross(rows, law.classes, seed) for seed in range(1, options.seeds + 1))]
    for seed, ((error, spread), (error2, spread2)) in enumerate(seeds, 1):
        print(f"folds {seed}: one GPU {error:.1f} %, x{spread:.3f}; several {error2:.1f} %, x{spread2:.2f}")
    if seeds:
        print("mean of folds:", np.round(np.mean(seeds, 0), 3).tolist())


if __name__ == "__main__":
    main()
