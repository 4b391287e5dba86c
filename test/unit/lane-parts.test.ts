// The small parts of the lanes: gates, turns, queues, steps that land in order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from '../../src/lane/gate.ts';
import { Succession } from '../../src/lane/land.ts';
import { LaneQueue } from '../../src/lane/queue.ts';
import { Turns } from '../../src/lane/turns.ts';
import { Turnstile } from '../../src/back/turnstile.ts';
import { StoreError, type Entry, type LaneKey, type Step } from '../../src/store/api.ts';
import { ManualClock, turn } from '../support/clock.ts';
import { KeptLog, gate } from '../support/out-bench.ts';

const never = new AbortController().signal;

test('a gate lets a burst through and then one at each interval, first come first served', async () => {
  const clock = new ManualClock();
  const shut = new Gate(clock, { count: 3, perMs: 3_000 });
  const passed: string[] = [];
  for (let index = 0; index < 6; index += 1) {
    const waiting = shut.pass(never);
    const name = `${index}`;
    if (waiting === undefined) passed.push(name);
    else void waiting.then(() => passed.push(`${name} at ${clock.monotonic()}`));
  }
  await clock.advance(10_000);
  assert.deepEqual(passed, ['0', '1', '2', '3 at 1000', '4 at 2000', '5 at 3000']);
});

test('who leaves the queue of a gate takes no token with him', async () => {
  const clock = new ManualClock();
  const shut = new Gate(clock, { count: 1, perMs: 1_000 });
  assert.equal(shut.pass(never), undefined);
  const left = new AbortController();
  const [gone, waits] = [shut.pass(left.signal), shut.pass(never)];
  left.abort();
  await gone;
  let passed = false;
  void waits?.then(() => (passed = true));
  await clock.advance(1_000);
  assert.equal(passed, true);
});

test('a hold never shortens another, and a rate that changes forgets nothing used', async () => {
  const clock = new ManualClock();
  const shut = new Gate(clock, { count: 2, perMs: 2_000 });
  shut.hold(5_000);
  shut.hold(1_000);
  assert.equal(shut.wait, 5_000);
  await clock.advance(5_000);
  assert.equal(shut.wait, 0);
  assert.equal(shut.pass(never), undefined);
  assert.equal(shut.pass(never), undefined);
  shut.limit({ count: 1, perMs: 1_000 });
  assert(shut.wait > 0);
  shut.limit(undefined);
  assert.equal(shut.wait, 0);
});

test('turns: groups in a ring, members in a ring', () => {
  const turns = new Turns<string, string>();
  for (const member of ['a1', 'a2', 'a3', 'b1', 'c1']) turns.join(member.slice(0, 1), member);
  turns.join('a', 'a1');
  turns.leave('c', 'c1');
  const order: (string | undefined)[] = [];
  for (let index = 0; index < 7; index += 1) {
    const next = turns.next();
    order.push(next);
    if (next === 'b1') turns.join('b', 'b1');
  }
  assert.deepEqual(order, ['a1', 'b1', 'a2', 'b1', 'a3', 'b1', 'b1']);
});

test('a turnstile lets so many in at a time, in order, and whoever gives up takes no place', async () => {
  const turnstile = new Turnstile(1);
  const out = await turnstile.enter(never);
  const left = new AbortController();
  const [gone, next] = [turnstile.enter(left.signal), turnstile.enter(never)];
  left.abort();
  (await gone)();
  let entered = false;
  void next.then(() => (entered = true));
  await turn();
  assert.equal(entered, false);
  out();
  out();
  await turn();
  assert.equal(entered, true);
});

const lane: LaneKey = { account: 1, direction: 'in', chat: 1, slot: 'main' };
const entry = (seq: number): Entry => ({
  ...{ seq, lane, owner: 'x', state: 'queued', key: `${seq}`, at: 0, body: null, starts: 0, done: 0, notBefore: 0 },
});

/** Takes everything out of a queue. */
async function drained(queue: LaneQueue): Promise<number[]> {
  const seqs: number[] = [];
  while (!queue.empty) {
    const first = queue.shift();
    if (first) seqs.push(first.seq);
    else await queue.load();
  }
  return seqs;
}

test('a queue asks the disk for what it did not keep, and the disk may know more than it', async () => {
  const disk = Array.from({ length: 300 }, (_, index) => entry(index + 1));
  const head = (_: LaneKey, after: number, limit: number) =>
    Promise.resolve(disk.filter(({ seq }) => seq > after).slice(0, limit));
  const queue = new LaneQueue(lane, { head });
  for (const one of disk.slice(0, 200)) queue.push(one);
  const taken = drained(queue);
  for (const one of disk.slice(200)) queue.push(one); // their news come after the disk has shown some of them
  assert.deepEqual(
    await taken,
    disk.map(({ seq }) => seq),
  );
});

test('news of what the disk has shown already are no second entry', async () => {
  const asked = gate<readonly Entry[]>();
  const queue = new LaneQueue(lane, { head: () => asked.promise }, { lane, first: 1, last: 1, count: 1, bytes: 1 });
  const loading = queue.load();
  asked.open([entry(1), entry(2)]);
  await loading;
  queue.push(entry(2));
  assert.deepEqual([queue.shift()?.seq, queue.shift()?.seq, queue.shift()], [1, 2, undefined]);
  assert.equal(queue.empty, true);
});

test('a queue that is rewound while it reads does not keep what it read', async () => {
  const asked = [gate<readonly Entry[]>(), gate<readonly Entry[]>()];
  const answers = [...asked];
  const head = () => answers.shift()?.promise ?? Promise.resolve([]);
  const queue = new LaneQueue(lane, { head }, { lane, first: 5, last: 6, count: 2, bytes: 1 });
  const first = queue.load();
  queue.rewind(6);
  const second = queue.load();
  asked[0]?.open([entry(5), entry(6)]);
  await first;
  assert.equal(queue.first, undefined);
  asked[1]?.open([entry(4), entry(5), entry(6)]);
  await second;
  assert.deepEqual([queue.shift()?.seq, queue.shift()?.seq, queue.shift()?.seq], [4, 5, 6]);
});

test('steps land in call order, none without those before it, and wait for room on the disk', async () => {
  const clock = new ManualClock();
  const log = new KeptLog();
  const landed: string[] = [];
  let full = false;
  const land = (step: Step): Promise<[]> => {
    if (full) return Promise.reject(new StoreError('full', 'no room'));
    landed.push(step.fence.owner);
    return Promise.resolve([]);
  };
  const succession = new Succession(land, clock, log, never);
  const step = (owner: string): Step => ({ fence: { owner, number: 1 } });
  await succession.land(step('a'));
  full = true;
  const [b, c] = [succession.land(step('b')), succession.land(step('c'))];
  let resolved = 0;
  for (const one of [b, c]) void one.then(() => (resolved += 1));
  await clock.advance(3_000);
  full = false;
  const d = succession.land(step('d'));
  await turn();
  assert.deepEqual([landed, resolved], [['a'], 0]);
  await clock.advance(1_000);
  await Promise.all([b, c, d]);
  assert.deepEqual(landed, ['a', 'b', 'c', 'd']);
  assert.equal(log.of('error').length, 1);
});

test('when it is given up, what the disk refuses is rejected', async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const land = () => Promise.reject(new StoreError('full', 'no room'));
  const succession = new Succession(land, clock, new KeptLog(), stop.signal);
  const landing = succession.land({ fence: { owner: 'a', number: 1 } });
  await clock.advance(500);
  stop.abort();
  await assert.rejects(landing, StoreError);
});
