#!/usr/bin/env python3
"""Fits the constants of core/speed/efficiencies.cpp to published measurements, and reports what is left.

  fit.py --features BUILD/tests/bench/speed_features [--cross] [--check] [--worst N]

Reads measured.csv beside it, gpus.csv of core/machine, and the headers of speed_models.tar.xz and of tests/data/truth.
--cross adds a five-fold cross-validation by source; --check scores the constants that are compiled in. Needs numpy, scipy.
"""
import argparse, collections, csv, json, math, os, re, subprocess, tarfile, tempfile

import numpy as np
from scipy.optimize import least_squares

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..", "..")
FAMILIES = ["CUDA", "ROCm", "Vulkan", "Metal"]
TYPES = ["f16", "bf16", "q8", "q4", "mxfp4", "iq", "k"]
KINDS = ["weights", "experts", "cache", "other"]
LANE = {1: 0.25e9, 2: 0.5e9, 3: 0.985e9, 4: 1.97e9, 5: 3.94e9}  # bytes a second of PCIe, by generation

# Names that measured.csv has otherwise than gpus.csv.
ALIASES = {
    "rtx 3080": "geforce rtx 3080 10gb", "rtx 3060": "geforce rtx 3060 12gb", "rtx 2060": "geforce rtx 2060 6gb",
    "rtx 4060 ti": "geforce rtx 4060 ti 16gb", "rtx 5060 ti": "geforce rtx 5060 ti 16gb",
    "rtx 5060 ti 16gb": "geforce rtx 5060 ti 16gb", "rtx 5070 ti 16gb": "geforce rtx 5070 ti",
    "rtx pro 6000 blackwell": "rtx pro 6000 blackwell workstation", "h100 80 gb": "h100 sxm5",
    "a100 80 gb": "a100 sxm4 80gb", "tesla v100": "tesla v100 pcie 16gb", "tesla v100-sxm2-32gb": "tesla v100 sxm2 32gb",
    "jetson agx orin": "jetson agx orin 64gb", "tesla p100": "tesla p100 pcie 16gb", "gtx 1650 ti": "geforce gtx 1650 super",
    "tesla p100-sxm2-16gb": "tesla p100 sxm2 16gb", "apple m1 pro": "apple m1 pro (16-core gpu)",
    "apple m1 max": "apple m1 max (32-core gpu)", "apple m4 max (32-core gpu, 36gb)": "apple m4 max (32-core gpu)",
}
# Rows whose file is not the header's: bytes that a token reads more than the header says, all of them of weights that
# every token reads. Other files are taken to be the header's with every weight in proportion.
OTHER_FILES = {("gpt-oss-120b-f16", 59.02): -1.31e9, ("gpt-oss-20b-mxfp4", 12.83): 1.14e9}
# Names of cards of several sizes, the larger one: meant where the smaller does not hold the file and yet is fast.
LARGER = {"geforce rtx 2060 6gb": "geforce rtx 2060 12gb", "geforce rtx 3080 10gb": "geforce rtx 3080 12gb"}
CARDS = 0.07  # by how much the cards of one class differ: not the law's to explain


def table_of_gpus():
    with open(os.path.join(ROOT, "core", "machine", "data", "gpus.csv")) as file:
        return {row["name"].lower(): row for row in csv.DictReader(file)}


def find_gpu(gpus, name):
    name = re.sub(r" \(PCIe.*\)", "", name).replace("Laptop GPU", "Laptop").lower()
    for tried in (name, "geforce " + name, ALIASES.get(name, ""), name.replace("rtx", "quadro rtx")):
        if tried in gpus:
            return gpus[tried]
    return None


def variant(gpus, gpu, row):
    larger = LARGER.get(gpu["name"].lower())
    size = float(row["file_size_gib"] or 0) * 2**30
    spills = size > float(gpu["vram_gb_nominal"] or 1e6) * 2**30
    fast = size * float(row["tg"]) > 0.3e9 * float(gpu["mem_bandwidth_gb_s"] or 0)
    return gpus[larger] if larger and spills and fast else gpu


