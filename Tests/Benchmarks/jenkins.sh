#!/usr/bin/env bash
# What the Jenkins agent costs, measured on an installed build against the scripted controller over wss:
#
#   program                                at most 24 MB
#   start to online                        at most 0.6 s (Java's agent: 0.6-2.0 s)
#   resident memory, idle                  at most 20 MB, 8 MB of it anonymous; the goal is 15 MB (Java: 78-190 MB)
#   resident memory after 100 builds       at most 28 MB, 12 MB of it anonymous (Java, after a few: 88-294 MB)
#   processor while idle                   at most 0.1 %
#   500 builds                             memory grows by at most 1 MB after the 100th; no descriptor, object, process
#                                          or file is left
#   log of a step that prints 200 MB       at least 0.4 of what the scripted controller takes at most
#   archive of 1 GB                        at least 0.9 of the speed of `tar czf` of the same tree
#
# The figures of Java's agent are those of the same machine with a real controller, where it was measured.
#
#   Tests/Benchmarks/jenkins.sh [--starts N] [--idle SECONDS] [--builds N] [--log MB] [--archive MB]
#
# Exit status 1 when a budget is not kept. Builds a release first, unless JOURNEYMAN_PREFIX names where one is installed.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d "${JOURNEYMAN_BENCHMARK_DIR:-/dev/shm}/jenkins-benchmark.XXXXXX")
trap 'rm -rf "$work"' EXIT
prefix=${JOURNEYMAN_PREFIX:-}
if [ -z "$prefix" ]; then
  prefix=$work/prefix
  .ci/install "$prefix" >/dev/null
fi
key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
(
  cd "$work"
  openssl req -x509 "${key[@]}" -days 2 -subj /CN=Benchmark -keyout ca.key -out ca.pem
  openssl req "${key[@]}" -subj /CN=localhost -keyout server.key -out server.csr -addext subjectAltName=DNS:localhost
  openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out server.crt \
    -copy_extensions copy
  cat server.crt server.key >server.pem
) 2>/dev/null
echo "$(uname -sr), $(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg)"
/usr/bin/python3 Tests/Benchmarks/Jenkins/measure.py "$prefix" "$work" "$@"
