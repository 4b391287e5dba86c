import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LaneKey } from '../../src/store/api.ts';
import { localWaker } from '../../src/store/waker.ts';

const lane = (chat: number): LaneKey => ({ account: 1, direction: 'out', chat, slot: 'main' });
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('a wake reaches all listeners of the owner, after the turn of whoever woke, and nobody else', async () => {
  const waker = localWaker((error) => assert.fail(String(error)));
  const heard: string[] = [];
  waker.listen('a', ({ chat }) => heard.push(`first ${chat}`));
  waker.listen('a', ({ chat }) => heard.push(`second ${chat}`));
  waker.listen('b', () => heard.push('stranger'));
  waker.wake('a', lane(1));
  waker.wake('nobody', lane(3));
  assert.deepEqual(heard, []);
  await turn();
  assert.deepEqual(heard, ['first 1', 'second 1']);
});

test('who has stopped listening hears nothing more, not even a wake that is under way', async () => {
  const waker = localWaker((error) => assert.fail(String(error)));
  const heard: number[] = [];
  const stop = waker.listen('a', ({ chat }) => heard.push(chat));
  waker.listen('a', ({ chat }) => heard.push(-chat));
  waker.wake('a', lane(1));
  stop();
  stop();
  await turn();
  waker.wake('a', lane(2));
  await turn();
  assert.deepEqual(heard, [-1, -2]);
});

test("a listener's trouble reaches neither the others nor whoever woke", async () => {
  const failures: unknown[] = [];
  const waker = localWaker((error) => failures.push(error));
  const heard: number[] = [];
  waker.listen('a', () => {
    throw new Error('trouble');
  });
  waker.listen('a', ({ chat }) => heard.push(chat));
  waker.wake('a', lane(1));
  await turn();
  assert.deepEqual([heard, failures.map(String)], [[1], ['Error: trouble']]);
});
