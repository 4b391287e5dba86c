// One account's session: connected, watched, closed, connected again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session } from '../../src/adapter/api.ts';
import { fault, gate, temporary } from '../support/out-bench.ts';
import { RunnerBench } from '../support/runner-bench.ts';

test('a session rests, ends what is under way, aborts its signal and is closed, in this order', async () => {
  const bench = new RunnerBench();
  bench.runner.start();
  await bench.settle();
  await bench.runner.stop();
  assert.deepEqual(bench.events, ['connect', 'online', 'rest', 'closing', 'close after abort']);
  assert.deepEqual(bench.states, ['connecting', 'online', 'offline']);
});

test('start twice connects once', async () => {
  const bench = new RunnerBench();
  bench.runner.start();
  bench.runner.start();
  await bench.settle();
  assert.equal(bench.hosts.length, 1);
  await bench.runner.stop();
});

test('a network that is away is tried after pauses that grow', async () => {
  const bench = new RunnerBench();
  bench.connect = () => Promise.reject(temporary());
  bench.runner.start();
  const at: number[] = [];
  for (let step = 0; step < 100; step += 1) {
    await bench.pass(100);
    if (bench.hosts.length > at.length) at.push(step * 100);
  }
  assert.deepEqual(at, [0, 700, 2_200, 5_200]);
  await bench.runner.stop();
});

test('a connection that is long in coming up and then fails is not taken for a stable one', async () => {
  const bench = new RunnerBench();
  bench.connect = () => gate<Session>().promise;
  bench.runner.start();
  for (let round = 0; round < 8; round += 1) await bench.pass(60_000 + 10_000);
  const after = bench.hosts.length;
  await bench.pass(70_000);
  assert(
    bench.hosts.length - after <= 1 &&
      bench.log.lines.some(({ fields }) => (fields as { failures: number }).failures >= 5),
  );
  const stopped = bench.runner.stop();
  await bench.pass(10_000);
  await stopped;
});

test('a limit on connecting is obeyed, however odd', async () => {
  const bench = new RunnerBench();
  const errors = [120_000, Number.NaN].map((retryAfterMs) =>
    fault({ code: 'rate-limited', retryAfterMs, scope: 'account' }),
  );
  bench.connect = () => {
    const error = errors.shift();
    return error ? Promise.reject(error) : Promise.resolve(bench.session());
  };
  bench.runner.start();
  await bench.pass(119_000);
  assert.equal(bench.hosts.length, 1);
  await bench.pass(2_000);
  assert.equal(bench.hosts.length, 2);
  await bench.pass(1_000);
  assert.equal(bench.hosts.length, 2);
  await bench.pass(10_000);
  assert.equal(bench.hosts.length, 3);
  await bench.runner.stop();
});

for (const code of ['auth-lost', 'rejected'] as const)
  test(`${code} parks until the user has acted`, async () => {
    const bench = new RunnerBench();
    const lost = code === 'rejected' ? fault({ code, reason: 'forbidden' }, 'No.') : fault({ code }, 'Log in again.');
    bench.runner.start();
    await bench.settle();
    bench.host.down(lost);
    await bench.pass(86_400_000);
    assert.deepEqual([bench.hosts.length, bench.runner.status.state, bench.parked.length], [1, 'parked', 1]);
    assert.equal(bench.parked[0]?.detail, lost.message);
    bench.runner.start();
    await bench.settle();
    assert.equal(bench.runner.status.state, 'online');
    await bench.runner.stop();
  });

test('a parked account is parked after a restart too', () => {
  assert.equal(new RunnerBench({ parked: true }).runner.status.state, 'parked');
});

test('down ends the session; it is closed before the next is connected', async () => {
  const bench = new RunnerBench();
  const closed = gate<void>();
  bench.closing = () => closed.promise;
  bench.runner.start();
  await bench.settle();
  bench.host.down(new Error('lost'));
  await bench.pass(5_000);
  assert.equal(bench.hosts.length, 1);
  closed.open();
  await bench.pass(5_000);
  assert.deepEqual([bench.hosts.length, bench.most], [2, 1]);
  bench.closing = () => Promise.resolve();
  await bench.runner.stop();
});

