"""The law of core/speed/speed.cpp over arrays of rows, and its fit."""
import collections, math, re

import numpy as np

from rows import FAMILIES, TYPES, generation, other_file, spilled_seconds, type_group

KINDS = ["weights", "experts", "cache", "other"]
NEWEST = 2026.25  # builds after that are taken to launch as fast
COMPILED = 2025.8  # builds that the constants are compiled for: between the mean (2025.6) and the middle (2025.9) of llama.cpp's own rows
CLOCKS = {"M1": 1.28e9, "M2": 1.40e9, "M3": 1.40e9, "M4": 1.58e9, "M5": 1.62e9}  # of Apple's GPUs
CARDS = 0.07  # by how much the cards of one class differ: not the law's to explain
LOCALSCORE = 0.3  # by how much its rows of a class may differ from all others


def positions(names):
    order = {name: i for i, name in enumerate(sorted(set(names)))}
    return np.array([order[name] for name in names])


def class_of(row, gpu):
    return row["family"] + ":" + generation(gpu)


def core_operations(gpu):
    """As core/speed/efficiencies.cpp: operations a second of an Apple GPU's cores; infinite for all others."""
    match = re.match(r"(M\d) \((\d+) GPU cores\)", gpu["architecture"])
    return int(match[2]) * CLOCKS[match[1]] * 256 if match else math.inf


class Data:
    """Arrays over devices of rows, so that a prediction is a few vector operations."""

    def __init__(self, rows):
        self.rows = rows
        self.class_of = [class_of(row, gpu) for row in rows for gpu in row["gpus"]]
        at, bandwidth, family, kinds, elements, counts, cache_operations, over, cores = ([] for _ in range(9))
        for i, row in enumerate(rows):
            features = row["features"]
            sums = [np.zeros((len(KINDS), len(TYPES))) for _ in row["gpus"]]
            weights = [np.zeros((2, len(TYPES))) for _ in row["gpus"]]
            launches = [collections.Counter() for _ in row["gpus"]]
            operations = [[0.0, 0.0] for _ in row["gpus"]]
            for key, (count, ops, read) in features["steps"].items():
                device, kind, type_name, _, fused, size = key.split("|")
                if int(device) < 0:
                    continue
                device, kind, group = int(device), int(kind), TYPES.index(type_group(type_name))
                sums[device][kind][group] += count * float(size)
                if kind < 2:
                    weights[device][kind][group] += read
                launches[device]["fused" if fused == "1" else KINDS[kind]] += count
                if KINDS[kind] == "cache":
                    operations[device][0 if type_name in ("f16", "f32", "bf16") else 1] += ops
            more, ratio = other_file(row)
            for d, gpu in enumerate(row["gpus"]):
                sums[d][0][0] = max(0, sums[d][0][0] + more / len(row["gpus"]))
                sums[d][:2] *= ratio
                at.append(i)
                bandwidth.append(float(gpu["mem_bandwidth_gb_s"]) * 1e9)
                family.append(FAMILIES.index(row["family"]))
                kinds.append(sums[d])
                elements.append(weights[d] * ratio)
                counts.append([launches[d][k] for k in ("weights", "experts", "cache", "other", "fused")])
                cache_operations.append(operations[d])
                spills = row["family"] == "CUDA" and gpu["unified_memory"] != "1"
                over.append(spilled_seconds(gpu, features["held"][d], sums[d][:3].sum()) if spills else 0)
                cores.append(core_operations(gpu))
        self.at, self.bandwidth, self.family = np.array(at), np.array(bandwidth), np.array(family)
        self.kinds, self.elements, self.counts = np.array(kinds), np.array(elements), np.array(counts)
        self.operations, self.over, self.cores = np.array(cache_operations), np.array(over), np.array(cores)
        self.hops = np.array([len(row["gpus"]) - 1 for row in rows])
        self.speed = np.array([row["tg"] for row in rows])
        self.age = np.array([max(0, NEWEST - row["built"]) for row in rows])
        # what a row's prediction is not answerable for while the law is fitted: its card's offset and its source's
        card = positions([row["family"] + " " + row["devices"] for row in rows])
        local = [class_of(row, row["gpus"][0]) if row["local"] else "" for row in rows]
        source = positions(local + [""])[:-1] - 1  # -1: none
        n_cards, n_sources = card.max() + 1, source.max() + 1
        self.offsets = np.zeros((len(rows), n_cards + n_sources))
        self.offsets[np.arange(len(rows)), card] = 1
        self.offsets[source >= 0, n_cards + source[source >= 0]] = 1
        self.offset_spread = np.array([CARDS] * n_cards + [LOCALSCORE] * n_sources)


