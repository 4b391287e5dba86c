// Rooms, as a client of each server meets them: a group of the puppets' network.
import assert from 'node:assert/strict';
import { x } from '../../src/xmpp/stanza.ts';
import type { TestClient } from '../server/client.ts';
import {
  chat,
  codesOf,
  direct,
  fromRoom,
  garden,
  join,
  nick,
  refusal,
  NS_SID,
  NS_USER,
  say,
  short,
  speaks,
} from './room-acts.ts';
import { PUPPET, scenes, type World } from './support.ts';

/** A second device of a user. */
const another = (world: World, user: TestClient): Promise<TestClient> =>
  world.login(user.bare.split('@')[0], { resource: 'other' });

scenes({}, (scene) => {
  scene('R33, R40, R44', 'joining: others, oneself, history, subject, each with its codes and ids', async (world) => {
    const user = await world.puppetUser();
    const heard = await join(user);
    assert.deepEqual(heard.map(short), ['+Romeo', '+Mercutio', '+Juliet', 'subject Roses']);
    assert.deepEqual(codesOf(heard[2] ?? x('none')), ['110', '100', '170']);
    for (const presence of heard.slice(0, 3)) {
      const item = presence.getChild('x', NS_USER)?.getChild('item');
      assert(item?.attrs['role'] !== undefined && item.attrs['affiliation'] !== undefined);
      assert(presence.getChild('occupant-id', 'urn:xmpp:occupant-id:0')?.attrs['id']);
    }
    await direct(user, speaks('romeo', 'It is the east'));
    await user.body('It is the east');
    const again = await join(user, { as: 'Jule' });
    assert.deepEqual(again.map(short).slice(-2), ['Romeo: It is the east', 'subject Roses']);
    assert(again.some((stanza) => codesOf(stanza).includes('210')));
  });

  scene(
    'R33',
    'the subject comes from whoever has set it, with the time of that for who comes later',
    async (world) => {
      const user = await world.puppetUser();
      await join(user);
      const after = user.stanzas.length;
      const topicAt = Date.parse('2026-05-04T10:00:00Z');
      await direct(user, { type: 'chat', chat, topic: 'Lilies', topicBy: 'mercutio', topicAt });
      const live = await user.waitFor((stanza) => stanza.getChildText('subject') === 'Lilies', { after });
      assert.equal(live.attrs['from'], `${garden}/Mercutio`);
      const told = (await join(user)).at(-1);
      assert.deepEqual([told?.attrs['from'], told?.getChildText('subject')], [`${garden}/Mercutio`, 'Lilies']);
      const delay = told?.getChild('delay', 'urn:xmpp:delay');
      assert.deepEqual([delay?.attrs['from'], delay?.attrs['stamp']], [garden, '2026-05-04T10:00:00.000Z']);
      await user.send(x('message', { to: garden, type: 'groupchat', id: 's1' }, x('subject', {}, 'Rue')));
      const own = await user.waitFor((stanza) => stanza.getChildText('subject') === 'Rue');
      assert.deepEqual([own.attrs['from'], own.attrs['id']], [`${garden}/Juliet`, 's1']);
      await user.send(x('message', { to: garden, type: 'groupchat', id: 's2' }, x('subject', {}, 'Thorns')));
      assert.equal(refusal(await user.waitFor(({ attrs }) => attrs['id'] === 's2')), 'forbidden');
    },
  );

  scene('R34', 'what keeps somebody out of a room', async (world) => {
    const user = await world.puppetUser();
    const expected = {
      nowhere: 'item-not-found',
      banned: 'forbidden',
      closed: 'registration-required',
      full: 'service-unavailable',
      vault: 'not-authorized',
    };
    for (const [id, condition] of Object.entries(expected)) {
      const [answer] = await join(user, { room: `#${id}@${PUPPET}` });
      assert(answer);
      assert.equal(refusal(answer), condition, id);
    }
    const inside = [x('password', {}, 'rose')];
    const heard = await join(user, { room: `#vault@${PUPPET}`, inside });
    assert(heard.some((stanza) => codesOf(stanza).includes('110')));
    const after = user.stanzas.length;
    await user.send(x('presence', { to: garden }, x('x', { xmlns: 'http://jabber.org/protocol/muc' })));
    const nameless = await user.waitFor((stanza) => stanza.attrs['type'] === 'error', { after });
    assert.equal(refusal(nameless), 'jid-malformed');
  });

  scene(
    'R35, R38',
    'two devices are one occupant; both see what one says, under its id and one stanza-id',
    async (world) => {
      const user = await world.puppetUser();
      await join(user);
      const other = await another(world, user);
      await join(other);
      const forged = x('stanza-id', { xmlns: NS_SID, by: garden, id: 'forged' });
      const own = await say(user, 'Good night', 'm1', x('origin-id', { xmlns: NS_SID, id: 'o1' }), forged);
      const seen = await other.waitFor((stanza) => stanza.is('message') && stanza.attrs['id'] === 'm1');
      const ids = [own, seen].map((stanza) =>
        stanza.getChildren('stanza-id', NS_SID).filter(({ attrs }) => attrs['by'] === garden),
      );
      assert.deepEqual(
        ids.map((all) => all.length),
        [1, 1],
      );
      assert.equal(ids[0]?.[0]?.attrs['id'], ids[1]?.[0]?.attrs['id']);
      assert.notEqual(ids[0]?.[0]?.attrs['id'], 'forged');
      assert.equal(own.getChild('origin-id', NS_SID)?.attrs['id'], 'o1');
      assert.equal(nick(own), 'Juliet');
      const after = other.stanzas.length;
      await user.close();
      await direct(other, speaks('romeo', 'A thousand times'));
      await other.body('A thousand times', { after });
      assert.deepEqual(
        fromRoom(other, garden, after).map(short),
        ['Romeo: A thousand times'],
        'one device less is nobody less',
      );
    },
  );

  scene(
    'R35',
    'a user of another server is in a room of his own; who leaves and comes back hears what he missed',
    async (world) => {
      const [friend, user] = [await world.puppetUser('friend', { host: 'other.example' }), await world.puppetUser()];
      await join(user);
      const heard = await join(friend);
      assert.deepEqual(heard.map(short), ['+Romeo', '+Mercutio', '+Juliet', 'subject Roses']);
      await direct(friend, speaks('romeo', 'for a friend'));
      await friend.body('for a friend');
      const own = await say(friend, 'from afar', 'far1');
      assert.equal(own.attrs['from'], `${garden}/Juliet`);
      assert(
        !user.stanzas.some((stanza) => /friend|afar/.test(stanza.getChildText('body') ?? '')),
        'his room is another',
      );
      await friend.send(x('presence', { to: `${garden}/Juliet`, type: 'unavailable' }));
      await friend.waitFor((stanza) => short(stanza) === '-Juliet');
      await direct(friend, speaks('mercutio', 'unheard'), {
        type: 'members',
        chat,
        members: [{ user: 'romeo', role: 'none' }],
      });
      await friend.message(`director@${PUPPET}`, 'say director that is so');
      await friend.body('that is so');
      const again = await join(friend);
      const told = [
        '+Mercutio',
        '+Juliet',
        'Romeo: for a friend',
        'Juliet: from afar',
        'Mercutio: unheard',
        'subject Roses',
      ];
      assert.deepEqual(again.map(short), told);
      assert.equal(refusal(await say(friend, 'x', 'far2')), undefined);
    },
  );

  scene('R36', 'joining again tells all anew; a presence alone is no join', async (world) => {
    const user = await world.puppetUser();
    const after = user.stanzas.length;
    await user.send(x('presence', { to: `${garden}/Juliet` }));
    const out = await user.waitFor((stanza) => stanza.attrs['from'] === `${garden}/Juliet`, { after });
    assert.equal(out.attrs['type'], 'unavailable');
    const first = (await join(user)).map(short);
    assert.deepEqual((await join(user)).map(short), first);
  });

  scene('R37', 'as much history as is asked for', async (world) => {
    const user = await world.puppetUser();
    await join(user);
    await direct(user, speaks('romeo', 'one'), speaks('mercutio', 'two'), speaks('romeo', 'three'));
    await user.body('three');
    const ask = async (attrs: Record<string, string>) =>
      (await join(user, { inside: [x('history', attrs)] })).filter((stanza) => stanza.getChild('body'));
    const two = await ask({ maxstanzas: '2' });
    assert.deepEqual(two.map(short), ['Mercutio: two', 'Romeo: three']);
    assert.equal(two[0]?.getChild('delay', 'urn:xmpp:delay')?.attrs['from'], garden);
    assert.deepEqual(await ask({ maxstanzas: '0' }), []);
    assert.equal((await ask({ seconds: '600' })).length, 3);
    assert.deepEqual(await ask({ since: new Date(Date.now() + 60_000).toISOString() }), []);
  });

  scene(
    'R38',
    'how far a user has read in a room is told to the network, by the id of its own message',
    async (world) => {
      const user = await world.puppetUser();
      await join(user);
      await direct(user, speaks('romeo', 'Look', 'look1'), speaks('mercutio', 'Aye', 'aye1'));
      const id = (await user.body('Aye')).getChild('stanza-id', NS_SID)?.attrs['id'];
      const marker = x('displayed', { xmlns: 'urn:xmpp:chat-markers:0', id });
      await user.send(x('message', { to: garden, type: 'groupchat', id: 'm1' }, marker));
      await user.body('read garden up to aye1');
      await direct(user, {
        type: 'read',
        key: 'r1',
        chat,
        from: 'romeo',
        at: Date.now(),
        upTo: 'look1',
        level: 'read',
      });
      const read = await user.waitFor(
        (stanza) => stanza.getChild('displayed', 'urn:xmpp:chat-markers:0') !== undefined,
      );
      assert.equal(read.attrs['from'], `${garden}/Romeo`);
    },
  );

  scene('R39', 'who may not speak is told; a private message is one to that person', async (world) => {
    const user = await world.puppetUser();
    const outside = await say(user, 'hello', 'out');
    assert.equal(refusal(outside), 'not-acceptable');
    await join(user);
    await direct(user, { type: 'members', chat, members: [{ user: null, role: 'muted' }] });
    await user.waitFor((stanza) => stanza.getChild('x', NS_USER)?.getChild('item')?.attrs['role'] === 'visitor');
    assert.equal(refusal(await say(user, 'hello', 'muted')), 'forbidden');
    const private_ = async (to: string, attrs: Record<string, string>) => {
      await user.message(`${garden}/${to}`, 'psst', attrs, x('request', { xmlns: 'urn:xmpp:receipts' }));
      return user.waitFor((stanza) => stanza.is('message') && stanza.attrs['from'] === `${garden}/${to}`);
    };
    const receipt = await private_('Mercutio', { id: 'pm1' });
    assert.equal(receipt.getChild('received', 'urn:xmpp:receipts')?.attrs['id'], 'pm1');
    assert.equal(refusal(await private_('Tybalt', { id: 'pm2' })), 'item-not-found');
  });
});