test('a session that does not close is given up after 10 s', async () => {
  const bench = new RunnerBench();
  bench.closing = () => gate<void>().promise;
  bench.runner.start();
  await bench.settle();
  const stopped = bench.runner.stop();
  await bench.pass(10_000);
  await stopped;
  assert.deepEqual(bench.log.of('warn'), ['a session does not close']);
});

test('a close that throws at once is no end of the account', async () => {
  const bench = new RunnerBench();
  bench.connect = () =>
    Promise.resolve(
      bench.session({
        close: () => {
          throw new Error('odd');
        },
      }),
    );
  bench.runner.start();
  await bench.settle();
  bench.host.down(new Error('lost'));
  await bench.pass(5_000);
  assert.equal(bench.runner.status.state, 'online');
  await bench.runner.stop();
});

test('what comes up after it was given up is closed before the next is connected', async () => {
  const bench = new RunnerBench();
  const late = gate<Session>();
  bench.connect = () => (bench.hosts.length === 1 ? late.promise : Promise.resolve(bench.session()));
  bench.runner.start();
  await bench.pass(60_000);
  assert.equal(bench.host.signal.aborted, true);
  await bench.pass(5_000);
  assert.equal(bench.hosts.length, 1);
  late.open(bench.session());
  await bench.pass(5_000);
  assert.deepEqual([bench.hosts.length, bench.most, bench.up], [2, 1, 1]);
  await bench.runner.stop();
});

test('stop while connecting: the signal is aborted, and what still comes up is closed', async () => {
  const bench = new RunnerBench();
  const late = gate<Session>();
  bench.connect = () => late.promise;
  bench.runner.start();
  await bench.settle();
  const stopped = bench.runner.stop();
  await bench.settle();
  assert.equal(bench.host.signal.aborted, true);
  late.open(bench.session());
  await stopped;
  assert.deepEqual([bench.up, bench.events.includes('online')], [0, false]);
});

test('stops at the same time and a start between them leave one session', async () => {
  const bench = new RunnerBench();
  bench.runner.start();
  await bench.settle();
  const first = bench.runner.stop().then(() => bench.runner.start());
  const second = bench.runner.stop();
  await Promise.all([first, second]);
  bench.runner.start();
  await bench.settle();
  assert.deepEqual([bench.up, bench.most], [1, 1]);
  await bench.runner.stop();
  assert.equal(bench.up, 0);
});

for (const [how, alive] of [
  ['rejects', () => Promise.reject(new Error('dead'))],
  ['neither answers nor obeys its signal', () => gate<void>().promise],
] as const)
  test(`a session whose alive() ${how} is connected anew`, async () => {
    const bench = new RunnerBench();
    bench.connect = () => Promise.resolve(bench.session(bench.hosts.length === 1 ? { alive } : {}));
    bench.runner.start();
    await bench.pass(119_999);
    assert.equal(bench.hosts.length, 1);
    await bench.pass(30_000);
    assert.deepEqual([bench.hosts.length, bench.most], [2, 1]);
    await bench.runner.stop();
  });

test('lanes rest while the library reconnects by itself', async () => {
  const bench = new RunnerBench();
  bench.runner.start();
  await bench.settle();
  bench.host.status('connecting');
  bench.host.status('online');
  assert.deepEqual(bench.events, ['connect', 'online', 'rest', 'online']);
  assert.equal(bench.runner.status.state, 'online');
  await bench.runner.stop();
  bench.host.status('connecting');
  bench.host.hint({ type: 'typing', chat: { kind: 'direct', id: 'x' }, from: 'x', on: true });
  assert.deepEqual([bench.runner.status.state, bench.events.includes('hint')], ['offline', false]);
});
