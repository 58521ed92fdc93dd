// Reads a header with @huggingface/gguf: FILE ROUNDS.
import { pathToFileURL } from 'node:url';
import { rounds } from './rounds.mjs';

const { gguf } = await import(pathToFileURL(`${process.env.PEERS}/npm/node_modules/@huggingface/gguf/dist/index.mjs`));
await rounds(async (file) => (await gguf(file, { allowLocalFile: true })).tensorInfos.length);
