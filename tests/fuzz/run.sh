#!/usr/bin/env bash
# Runs fuzz targets from build/asan: run.sh SECONDS TARGET... Seeds are made from the tests' data, inputs that were found
# are kept in build/fuzz. A claim that breaks, a crash, a leak, a slow or a greedy input ends the run with its file.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=$1
shift
programs=build/asan/tests/fuzz
corpus=build/fuzz

# A reference, an endpoint, a "Link" header and a site's list of files, with a zero byte between.
seed_hub() {
  local i=0 reference endpoints=('' 'https://hf-mirror.com' 'http://127.0.0.1:8000/hub') lists
  lists=(
    '[{"type":"file","path":"q/x-00001-of-00002.gguf","size":7},{"type":"file","path":"q/x-00002-of-00002.gguf","size":7},{"type":"directory","path":"q","size":0},{"type":"file","path":"M-Q4_K_M.gguf","size":18446744073709551615},{"type":"file","path":"mmproj-F16.gguf"},{"type":"file","path":"imatrix.dat"}]'
    '{"Code":200,"Data":{"Files":[{"Name":"x.gguf","Path":"q/x.gguf","Size":77,"Type":"blob"},{"Path":"UD-Q2_K_XL/x.gguf","Type":"blob"}]}}'
    '{"error":"Repository not found"}'
  )
  local link='<https://huggingface.co/api/models/a/b/tree/main?recursive=true&cursor=ZX%3D>; rel="next"'
  for reference in 'hf:owner/name:Q4_K_M' 'hf:a/b@refs/pr/7/q/x-00001-of-00003.gguf' 'ms:a/b/q/x.gguf' 'hf://a/b@v1.2:Q8_0' \
    'https://huggingface.co/a/b/blob/main/q/x%20y.gguf?download=true#top' 'https://hf.co/a/b/tree/v2/Q4_K_M' \
    'https://www.modelscope.cn/models/a/b/file/view/master/x.gguf?status=2' 'http://127.0.0.1:80/x.gguf' \
    'https://cdn.example.org:8443/m/x-00002-of-00004.gguf?Signature=s' 'https://[::1]:8/x.gguf' \
    'https://good.org\@evil.org/' 'C:\model.gguf' 'https://u:p@host/x'; do
    printf '%s\0%s\0%s\0%s' "$reference" "${endpoints[i % 3]}" "$link" "${lists[i % 3]}" >"$1/$i"
    i=$((i + 1))
  done
}

