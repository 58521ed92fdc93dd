#!/usr/bin/env bash
# Builds the native benchmarks and runs them all; `./dev bench` builds the WebAssembly module first. Fails where a bar is missed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { cmake -S . -B build/bench -G Ninja -DCMAKE_BUILD_TYPE=Release -DGGUFIT_BENCH=ON &&
       cmake --build build/bench --target bench_gguf bench_estimate bench_search write_large_header ggufit; } >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  exit 1
fi

status=0
printf '== reader\n'
node tests/bench/compare.mjs "$@" || status=1
printf '\n== one estimate\n'
node tests/bench/estimate.mjs || status=1
printf '\n== many estimates\n'
tests/bench/batch.sh || status=1
printf '\n== searches\n'
node tests/bench/search.mjs || status=1
printf '\n== the page\n'
node tests/bench/page.mjs || status=1
exit $status
