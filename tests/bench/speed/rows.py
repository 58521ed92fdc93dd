"""Reads the published measurements, and asks the core what a token of each does."""
import csv, json, os, re, subprocess, tarfile, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..", "..")
FAMILIES = ["CUDA", "ROCm", "Vulkan", "Metal"]
TYPES = ["f16", "bf16", "q8", "q4", "mxfp4", "iq", "k"]
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
            row["built"], row["local"] = float(row["built"]), "localscore" in row["source"]
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
