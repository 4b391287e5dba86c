import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comebacksOf, spread } from './comeback.ts';
import type { Blow } from './evidence.ts';

const kill = (from: number, more: Partial<Blow> = {}): Blow => ({
  ...{ act: 'kill', target: 'gateway', from, to: from + 10, started: from + 10, ready: from + 510 },
  ...more,
});
const everybody = (since: number): number => since + 800;

test('a comeback counts from the start of the process until it is ready, and until all are in their rooms', () => {
  assert.deepEqual(comebacksOf([kill(1_000)], everybody), [{ ready: 500, rejoined: 800 }]);
  assert.deepEqual(
    comebacksOf([kill(1_000)], () => undefined),
    [{ ready: 500, rejoined: undefined }],
  );
});

test('what was hit before it was back, or while something else was away, does not count', () => {
  const cut: Blow = { act: 'cut', target: 'network-link', from: 1_700, to: 1_700 };
  assert.deepEqual(comebacksOf([kill(1_000), cut], everybody), []);
  assert.equal(comebacksOf([kill(1_000), { ...cut, from: 1_900, to: 1_900 }], everybody).length, 1);
  const server = kill(500, { target: 'server', started: 900, ready: 1_200 });
  assert.deepEqual(comebacksOf([server, kill(1_000)], everybody), []);
});

test('a gateway that was killed while it started counts from its last start', () => {
  const first: Blow = { act: 'kill', target: 'gateway', from: 800, to: 810, started: 820 };
  assert.deepEqual(comebacksOf([first, kill(1_000)], everybody), [{ ready: 500, rejoined: 800 }]);
});

test('a spread is the median and the most', () => {
  assert.equal(spread([5, 1, 9]), '5, 9');
  assert.equal(spread([]), '-');
});
