#!/bin/bash
# Sealing 2 GB: `journeyman seal` and the path of a build (the digests of both sides included) against `age`, in turn,
# best of N.
#   Tests/Benchmarks/sealing.sh [MEGABYTES [ROUNDS]]
# Prints the ratios age/ours (bigger is better) and the peak memory, and fails below the budgets: seal 1.5, build path
# 1.0, memory 30 MB.
set -euo pipefail
cd "$(dirname "$0")/../.."
megabytes=${1:-2000} rounds=${2:-5}
# As installed builds are linked: the dynamic standard library alone takes more memory than sealing.
build=(swift build -c release --static-swift-stdlib)
"${build[@]}" --product journeyman >/dev/null
"${build[@]}" --product sealing-benchmark >/dev/null
programs=$("${build[@]}" --show-bin-path)
work=$(mktemp -d "${JOURNEYMAN_BENCHMARK_DIR:-/dev/shm}/sealing.XXXXXX")
trap 'rm -rf "$work"' EXIT
age-keygen -o "$work/key" 2>/dev/null
recipient=$(age-keygen -y "$work/key")
head -c "$((megabytes * 1000000))" /dev/urandom >"$work/plain"

python3 - "$work" "$programs" "$recipient" "$rounds" "$megabytes" <<'PY'
import os, subprocess, sys, time

work, programs, recipient, rounds, megabytes = sys.argv[1:]
commands = {
    "age": ["age", "-r", recipient, "-o", f"{work}/sealed", f"{work}/plain"],
    "seal": [f"{programs}/journeyman", "seal", "-r", recipient, "-o", f"{work}/sealed", f"{work}/plain"],
    "build path": [f"{programs}/sealing-benchmark", recipient, f"{work}/plain", f"{work}/sealed"],
}
seconds = {name: [] for name in commands}
processor = {name: [] for name in commands}
memory = {name: 0 for name in commands}
for _ in range(int(rounds)):
    for name, command in commands.items():
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        seconds[name].append(time.monotonic() - start)
        processor[name].append(usage.ru_utime + usage.ru_stime)
        memory[name] = max(memory[name], usage.ru_maxrss * 1024 / 1e6)
        if status != 0:
            sys.exit(f"{name} failed")
        if name != "age" and len(seconds[name]) == 1:
            opened = subprocess.run(
                f"age -d -i '{work}/key' '{work}/sealed' | cmp - '{work}/plain'", shell=True)
            if opened.returncode != 0:
                sys.exit(f"age does not open what {name} made")
        os.unlink(f"{work}/sealed")

failed = False
budgets = {"seal": 1.5, "build path": 1.0}
for name in commands:
    best = min(seconds[name])
    line = f"{name:11} {best:6.2f} s  {min(processor[name]):5.2f} s of processor  {memory[name]:5.1f} MB"
    if name in budgets:
        ratio = min(seconds["age"]) / best
        good = ratio >= budgets[name] and memory[name] < 30
        failed |= not good
        line += f"  ratio {ratio:.2f} (budget {budgets[name]}, 30 MB){'' if good else '  FAILED'}"
    print(line)
load = os.getloadavg()[0]
print(f"{megabytes} MB, best of {rounds}, load {load:.1f} on {os.cpu_count()} processors")
sys.exit(1 if failed else 0)
PY
