// The judge of final states is judged: chats that are equal at both ends, and every way in which they may not be, planted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Act } from './acts.ts';
import { judgeEnds, type Ends } from './ends.ts';
import type { Evidence, Held, Shown, Written } from './evidence.ts';

const LANE = 'juliet/person0';

/** The n-th that she hands over; with its receipt. */
const wrote = (n: number, text: string, act?: Act): Written => ({
  ...{ lane: LANE, id: `id-${n}`, text, handed: [{ turn: n, at: n }], errors: [], receipt: n },
  ...(act && { act }),
});
/** Refused, and she was told. */
function refused(n: number, text: string, act: Act): Written {
  const { receipt, ...rest } = wrote(n, text, act);
  assert(receipt);
  return { ...rest, errors: [{ at: n, code: 'not-found' }] };
}
const saw = (n: number, text: string, act?: Act): Shown => ({
  ...{ lane: LANE, id: `stanza-${n}`, text, at: n },
  ...(act && { act }),
});
const edit = (target: string): Act => ({ type: 'edit', target });
const retract = (target: string): Act => ({ type: 'retract', target });
const react = (target: string, ...emojis: string[]): Act => ({ type: 'react', target, emojis });

const own = (more: Partial<Held> = {}): Held => ({
  ...{ lane: LANE, first: 'out 1', text: 'out 1', mine: true, deleted: false, reactions: { mine: [], theirs: [] } },
  ...more,
});
const theirs = (more: Partial<Held> = {}): Held => own({ first: 'in 1', text: 'in 1', mine: false, ...more });

interface Chat {
  readonly written?: readonly Written[];
  readonly shown?: readonly Shown[];
  readonly held: readonly Held[];
  readonly bounced?: readonly string[];
}
function judged({ written = [], shown = [], held, bounced = [] }: Chat): Ends & { readonly faults: readonly string[] } {
  const evidence: Evidence = {
    ...{ blows: [], arrived: [], said: [], marked: new Map(), complaints: [] },
    ...{ written, shown, held, bounced: new Set(bounced) },
  };
  const faults: string[] = [];
  return { ...judgeEnds(evidence, shown, faults), faults };
}

test('a chat in which the last edit, reaction and retraction stand at both ends is equal', () => {
  const verdict = judged({
    written: [
      wrote(1, 'out 1'),
      wrote(2, 'out 1 v2', edit('id-1')),
      wrote(3, 'out 2'),
      wrote(4, 'retract out 2', retract('id-3')),
      wrote(5, 'react in 1: 👍', react('stanza-1', '👍')),
    ],
    shown: [
      saw(1, 'in 1'),
      saw(2, 'in 1 v2', edit('stanza-1')),
      saw(3, 'react out 1: 🎉', react('id-1', '🎉')),
      saw(4, 'react out 1: nothing', react('id-1')),
    ],
    held: [
      theirs({ text: 'in 1 v2', reactions: { mine: ['👍'], theirs: [] } }),
      own({ text: 'out 1 v2' }),
      own({ first: 'out 2', text: '', deleted: true }),
    ],
  });
  assert.deepEqual(verdict, { compared: 3, open: 0, faults: [] });
});

const twice = [wrote(1, 'out 1'), wrote(2, 'out 1 v2', edit('id-1')), wrote(3, 'out 1 v3', edit('id-1'))];

for (const [name, chat, fault] of [
  ['an edit that did not get there', { written: twice, held: [own({ text: 'out 1 v2' })] }, /the text of "out 1"/],
  [
    'an edit that was not shown',
    { shown: [saw(1, 'in 1')], held: [theirs({ text: 'in 1 v2' })] },
    /the network has "in 1 v2", the client "in 1"/,
  ],
  [
    'a retraction that did not get there',
    { written: [wrote(1, 'out 1'), wrote(2, 'retract out 1', retract('id-1'))], held: [own()] },
    /the network has "there", the client "deleted"/,
  ],
  ['a deletion that was not shown', { shown: [saw(1, 'in 1')], held: [theirs({ deleted: true })] }, /has "deleted"/],
  [
    'a reaction that did not get there',
    { written: [wrote(1, 'react in 1: 👍', react('stanza-1', '👍'))], shown: [saw(1, 'in 1')], held: [theirs()] },
    /his own reactions of "in 1"/,
  ],
  [
    'an old reaction shown behind a newer one',
    {
      written: [wrote(1, 'out 1')],
      shown: [saw(1, 'react out 1: 🎉', react('id-1', '🎉')), saw(2, 'react out 1: 👍', react('id-1', '👍'))],
      held: [own({ reactions: { mine: [], theirs: ['🎉'] } })],
    },
    /the network has "🎉", the client "👍"/,
  ],
  [
    'two messages for one that was written once',
    { written: twice, held: [own({ text: 'out 1 v3' }), own({ first: 'out 1 v2', text: 'out 1 v3' })] },
    /holds "out 1" and "out 1 v2" of .* for one message/,
  ],
] as const satisfies readonly (readonly [string, Chat, RegExp])[])
  test(`${name} is a difference`, () => {
    assert.match(judged(chat).faults.join(), fault);
  });

test('of a change that was refused the network has either state, and its sender knows', () => {
  const written = [wrote(1, 'out 1'), refused(2, 'out 1 v2', edit('id-1'))];
  for (const text of ['out 1', 'out 1 v2'])
    assert.deepEqual(judged({ written, held: [own({ text })] }), { compared: 1, open: 1, faults: [] });
  assert.equal(judged({ written, held: [own({ text: 'out 1 v3' })] }).faults.length, 1);
});

test('what was handed over again may take its second place', () => {
  const [made, second, third] = twice;
  assert(made && second && third);
  const handed = [...second.handed, { turn: 4, at: 4 }];
  const written = [made, { ...second, handed }, third];
  for (const text of ['out 1 v2', 'out 1 v3']) assert.deepEqual(judged({ written, held: [own({ text })] }).faults, []);
});

test('an edit whose message did not arrive is that message', () => {
  const lost = refused(1, 'out 1', edit(''));
  const { act, ...message } = lost;
  assert(act);
  const written = [message, wrote(2, 'out 1 v2', edit('id-1'))];
  assert.deepEqual(judged({ written, held: [own({ first: 'out 1 v2', text: 'out 1 v2' })] }).faults, []);
});

test('where a server gave a change back and so changed the order, either may be shown', () => {
  const shown = [saw(1, 'in 1'), saw(3, 'in 1 v3', edit('stanza-1')), saw(2, 'in 1 v2', edit('stanza-1'))];
  const held = [theirs({ text: 'in 1 v3' })];
  assert.equal(judged({ shown, held }).faults.length, 1);
  assert.deepEqual(judged({ shown, held, bounced: ['stanza-2'] }).faults, []);
});
