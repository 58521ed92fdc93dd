// Reads a header with gguf-parser-go: FILE ROUNDS. Without arguments: a question a line in, what it estimates a line out.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	parser "github.com/gpustack/gguf-parser-go"
)

type question struct {
	File      string `json:"file"`
	NCtx      int32  `json:"n_ctx"`
	NBatch    int32  `json:"n_batch"`
	NUbatch   int32  `json:"n_ubatch"`
	NSeq      int32  `json:"n_seq"`
	Flash     bool   `json:"flash"`
	CacheType string `json:"cache_type"`
}

func used() syscall.Rusage {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return usage
}

func cpuMilliseconds() float64 {
	usage := used()
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
}

func read(path string, n int) {
	for ; n > 0; n-- {
		cpu, start := cpuMilliseconds(), time.Now()
		file, err := parser.ParseGGUFFile(path)
		if err != nil {
			panic(err)
		}
		wall := float64(time.Since(start).Nanoseconds()) / 1e6
		fmt.Printf("{\"wall_ms\": %f, \"cpu_ms\": %f, \"n_tensors\": %d}\n", wall, cpuMilliseconds()-cpu, len(file.TensorInfos))
	}
	fmt.Printf("{\"peak_kib\": %d}\n", used().Maxrss)
}

func estimate(asked question) map[string]any {
	file, err := parser.ParseGGUFFile(asked.File)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	options := []parser.GGUFRunEstimateOption{
		parser.WithLLaMACppContextSize(asked.NCtx),
		parser.WithLLaMACppLogicalBatchSize(asked.NBatch),
		parser.WithLLaMACppPhysicalBatchSize(asked.NUbatch),
		parser.WithParallelSize(asked.NSeq),
	}
	if asked.Flash {
		options = append(options, parser.WithFlashAttention())
	}
	if asked.CacheType == "q8_0" {
		options = append(options, parser.WithLLaMACppCacheKeyType(parser.GGMLTypeQ8_0), parser.WithLLaMACppCacheValueType(parser.GGMLTypeQ8_0))
	}
	device := file.EstimateLLaMACppRun(options...).Devices[1]
	return map[string]any{"weights": device.Weight.Sum(), "cache": device.KVCache.Sum(), "compute": device.Computation.Sum()}
}

func main() {
	if len(os.Args) > 2 {
		n, err := strconv.Atoi(os.Args[2])
		if err != nil {
			panic(err)
		}
		read(os.Args[1], n)
		return
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		answer, err := json.Marshal(estimate(asked))
		if err != nil {
			panic(err)
		}
		fmt.Println(string(answer))
	}
}
