import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bounced, complaints, marked } from './gateway-log.ts';
import { plan } from './plan.ts';

const EVERYTHING = ['gateway', 'server', 'network', 'xmpp-link', 'network-link'] as const;

test('the same seed makes the same plan, another seed another', () => {
  assert.deepEqual(plan(7, { kills: 50 }, EVERYTHING), plan(7, { kills: 50 }, EVERYTHING));
  assert.notDeepEqual(plan(7, { kills: 50 }, EVERYTHING), plan(8, { kills: 50 }, EVERYTHING));
});

test('a plan has as many kills as were asked for, and every other blow between them', () => {
  const steps = plan(1, { kills: 200 }, EVERYTHING);
  assert.equal(steps.filter(({ act }) => act === 'kill').length, 200);
  const kinds = new Set(steps.map(({ act, target }) => `${act} ${target}`));
  assert.equal(kinds.size, 9);
});

test('a brisk plan has as many blows as were asked for, close upon each other, and now and then a stall that ends a link', () => {
  const steps = plan(1, { rounds: 200, brisk: true }, EVERYTHING);
  assert.equal(steps.length, 200);
  assert(steps.every(({ pause }) => pause <= 800));
  const stalls = steps.flatMap(({ act, ms }) => (act === 'stall' ? [ms] : []));
  assert(stalls.some((ms) => ms > 6_000) && stalls.filter((ms) => ms < 2_000).length > stalls.length / 2);
});

test('a plan hits only what there is', () => {
  const steps = plan(1, { kills: 50 }, ['gateway', 'xmpp-link']);
  assert.deepEqual([...new Set(steps.map(({ target }) => target))].sort(), ['gateway', 'xmpp-link']);
});

test("the gateway's log tells which messages were marked, and what it complains of", () => {
  const mark = `{"level":"warn","id":"id-1","message":"sending again what may have arrived"}`;
  const away = `{"level":"error","problem":"unreachable","message":"cannot reach the XMPP server"}`;
  const bug = `{"level":"error","message":"a lane stopped"}`;
  const back = `{"level":"info","id":"id-2","message":"a delivery bounced and waits"}`;
  const log = [back, mark, mark, away, bug, '{"level":"err', 'TypeError: x is not a function', '    at y.ts:1'].join(
    '\n',
  );
  assert.deepEqual([...marked(log)], [['id-1', 2]]);
  assert.deepEqual([...bounced(log)], ['id-2']);
  assert.deepEqual(complaints(log), [bug, 'TypeError: x is not a function', '    at y.ts:1']);
});
