// The WebAssembly module, which the build puts beside the page's own modules.
export { default } from '../../wasm/module.js';
export type * from '../../wasm/module.js';
