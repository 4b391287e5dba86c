// Messages from users: into the lane of their chat or back with a reason.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_ENTRIES } from '../../../src/account/outbox.ts';
import { StoreError } from '../../../src/store/api.ts';
import type { Element } from '../../../src/xmpp/stanza.ts';
import { condition, device, domain, FrontBench, words } from './bench.ts';

const romeo = `42@${domain}`;
const code = (stanza: Element): string | null | undefined =>
  stanza.getChild('error')?.getChildText('code', 'urn:moongate:error:1');
const message = (body: string, id: string, to = romeo, more = ''): string =>
  `<message from='${device}' to='${to}' type='chat' id='${id}'><body>${body}</body>${more}</message>`;

test('R5b: a message is on disk before the back hears of it', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  const seen: string[] = [];
  bench.back.wake = (lane, entries) => seen.push(`${lane.direction} ${entries[0]?.seq}`);
  await bench.hear(message('hello', 'a', romeo, `<request xmlns='urn:xmpp:receipts'/>`));
  assert.deepEqual(seen, ['out 1']);
  assert.deepEqual(await bench.waiting(account), [
    {
      type: 'message',
      chat: { kind: 'direct', id: '42' },
      content: { text: 'hello' },
      sender: { jid: device, id: 'a', receipt: true },
    },
  ]);
});

test('messages of a chat keep their order while its number is looked up', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  const texts = Array.from({ length: 200 }, (_, index) => `${index}`);
  await Promise.all(
    texts.map((text) => bench.hear(message(text, `id${text}`, Number(text) % 2 ? romeo : `7@${domain}`))),
  );
  const waiting = (await bench.waiting(account)).map((body) => ('content' in body ? body.content.text : undefined));
  assert.deepEqual(waiting, texts);
});

test('the same message sent again is one; the same id with other words is two', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  await bench.hear(message('hello', '1'));
  await bench.hear(message('hello', '1'));
  await bench.hear(message('goodbye', '1'));
  assert.deepEqual(
    (await bench.waiting(account)).map((body) => ('content' in body ? body.content.text : undefined)),
    ['hello', 'goodbye'],
  );
  assert.equal(bench.back.woken.length, 2);
});

test('two messages without an id are two', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  const bare = `<message from='${device}' to='${romeo}' type='chat'><body>knock</body></message>`;
  await bench.hear(bare);
  await bench.hear(bare);
  assert.equal((await bench.waiting(account)).length, 2);
});

test('R25: without an account a message comes back with its id', async () => {
  await using bench = await FrontBench.start();
  await bench.hear(message('hello', 'a'));
  const [error] = bench.sent;
  assert(error);
  assert.deepEqual([error.attrs['id'], error.attrs['from'], error.attrs['to']], ['a', romeo, device]);
  assert.deepEqual([condition(error), code(error)], ['registration-required', 'not-registered']);
});

const encrypted = {
  OMEMO: `<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/><payload>x</payload></encrypted>`,
  OX: `<openpgp xmlns='urn:xmpp:openpgp:0'>x</openpgp>`,
  EME: `<encryption xmlns='urn:xmpp:eme:0' namespace='x'/>`,
};
for (const [name, element] of Object.entries(encrypted))
  test(`a message with ${name} is never forwarded, and its writer reads how to switch it off`, async () => {
    await using bench = await FrontBench.start();
    const account = await bench.register();
    await bench.hear(message('I sent you an encrypted message', 'a', romeo, element));
    const error = await bench.next((stanza) => stanza.is('message'));
    assert.deepEqual([condition(error), code(error)], ['feature-not-implemented', 'unsupported']);
    assert.match(words(error), /OMEMO.*off/);
    assert.deepEqual(await bench.waiting(account), []);
  });

test("errors are in the language of the stanza, or of the user's last one", async () => {
  await using bench = await FrontBench.start();
  await bench.register();
  await bench.hear(`<presence xml:lang='de' from='${device}' to='${domain}'/>`);
  await bench.hear(message('x', 'a', romeo, `<openpgp xmlns='urn:xmpp:openpgp:0'>x</openpgp>`));
  const error = await bench.next((stanza) => stanza.is('message'));
  assert.match(words(error), /verschlüsselt/i);
  // Writes land in order: when this is on disk, the language is.
  await bench.hear(`<presence type='subscribe' from='${device}' to='${domain}'/>`);
  await bench.restart();
  await bench.front.online();
  assert.equal(bench.front.view(1)?.lang, 'de');
});

test('R19: an account that has too much waiting is told at once, and goes on when there is room', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  const ids = Array.from({ length: MOST_ENTRIES }, (_, index) => `id${index}`);
  await Promise.all(ids.map((id) => bench.hear(message('x', id))));
  await bench.hear(message('one too many', 'last'));
  const error = await bench.next((stanza) => stanza.is('message'));
  assert.deepEqual([error.attrs['id'], condition(error), code(error)], ['last', 'resource-constraint', 'quota']);
  const waiting = await bench.waiting(account);
  assert.equal(waiting.length, MOST_ENTRIES);

  const fence = await bench.store.acquire(`account/${account}`, 'node', 1_000);
  assert(fence);
  await bench.store.step({ fence, move: [{ seq: 1, to: 'settled' }] });
  bench.clock.advance(2_000);
  await bench.hear(message('now', 'now'));
  assert.equal(bench.back.woken.at(-1)?.seq, MOST_ENTRIES + 1);
});

