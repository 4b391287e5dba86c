// What a failure does to a lane, as a table.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault, Rejection } from '../../src/adapter/api.ts';
import { faultOf } from '../../src/lane/attempt.ts';
import { judge, judgeBounce, judgeFind, type Circumstances } from '../../src/lane/failure.ts';
import { fault } from '../support/out-bench.ts';

const HOUR = 3_600_000;
const usual: Circumstances = {
  ...{ age: 0, expiry: 24 * HOUR, failures: 1, starts: 1, crashed: false, resend: 'unsafe', canFind: false },
  ...{ onUncertain: 'resend', random: 0, now: 1_000_000 },
};
const old = { age: 24 * HOUR };
const crash = { crashed: true, failures: 0 };
const limited = (scope: 'chat' | 'account' | 'network'): Fault => ({
  code: 'rate-limited',
  retryAfterMs: 10_000,
  scope,
});
const again = (after: number, holds: 'lane' | 'account' | 'transport', ended: boolean) => ({
  ...{ act: 'again', after, holds, ended },
});
const failed = (code: string, more: object = {}) => ({ act: 'fail', failure: { code, ...more } });

const rejections: readonly Rejection[] = [
  ...(['too-large', 'forbidden', 'not-found', 'invalid', 'unsupported', 'expired', 'blocked'] as const),
];

const table: readonly (readonly [string, Fault, Partial<Circumstances>, object])[] = [
  ...rejections.map((reason) => [reason, { code: 'rejected', reason }, {}, failed(reason)] as const),
  ['auth-lost', { code: 'auth-lost' }, old, { act: 'park' }],
  ['temporary', { code: 'temporary' }, {}, again(500, 'lane', true)],
  ['temporary, fourth time', { code: 'temporary' }, { failures: 4 }, again(4_000, 'lane', true)],
  ['temporary, for ever', { code: 'temporary' }, { failures: 99, random: 1 }, again(300_000, 'lane', true)],
  ['temporary, at its expiry', { code: 'temporary' }, old, failed('timeout')],
  ['rate-limited in the chat', limited('chat'), {}, again(10_000, 'lane', true)],
  ['rate-limited in the account', limited('account'), { random: 0.5 }, again(10_500, 'account', true)],
  ['rate-limited in the network', limited('network'), {}, again(10_000, 'transport', true)],
  ['rate-limited, at its expiry', limited('chat'), old, failed('rate-limited', { until: 1_010_000 })],
  ['uncertain, can be asked', { code: 'uncertain' }, { canFind: true }, { act: 'find' }],
  ['uncertain, can be asked, old', { code: 'uncertain' }, { canFind: true, ...old }, { act: 'find' }],
  ['uncertain, safe', { code: 'uncertain' }, { resend: 'safe' }, again(500, 'lane', true)],
  ['uncertain, safe, often', { code: 'uncertain' }, { resend: 'safe', starts: 9 }, again(500, 'lane', true)],
  ['uncertain, safe, old', { code: 'uncertain' }, { resend: 'safe', ...old }, failed('timeout')],
  ['uncertain, unsafe, resend', { code: 'uncertain' }, {}, again(500, 'lane', false)],
  ['uncertain, unsafe, resend, third time', { code: 'uncertain' }, { starts: 3 }, failed('uncertain')],
  ['uncertain, unsafe, resend, old', { code: 'uncertain' }, old, failed('uncertain')],
  ['uncertain, unsafe, tell', { code: 'uncertain' }, { onUncertain: 'tell' }, failed('uncertain')],
  ['crashed, safe', { code: 'uncertain' }, { ...crash, resend: 'safe' }, again(0, 'lane', false)],
  ['crashed, safe, old', { code: 'uncertain' }, { ...crash, resend: 'safe', ...old }, again(0, 'lane', false)],
  ['crashed, unsafe, resend', { code: 'uncertain' }, crash, again(0, 'lane', false)],
  ['crashed, unsafe, resend, old', { code: 'uncertain' }, { ...crash, ...old }, again(0, 'lane', false)],
  ['crashed, unsafe, tell', { code: 'uncertain' }, { ...crash, onUncertain: 'tell' }, failed('uncertain')],
  ['crashed, can be asked', { code: 'uncertain' }, { ...crash, canFind: true }, { act: 'find' }],
  ['crashed, third time', { code: 'uncertain' }, { ...crash, starts: 3, resend: 'safe' }, failed('internal')],
  [
    'crashed, third time, can be asked',
    { code: 'uncertain' },
    { ...crash, starts: 3, canFind: true },
    failed('internal'),
  ],
];

