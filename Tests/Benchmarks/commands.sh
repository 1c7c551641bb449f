#!/usr/bin/env bash
# What one command of a phase costs: a build of 1,000 commands `true`, against as many times posix_spawn of
# `sh -c true`, in the same run. Prints both and their ratio; exits with 1 when it is above the budget of 3.
#
#   Tests/Benchmarks/commands.sh [COMMANDS] [strict|basic|off]
set -euo pipefail
count=${1:-1000}
mode=${2:-strict}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
swift build -c release --product journeyman >/dev/null
program=$(swift build -c release --show-bin-path)/journeyman
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/source"
python3 - "$count" > "$work/source/buildspec.yml" <<'PY'
import sys
print("version: 0.2\nphases:\n  build:\n    commands:")
print("      - 'true'\n" * int(sys.argv[1]), end="")
PY
"$program" run "$work/source" --sandbox "$mode" --unsealed --quiet --output "$work/out" >/dev/null
python3 - "$count" "$work/out/result.json" <<'PY'
import json, os, sys, time
count = int(sys.argv[1])
phases = json.load(open(sys.argv[2]))["phases"]
ours = next(p["durationSeconds"] for p in phases if p["name"] == "BUILD") / count
begun = time.monotonic()
for _ in range(count):
    os.waitpid(os.posix_spawn("/bin/sh", ["sh", "-c", "true"], os.environ), 0)
peer = (time.monotonic() - begun) / count
print(f"one command: {ours * 1e3:.2f} ms, posix_spawn of sh -c true: {peer * 1e3:.2f} ms, ratio {ours / peer:.2f} (at most 3)")
sys.exit(ours / peer > 3)
PY
