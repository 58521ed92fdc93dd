// An address that was pasted, opened: one model, or all of a repository to choose among.
import { ofRepository } from '../choosing/candidates.js';
import { chooseAmong } from '../choosing/choosing.js';
import { byId } from '../dom.js';
import type { HubModel, HubRepository, ModelReference } from '../ggufit.js';
import type { HeaderSource } from '../messages.js';
import { cancelOpening, open, opens } from '../opening.js';
import { inputError } from '../reader.js';
import { listRepository, readHeaders, referenceOf } from './address.js';
import { hostOf } from './refusals.js';

/** The model of a repository that a reference means: the one it names, else as llama-server -hf chooses. */
function modelOf({ models, chosen, reason }: HubRepository, text: string): HubModel {
  const model = chosen === null ? undefined : models[chosen];
  if (!model) throw inputError(text, reason ?? 'There is no GGUF model in it.');
  return model;
}

function status(text: string): void {
  byId('remote').hidden = text === '';
  byId('remote-said').textContent = text;
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

function readFiles(files: readonly { name: string; url: string }[], signal: AbortSignal): Promise<HeaderSource[]> {
  const host = hostOf(files[0]?.url ?? '');
  let bytes = 0;
  return readHeaders(files, signal, (more) => {
    bytes += more;
    status(`Reading the header of ${files[0]?.name ?? ''} from ${host}: ${mebibytes(bytes)} MiB`);
  });
}

/** A repository of which no model is named is compared, unless it has one alone. */
function isChoice(reference: ModelReference, { models }: HubRepository): boolean {
  return reference.tag === '' && models.length > 1;
}

/** Opens the model that an address names, or compares those of a repository; false where that failed, which is said. */
export async function openAddress(text: string): Promise<boolean> {
  const named = text.trim();
  status('Looking at the address …');
  let choice: (() => void) | null = null;
  let sources: HeaderSource[] = [];
  const found = await opens(async (signal) => {
    const reference = await referenceOf(named);
    if (reference.files.length > 0) sources = await readFiles(reference.files, signal);
    else {
      status(`Asking for the files of ${reference.text} …`);
      const repository = await listRepository(reference, named, signal);
      if (isChoice(reference, repository)) choice = () => void chooseAmong(reference.text, ofRepository(repository));
      else sources = await readFiles(modelOf(repository, named).files, signal);
    }
    return () => choice?.();
  }).finally(() => status(''));
  return found && (choice !== null || open(sources));
}

byId('remote-cancel').addEventListener('click', cancelOpening);
