// Contacts in the roster of a user whose server lets the gateway write it (XEP-0356), and offered to a client that takes an
// exchange (XEP-0144) where it does not.
import assert from 'node:assert/strict';
import { x, type Element } from '../../src/xmpp/stanza.ts';
import type { TestClient } from '../server/client.ts';
import { ECHO, enrol, FLAKY, LOOPBACK, NS, presence, scenes } from './support.ts';

const ROSTERX = 'http://jabber.org/protocol/rosterx';

scenes({ server: { privilege: true } }, (scene) => {
  scene('R22', 'contacts of the network are in the roster by name, or ask to be', async (world, kind) => {
    const user = await world.login();
    await enrol(user, LOOPBACK);
    if (kind === 'ejabberd') {
      // 23.01 grants rosters and fails to set one.
      const request = await user.waitFor((stanza) => stanza.is('presence') && stanza.attrs['from'] === ECHO);
      assert.equal(request.attrs['type'], 'subscribe');
      return;
    }
    const push = await user.waitFor(
      (stanza) =>
        stanza.is('iq') && stanza.getChild('query', 'jabber:iq:roster')?.getChild('item')?.attrs['jid'] === ECHO,
    );
    const item = push.getChild('query')?.getChild('item');
    assert.deepEqual([item?.attrs['name'], item?.attrs['subscription']], ['Echo', 'both']);
    await user.waitFor((stanza) => stanza.is('presence') && stanza.attrs['from'] === ECHO);
    assert.equal(user.stanzas.some(presence(ECHO, 'subscribe')), false);
  });
});

scenes({}, (scene) => {
  scene('R22', 'a client that takes an exchange is offered all contacts in one question', async (world) => {
    const user = await world.login();
    const offered = takesExchange(user, 'result');
    await enrol(user, LOOPBACK);

    const items = (await offered).getChild('x', ROSTERX)?.getChildren('item') ?? [];
    assert.deepEqual(
      items.map(({ attrs }) => [attrs['action'], attrs['jid'], attrs['name']]).sort(),
      [
        ['add', `clock@${LOOPBACK}`, 'Clock'],
        ['add', ECHO, 'Echo'],
        ['add', FLAKY, 'Flaky'],
      ],
      'with their names',
    );

    // He takes one of them; the other is left alone.
    await user.send(x('presence', { to: ECHO, type: 'subscribe' }));
    await user.waitFor(presence(ECHO, 'subscribed'));
    await user.waitFor(presence(ECHO, undefined));
    await user.message(ECHO, 'hello');
    await user.body('hello');
    assert.equal(user.stanzas.some(presence(FLAKY, 'any')), false);
  });

  scene('R22', 'a client that refuses an exchange is asked contact by contact', async (world) => {
    const user = await world.login();
    const offered = takesExchange(user, 'error');
    await enrol(user, LOOPBACK);
    await offered;

    await user.waitFor(presence(ECHO, 'subscribe'));
    await user.waitFor(presence(FLAKY, 'subscribe'));
  });
});

/** A client that says that it takes an exchange, and answers one; resolves to what it was offered. */
async function takesExchange(user: TestClient, end: 'result' | 'error'): Promise<Element> {
  const asked = await user.waitFor(request('get', (iq) => iq.getChild('query', NS.info)));
  const features = [NS.info, NS.caps, ROSTERX].map((name) => x('feature', { var: name }));
  const identity = x('identity', { category: 'client', type: 'pc', name: 'Old hand' });
  await answer(user, asked, 'result', x('query', { xmlns: NS.info }, identity, ...features));
  const offer = await user.waitFor(request('set', (iq) => iq.getChild('x', ROSTERX)));
  const refusal = x('error', { type: 'cancel' }, x('not-allowed', { xmlns: NS.stanzas }));
  await answer(user, offer, end, ...(end === 'error' ? [refusal] : []));
  return offer;
}

/** A request of the gateway's with this in it. */
const request =
  (type: 'get' | 'set', inner: (iq: Element) => Element | undefined) =>
  (iq: Element): boolean =>
    iq.is('iq') && iq.attrs['type'] === type && iq.attrs['from'] === LOOPBACK && inner(iq) !== undefined;

async function answer(user: TestClient, asked: Element, type: string, ...inner: readonly Element[]): Promise<void> {
  await user.send(x('iq', { type, id: asked.attrs['id'], to: LOOPBACK }, ...inner));
}
