// Presence and subscriptions between a user, the gateway and its contacts.
import assert from 'node:assert/strict';
import { x } from '../../src/xmpp/stanza.ts';
import {
  befriend,
  deliver,
  ECHO,
  enrol,
  errorFor,
  LOOPBACK,
  NS,
  presence,
  PUPPET,
  scenes,
  settled,
  TELEGRAM,
  told,
} from './support.ts';

const DIRECTOR = `director@${PUPPET}`;

scenes({}, (scene) => {
  scene('R13, R14', 'the gateway and its contacts are available without a resource', async (world) => {
    const user = await world.loopbackUser();
    const echo = await befriend(user, ECHO);
    assert.equal(echo.attrs['from'], ECHO);
    const gateway = await user.waitFor(presence(LOOPBACK, undefined));
    assert.equal(gateway.attrs['from'], LOOPBACK);
    assert.ok(gateway.getChild('c', NS.caps));
  });

  scene('R15', 'adding a contact: subscribed, available, subscribe, in that order', async (world) => {
    const user = await world.puppetUser();
    const bob = `bob@${PUPPET}`;
    await user.send(x('presence', { to: bob, type: 'subscribe' }));
    await user.waitFor(presence(bob, 'subscribe'));
    const came = user.stanzas.filter(presence(bob, 'any'));
    assert.deepEqual(
      came.map(({ attrs }) => attrs['type']),
      ['subscribed', undefined, 'subscribe'],
    );
    await user.body('bob is in the list');
  });

  scene(
    'R15, R19',
    'adding somebody who never wrote to the bot: not found, with the link to pass on',
    async (world) => {
      const { user, bot } = await world.telegramUser();
      const stranger = `4711@${TELEGRAM}`;
      const request = x('presence', { to: stranger, type: 'subscribe', id: 'add', 'xml:lang': 'de' });
      await user.send(request);
      const refusal = await user.waitFor(presence(stranger, 'unsubscribed'));
      const error = told(await user.waitFor((stanza) => presence(stranger, 'error')(stanza)));
      assert.equal(error.error, 'cancel item-not-found not-found');
      assert.equal(error.lang, 'de');
      assert.match(error.text, /^Diesen Kontakt/);
      for (const words of [error.text, refusal.getChildText('status') ?? ''])
        assert.ok(words.includes(`https://t.me/${bot.username}`), words);
    },
  );

  scene(
    'R16, R22',
    'a contact of the network asks to be in the list, by name, and never grants unasked',
    async (world) => {
      const { user, bot } = await world.telegramUser();
      const eve = await world.person(bot, 'Eve');
      const jid = `${eve.id}@${TELEGRAM}`;
      const request = await user.waitFor(presence(jid, 'subscribe'));
      assert.equal(request.getChildText('nick', NS.nick), 'Eve');
      await user.waitFor((stanza) => stanza.is('message') && stanza.attrs['from'] === jid);
      await settled(user, TELEGRAM);
      assert.deepEqual(
        user.stanzas.filter(presence(jid, 'any')).map(({ attrs }) => attrs['type']),
        ['subscribe'],
      );
    },
  );

  scene('R16', 'a request that was declined is not made again', async (world) => {
    const { user, bot } = await world.telegramUser();
    const eve = await world.person(bot, 'Eve');
    const jid = `${eve.id}@${TELEGRAM}`;
    await user.waitFor(presence(jid, 'subscribe'));
    await user.send(x('presence', { to: jid, type: 'unsubscribed' }));
    await world.telegram.control.updateUser({ user: eve.id, first_name: 'Eva' });
    await world.telegram.control.sendText({ bot: bot.id, user: eve.id, text: 'again' });
    await user.body('again');
    await settled(user, TELEGRAM);
    assert.equal(user.stanzas.filter(presence(jid, 'subscribe')).length, 1);
  });

  scene('R18', 'a contact removed on the network: unsubscribe, unsubscribed, unavailable', async (world) => {
    const user = await world.puppetUser();
    const bob = `bob@${PUPPET}`;
    await deliver(user, DIRECTOR, 'list bob Bob');
    await befriend(user, bob);
    const before = user.stanzas.length;
    await deliver(user, DIRECTOR, 'unlist bob');
    await user.waitFor(presence(bob, 'unavailable'), { after: before });
    await settled(user, PUPPET);
    const came = user.stanzas.slice(before).filter(presence(bob, 'any'));
    const types = came.map(({ attrs }) => attrs['type']);
    assert.deepEqual(
      types.filter((type) => type !== 'unavailable'),
      ['unsubscribe', 'unsubscribed'],
    );
    const roster = await user.iq('get', undefined, x('query', { xmlns: 'jabber:iq:roster' }));
    const item = roster
      .getChild('query')
      ?.getChildren('item')
      .find(({ attrs }) => attrs['jid'] === bob);
    assert.ok(item === undefined || item.attrs['subscription'] === 'none', String(item));
  });

  scene('R15', 'removing a contact takes it out of the network list, and nothing more comes of it', async (world) => {
    const user = await world.puppetUser();
    const bob = `bob@${PUPPET}`;
    await deliver(user, DIRECTOR, 'list bob Bob');
    await befriend(user, bob);
    const item = x('item', { jid: bob, subscription: 'remove' });
    await user.iq('set', undefined, x('query', { xmlns: 'jabber:iq:roster' }, item));
    await user.body('bob is out of the list');
    const before = user.stanzas.length;
    await deliver(user, DIRECTOR, 'show bob away');
    await settled(user, PUPPET);
    assert.deepEqual(user.stanzas.slice(before).filter(presence(bob, 'any')), []);
  });

  scene('R13', 'a contact away, and back; typing is passed on', async (world) => {
    const user = await world.puppetUser();
    const bob = `bob@${PUPPET}`;
    await deliver(user, DIRECTOR, 'list bob Bob');
    await befriend(user, bob);
    await user.message(DIRECTOR, 'show bob away');
    const away = await user.waitFor(
      (stanza) => presence(bob, undefined)(stanza) && stanza.getChildText('show') === 'away',
    );
    assert.equal(away.attrs['from'], bob);
    await user.message(DIRECTOR, 'show bob offline');
    await user.waitFor(presence(bob, 'unavailable'));
    await user.message(DIRECTOR, 'typing bob');
    const typing = await user.waitFor((stanza) => stanza.getChild('composing') !== undefined);
    assert.equal(typing.attrs['from'], bob);
  });

  scene('R12, R13', 'a user who comes back finds the gateway and his contacts available', async (world) => {
    const user = await world.loopbackUser();
    await befriend(user, ECHO);
    const name = user.bare.split('@')[0];
    await user.close();
    const again = await world.login(name);
    await again.waitFor(presence(LOOPBACK, undefined));
    await again.waitFor(presence(ECHO, undefined));
  });

  scene('R13', 'a second resource gets the presences too, and a probe is answered', async (world) => {
    const user = await world.loopbackUser({ resource: 'desk' });
    await befriend(user, ECHO);
    const phone = await world.login(user.bare.split('@')[0], { resource: 'phone' });
    await phone.waitFor(presence(LOOPBACK, undefined));
    await phone.waitFor(presence(ECHO, undefined));
  });

  scene('R15', 'a user who unsubscribes from a contact sees it no more', async (world) => {
    const user = await world.puppetUser();
    const bob = `bob@${PUPPET}`;
    await deliver(user, DIRECTOR, 'list bob Bob');
    await befriend(user, bob);
    await user.send(x('presence', { to: bob, type: 'unsubscribe' }));
    await user.waitFor(presence(bob, 'unavailable'));
    const before = user.stanzas.length;
    await deliver(user, DIRECTOR, 'show bob busy');
    await settled(user, PUPPET);
    assert.deepEqual(user.stanzas.slice(before).filter(presence(bob, 'any')), []);
  });

  scene('R19', 'without an account, subscriptions and messages say that one must register', async (world) => {
    const user = await world.login();
    await user.send(x('presence', { to: ECHO, type: 'subscribe' }));
    const refused = told(await user.waitFor(presence(ECHO, 'error')));
    assert.equal(refused.error, 'auth registration-required not-registered');
    const id = await user.message(ECHO, 'hello', { 'xml:lang': 'de' });
    const answer = told(await user.waitFor(errorFor(id)));
    assert.equal(answer.error, 'auth registration-required not-registered');
    assert.match(answer.text, /Registriere/);
  });

  scene('R23', 'on stop the gateway is unavailable, on start available again to all users', async (world) => {
    const users = [await world.loopbackUser(), await world.loopbackUser()];
    const { user: chatter } = await world.telegramUser();
    await befriend(users[0]!, ECHO);
    await world.gateway.shutdown();
    for (const user of users) await user.waitFor(presence(LOOPBACK, 'unavailable'));
    await chatter.waitFor(presence(TELEGRAM, 'unavailable'));
    const before = users.map((user) => user.stanzas.length);
    await world.gateway.restart();
    for (const [index, user] of users.entries())
      await user.waitFor(presence(LOOPBACK, undefined), { after: before[index] ?? 0 });
    await chatter.waitFor(presence(TELEGRAM, undefined), { after: 0 });
    await users[0]!.waitFor(presence(ECHO, undefined), { after: before[0] ?? 0 });
  });

  scene('R23', 'one account on two networks', async (world) => {
    const user = await world.loopbackUser();
    const bot = await world.telegram.control.createBot({});
    await enrol(user, TELEGRAM, { token: bot.token });
    assert.ok(user.stanzas.some(presence(LOOPBACK, undefined)));
  });
});
