#!/bin/sh
# What sandboxes cost, against bubblewrap and posix_spawn in the same run. Fails when a budget is exceeded.
# usage: Tests/Benchmarks/sandbox.sh [rounds=N]
set -eu
cd "$(dirname "$0")/../.."
swift build -c release --product sandbox-benchmark
swift build -c release --product journeyman-init
program=$(swift build -c release --show-bin-path)/sandbox-benchmark
echo "== small parent"
"$program" "$@"
echo "== parent with 300 MB resident"
"$program" resident=300 "$@"
