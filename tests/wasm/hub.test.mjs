// The module tells the page what a name of a model means, and what the sites' lists hold.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadModule } from './module.mjs';

const module = await loadModule();
const reference = (text, endpoints = '') => JSON.parse(module.modelReference(text, endpoints));

test('a file of a repository is fetched without a list, with its shards', () => {
  const { files, files_url, kind } = reference('hf:a/b/q/x-00001-of-00002.gguf');
  assert.equal(kind, 'repository');
  assert.equal(files_url, null);
  assert.deepEqual(files.map((file) => file.url), [
    'https://huggingface.co/a/b/resolve/main/q/x-00001-of-00002.gguf',
    'https://huggingface.co/a/b/resolve/main/q/x-00002-of-00002.gguf',
  ]);
});

test('a repository is listed under the endpoint that was given', () => {
  const endpoints = JSON.stringify({ hugging_face: 'http://127.0.0.1:8080' });
  assert.equal(reference('hf:a/b', endpoints).files_url, 'http://127.0.0.1:8080/api/models/a/b/tree/main?recursive=true');
  assert.equal(reference('hf:a/b', JSON.stringify({ hugging_face: 'nowhere' })).error.code, 'usage');
});

test('pages of a list come to one repository, and a tag chooses', () => {
  const pages = [
    '[{"type": "file", "path": "x-Q4_K_M-00001-of-00002.gguf", "size": 5}]',
    '[{"type": "file", "path": "x-Q4_K_M-00002-of-00002.gguf", "size": 6}, {"type": "file", "path": "x-Q8_0.gguf", "size": 9}]',
  ];
  const repository = JSON.parse(module.hubFiles('hf:a/b:q8_0', JSON.stringify(pages), ''));
  assert.deepEqual(repository.models.map(({ tag, size_bytes }) => [tag, size_bytes]), [['Q4_K_M', 11], ['Q8_0', 9]]);
  assert.equal(repository.chosen, 1);
  const none = JSON.parse(module.hubFiles('hf:a/b:Q2_K', JSON.stringify(pages), ''));
  assert.equal(none.chosen, null);
  assert.match(none.reason, /Q4_K_M/);
});

test('the next page is on the host of the first', () => {
  const url = 'http://127.0.0.1:8080/api/models/a/b/tree/main?recursive=true';
  const link = '<https://huggingface.co/api/models/a/b/tree/main?recursive=true&cursor=Zm8%3D>; rel="next"';
  assert.equal(module.hubNextPage(url, link), `${url}&cursor=Zm8%3D`);
  assert.equal(module.hubNextPage(url, ''), '');
});

test('what is no answer is a sentence', () => {
  for (const answers of ['', '7', '[7]', '["<html>"]', '["{}"]']) {
    assert.ok(JSON.parse(module.hubFiles('hf:a/b', answers, '')).error.detail, answers);
  }
  assert.equal(reference('hf:').error.code, 'usage');
});
