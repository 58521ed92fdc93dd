// Reads a header with the WebAssembly module, as a growing prefix like the page: FILE ROUNDS.
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { rounds } from './rounds.mjs';

const { default: createModule } = await import(pathToFileURL(`${process.env.WASM}/ggufit.js`));
const module = await createModule({ wasmBinary: readFileSync(`${process.env.WASM}/ggufit.wasm`) });

await rounds((file) => {
  const session = new module.Session();
  const handle = openSync(file, 'r');
  const file_bytes = statSync(file).size;
  try {
    let have = 0;
    for (let wanted = 1024 * 1024; ;) {
      const view = session.prefix(Math.min(wanted, file_bytes));
      readSync(handle, view, have, view.length - have, have);
      have = view.length;
      const answer = JSON.parse(session.addHeader(file_bytes, 'large.gguf'));
      if (answer.ok) return answer.n_tensors;
      if (answer.error.code !== 'truncated') throw new Error(answer.error.detail);
      wanted = Math.max(answer.error.needed_bytes, 2 * have);
    }
  } finally {
    closeSync(handle);
    session.delete();
  }
});
