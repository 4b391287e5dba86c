// Contacts in the user's roster by his server's leave (XEP-0356), and by asking him where there is none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Element } from '../../../src/xmpp/stanza.ts';
import { device, domain, FrontBench, juliet } from './bench.ts';

const romeo = `42@${domain}`;
const grant = (from: string, version = 2, type = 'both'): string =>
  `<message from='${from}' to='${domain}'><privilege xmlns='urn:xmpp:privilege:${version}'>` +
  `<perm access='roster' type='${type}'/></privilege></message>`;
const rosterSet = (bench: FrontBench): Promise<Element> =>
  bench.next((stanza) => stanza.is('iq') && stanza.getChild('query', 'jabber:iq:roster') !== undefined);
const answer = (bench: FrontBench, asked: Element, type: 'result' | 'error', from = juliet): Promise<void> =>
  bench.hear(`<iq from='${from}' to='${domain}' type='${type}' id='${asked.attrs['id']}'/>`);

for (const version of [1, 2])
  test(`R22: a server that grants rosters (version ${version}) gets the contact with its name, and nobody is asked`, async () => {
    await using bench = await FrontBench.start();
    const account = await bench.register();
    await bench.presence('available');
    await bench.hear(grant('example.org', version));
    await bench.contact(account, '42', { name: 'Romeo', listed: true });
    const set = await rosterSet(bench);
    assert.equal(set.attrs['to'], juliet);
    const item = set.getChild('query')?.getChild('item');
    assert.deepEqual(item?.attrs, { jid: romeo, name: 'Romeo', subscription: 'both' });
    await answer(bench, set, 'result');
    await bench.presence('available', romeo);
    assert.equal(
      bench.sent.some(({ attrs }) => attrs['type'] === 'subscribe' && attrs['from'] === romeo),
      false,
    );
    await bench.hear(`<presence type='probe' from='${device}' to='${romeo}'/>`);
    await bench.presence('available', romeo);
  });

test('R22: a server that grants and then fails is not asked again: the contacts ask', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  await bench.hear(grant('example.org', 1));
  await bench.contact(account, '42', { name: 'Romeo', listed: true });
  await answer(bench, await rosterSet(bench), 'error');
  await bench.presence('subscribe', romeo);
  await bench.contact(account, '43', { name: 'Benvolio', listed: true });
  await bench.presence('subscribe', `43@${domain}`);
});

test('R22: a server speaks for its own users only, and only the asked one answers', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  await bench.hear(grant('evil.example'));
  await bench.hear(grant('tybalt@example.org'));
  await bench.hear(grant('example.org', 2, 'get'));
  await bench.contact(account, '42', { name: 'Romeo', listed: true });
  await bench.presence('subscribe', romeo);

  await bench.hear(grant('example.org'));
  await bench.contact(account, '43', { name: 'Benvolio', listed: true });
  const set = await rosterSet(bench);
  await answer(bench, set, 'result', 'tybalt@example.org');
  assert.equal(
    bench.sent.some(({ attrs }) => attrs['from'] === `43@${domain}`),
    false,
  );
  bench.clock.advance(20_000);
  await bench.presence('subscribe', `43@${domain}`);
});

test('R22: the server takes the contact out again when the network does', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  await bench.hear(grant('example.org'));
  await bench.contact(account, '42', { name: 'Romeo', listed: true });
  await answer(bench, await rosterSet(bench), 'result');
  await bench.contact(account, '42', { name: 'Romeo', listed: false });
  const set = await rosterSet(bench);
  assert.equal(set.getChild('query')?.getChild('item')?.attrs['subscription'], 'remove');
});

const NS_EXCHANGE = 'http://jabber.org/protocol/rosterx';
/** The device that registers is asked what it can do, and can take an exchange of contacts. */
async function takesExchange(bench: FrontBench): Promise<void> {
  const asked = await bench.next(
    (stanza) => stanza.is('iq') && stanza.attrs['to'] === device && stanza.attrs['type'] === 'get',
  );
  await bench.hear(
    `<iq from='${device}' to='${domain}' type='result' id='${asked.attrs['id']}'>` +
      `<query xmlns='http://jabber.org/protocol/disco#info'><feature var='${NS_EXCHANGE}'/></query></iq>`,
  );
}
const exchanged = (bench: FrontBench): Promise<Element> =>
  bench.next((stanza) => stanza.is('iq') && stanza.getChild('x', NS_EXCHANGE) !== undefined);
const asksToBeSeen = (bench: FrontBench): boolean =>
  bench.sent.some(({ attrs }) => attrs['type'] === 'subscribe' && attrs['from'] === romeo);

test('R22: a client that takes an exchange is given all contacts at once, and he who adds one has him', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  await takesExchange(bench);
  await bench.contact(account, '42', { name: 'Romeo', listed: true });
  await bench.contact(account, '43', { name: 'Benvolio', listed: true });
  // Both are in the store once this, which comes behind them, is answered.
  await bench.hear(`<presence type='probe' from='${device}' to='${romeo}'/>`);
  bench.clock.advance(500);
  const offer = await exchanged(bench);
  assert.deepEqual(
    offer
      .getChild('x')
      ?.getChildren('item')
      .map(({ attrs }) => [attrs['action'], attrs['jid'], attrs['name']]),
    [
      ['add', romeo, 'Romeo'],
      ['add', `43@${domain}`, 'Benvolio'],
    ],
  );
  await answer(bench, offer, 'result', device);
  assert.equal(asksToBeSeen(bench), false);
  await bench.hear(`<presence type='subscribe' from='${device}' to='${romeo}'/>`);
  await bench.presence('subscribed', romeo);
  await bench.presence('subscribe', romeo);
});

test('R22: a client that refuses the exchange is asked contact by contact', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  await takesExchange(bench);
  await bench.contact(account, '42', { name: 'Romeo', listed: true });
  await bench.hear(`<presence type='probe' from='${device}' to='${romeo}'/>`);
  bench.clock.advance(500);
  await answer(bench, await exchanged(bench), 'error', device);
  await bench.presence('subscribe', romeo);
});
