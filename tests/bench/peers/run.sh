#!/usr/bin/env bash
# Builds ggufit's part, then measures the peers beside it: ./dev bench peers, see README.md. Needs the network once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { cmake -S . -B build/bench -G Ninja -DCMAKE_BUILD_TYPE=Release -DGGUFIT_BENCH=ON &&
       cmake --build build/bench --target peer_ggufit write_large_header ggufit; } >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  exit 1
fi
node tests/bench/peers/peers.mjs "$@"
