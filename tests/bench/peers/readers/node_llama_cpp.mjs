// Reads a header with node-llama-cpp: FILE ROUNDS. Without arguments: a question a line in, what it estimates a line out.
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { rounds } from './rounds.mjs';

const { GgmlType, GgufInsights, readGgufFileInfo } = await import(pathToFileURL(`${process.env.PEERS}/npm/node_modules/node-llama-cpp/dist/index.js`));
const read = (file) => readGgufFileInfo(file, { sourceType: 'filesystem', logWarnings: false });

/** Its formula: the newer way runs llama.cpp itself, but only for a GPU that is in the machine. */
async function estimate({ file, n_ctx, n_ubatch, n_seq, flash, cache_type }) {
  const insights = await GgufInsights.from(await read(file));
  const modelGpuLayers = insights.totalLayers;
  const type = cache_type === 'q8_0' ? GgmlType.Q8_0 : GgmlType.F16;
  const context = insights.estimateContextResourceRequirements({
    contextSize: n_ctx / n_seq, modelGpuLayers, batchSize: n_ubatch, sequences: n_seq, flashAttention: flash, kvCacheKeyType: type, kvCacheValueType: type,
  });
  const weights = insights.estimateModelResourceRequirements({ gpuLayers: modelGpuLayers }).gpuVram;
  return { weights, context: context.gpuVram };
}

if (process.argv.length > 2) {
  await rounds(async (file) => (await read(file)).fullTensorInfo.length);
} else {
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await estimate(JSON.parse(line)).catch((error) => ({ error: error.message }));
    console.log(JSON.stringify(answer));
  }
}
process.exit(0);