for (const [name, given, at, verdict] of table)
  test(`${name}: ${JSON.stringify(verdict)}`, () => {
    assert.deepEqual(judge(given, undefined, { ...usual, ...at }), verdict);
  });

test("the network's words are passed on with what ends a message", () => {
  const verdict = judge({ code: 'rejected', reason: 'blocked' }, 'She left.', usual);
  assert.deepEqual(verdict, failed('blocked', { detail: 'She left.' }));
});

const questions: readonly (readonly [string, Fault, Partial<Parameters<typeof judgeFind>[1]>, object])[] = [
  ['temporary', { code: 'temporary' }, {}, { act: 'ask', after: 500, holds: 'lane' }],
  ['uncertain', { code: 'uncertain' }, { asked: 3 }, { act: 'ask', after: 2_000, holds: 'lane' }],
  ['rate-limited', limited('account'), {}, { act: 'ask', after: 10_000, holds: 'account' }],
  ['rejected', { code: 'rejected', reason: 'unsupported' }, {}, { act: 'decide' }],
  ['temporary, at its expiry', { code: 'temporary' }, old, { act: 'decide' }],
  ['auth-lost, at its expiry', { code: 'auth-lost' }, old, { act: 'park' }],
];

for (const [name, given, at, verdict] of questions)
  test(`a question that failed, ${name}: ${JSON.stringify(verdict)}`, () => {
    assert.deepEqual(judgeFind(given, { age: 0, expiry: 24 * HOUR, asked: 1, random: 0, ...at }), verdict);
  });

const bounces: readonly (readonly [type: string, condition: string, verdict: 'later' | 'never'])[] = [
  ['wait', 'resource-constraint', 'later'],
  ['wait', 'anything', 'later'],
  ['cancel', 'recipient-unavailable', 'later'],
  ['cancel', 'service-unavailable', 'later'],
  ['cancel', 'remote-server-not-found', 'later'],
  ['cancel', 'remote-server-timeout', 'later'],
  ['cancel', 'item-not-found', 'never'],
  ['cancel', 'not-allowed', 'never'],
  ['modify', 'not-acceptable', 'never'],
  ['auth', 'forbidden', 'never'],
  ['', '', 'never'],
];

for (const [type, condition, verdict] of bounces)
  test(`a bounce ${type}/${condition}: ${verdict}`, () => assert.equal(judgeBounce({ type, condition }), verdict));

const odd: readonly (readonly [string, unknown, Fault])[] = [
  ['an Error', new Error('x'), { code: 'uncertain' }],
  ['a string', 'x', { code: 'uncertain' }],
  ['nothing', undefined, { code: 'uncertain' }],
  ['an unknown code', fault({ code: 'odd' } as never), { code: 'uncertain' }],
  ['no fault', fault(undefined as never), { code: 'uncertain' }],
  ['an unknown reason', fault({ code: 'rejected', reason: 'odd' } as never), { code: 'rejected', reason: 'invalid' }],
  [
    'a limit without a time',
    fault({ ...limited('chat'), retryAfterMs: NaN } as never),
    { ...limited('chat'), retryAfterMs: 5_000 } as Fault,
  ],
  [
    'an endless limit',
    fault({ ...limited('chat'), retryAfterMs: 1e300 } as never),
    { ...limited('chat'), retryAfterMs: 24 * HOUR } as Fault,
  ],
  [
    'a limit in the past',
    fault({ ...limited('account'), retryAfterMs: -5 } as never),
    { ...limited('account'), retryAfterMs: 1 } as Fault,
  ],
  ['a limit of unknown scope', fault({ ...limited('chat'), scope: 'odd' } as never), limited('chat')],
];

for (const [name, thrown, known] of odd)
  test(`${name}, thrown by an adapter, counts as ${JSON.stringify(known)}`, () => {
    assert.deepEqual(faultOf(thrown).fault, known);
  });
