#!/usr/bin/env bash
# Compares checkouts with the git command line over HTTP, on tmpfs, and prints the ratios and the budgets:
#
#   first checkout                        at most 1.00 of `git clone`
#   second checkout, fresh workspace      at most 0.35 of `git clone`
#   second checkout, reused workspace     at most 0.15 of `git clone`
#   writing the files alone               at most 1.00 of `git checkout`
#
# Exit status 1 when a budget is not kept. The figures are the least of ROUNDS (default 3). On a busy machine, run it
# as root with REALTIME=1: then both sides run before everything else.
set -euo pipefail
cd "$(dirname "$0")/../.."
swift build -c release --product checkout-benchmark
program=$(swift build -c release --show-bin-path)/checkout-benchmark
work=$(mktemp -d /dev/shm/checkout-benchmark.XXXXXX)
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
python3 Tests/Benchmarks/make-large-repository.py "$work/large.git"
mkfifo "$work/input"
before=()
[ -z "${REALTIME:-}" ] || before=(chrt -r 10)
"${before[@]}" python3 Tests/Fixtures/git-http-server.py "$work" <"$work/input" >"$work/port" &
server=$!
exec 9>"$work/input"
while [ ! -s "$work/port" ]; do sleep 0.1; done
url=http://127.0.0.1:$(cat "$work/port")/large.git

seconds() {
  local begin end
  begin=$(date +%s.%N)
  "${before[@]}" "$@" >/dev/null
  end=$(date +%s.%N)
  echo "$end - $begin" | bc -l 2>/dev/null || python3 -c "print($end - $begin)"
}

for _ in $(seq "${ROUNDS:-3}"); do
  rm -rf "$work/git" "$work/bare" "$work/ours"
  echo "git-clone $(seconds git clone -q "$url" "$work/git")"
  find "$work/git" -mindepth 1 -maxdepth 1 ! -name .git -exec rm -rf {} +
  rm "$work/git/.git/index"
  echo "git-checkout $(seconds git -C "$work/git" checkout -q -f main)"
  "${before[@]}" "$program" "$url" "$work/ours"
  diff -r --no-dereference -x .git "$work/git" "$work/ours/a" || exit 1
  diff -r --no-dereference -x .git "$work/git" "$work/ours/b" || exit 1
done | tee "$work/figures"

python3 - "$work/figures" <<'PYTHON'
import sys
best = {}
for line in open(sys.argv[1]):
    name, value = line.split()
    best[name] = (max if name == "peak" else min)(best.get(name, float(value)), float(value))
budgets = [
    ("first checkout", "first", "git-clone", 1.00), ("second, fresh workspace", "second-fresh", "git-clone", 0.35),
    ("second, reused workspace", "second-reused", "git-clone", 0.15),
    ("writing the files", "second-fresh-write", "git-checkout", 1.00),
]
kept = True
for label, ours, theirs, budget in budgets:
    ratio = best[ours] / best[theirs]
    kept = kept and ratio <= budget
    print(f"{label:26} {best[ours]:7.3f} s / {theirs} {best[theirs]:7.3f} s = {ratio:5.2f} (budget {budget:.2f})")
print(f"peak memory                {best['peak'] / 1024:7.1f} MiB")
sys.exit(0 if kept else 1)
PYTHON
