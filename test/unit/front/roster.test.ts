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
