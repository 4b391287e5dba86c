// One-to-one chat as the sender sees it: receipts, errors on the message itself, what is never forwarded, several devices.
import assert from 'node:assert/strict';
import { x, type Element } from '../../src/xmpp/stanza.ts';
import type { TestClient } from '../server/client.ts';
import {
  befriend,
  chat,
  command,
  deliver,
  ECHO,
  errorFor,
  FLAKY,
  LOOPBACK,
  NS,
  PUPPET,
  receipt,
  scenes,
  settled,
  told,
  write,
} from './support.ts';

const DIRECTOR = `director@${PUPPET}`;

/** Writes to Flaky and resolves to what comes back instead of a receipt. */
async function refused(user: TestClient, body: string, lang?: string): Promise<Element> {
  const id = await write(user, FLAKY, body, { 'xml:lang': lang });
  return user.waitFor(errorFor(id));
}

const encrypted: Readonly<Record<string, readonly [body: string, ...Element[]]>> = {
  omemo: [
    'This message is OMEMO encrypted',
    x('encrypted', { xmlns: 'eu.siacs.conversations.axolotl' }, x('header', { sid: '1' }), x('payload', {}, 'AAAA')),
    x('encryption', { xmlns: 'urn:xmpp:eme:0', namespace: 'eu.siacs.conversations.axolotl', name: 'OMEMO' }),
  ],
  ox: ['This message is encrypted with OpenPGP', x('openpgp', { xmlns: 'urn:xmpp:openpgp:0' }, 'AAAA')],
  pgp: ['This message is encrypted', x('x', { xmlns: 'jabber:x:encrypted' }, 'AAAA')],
  otr: ['?OTR:AAMDfV1234.'],
};

