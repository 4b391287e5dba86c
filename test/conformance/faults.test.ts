// What the suite and the gateway refuse at the border of a package, as tables.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkedSession, sessionFaults } from '../../src/adapter/check.ts';
import { batchFaults } from '../../src/adapter/testing/faults.ts';

const chat = { kind: 'direct', id: 'friend' };
const message = {
  type: 'message',
  key: 'k',
  id: '1',
  chat,
  from: 'friend',
  at: 1_700_000_000_000,
  content: { text: 'x' },
};

const titled = (titles: unknown): object => ({
  ...{ type: 'members', chat },
  members: [{ user: 'friend', role: 'member', titles }],
});

describe('a batch is judged', () => {
  const right: readonly object[] = [
    {},
    { events: [message], cursor: { offset: 7, last: ['a', null, true] }, state: { a: new Uint8Array(3), b: null } },
    {
      events: [
        { ...message, from: null },
        { type: 'notice', key: 'n', at: message.at, text: 'told' },
      ],
    },
    {
      events: [
        { type: 'contact', user: 'friend', name: 'Friend' },
        { type: 'chat', chat },
      ],
    },
    {
      events: [
        { type: 'chat', chat, topic: 'Roses', topicBy: null, topicAt: message.at },
        { type: 'members', chat, members: [{ user: null, role: 'owner', titles: ['Chief gardener'] }] },
      ],
    },
    { events: [{ type: 'retract', key: 'r', at: message.at, target: '1' }] },
    { events: [{ ...message, content: { files: [{ ref: 1, mime: 'image/png' }] } }] },
  ];
  for (const batch of right) {
    it(`as right: ${JSON.stringify(batch)}`, () => assert.deepEqual(batchFaults(batch), []));
  }
  const wrong: readonly (readonly [what: string, batch: object, says: RegExp])[] = [
    ['an id that is a number', { events: [{ ...message, id: 7 }] }, /id is not a text/],
    ['no key', { events: [{ ...message, key: '' }] }, /key is not a text/],
    ['seconds', { events: [{ ...message, at: 1_700_000_000 }] }, /not seconds/],
    ['a time that is no number', { events: [{ ...message, at: NaN }] }, /at is not a number/],
    ['no chat', { events: [{ ...message, chat: undefined }] }, /chat is missing/],
    ['a title of nothing', { events: [titled([''])] }, /titles of friend/],
    ['a title that is no list', { events: [titled('Gardener')] }, /titles of friend/],
    [
      'a topic set in seconds',
      { events: [{ type: 'chat', chat, topic: '', topicAt: 1_700_000_000 }] },
      /topic: .*not seconds/,
    ],
    ['who set no topic', { events: [{ type: 'chat', chat, topicBy: 'friend' }] }, /without the topic/],
    ['a chat without kind', { events: [{ ...message, chat: { id: 'friend' } }] }, /chat\.kind/],
    ['a chat whose id is a number', { events: [{ ...message, chat: { kind: 'group', id: 5 } }] }, /chat\.id/],
    ['nobody', { events: [{ ...message, from: undefined }] }, /from is not a text/],
    ['silence', { events: [{ ...message, content: {} }] }, /a user would see nothing/],
    ['a big integer', { cursor: 7n }, /cursor is a bigint/],
    ['a date', { cursor: { at: new Date(0) } }, /cursor\.at is no plain object/],
    ['a map in an event', { events: [{ ...message, content: { text: 'x', extra: new Map() } }] }, /extra is no plain/],
    ['infinity', { credentials: { expires: Infinity } }, /credentials\.expires is Infinity/],
    ['a function', { credentials: { renew: () => undefined } }, /credentials\.renew is a function/],
    ['state that is no bytes', { state: { a: 'text' } }, /state\.a is not bytes/],
    ['too much state', { state: { a: new Uint8Array(1_048_577) } }, /state\.a is larger than 1 MiB/],
  ];
  for (const [what, batch, says] of wrong) {
    it(`as wrong: ${what}`, () => {
      const faults = batchFaults(batch);
      assert.ok(
        faults.some((fault) => says.test(fault)),
        faults.join('; '),
      );
    });
  }
});

describe('a session is judged', () => {
  const session = { self: 'me', limits: { text: 100 }, resend: 'safe', close: () => Promise.resolve() };
  const rates = { chatRate: { count: 1, perMs: 1000 }, textUnit: 'bytes' };

  it('as right', () => {
    assert.equal(checkedSession(session), session);
    assert.deepEqual(sessionFaults({ ...session, limits: { ...session.limits, ...rates }, send() {} }), []);
  });
  const wrong: readonly (readonly [what: string, session: unknown, says: RegExp])[] = [
    ['nothing', undefined, /not an object/],
    ['no self', { ...session, self: '' }, /self is not a text/],
    ['no close', { ...session, close: undefined }, /close is not a function/],
    ['no word on resending', { ...session, resend: true }, /neither 'safe' nor 'unsafe'/],
    ['send that cannot be called', { ...session, send: {} }, /send is not a function/],
    ['no limits', { ...session, limits: undefined }, /limits is not an object/],
    ['endless texts', { ...session, limits: { text: Infinity } }, /limits\.text/],
    ['an empty file', { ...session, limits: { text: 1, fileBytes: 0 } }, /limits\.fileBytes/],
    ['a rate of nothing', { ...session, limits: { text: 1, chatRate: { count: 0, perMs: 1 } } }, /limits\.chatRate/],
    ['an unknown unit', { ...session, limits: { text: 1, textUnit: 'words' } }, /limits\.textUnit/],
  ];
  for (const [what, value, says] of wrong) {
    it(`as wrong: ${what}`, () => assert.throws(() => checkedSession(value), { name: 'TypeError', message: says }));
  }
});