def generation(gpu):
    """As core/speed/device_class.cpp."""
    cc, name = gpu["compute_capability_or_gfx"], gpu["name"]
    if gpu["vendor"] == "Apple":
        return next(("apple_" + tier.lower() for tier in ("Ultra", "Max", "Pro") if tier in name), "apple_base")
    for start, out in (("6.0", "pascal_hbm"), ("6", "pascal"), ("5", "pascal"), ("7.0", "volta"), ("7.5", "turing"),
                       ("8.0", "ampere_hbm"), ("8.9", "ada"), ("8", "ampere"), ("9", "hopper"), ("10", "hopper"),
                       ("11", "gb10"), ("12.1", "gb10"), ("12", "blackwell"), ("gfx12", "rdna4"), ("gfx115", "rdna3_5"),
                       ("gfx11", "rdna3"), ("gfx10", "rdna2"), ("gfx908", "cdna"), ("gfx90a", "cdna"), ("gfx94", "cdna"),
                       ("gfx95", "cdna"), ("gfx", "gcn")):
        if cc.startswith(start):
            return out
    return "arc"


def type_group(name):
    name = name.lower()
    if name in ("f16", "f32", "bf16"):
        return "bf16" if name == "bf16" else "f16"
    if name in ("mxfp4", "nvfp4"):
        return "mxfp4"
    if name == "q8_0":
        return "q8"
    if name in ("q4_0", "q4_1", "q5_0", "q5_1", "iq4_nl"):
        return "q4"
    return "iq" if name.startswith(("iq", "tq")) else "k"


def read_rows():
    gpus, rows = table_of_gpus(), []
    with open(os.path.join(HERE, "measured.csv")) as file:
        for row in csv.DictReader(file):
            names = []
            for part in row["devices"].split(" + "):
                match = re.match(r"(\d+)x (.*)", part)
                names += [match[2]] * int(match[1]) if match else [part]
            row["gpus"] = [find_gpu(gpus, name) for name in names]
            if None in row["gpus"] or any(not gpu["mem_bandwidth_gb_s"] for gpu in row["gpus"]):
                continue
            row["gpus"] = [variant(gpus, gpu, row) for gpu in row["gpus"]]
            row["family"] = row["backend"] if row["backend"] in FAMILIES else "ROCm"
            row["tg"], row["pp"], row["fill"] = float(row["tg"]), float(row["pp"] or 0), int(row["fill"])
            rows.append(row)
    return rows


def machine_of(row):
    devices = []
    for gpu in row["gpus"]:
        mib = int(float(gpu["vram_gb_nominal"] or 128) * 1024)
        device = {"description": gpu["nvidia_smi_name"] or gpu["name"], "backend": row["family"], "total_mib": mib,
                  "free_mib": mib, "bandwidth_gb_s": float(gpu["mem_bandwidth_gb_s"]),
                  "architecture": gpu["architecture"], "unified_memory": gpu["unified_memory"] == "1"}
        if row["family"] == "CUDA":
            device["compute_capability"] = gpu["compute_capability_or_gfx"]
        devices.append(device)
    return {"devices": devices, "ram": {"memory": row["ram"]} if row["ram"] else {}}


def add_features(rows, binary):
    """Asks the core what a token of each row does."""
    with tempfile.TemporaryDirectory() as work:
        for archive in (os.path.join(HERE, "speed_models.tar.xz"),
                        os.path.join(ROOT, "tests", "data", "truth", "models.tar.xz")):
            with tarfile.open(archive) as tar:
                tar.extractall(work)
        lines = ["\t".join([os.path.join(work, row["header"] + ".gguf.head"), str(row["fill"]),
                            json.dumps(machine_of(row))] + row["arguments"].split()) for row in rows]
        out = subprocess.run([binary], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True).stdout
    for row, line in zip(rows, out.splitlines()):
        row["features"] = json.loads(line)
    for row in rows:
        if "error" in row["features"]:
            print("left out:", row["header"], row["devices"], row["features"]["error"])
    return [row for row in rows if "error" not in row["features"]]


def spilled_seconds(gpu, held, read):
    """As core/speed/speed.cpp: what a card cannot hold is read over the link, as much of it as of the rest."""
    over = held + 7e8 - float(gpu["vram_gb_nominal"] or 1e6) * 2**30
    lanes = LANE.get(int(gpu["pcie_gen"] or 0), 0) * int(gpu["pcie_lanes"] or 0) * 0.8
    return max(0, over) * min(1, read / held) / ((lanes or 12e9) * 0.5)


def other_file(row):
    """Bytes that a token reads more than the header says, and the factor on its weights' bytes."""
    size = float(row["file_size_gib"] or 0)
    if (row["header"], size) in OTHER_FILES:
        return OTHER_FILES[row["header"], size], 1
    ratio = size * 2**30 / row["features"]["file_bytes"]
    return 0, ratio if size and abs(ratio - 1) > 0.02 else 1


def positions(names):
    order = {name: i for i, name in enumerate(sorted(set(names)))}
    return np.array([order[name] for name in names])