class Law:
    """The parameters by name, all positive, as logarithms; a prior each, which holds what the data does not say."""

    def __init__(self, classes, class_spread=0.15):
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
            self.add("age " + family, 0.35, 0.3)  # by how much a year makes launches shorter
        self.add("bf16 experts Vulkan", 0.4, 0.5)
        for name in classes:
            # the P100 has no dot product of bytes (__dp4a, since 6.1), which all quantized products are made of
            self.add("bandwidth " + name, 0.6 if name.endswith("pascal_hbm") else 1, class_spread)
            self.add("launch " + name, 1, 0.4)
            tensor_cores = name.startswith("CUDA") and not name.endswith(("pascal", "pascal_hbm", "volta"))
            self.add("attention " + name, 45 if tensor_cores else 15, 0.7)
        for name, value in (("weights", 1.5), ("experts", 1.5), ("cache", 1.5), ("fused", 0.1)):
            self.add("kernels " + name, value, 0.4)
        # operations of an Apple core for each weight; of k between what a published table of M1 Max, M2 Ultra and M3 Max
        # with an 8B in q4_K_M asks for (24, 10, 13), which is no row here
        for name, value in zip(TYPES, (2, 2, 2.5, 4, 5, 12, 16)):
            self.add("weight " + name, value, 0.3)
        self.add("quantized attention", 0.3, 0.5)
        self.add("token", 1e-4, 1)
        self.add("hop", 6e-4, 0.3)
        self.start, self.spread = np.log(self.start), np.array(self.spread)

    def add(self, name, start, spread):
        self.names.append(name)
        self.start.append(start)
        self.spread.append(spread)

    def values(self, x):
        return dict(zip(self.names, np.exp(x)))

    def seconds(self, x, data, age=None):
        """Of a token of each row, by a build of its own age, else of `age` years."""
        p = self.values(x)
        get = lambda what: np.array([p[f"{what} {f}"] for f in FAMILIES])[data.family]
        own = lambda what: np.array([p[f"{what} {c}"] for c in data.class_of])
        types = np.array([[p[f"type {f} {t}"] for t in TYPES] for f in FAMILIES])[data.family]
        experts = types * get("experts")[:, None]
        vulkan = data.family == FAMILIES.index("Vulkan")
        experts[vulkan, TYPES.index("bf16")] *= p["bf16 experts Vulkan"]
        reached = data.bandwidth * np.minimum(0.97, get("bandwidth") * own("bandwidth"))
        arithmetic = data.elements * np.array([p["weight " + t] for t in TYPES]) / data.cores[:, None, None]
        moved = data.kinds[:, :2] / np.stack([types, experts], 1) / reached[:, None, None]
        time = np.hypot(moved, arithmetic).sum((1, 2))
        time += (data.kinds[:, 3].sum(1) + data.kinds[:, 2].sum(1) / get("cache")) / reached
        kernels = data.counts @ np.array([p["kernels weights"], p["kernels experts"], p["kernels cache"], 1,
                                          p["kernels fused"]])
        operations = data.operations @ np.array([1, 1 / p["quantized attention"]])
        time += operations / (data.bandwidth * own("attention"))
        years = data.age if age is None else np.full(len(data.rows), age)
        time += kernels * get("launch") * own("launch") * np.exp(get("age") * years[data.at]) + data.over
        return np.bincount(data.at, time, len(data.rows)) + p["token"] + data.hops * p["hop"]

    def fit(self, data):
        """Levenberg and Marquardt's way to the least sum, in which outliers count by their distance alone. Each card has
        an offset of its own meanwhile, so that one that was measured often does not speak for its class, and so has
        localscore.ai in each class; what is predicted has none."""
        weight, n = 1 / 0.07, len(self.start)
        priors = np.concatenate([1 / self.spread, 1 / data.offset_spread])

        def logarithms(x):
            return np.log(self.seconds(x, data) * data.speed)

        def residuals(z, base):
            a = (base - data.offsets @ z[n:]) * weight
            b = np.sign(a) * np.sqrt(2 * (np.sqrt(1 + a * a) - 1))
            slope = np.where(np.abs(a) < 1e-6, 1, np.abs(a) / np.sqrt(1 + a * a) / np.maximum(np.abs(b), 1e-9))
            return np.concatenate([b, (z - origin) * priors]), slope * weight

        origin = np.concatenate([self.start, np.zeros(data.offsets.shape[1])])
        z, damping = origin, 1e-3
        base = logarithms(z[:n])
        r, slope = residuals(z, base)
        for _ in range(25):
            steps = [(logarithms(z[:n] + 1e-5 * (np.arange(n) == j)) - base) / 1e-5 for j in range(n)]
            jacobian = np.hstack([np.stack(steps, 1), -data.offsets]) * slope[:, None]
            jacobian = np.vstack([jacobian, np.diag(priors)])
            square, gradient = jacobian.T @ jacobian, jacobian.T @ r
            for _ in range(6):
                step = np.linalg.solve(square + damping * np.diag(np.diag(square)), -gradient)
                tried = z + np.clip(step, -1, 1)
                tried_base = logarithms(tried[:n])
                tried_r, tried_slope = residuals(tried, tried_base)
                if tried_r @ tried_r < r @ r:
                    break
                damping *= 5
            else:
                break
            gained = r @ r - tried_r @ tried_r
            z, base, r, slope, damping = tried, tried_base, tried_r, tried_slope, max(damping / 5, 1e-7)
            if gained < 1e-4 * (r @ r):
                break
        return z[:n]
