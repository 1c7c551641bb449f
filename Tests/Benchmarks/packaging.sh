#!/bin/bash
# Packing a mixed tree of about 1 GB: our zip against `zip -ry`, our tar.zst against `tar --zstd`, in turn, best of N.
#   Tests/Benchmarks/packaging.sh [MEGABYTES [ROUNDS]]
# Prints the ratios peer/ours (bigger is better) and fails below the budgets: zip 1.0, tar.zst 1.5.
set -euo pipefail
cd "$(dirname "$0")/../.."
megabytes=${1:-1024} rounds=${2:-3}
swift build -c release --product packaging-benchmark >/dev/null
bench=$(swift build -c release --show-bin-path)/packaging-benchmark
work=$(mktemp -d "${JOURNEYMAN_BENCHMARK_DIR:-/dev/shm}/packaging.XXXXXX")
trap 'rm -rf "$work"' EXIT

# A mixed tree: the system's programs, libraries, texts and scripts, and one tenth of what is compressed already.
mkdir "$work/tree"
python3 - "$work/tree" "$megabytes" <<'PY'
import os, sys, shutil
target, limit = sys.argv[1], int(sys.argv[2]) << 20
total = 0
def sources():
    for top in ("/usr/share", "/usr/include", "/usr/bin", "/usr/lib/python3", "/usr/lib/x86_64-linux-gnu", "/opt", "/usr/lib"):
        for path, dirs, names in os.walk(top):
            dirs.sort()
            for name in sorted(names):
                yield os.path.join(path, name)
number = 0
for source in sources():
    if total >= limit * 9 // 10: break
    try:
        size = os.lstat(source).st_size
        if size > 64 << 20 or not (os.path.isfile(source) and not os.path.islink(source)): continue
        copy = target + source
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copy(source, copy)
        total += size
        number += 1
    except OSError: continue
while total < limit:
    size = min(8 << 20, limit - total)
    with open(f"{target}/compressed-{total}.bin", "wb") as f: f.write(os.urandom(size))
    total += size
print(f"{number} files, {total >> 20} MiB", file=sys.stderr)
PY

best() { # best NAME COMMAND...: adds the seconds it took to the file NAME
  local start end
  start=$(date +%s.%N); "${@:2}" >/dev/null; end=$(date +%s.%N)
  awk "BEGIN { print $end - $start }" >>"$work/$1"
}
for ((round = 0; round < rounds; round++)); do
  best zip-ours "$bench" zip 6 "$work/tree" "$work/ours.zip"
  rm -f "$work/peer.zip"; (cd "$work/tree" && best zip-peer zip -ryq -6 "$work/peer.zip" .)
  best tar-ours "$bench" tar.zst 3 "$work/tree" "$work/ours.tar.zst"
  best tar-peer tar --zstd -cf "$work/peer.tar.zst" -C "$work/tree" .
done
least() { sort -g "$work/$1" | head -1; }
status=0
report() { # report NAME BUDGET OURS PEER
  local ours peer ratio
  ours=$(least "$1-ours") peer=$(least "$1-peer")
  ratio=$(awk "BEGIN { printf \"%.2f\", $peer / $ours }")
  echo "$1: ours $ours s ($(stat -c %s "$3") bytes), peer $peer s ($(stat -c %s "$4") bytes), ratio $ratio (budget $2)"
  awk "BEGIN { exit $ratio < $2 }" || status=1
}
report zip 1.0 "$work/ours.zip" "$work/peer.zip"
report tar 1.5 "$work/ours.tar.zst" "$work/peer.tar.zst"
exit $status
