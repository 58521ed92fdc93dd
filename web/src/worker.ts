// The worker: holds the WebAssembly core and one open model, answers one request after the other.
import createGgufit, { type Ggufit, type Session } from './ggufit.js';
import type { Calls, Reply, Request } from './messages.js';
import { addHeader, InputError, parseAnswer } from './reader.js';

async function load(): Promise<Ggufit> {
  const response = await fetch(new URL('ggufit.wasm', import.meta.url));
  if (!response.ok) throw new Error(`ggufit.wasm could not be loaded (HTTP ${response.status})`);
  return createGgufit({ wasmBinary: await response.arrayBuffer() });
}

const loading = load();
let open: Session | null = null;

async function openModel(core: Ggufit, { sources }: Calls['open']['ask']): Promise<Calls['open']['answer']> {
  const next = new core.Session();
  try {
    let read_bytes = 0;
    for (const source of sources) read_bytes += (await addHeader(next, source)).read_bytes;
    parseAnswer(next.build());
    open?.delete();
    open = next;
    return { read_bytes };
  } catch (thrown) {
    next.delete();
    throw thrown;
  }
}

function openLink(core: Ggufit, { link }: Calls['openLink']['ask']): Calls['openLink']['answer'] {
  const next = new core.Session();
  try {
    const linked = parseAnswer<Calls['openLink']['answer']>(next.openLink(link));
    open?.delete();
    open = next;
    return linked;
  } catch (thrown) {
    next.delete();
    throw thrown;
  }
}

function makeLink(core: Ggufit, inputs: Calls['link']['ask']): Calls['link']['answer'] {
  open ??= new core.Session();
  return parseAnswer(open.link(JSON.stringify(inputs)));
}

function planModel(core: Ggufit, inputs: Calls['plan']['ask']): Calls['plan']['answer'] {
  open ??= new core.Session(); // without a model it answers with the sentence that says so
  const start = performance.now();
  const text = open.plan(JSON.stringify(inputs));
  const milliseconds = performance.now() - start;
  return { plan: parseAnswer(text), milliseconds };
}

/** How far a header has to be read, without keeping it. */
async function probe(core: Ggufit, { source }: Calls['probe']['ask']): Promise<Calls['probe']['answer']> {
  const session = new core.Session();
  try {
    await addHeader(session, source);
    return { needed_bytes: 0, likely_bytes: 0 };
  } catch (thrown) {
    if (!(thrown instanceof InputError) || thrown.error.code !== 'truncated') throw thrown;
    return { needed_bytes: thrown.error.needed_bytes, likely_bytes: thrown.likely_bytes };
  } finally {
    session.delete();
  }
}

const kinds = { mmproj: 'a projector for images or sound', adapter: 'an adapter', imatrix: 'an importance matrix', vocab: 'a vocabulary without weights' } as const;

async function chooseRow(core: Ggufit, { sources, inputs }: Calls['chooseRow']['ask']): Promise<Calls['chooseRow']['answer']> {
  const session = new core.Session();
  try {
    for (const source of sources) {
      const { kind } = await addHeader(session, source);
      if (kind !== 'model') return { name: inputs.name, n_files: sources.length, size_bytes: inputs.size_bytes ?? 0, error: `is ${kinds[kind]}, no model.` };
    }
    parseAnswer(session.build());
    return parseAnswer(session.chooseRow(JSON.stringify(inputs)));
  } finally {
    session.delete();
  }
}

async function answer(request: Request): Promise<Calls[keyof Calls]['answer']> {
  const core = await loading;
  switch (request.name) {
    case 'open':
      return openModel(core, request.ask);
    case 'openLink':
      return openLink(core, request.ask);
    case 'link':
      return makeLink(core, request.ask);
    case 'plan':
      return planModel(core, request.ask);
    case 'advise':
      return parseAnswer((open ??= new core.Session()).advise(JSON.stringify(request.ask)));
    case 'write':
      return parseAnswer((open ??= new core.Session()).write(JSON.stringify(request.ask)));
    case 'parseGpu':
      return parseAnswer(core.parseGpu(request.ask.text));
    case 'parseRam':
      return parseAnswer(core.parseRam(request.ask.text));
    case 'parseListing':
      return parseAnswer(core.parseListing(request.ask.text));
    case 'check':
      open ??= new core.Session();
      return parseAnswer(open.check(request.ask.log, JSON.stringify(request.ask.inputs)));
    case 'probe':
      return probe(core, request.ask);
    case 'reference':
      return parseAnswer(core.modelReference(request.ask.text, ''));
    case 'hubFiles':
      return parseAnswer(core.hubFiles(request.ask.reference, JSON.stringify(request.ask.answers), ''));
    case 'nextPage':
      return { url: core.hubNextPage(request.ask.url, request.ask.link) };
    case 'chooseRow':
      return chooseRow(core, request.ask);
    case 'chooseRank':
      return parseAnswer(core.chooseRank(JSON.stringify(request.ask.rows), JSON.stringify(request.ask.wishes)));
    case 'about':
      return { version: core.version(), presets: parseAnswer(core.gpuPresets()) };
  }
}

async function serve(request: Request): Promise<void> {
  let reply: Reply;
  try {
    reply = { id: request.id, answer: await answer(request) };
  } catch (thrown) {
    reply =
      thrown instanceof InputError
        ? { id: request.id, error: thrown.error }
        : { id: request.id, stopped: thrown instanceof Error ? thrown.message : String(thrown) };
  }
  self.postMessage(reply);
}

let last: Promise<void> = Promise.resolve();
self.addEventListener('message', (event: MessageEvent<Request>) => {
  last = last.then(() => serve(event.data));
});
