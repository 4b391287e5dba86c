// What becomes of an edit, a retraction, a reaction or a reply: the plan, as a table.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Content, Limits } from '../../src/adapter/api.ts';
import { latest, planFor, type Act, type Means, type Plan } from '../../src/lane/plan.ts';
import type { OutBody } from '../../src/message/entry.ts';
import type { IdRow } from '../../src/store/api.ts';

const chat = { kind: 'direct', id: 'ada' } as const;
const sender = { jid: 'romeo@example.org/a', id: 'now' };
const HOUR = 3_600_000;

const row = (remote: string, part = 0, author: string | null = null, at = 0): IdRow => ({
  ...{ account: 1, chat: 1, remote, part, stanza: 'then', author, at },
});
/** Cuts at every bar. */
const split = ({ text = '', ...rest }: Content): readonly Content[] =>
  text === '' ? [] : text.split('|').map((part) => ({ ...rest, text: part }));
const means = (change: Partial<Means> & { readonly allow?: Partial<Limits> } = {}): Means => ({
  can: new Set<Act['do']>(['send', 'edit', 'retract', 'react', 'read']),
  limits: { text: 100, ...change.allow },
  ...{ split, target: [], reply: [], now: 0 },
  ...change,
});
const edit = (text: string): OutBody => ({ type: 'edit', chat, target: 'then', content: { text }, sender });
const retract: OutBody = { type: 'retract', chat, target: 'then', sender };
const react = (...emojis: string[]): OutBody => ({ type: 'react', chat, target: 'then', emojis, sender });
const read: OutBody = { type: 'read', chat, target: 'then', sender };
const message = (content: Content): OutBody => ({ type: 'message', chat, content, sender });
const acts = (...list: readonly Act[]): Plan => ({ acts: list });
const fails = (code: 'expired' | 'unsupported' | 'not-found' | 'forbidden' | 'invalid'): Plan => ({
  failure: { code },
});
const only = (...can: readonly Act['do'][]): Pick<Means, 'can'> => ({ can: new Set(can) });

const table: readonly (readonly [string, OutBody, Means, Plan])[] = [
  [
    'a message in two parts',
    message({ text: 'a|b' }),
    means(),
    acts({ do: 'send', content: { text: 'a' } }, { do: 'send', content: { text: 'b' } }),
  ],
  ['a message of nothing', message({ text: '' }), means(), fails('invalid')],
  [
    'a reply to what the network knows',
    message({ text: 'yes', replyTo: { id: 'then', text: 'well?' } }),
    means({ reply: [row('7', 0, 'ada')] }),
    acts({ do: 'send', content: { text: 'yes', replyTo: { id: '7', author: 'ada' } } }),
  ],
  [
    'a reply to what nobody knows keeps its quote',
    message({ text: 'yes', replyTo: { id: 'then', text: 'well?\nhm?' } }),
    means(),
    acts({ do: 'send', content: { text: '> well?\n> hm?\nyes' } }),
  ],
  [
    'a reply without words to what nobody knows',
    message({ text: 'yes', replyTo: { id: 'then' } }),
    means(),
    acts({ do: 'send', content: { text: 'yes' } }),
  ],
  ['an edit', edit('new'), means({ target: [row('7')] }), acts({ do: 'edit', target: '7', content: { text: 'new' } })],
  [
    'an edit with more parts sends the surplus',
    edit('a|b'),
    means({ target: [row('7')] }),
    acts({ do: 'edit', target: '7', content: { text: 'a' } }, { do: 'send', content: { text: 'b' } }),
  ],
  [
    'an edit with fewer parts deletes the surplus',
    edit('a'),
    means({ target: [row('7'), row('8', 1)] }),
    acts({ do: 'edit', target: '7', content: { text: 'a' } }, { do: 'retract', target: '8' }),
  ],
  [
    'an edit of what failed, or is not known, is sent as a message',
    edit('new'),
    means(),
    acts({ do: 'send', content: { text: 'new' } }),
  ],
  [
    'an edit where the network has none is sent as a message, and marked',
    edit('new'),
    means({ target: [row('7')], ...only('send') }),
    acts({ do: 'send', content: { text: '✎ new' } }),
  ],
  ['an edit of what somebody else wrote', edit('new'), means({ target: [row('7', 0, 'ada')] }), fails('forbidden')],
  [
    'an edit after its time',
    edit('new'),
    means({ target: [row('7')], allow: { editMs: HOUR }, now: HOUR + 1 }),
    fails('expired'),
  ],
  [
    'a retraction takes every part back',
    retract,
    means({ target: [row('7'), row('8', 1)] }),
    acts({ do: 'retract', target: '7' }, { do: 'retract', target: '8' }),
  ],
  ['a retraction of what was never sent has nothing to do', retract, means(), acts()],
  [
    'a retraction where the network has none',
    retract,
    means({ target: [row('7')], ...only('send') }),
    fails('unsupported'),
  ],
  [
    'a retraction after its time',
    retract,
    means({ target: [row('7')], allow: { retractMs: HOUR }, now: HOUR + 1 }),
    fails('expired'),
  ],
  [
    'a reaction goes to the first part',
    react('👍'),
    means({ target: [row('7'), row('8', 1)] }),
    acts({ do: 'react', target: '7', emojis: ['👍'] }),
  ],
  ['taking reactions back', react(), means({ target: [row('7')] }), acts({ do: 'react', target: '7', emojis: [] })],
  ['a reaction to what nobody knows', react('👍'), means(), fails('not-found')],
  [
    'a heart in colour is the heart of the list',
    react('❤️'),
    means({ target: [row('7')], allow: { reactions: { max: 1, allowed: ['❤'] } } }),
    acts({ do: 'react', target: '7', emojis: ['❤'] }),
  ],
  ['a marker', read, means({ target: [row('7'), row('8', 1)] }), acts({ do: 'read', target: '8' })],
  ['a marker that cannot be said', read, means({ target: [row('7')], ...only('send') }), acts()],
];

describe('the plan of what a user wants done', () => {
  for (const [name, body, at, plan] of table) it(name, () => assert.deepEqual(planFor(body, at), plan));

  it('says how many reactions there may be, and which are not on the list', () => {
    const reactions = { max: 1, allowed: ['👍', '🔥'] };
    const at = means({ target: [row('7')], allow: { reactions } });
    assert.deepEqual(planFor(react('👍', '🔥'), at), { failure: { code: 'unsupported', detail: 'at most 1' } });
    assert.deepEqual(planFor(react('🦀'), at), { failure: { code: 'unsupported', detail: '🦀' } });
  });

  it('takes the last message where a client has used an id twice', () => {
    const rows = [row('7', 0, null, 1), row('8', 1, null, 2), row('9', 0, null, 10), row('10', 1, null, 11)];
    assert.deepEqual(
      latest(rows).map(({ remote }) => remote),
      ['9', '10'],
    );
  });
});