class Data:
    """Arrays over devices of rows, so that a prediction is a few vector operations."""

    def __init__(self, rows):
        self.rows = rows
        at, bandwidth, family, kinds, counts, cache_operations, over, extra = [], [], [], [], [], [], [], []
        self.class_of = []
        for i, row in enumerate(rows):
            features = row["features"]
            sums = [np.zeros((len(KINDS), len(TYPES))) for _ in row["gpus"]]
            launches = [collections.Counter() for _ in row["gpus"]]
            operations = [[0.0, 0.0] for _ in row["gpus"]]
            for key, (count, ops, _) in features["steps"].items():
                device, kind, type_name, _, fused, size = key.split("|")
                if int(device) < 0:
                    continue
                kind = int(kind)
                sums[int(device)][kind][TYPES.index(type_group(type_name))] += count * float(size)
                launches[int(device)]["fused" if fused == "1" else KINDS[kind]] += count
                if KINDS[kind] == "cache":
                    operations[int(device)][0 if type_name in ("f16", "f32", "bf16") else 1] += ops
            more, ratio = other_file(row)
            for d, gpu in enumerate(row["gpus"]):
                sums[d][0][0] = max(0, sums[d][0][0] + more / len(row["gpus"]))
                sums[d][:2] *= ratio
                at.append(i)
                bandwidth.append(float(gpu["mem_bandwidth_gb_s"]) * 1e9)
                family.append(FAMILIES.index(row["family"]))
                self.class_of.append(row["family"] + ":" + generation(gpu))
                kinds.append(sums[d])
                counts.append([launches[d][k] for k in ("weights", "experts", "cache", "other", "fused")])
                cache_operations.append(operations[d])
                spills = row["family"] == "CUDA" and gpu["unified_memory"] != "1"
                over.append(spilled_seconds(gpu, features["held"][d], sums[d][:3].sum()) if spills else 0)
            extra.append(len(row["gpus"]) - 1)
        self.at, self.bandwidth, self.family = np.array(at), np.array(bandwidth), np.array(family)
        self.kinds, self.counts = np.array(kinds), np.array(counts)
        self.operations, self.over, self.hops = np.array(cache_operations), np.array(over), np.array(extra)
        self.speed = np.array([row["tg"] for row in rows])
        self.local = np.array(["localscore" in row["source"] for row in rows])
        self.card = positions([row["family"] + " " + row["devices"] for row in rows])