seed() {
  local target=$1 i=0 file
  local seeds=$corpus/$target/seeds
  rm -rf "$seeds"
  mkdir -p "$seeds" "$corpus/$target/found"
  case $target in
    gguf)
      for file in build/asan/tests/headers/*.head; do
        if [ "$(stat -c %s "$file")" -lt 100000 ]; then cp "$file" "$seeds/"; fi
      done
      ;;
    model) # choices that the generator reads; any bytes are some
      for i in $(seq 64); do printf '%s' "$i" | sha512sum | head -c 120 >"$seeds/$i"; done
      ;;
    conf) cp tests/data/conf/*.conf tests/data/golden/conf/*.conf "$seeds/" ;;
    log) cp tests/data/logs/*.log "$seeds/" ;;
    link) "$programs/fuzz_write_links" "$seeds" ;;
    machine) # the first byte says what the text is
      for file in tests/data/machines/*.json; do { printf '\0'; cat "$file"; } >"$seeds/$(basename "$file")"; done
      for file in tests/data/listings/*; do { printf '\1'; cat "$file"; } >"$seeds/$(basename "$file")"; done
      for file in '4090, 2x 3060 12GB' '7900 XTX backend=Vulkan' 'rtx 5070ti vram=16GiB free=15000 reserved=500 x2' \
        '64 GB DDR5-6000 2ch' '4x32GB ddr4 3200' '128GiB 8 threads'; do
        printf '\2%s' "$file" >"$seeds/words$((i++))"
      done
      printf '\3MemTotal: 65536000 kB\nMemAvailable: 60000000 kB\n\0processor : 0\nmodel name : AMD Ryzen 9\n\0\tSize: 32 GB\n\tType: DDR5\n\tSpeed: 6000 MT/s\n' >"$seeds/host"
      for file in '{"model":"m.gguf","id":[{"a":7}],"arguments":["-c","4096"],"machine":{"devices":[{"gpu":"RTX 4090"}],"ram":{"total_mib":65536}}}' \
        '{"context_size":8192,"tensor_analysis":{"prioritize_experts_on_cpu":true,"memory_safety_margin_mb":512},"output":{"verbose":false}}' \
        '{"min_tps":20,"min_ctx":65536,"sort":"speed"}' \
        '[{"name":"a","n_files":2,"size_bytes":7,"model_name":"M","group":"g","architecture":"llama","parameters":8000000000,"bits_per_weight":4.5,"imatrix":true,"verdict":"fits","placement":"CUDA0","n_ctx":4096,"n_ctx_train":131072,"largest_n_ctx":65536,"speed":{"empty":{"fill_tokens":0,"decode_tokens_per_second":30.5,"decode_low":20,"decode_high":40},"full":{"fill_tokens":4096,"decode_tokens_per_second":20,"decode_low":15,"decode_high":30}}},{"name":"b","error":"is damaged"}]'; do
        printf '\4%s' "$file" >"$seeds/json$((i++))"
      done
      for file in 0 1 4; do # nested without end
        { printf '%b{"machine":' "\\$file"; printf '[%.0s' $(seq 5000); printf ']%.0s' $(seq 5000); printf '}'; } >"$seeds/deep$file"
        { printf '%b{"id":' "\\$file"; printf '{"a":%.0s' $(seq 2000); printf 1; printf '}%.0s' $(seq 2001); } >"$seeds/deep-object$file"
      done
      ;;
    arguments) cp tests/data/golden/plan/*.args "$seeds/" ;;
    hub) seed_hub "$seeds" ;;
  esac
}

# What a target's texts hold: words of the seeds, which the fuzzer then puts in other places.
dictionary() {
  local target=$1
  echo '"GGUF"' >"$corpus/$target/words.dict"
  { find "$corpus/$target/seeds" -type f -exec grep -hoaE '[A-Za-z_-][A-Za-z0-9_.=:-]{2,24}' {} + || true; } |
    LC_ALL=C sort | uniq -c | sort -rn | awk 'NR <= 400 { print "\"" $2 "\"" }' >>"$corpus/$target/words.dict"
  if [ "$target" = arguments ]; then
    grep -hoE -- '-[-a-z0-9]+' tests/data/arguments/names.txt | LC_ALL=C sort -u | sed 's/.*/"&"/' >>"$corpus/$target/words.dict"
  fi
}

run() {
  local target=$1 status=0
  local here=$corpus/$target
  seed "$target"
  dictionary "$target"
  # A header takes less than a second in an optimised build; sanitizers take ten times as long, a busy machine longer.
  "$programs/fuzz_$target" -max_total_time="$seconds" -timeout="${GGUFIT_FUZZ_TIMEOUT:-10}" -rss_limit_mb=1024 -malloc_limit_mb=256 \
    -max_len=16384 -dict="$here/words.dict" -artifact_prefix="$here/" -print_final_stats=1 -verbosity=0 \
    "$here/found" "$here/seeds" >"$here/log" 2>&1 || status=$?
  if [ $status -ne 0 ]; then
    tail -n 60 "$here/log"
    echo "fuzz: $target failed; the input is named above"
    return 1
  fi
  awk -v target="$target" '/number_of_executed_units/ { n = $2 } /peak_rss_mb/ { mb = $2 }
    END { printf "%s: %d inputs, at most %d MiB\n", target, n, mb }' "$here/log"
}

export -f run seed seed_hub dictionary
export seconds programs corpus
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -euo pipefail -c 'run {}'