scenes({}, (scene) => {
  scene(
    'R25',
    'the receipt comes once the network has accepted the message, to the device that wrote it',
    async (world) => {
      const desk = await world.loopbackUser({ resource: 'desk' });
      const phone = await world.login(desk.bare.split('@')[0], { resource: 'phone' });
      const id = await write(desk, ECHO, 'hello');
      const came = await desk.waitFor(receipt(id));
      assert.equal(came.attrs['from'], ECHO);
      assert.equal(came.attrs['to'], desk.jid);
      const answer = await desk.body('hello');
      assert.equal(answer.attrs['from'], ECHO);
      await settled(phone, LOOPBACK);
      // The server may carbon it (XEP-0280); of the gateway's own it is one receipt, for one device.
      assert.deepEqual(
        phone.stanzas.filter(receipt(id)).filter(({ attrs }) => attrs['to'] !== desk.jid),
        [],
      );
    },
  );

  scene('R25', 'no receipt while the network has not accepted, and one when it has', async (world) => {
    const user = await world.loopbackUser();
    const slow = await write(user, FLAKY, 'slow 1s');
    await settled(user, LOOPBACK);
    assert.ok(!user.stanzas.some(receipt(slow)));
    await user.waitFor(receipt(slow));
    const temporary = await write(user, FLAKY, 'temporary');
    const next = await write(user, FLAKY, 'ok');
    await user.waitFor(receipt(next));
    const order = user.stanzas.filter((stanza) => receipt(temporary)(stanza) || receipt(next)(stanza));
    assert.ok(receipt(temporary)(order[0]!), 'the retried one stays before the next');
  });

  scene('R25', 'who asks for no receipt gets none; an echo still comes', async (world) => {
    const user = await world.loopbackUser();
    const id = await user.message(ECHO, 'no receipt, please');
    await user.body('no receipt, please');
    await deliver(user, ECHO, 'after');
    assert.ok(!user.stanzas.some(receipt(id)));
  });

  scene('R19, R25', 'what cannot be delivered comes back with its id, condition, code and words', async (world) => {
    const user = await world.loopbackUser();
    const outcomes: readonly (readonly [body: string, error: string])[] = [
      ['reject', 'modify not-acceptable invalid'],
      ['reject too-large', 'modify not-acceptable too-large'],
      ['reject forbidden', 'auth forbidden forbidden'],
      ['reject not-found', 'cancel item-not-found not-found'],
      ['reject unsupported', 'cancel feature-not-implemented unsupported'],
      ['reject expired', 'cancel not-allowed expired'],
      ['reject blocked', 'cancel not-acceptable blocked'],
    ];
    for (const [body, error] of outcomes) {
      const stanza = await refused(user, body);
      assert.equal(told(stanza).error, error, body);
      assert.equal(stanza.attrs['from'], FLAKY);
      assert.equal(stanza.attrs['to'], user.jid);
      assert.ok(told(stanza).text.length > 10);
      assert.equal(
        stanza.getChild('error')?.getChild('blocked', 'urn:xmpp:blocking:errors') !== undefined,
        body === 'reject blocked',
      );
    }
  });

  scene(
    'R19',
    'the words of an error are in the language of the message: German, English, else English',
    async (world) => {
      const user = await world.loopbackUser();
      const german = told(await refused(user, 'reject forbidden', 'de-AT'));
      assert.match(german.text, /^Das Netz erlaubt dir das nicht/);
      assert.equal(german.lang, 'de');
      const english = told(await refused(user, 'reject forbidden', 'en'));
      assert.match(english.text, /^The network does not allow/);
      assert.equal(english.lang, 'en');
      const other = told(await refused(user, 'reject forbidden', 'tlh'));
      assert.equal(other.lang, 'en');
    },
  );

  scene('R25', 'after an error the lane goes on, in order', async (world) => {
    const user = await world.loopbackUser();
    const bad = await write(user, FLAKY, 'reject');
    const good = await write(user, FLAKY, 'ok');
    await user.waitFor(receipt(good));
    const [first] = user.stanzas.filter((stanza) => errorFor(bad)(stanza) || receipt(good)(stanza));
    assert.ok(errorFor(bad)(first!));
  });

  for (const [kind, [body, ...elements]] of Object.entries(encrypted))
    scene(
      'R19',
      `an encrypted message (${kind}) is not forwarded, and its sender learns how to go on`,
      async (world) => {
        const user = await world.loopbackUser();
        const id = await write(user, ECHO, body, { 'xml:lang': 'de' }, ...elements);
        const error = told(await user.waitFor(errorFor(id)));
        assert.equal(error.error, 'cancel feature-not-implemented unsupported');
        assert.match(error.text, /Schalte in deinem Programm die Verschlüsselung/);
        await deliver(user, ECHO, 'in clear');
        await user.body('in clear');
        assert.deepEqual(user.bodies(ECHO), ['in clear']);
      },
    );

  scene('R19', 'an OMEMO message that only moves keys is passed over in silence', async (world) => {
    const user = await world.loopbackUser();
    const keys = x('encrypted', { xmlns: 'eu.siacs.conversations.axolotl' }, x('header', { sid: '1' }));
    await user.send(x('message', { to: ECHO, type: 'chat', id: 'keys' }, keys));
    await deliver(user, ECHO, 'in clear');
    assert.ok(!user.stanzas.some(errorFor('keys')));
  });

  scene(
    'R19',
    'a reaction to nothing and a message to a room from outside are refused; no fallback is sent as a text',
    async (world) => {
      const user = await world.loopbackUser();
      const reaction = x('reactions', { xmlns: 'urn:xmpp:reactions:0', id: 'some' }, x('reaction', {}, '👍'));
      const reacting = await write(user, ECHO, 'fallback', {}, reaction);
      assert.equal(told(await user.waitFor(errorFor(reacting))).error, 'cancel item-not-found not-found');
      // There is nothing to be seen of what is to be taken back, so it is done.
      const retraction = x('retract', { xmlns: 'urn:xmpp:message-retract:1', id: 'some' });
      await user.waitFor(receipt(await write(user, ECHO, 'fallback', {}, retraction)));
      const id = await user.message(`#room@${LOOPBACK}`, 'hello room', { type: 'groupchat' });
      const error = told(await user.waitFor(errorFor(id)));
      assert.equal(error.error, 'modify not-acceptable invalid');
      assert.deepEqual(user.bodies(ECHO), []);
    },
  );

  scene('R20', 'a contact whose id must be escaped: one address, both ways', async (world) => {
    const user = await world.puppetUser();
    const jid = `=zo=.eb.\\40home\\2f1@${PUPPET}`;
    await user.message(DIRECTOR, 'say Zoë@home/1 hello');
    const hello = await user.body('hello');
    assert.equal(hello.attrs['from'], jid);
    await user.message(DIRECTOR, 'say Zoë@home/1 again');
    assert.equal((await user.body('again')).attrs['from'], jid);
    await deliver(user, jid, 'hello back');
    const nobody = await user.message(`zo=@${PUPPET}`, 'nobody');
    assert.equal(told(await user.waitFor(errorFor(nobody))).error, 'cancel item-not-found not-found');
  });

  scene('R27', 'a message of the network has one id, as id and as origin-id, and each its own', async (world) => {
    const user = await world.puppetUser();
    for (const text of ['one', 'two']) await user.message(DIRECTOR, `say bob ${text}`);
    const [one, two] = [await user.body('one'), await user.body('two')];
    for (const stanza of [one, two]) {
      assert.ok(stanza.attrs['id']);
      assert.equal(stanza.getChild('origin-id', NS.sid)?.attrs['id'], stanza.attrs['id']);
    }
    assert.notEqual(one.attrs['id'], two.attrs['id']);
  });

  scene('R25', 'all devices get what the network says; old messages bear their time', async (world) => {
    const user = await world.puppetUser();
    const phone = await world.login(user.bare.split('@')[0], { resource: 'phone' });
    await user.message(DIRECTOR, 'say bob to all');
    await user.body('to all');
    await phone.body('to all');
    await user.message(DIRECTOR, 'remember bob long ago');
    assert.ok((await user.body('long ago')).getChild('delay', NS.delay)?.attrs['stamp']);
    await user.message(DIRECTOR, 'own bob from my phone');
    await user.body('(you, on another device) from my phone');
  });

  scene('R25', 'cancel: what waits comes back to its sender, by command', async (world) => {
    const user = await world.loopbackUser();
    const stuck = await write(user, FLAKY, 'temporary 9');
    const behind = await write(user, FLAKY, 'behind');
    const elsewhere = await deliver(user, ECHO, 'another chat goes on');
    assert.ok(elsewhere);
    const status = await command(user, LOOPBACK, 'status');
    assert.match(status.text, /Waiting to be sent: 2\. Failed: 0/);
    const cancelled = await command(user, LOOPBACK, 'cancel');
    assert.match(cancelled.text, /cancelled: [12]/);
    const error = told(await user.waitFor(errorFor(behind)));
    assert.equal(error.error, 'cancel undefined-condition cancelled');
    await deliver(user, ECHO, 'after');
    const again = await command(user, LOOPBACK, 'status', 'de');
    assert.match(again.text, /Fehlgeschlagen: [12]/);
    assert.ok(stuck);
  });

  scene('R25', 'retry: what failed goes again, by chat, and its receipt comes in the end', async (world) => {
    const user = await world.loopbackUser();
    await write(user, FLAKY, 'temporary 9');
    const behind = await write(user, FLAKY, 'behind');
    await deliver(user, ECHO, 'ready');
    assert.match(await chat(user, LOOPBACK, 'cancel'), /cancelled/);
    await user.waitFor(errorFor(behind));
    assert.match(await chat(user, LOOPBACK, 'wiederholen?'), /do not know/);
    const retried = await chat(user, LOOPBACK, 'retry');
    assert.match(retried, /sent again: [12]/);
  });

  scene('R7', 'the chat with the gateway: help, status and contacts, in both languages', async (world) => {
    const user = await world.loopbackUser();
    await befriend(user, ECHO);
    const english = await chat(user, LOOPBACK, 'help', { 'xml:lang': 'en' });
    const german = await chat(user, LOOPBACK, 'Hilfe', { 'xml:lang': 'de' });
    for (const word of ['login', 'logout', 'status', 'contacts', 'add', 'search', 'retry', 'cancel', 'help'])
      for (const help of [english, german]) assert.match(help, new RegExp(`^${word}: `, 'm'));
    assert.match(german, /status: Zustand/);
    assert.match(await chat(user, LOOPBACK, 'contacts', { 'xml:lang': 'en' }), new RegExp(`Echo: ${ECHO}`));
    assert.match(await chat(user, LOOPBACK, 'Status', { 'xml:lang': 'en' }), /^Connected as/);
    assert.match(await chat(user, LOOPBACK, 'sing', { 'xml:lang': 'de' }), /kenne ich nicht/);
  });

  scene('R25', 'the language of the user’s last stanza is that of what the gateway says by itself', async (world) => {
    const user = await world.puppetUser();
    await write(user, DIRECTOR, 'own bob hallo', { 'xml:lang': 'de' });
    await user.body('(du, auf einem anderen Gerät) hallo');
  });

  scene(
    'R4, R5',
    'whatever comes of the gateway has a sender of its own and a receiver; no stream breaks',
    async (world) => {
      const user = await world.puppetUser();
      const bob = `bob@${PUPPET}`;
      await deliver(user, DIRECTOR, 'list bob Bob');
      await befriend(user, bob);
      for (const line of ['say bob hello', 'typing bob', 'show bob away', 'own bob hello', 'unlist bob', 'nonsense'])
        await write(user, DIRECTOR, line);
      await write(user, `zo=@${PUPPET}`, 'nobody');
      await chat(user, PUPPET, 'status');
      await settled(user, PUPPET);
      const ours = user.stanzas.filter(({ attrs }) => attrs['from']?.endsWith(PUPPET));
      assert.ok(ours.length > 10);
      for (const stanza of ours) {
        assert.match(stanza.attrs['from'] ?? '', /^([^@/]+@)?puppet\.example\.org$/);
        assert.equal(stanza.attrs['to']?.split('/')[0], user.bare, stanza.toString());
      }
      const online = world.gateway.log().split(`"domain":"${PUPPET}","message":"component online"`).length - 1;
      assert.equal(online, 1);
    },
  );
});
