#!/usr/bin/env bash
# Builds llama.cpp of GGUFIT_LLAMA_CPP with stand-in devices, then holds ggufit against it: ./dev parity, see README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if [ ! -f "${GGUFIT_LLAMA_CPP:-}/src/llama.cpp" ]; then
  echo "GGUFIT_LLAMA_CPP must name a checkout of llama.cpp: its own code says what it reserves" >&2
  exit 2
fi
version=${3:-newest} # a folder of its own for each
if [[ ! $version =~ ^(newest|b[0-9]{4,6})$ ]]; then
  echo "'$version' is no build of llama.cpp, as b9460 is" >&2
  exit 2
fi
build=build/parity/$version
mkdir -p build/parity/headers "$build"
for archive in models zoo; do tar -xJf "tests/data/truth/$archive.tar.xz" -C build/parity/headers; done

if ! { cmake -S tests/parity -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE=-O1 \
         -DLLAMA_CPP="$(realpath "$GGUFIT_LLAMA_CPP")" && cmake --build "$build" --target reserve; } >"$build/build.log" 2>&1; then
  grep -m 5 -B 1 -A 5 -E 'error|Error' "$build/build.log" >&2 || tail -n 20 "$build/build.log" >&2
  exit 1
fi
node tests/parity/parity.mjs "$@"
