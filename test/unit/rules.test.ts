// The table of rules is what CI believes, so it is tested like any other code.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules, servers } from '../rules.ts';
import { judge, named, type Outcome } from '../run/table.ts';

const all: readonly Outcome[] = rules.flatMap(({ id }) =>
  servers.map((server): Outcome => ({ name: `${id} [${server}]: works`, end: 'pass' })),
);
const without = (name: string) => all.filter((each) => !each.name.startsWith(name));

test('a name says its rules and its server', () => {
  assert.deepEqual(named('R5a [ejabberd]: the fence'), { rules: ['R5a'], place: 'ejabberd' });
  assert.deepEqual(named('R8, R9 and R10: in order [prosody]'), { rules: ['R8', 'R9', 'R10'], place: 'prosody' });
  assert.deepEqual(named('R25: on a scripted server'), { rules: ['R25'], place: 'elsewhere' });
  assert.deepEqual(named('Rooms are R32'), { rules: [], place: 'elsewhere' });
  assert.deepEqual(named('R2D2 speaks'), { rules: [], place: 'elsewhere' });
});

test('all rules passed on both servers: none is unproven', () => {
  assert.deepEqual(judge(all).unproven, []);
});

test('a rule without a test, or with one on one server alone, is unproven', () => {
  assert.deepEqual(judge(without('R15 ')).unproven, ['R15']);
  assert.deepEqual(judge(without('R15 [ejabberd]')).unproven, ['R15']);
  assert.deepEqual(judge([...without('R15 '), { name: 'R15: elsewhere', end: 'pass' }]).unproven, ['R15']);
});

test('one failing test makes a rule unproven, whatever else passed', () => {
  assert.deepEqual(judge([...all, { name: 'R2: also', end: 'fail' }]).unproven, ['R2']);
});

test('the table has a line for every rule, with what happened where', () => {
  const { text } = judge([...without('R15 [ejabberd]'), { name: 'R15 [ejabberd]: x', end: 'skip' }]);
  assert.match(text, /^R15 +pass +skip +- +adding a contact$/m);
  assert.equal(text.split('\n').length, rules.length + 1);
});
