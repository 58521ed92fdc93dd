#!/usr/bin/env bash
# Ten thousand estimates in one process: its peak of memory after 100 and after 10,000 of them, and the time of one. Fails
# where it grew by more than 2 MiB.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
ggufit=${1:-build/bench/ggufit}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A header alone is no whole file, so it is stretched to the size that the model has.
tar -xJf tests/data/truth/models.tar.xz -C "$folder" qwen3-14b-q4_k_m.gguf.head
model=$folder/qwen3-14b-q4_k_m.gguf.head
truncate -s 8995820832 "$model"

mkfifo "$folder/in" "$folder/out"
exec 4<>"$folder/out"
"$ggufit" estimate --batch "$folder/in" --gpu 'RTX 4090' --ram 64GB >&4 &
pid=$!
exec 3>"$folder/in"
for i in $(seq 10000); do
  printf '{"model":"%s","arguments":"-np 1 -c %d"}\n' "$model" $((512 + i * 16)) >&3
  read -r -t 60 line <&4
  [[ $line != *'"error"'* ]] || { echo "$line" >&2; exit 1; }
  [[ $i != 100 ]] || early=$(sed -n 's/VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")
done
late=$(sed -n 's/VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")
ticks=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
exec 3>&-
wait "$pid"
echo "10,000 estimates: $early KiB at most after 100, $late KiB after all; $((ticks * 1000 / $(getconf CLK_TCK) / 10)) µs of processor time each"
((late <= early + 2048))
