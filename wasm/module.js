// Loads the module: its exports take and give bytes, here they take and give texts (module.d.ts).

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export default async function createGgufit({ wasmBinary }) {
  const bytes = (at, size) => new Uint8Array(core.memory.buffer, at, size);
  const env = {
    readNumber: (at, size) => Number(decoder.decode(bytes(at, size))),
    emscripten_notify_memory_growth() {}, // views are made anew for each use
  };
  const wasi_snapshot_preview1 = {
    proc_exit() {
      throw new Error('out of memory, or a fault of ours');
    },
  };
  const { instance } = await WebAssembly.instantiate(wasmBinary, { env, wasi_snapshot_preview1 });
  const core = instance.exports;
  core._initialize();

  /** Calls an export with these texts, after its other arguments. */
  function call(name, texts, ...others) {
    for (const text of texts) {
      const utf8 = encoder.encode(text);
      bytes(core.newText(utf8.length), utf8.length).set(utf8);
    }
    core[name](...others);
    return decoder.decode(bytes(core.answerData(), core.answerSize()));
  }

  class Session {
    #at = core.newSession();

    prefix(size) {
      return core.resizePrefix(this.#at, size) ? bytes(core.prefix(this.#at), size) : null;
    }

    addHeader(file_bytes, name) {
      return call('addHeader', [name], this.#at, file_bytes);
    }

    delete() {
      core.deleteSession(this.#at);
      this.#at = 0;
    }

    call(name, texts) {
      return call(name, texts, this.#at);
    }
  }
  for (const name of ['build', 'inspect', 'plan', 'write', 'advise', 'chooseRow', 'estimate', 'link', 'openLink', 'check']) {
    Session.prototype[name] = function (...texts) {
      return this.call(name, texts);
    };
  }

  const module = { Session };
  const names = [
    'gpuPresets', 'parseGpu', 'parseRam', 'parseListing', 'chooseRank', 'parseLog', 'modelReference', 'hubFiles', 'hubNextPage', 'version',
  ];
  for (const name of names) module[name] = (...texts) => call(name, texts);
  return module;
}