class Law:
    """The parameters by name, all positive, as logarithms; a prior each, which holds what the data does not say."""

    def __init__(self, classes):
        self.names, self.start, self.spread = [], [], []
        self.classes = classes
        launch = {"CUDA": 2e-6, "ROCm": 5e-6, "Vulkan": 4e-6, "Metal": 6e-6}
        for family in FAMILIES:
            self.add("bandwidth " + family, 0.82, 0.05)
            self.add("launch " + family, launch[family], 1)
            self.add("cache " + family, 0.9, 0.1)
            for name in TYPES:
                self.add(f"type {family} {name}", {"iq": 0.85, "k": 0.88}.get(name, 1), 0.05)
            self.add("experts " + family, 0.9, 0.07)
        self.add("bf16 experts Vulkan", 0.4, 0.5)
        for name in classes:
            self.add("bandwidth " + name, 1, 0.1)
            self.add("launch " + name, 1, 0.4)
            tensor_cores = name.startswith("CUDA") and not name.endswith(("pascal", "pascal_hbm", "volta"))
            self.add("attention " + name, 45 if tensor_cores else 15, 0.7)
        for name, value in (("weights", 1.5), ("experts", 1.5), ("cache", 1.5), ("fused", 0.1)):
            self.add("kernels " + name, value, 0.4)
        self.add("quantized attention", 0.3, 0.5)
        self.add("token", 1e-4, 1)
        self.add("hop", 6e-4, 0.3)
        self.add("localscore", 0.95, 0.001)
        self.start, self.spread = np.log(self.start), np.array(self.spread)

    def add(self, name, start, spread):
        self.names.append(name)
        self.start.append(start)
        self.spread.append(spread)

    def values(self, x):
        return dict(zip(self.names, np.exp(x)))

    def seconds(self, x, data, aside=False):
        p = self.values(x)
        get = lambda what: np.array([p[f"{what} {f}"] for f in FAMILIES])[data.family]
        own = lambda what: np.array([p[f"{what} {c}"] for c in data.class_of])
        types = np.array([[p[f"type {f} {t}"] for t in TYPES] for f in FAMILIES])[data.family]
        experts = types * get("experts")[:, None]
        vulkan = data.family == FAMILIES.index("Vulkan")
        experts[vulkan, TYPES.index("bf16")] *= p["bf16 experts Vulkan"]
        reached = data.bandwidth * np.minimum(0.97, get("bandwidth") * own("bandwidth"))
        moved = (data.kinds[:, 0] / types).sum(1) + (data.kinds[:, 1] / experts).sum(1) + data.kinds[:, 3].sum(1)
        moved += data.kinds[:, 2].sum(1) / get("cache")
        kernels = data.counts @ np.array([p["kernels weights"], p["kernels experts"], p["kernels cache"], 1,
                                          p["kernels fused"]])
        operations = data.operations @ np.array([1, 1 / p["quantized attention"]])
        time = moved / reached + operations / (data.bandwidth * own("attention"))
        time += kernels * get("launch") * own("launch") + data.over
        out = np.bincount(data.at, time, len(data.rows)) + p["token"] + data.hops * p["hop"]
        return np.where(data.local & aside, out / p["localscore"], out)

    def fit(self, data):
        """Each card has an offset of its own while the law is fitted, so that one that was measured often does not speak
        for its class; what is predicted has none."""
        weight = 1 / 0.07
        n = len(self.start)

        def residuals(z):
            x, cards = np.split(z, [n])
            a = np.log(self.seconds(x, data, True) * data.speed)
            a = (a - cards[data.card]) * weight
            a = np.sign(a) * np.sqrt(2 * (np.sqrt(1 + a * a) - 1))  # outliers count by their distance alone
            return np.concatenate([a, (x - self.start) / self.spread, cards / CARDS])

        start = np.concatenate([self.start, np.zeros(data.card.max() + 1)])
        return least_squares(residuals, start, max_nfev=30).x[:n]


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
    for name in [n for n in p if n.startswith(("kernels", "token", "hop", "localscore", "bf16", "quantized"))]:
        print(f"{name:36s} {p[name]:.4g}")
    for f in FAMILIES:
        types = ", ".join(f"{p[f'type {f} {t}']:.2f}" for t in TYPES)
        print(f"    {{\"{f}\", {{{types}}}, {p['experts ' + f]:.2f}, {p['cache ' + f]:.2f}}},")
    prompts = prompt_operations(data)
    for c in classes:
        f, g = c.split(":")
        share = min(0.97, p["bandwidth " + f] * p["bandwidth " + c])
        print(f"    {{Family::{f.lower()}, Generation::{g}, {{{share:.2f}, {p['launch ' + f] * p['launch ' + c] * 1e6:.1f}e-6, "
              f"{p['attention ' + c]:.0f}, {prompts.get(c, 25):.0f}, true}}}},")


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


def folds_of(rows):
    """Sources to five folds of nearly equal size: the largest first, each to the fold that has least."""
    sizes, folds = [0] * 5, {}
    for source, count in collections.Counter(row["source"] for row in rows).most_common():
        folds[source] = sizes.index(min(sizes))
        sizes[folds[source]] += count
    return np.array([folds[row["source"]] for row in rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", required=True)
    parser.add_argument("--cross", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--worst", type=int, default=10)
    options = parser.parse_args()
    rows = add_features(read_rows(), options.features)
    shown = rows
    if options.check:
        ratios = np.array([row["features"]["decode"] / row["tg"] for row in rows])
    else:
        rows = [row for row in rows if row["kind"] in ("one GPU", "several GPUs")]
        shown = rows
        data = Data(rows)
        law = Law(sorted(set(data.class_of)))
        x = law.fit(data)
        print_table(law.values(x), law.classes, data)
        ratios = 1 / law.seconds(x, data) / data.speed
    summary("In sample", ratios, shown, True)
    for ratio, row in sorted(zip(ratios, shown), key=lambda r: -abs(math.log(r[0])))[: options.worst]:
        print(f"x{ratio:.2f} {row['header']} on {row['devices']}, {row['family']}, fill {row['fill']}: "
              f"{row['tg']:.1f} t/s ({row['source'][:40]})")
    if options.cross and not options.check:
        out, folds = np.zeros(len(rows)), folds_of(rows)
        for fold in range(5):
            test = folds == fold
            train = Data([row for row, held in zip(rows, test) if not held])
            x = law.fit(train)
            out[test] = 1 / law.seconds(x, Data([row for row, held in zip(rows, test) if held]))
        summary("Cross-validated by source", out / np.array([row["tg"] for row in rows]), rows, True)


if __name__ == "__main__":
    main()
