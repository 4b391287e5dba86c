// History, mentions and gaps: rules without a room.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goesOn } from '../../../src/room/gap.ts';
import { historyRange, surplus } from '../../../src/room/history.ts';
import { mentions } from '../../../src/room/mentions.ts';
import { standing } from '../../../src/room/roles.ts';

test('R37: the range of a history is what holds of all that is asked for', () => {
  const now = 1_000_000;
  assert.deepEqual(historyRange({}, now), { limit: 50 });
  assert.deepEqual(historyRange({ maxstanzas: 3 }, now), { limit: 3 });
  assert.deepEqual(historyRange({ maxstanzas: 99_999 }, now), { limit: 500 });
  assert.deepEqual(historyRange({ maxchars: 0 }, now), { limit: 0 });
  assert.deepEqual(historyRange({ seconds: 60, since: 1 }, now), { limit: 500, start: 940_000 });
  assert.deepEqual(historyRange({ seconds: 60, since: 990_000 }, now), { limit: 500, start: 990_000 });
});

test('R37: of the last stanzas as many as fit, whole', () => {
  assert.equal(surplus([10, 10, 10], undefined), 0);
  assert.equal(surplus([10, 10, 10], 30), 0);
  assert.equal(surplus([10, 10, 10], 29), 1);
  assert.equal(surplus([10, 10, 10], 9), 3);
});

test('a nick in front of a text names its bearer, whatever is in the nick', () => {
  const known = new Map([
    ['Romeo', 'r'],
    ['Dr. No, MD', 'n'],
  ]);
  const whoIs = (nick: string) => known.get(nick);
  const at = (text: string) => mentions(text, whoIs).map(({ start, end, value }) => [start, end, value]);
  assert.deepEqual(at('Romeo: hello'), [[0, 5, 'r']]);
  assert.deepEqual(at('@Romeo, hello'), [[1, 6, 'r']]);
  assert.deepEqual(at('Dr. No, MD: hello'), [[0, 10, 'n']]);
  assert.deepEqual(at('Romeo:hello'), []);
  assert.deepEqual(at('Tybalt: hello'), []);
  assert.deepEqual(at('hello Romeo: '), []);
  const marked = mentions('for Romeo and Romeo', whoIs, [{ user: 'r', words: 'Romeo' }]);
  assert.deepEqual(marked, [{ kind: 'mention', start: 4, end: 9, value: 'r' }]);
});

test('R42: a minute is too long', () => {
  assert.deepEqual([0, 59_999, 60_000, -1, undefined].map(goesOn), [true, true, false, false, false]);
});

test('R40: roles as XEP-0045 knows them', () => {
  assert.deepEqual(standing('owner', false), { affiliation: 'owner', role: 'moderator' });
  assert.deepEqual(standing('moderator', false), { affiliation: 'none', role: 'moderator' });
  assert.deepEqual(standing('member', true), { affiliation: 'member', role: 'participant' });
  assert.deepEqual(standing('muted', false), { affiliation: 'none', role: 'visitor' });
  assert.deepEqual(standing('banned', true), { affiliation: 'outcast', role: 'none' });
});