test('R19: while the disk is full the writer is told quota, and what follows is accepted once there is room', async () => {
  await using bench = await FrontBench.start();
  await bench.register();
  const step = bench.store.step.bind(bench.store);
  bench.store.step = () => Promise.reject(new StoreError('full', 'no room'));
  await bench.hear(message('hello', 'a'));
  const error = await bench.next((stanza) => stanza.is('message'));
  assert.equal(code(error), 'quota');
  bench.store.step = step;
  await bench.hear(message('hello', 'a'));
  assert.equal(bench.back.woken.length, 1);
});

test('an unexpected failure is internal, with a reference that the log has', async () => {
  await using bench = await FrontBench.start();
  await bench.register();
  bench.store.step = () => Promise.reject(new Error('boom'));
  await bench.hear(message('hello', 'a'));
  const error = await bench.next((stanza) => stanza.is('message'));
  const [line] = bench.logged as readonly { readonly reference: string }[];
  assert.equal(code(error), 'internal');
  assert(line && words(error).includes(line.reference));
});

test('typing is a hint; a message without words is nothing', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  const state = (name: string): string =>
    `<message from='${device}' to='${romeo}' type='chat'><${name} xmlns='http://jabber.org/protocol/chatstates'/></message>`;
  await bench.hear(state('composing'));
  await bench.hear(state('paused'));
  const chat = { kind: 'direct', id: '42' };
  assert.deepEqual(bench.back.hints, [
    { type: 'typing', chat, on: true },
    { type: 'typing', chat, on: false },
  ]);
  assert.deepEqual(await bench.waiting(account), []);
});

test('a contact that types is seen by a user who is there', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  const types = { type: 'typing', chat: { kind: 'direct', id: '42' }, from: '42', on: true } as const;
  bench.front.hint(account, types);
  await bench.hear(`<presence from='${device}' to='${domain}'/>`);
  assert.equal(
    bench.sent.some((stanza) => stanza.is('message')),
    false,
  );
  bench.front.hint(account, types);
  const composing = await bench.next((stanza) => stanza.is('message'));
  assert(composing.getChild('composing', 'http://jabber.org/protocol/chatstates'));
});

test('a bounce goes to the lanes with the id that it names', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  await bench.hear(
    `<message from='juliet@example.org' to='${romeo}' type='error' id='abc'><body>x</body><error type='cancel'>` +
      `<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>no</text>` +
      `<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
  );
  assert.deepEqual(bench.bounced, [[account, 'abc', { type: 'cancel', condition: 'service-unavailable' }]]);
});

test('R20: an id too long for an address is found by its alias', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  const id = 'x'.repeat(1_200);
  await bench.contact(account, id, { name: 'Long', listed: true });
  const subscribe = await bench.next(
    (stanza) => stanza.is('presence') && (stanza.attrs['from'] ?? '').startsWith('=h'),
  );
  await bench.hear(message('hello', 'a', subscribe.attrs['from']));
  const [waiting] = await bench.waiting(account);
  assert.equal(waiting?.chat.id, id);
});

test('R19: what is sent to no address of ours is not found', async () => {
  await using bench = await FrontBench.start();
  await bench.register();
  await bench.hear(message('hello', 'm', `=.x@${domain}`));
  assert.equal(condition(await bench.next((stanza) => stanza.is('message'))), 'item-not-found');
});

test('what still arrives after the goodbye is taken: its sender may hold it for delivered', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  await bench.front.stop();
  await bench.hear(message('hello', 'a'));
  assert.equal((await bench.waiting(account)).length, 1);
});

test('R26: reactions, edits and retractions stand behind the message they are about; a resend is recognised', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  const react = (id: string, emoji: string): string =>
    `<message from='${device}' to='${romeo}' type='chat' id='${id}'>` +
    `<reactions xmlns='urn:xmpp:reactions:0' id='a'><reaction>${emoji}</reaction></reactions></message>`;
  await bench.hear(message('helo', 'a'));
  await bench.hear(message('hello', 'b', romeo, `<replace xmlns='urn:xmpp:message-correct:0' id='a'/>`));
  await bench.hear(react('c', '👍'));
  await bench.hear(react('c', '👍'));
  await bench.hear(react('c', '🎉'));
  await bench.hear(message('gone', 'd', romeo, `<retract xmlns='urn:xmpp:message-retract:1' id='a'/>`));
  const done = (await bench.waiting(account)).map((body) => [
    body.type,
    'target' in body && body.target,
    body.sender.id,
  ]);
  assert.deepEqual(done, [
    ['message', false, 'a'],
    ['edit', 'a', 'b'],
    ['react', 'a', 'c'],
    ['react', 'a', 'c'],
    ['retract', 'a', 'd'],
  ]);
});

test('R26: of the markers that wait the last one wins, and no marker is answered with an error', async () => {
  await using bench = await FrontBench.start();
  const displayed = (id: string): string =>
    `<message from='${device}' to='${romeo}' type='chat' id='read ${id}'>` +
    `<displayed xmlns='urn:xmpp:chat-markers:0' id='${id}'/></message>`;
  await bench.hear(displayed('0'));
  assert.deepEqual(bench.sent, []);
  const account = await bench.register();
  for (const id of ['1', '2', '3']) await bench.hear(displayed(id));
  const waiting = await bench.waiting(account);
  assert.deepEqual(
    waiting.map((body) => [body.type, 'target' in body && body.target]),
    [['read', '3']],
  );
  assert.equal(bench.back.woken.at(-1)?.lane.slot, 'read');
});
