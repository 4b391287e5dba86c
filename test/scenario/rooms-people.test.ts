// Who is in a room, on each server: names that only just fit, people who come, go and are sent away, crowds, and gaps.
import assert from 'node:assert/strict';
import type { Member, NetworkEvent } from '../../src/adapter/api.ts';
import { x, type Element } from '../../src/xmpp/stanza.ts';
import { chat, codesOf, direct, fromRoom, garden, join, nick, NS_USER, say, short, speaks } from './room-acts.ts';
import { PUPPET, scenes } from './support.ts';

/** Names that servers would change, refuse or end the stream for, were they used as they are. */
const STRANGE = [
  'caf\u00e9 \u2615\ufe0f',
  'cafe\u0301 \u2615',
  '\u5dd5 \u3000 wide  space',
  'line\nbreak\ttab',
  '\u202eright to left\u202c',
  '\u05e9\u05dc\u05d5\u05dd bob',
  '\u0645\u0631\u062d\u0628\u0627 2',
  '\ufb01ne \u2460 \u212b',
  '\u{1f469}\u200d\u{1f680}',
  '@/"\'<>&: everything',
  '\u0000\u0007\ufffe',
  '   ',
  'long '.repeat(300),
  '\u00df \u017f \u0130',
];

scenes({}, (scene) => {
  scene(
    'R46',
    'whatever people call themselves, both servers carry it as it is, each a name of his own',
    async (world) => {
      const user = await world.puppetUser();
      await join(user);
      const members = [...STRANGE, 'Romeo', 'romeo'].map((name, index): Member => ({
        user: `s${index}`,
        name,
        role: 'member',
      }));
      for (const member of members) {
        const after = user.stanzas.length;
        await direct(user, { type: 'members', chat, members: [{ ...member, name: member.name?.slice(0, 500) ?? '' }] });
        const presence = await user.waitFor((stanza) => stanza.is('presence') && nick(stanza) !== '', { after });
        await direct(user, speaks(member.user, `I am ${member.user ?? ''}`));
        const said = await user.body(`I am ${member.user ?? ''}`, { after });
        assert.equal(said.attrs['from'], presence.attrs['from']);
      }
      const nicks = fromRoom(user)
        .filter((stanza) => stanza.is('presence'))
        .map(nick);
      assert.equal(new Set(nicks).size, members.length + 3);
      // The stream has survived them all, and the room lists them.
      assert.equal(world.gateway.log().split(`"domain":"${PUPPET}","message":"component online"`).length - 1, 1);
    },
  );

  scene('R42', 'sent away, shut out, and back with a new name: each as it was', async (world) => {
    const user = await world.puppetUser();
    await join(user);
    const after = user.stanzas.length;
    await direct(
      user,
      { type: 'members', chat, members: [{ user: 'mercutio', name: 'Queen Mab', role: 'member' }] },
      { type: 'members', chat, members: [{ user: 'mercutio', role: 'banned', by: 'romeo', reason: 'a plague' }] },
      { type: 'members', chat, members: [{ user: null, role: 'none', by: 'romeo', reason: 'banished' }] },
    );
    await user.waitFor((stanza) => codesOf(stanza).includes('307'), { after });
    const heard = fromRoom(user, garden, after);
    assert.deepEqual(heard.map(short), ['-Mercutio', '+Queen Mab', '-Queen Mab', '-Juliet']);
    assert.deepEqual(heard.map(codesOf), [['303'], [], ['301'], ['110', '307']]);
    const item = heard[3]?.getChild('x', NS_USER)?.getChild('item');
    assert.equal(item?.getChild('actor')?.attrs['nick'], 'Romeo');
    assert.equal(item?.getChildText('reason'), 'banished');
  });

  scene(
    'R42',
    'a device that is gone without a word is out of the room at the next one; the other one stays',
    async (world) => {
      const user = await world.puppetUser();
      await join(user);
      const ghost = await world.login(user.bare.split('@')[0], { resource: 'ghost' });
      await join(ghost);
      // Its server does not tell of it: the unavailable presence names another room.
      await ghost.close();
      await direct(user, speaks('romeo', 'first'), speaks('romeo', 'second'));
      await user.body('second');
      assert.deepEqual(
        fromRoom(user).filter((stanza) => stanza.is('presence') && stanza.attrs['type']),
        [],
      );
    },
  );

  scene('R42', 'a group that moves: the old room is destroyed and names the new one', async (world) => {
    const user = await world.puppetUser();
    await join(user);
    const after = user.stanzas.length;
    await direct(user, { type: 'moved', from: chat, to: { kind: 'group', id: 'tomb' } });
    const gone = await user.waitFor((stanza) => stanza.attrs['type'] === 'unavailable', { after });
    assert.equal(gone.getChild('x', NS_USER)?.getChild('destroy')?.attrs['jid'], `#tomb@${PUPPET}`);
    const heard = await join(user, { room: `#tomb@${PUPPET}` });
    assert(heard.some((stanza) => codesOf(stanza).includes('110')));
  });

  scene(
    'R42',
    'a gateway that is killed and back: still in the room, who went meanwhile is gone, nothing is lost',
    async (world) => {
      const user = await world.puppetUser();
      await join(user);
      await direct(user, { type: 'members', chat, members: [{ user: 'tybalt', name: 'Tybalt', role: 'member' }] });
      await user.waitFor((stanza) => nick(stanza) === 'Tybalt');
      await say(user, 'before', 'before');
      await world.gateway.kill();
      const after = user.stanzas.length;
      await world.gateway.restart();
      await direct(user, speaks('romeo', 'after'));
      await user.body('after', { after });
      const own = await say(user, 'still here', 'still');
      assert.notEqual(own.attrs['type'], 'error');
      await direct(user, { type: 'members', chat, members: [{ user: 'tybalt', role: 'none' }] });
      await user.waitFor((stanza) => short(stanza) === '-Tybalt', { after });
      assert(!fromRoom(user, garden, after).map(short).includes('-Juliet'));
    },
  );

  scene('R42', 'with his account a user is out of its rooms', async (world) => {
    const user = await world.puppetUser();
    await join(user);
    await user.iq('set', PUPPET, x('query', { xmlns: 'jabber:iq:register' }, x('remove')));
    const out = await user.waitFor((stanza) => codesOf(stanza).includes('332'));
    assert.equal(short(out), '-Juliet');
  });

  scene('R45', 'titles of people are hats, and the room says that it has some', async (world) => {
    const user = await world.puppetUser();
    await join(user);
    const told = await user.iq('get', garden, x('query', { xmlns: 'http://jabber.org/protocol/disco#info' }));
    const features = told
      .getChild('query')
      ?.getChildren('feature')
      .map(({ attrs }) => attrs['var']);
    assert(features?.includes('urn:xmpp:hats:0'));
    const hatsOf = (stanza?: Element) =>
      stanza
        ?.getChild('hats', 'urn:xmpp:hats:0')
        ?.getChildren('hat')
        .map(({ attrs }) => [attrs['title'], attrs['uri']]);
    const titles = ['Prince of cats', 'b\u00f6t'];
    const [after, member] = [user.stanzas.length, { user: 'tybalt', name: 'Tybalt', role: 'member' } as const];
    await direct(user, { type: 'members', chat, members: [{ ...member, titles }] });
    const hats = [
      ['Prince of cats', 'urn:moongate:hat:1#Prince%20of%20cats'],
      ['b\u00f6t', 'urn:moongate:hat:1#b%C3%B6t'],
    ];
    assert.deepEqual(hatsOf(await user.waitFor((stanza) => nick(stanza) === 'Tybalt', { after })), hats);
    assert.deepEqual(hatsOf((await join(user)).find((stanza) => nick(stanza) === 'Tybalt')), hats);
    const later = user.stanzas.length;
    await direct(user, { type: 'members', chat, members: [{ ...member, titles: [] }] });
    const bare = await user.waitFor((stanza) => nick(stanza) === 'Tybalt', { after: later });
    assert.deepEqual([bare.attrs['type'], hatsOf(bare)], [undefined, undefined]);
  });

  scene('R45', 'invitations: from the network, through the room, and from person to person', async (world) => {
    const user = await world.puppetUser();
    const orchard = { kind: 'group', id: 'orchard' } as const;
    await direct(user, { type: 'chat', chat: orchard, name: 'The orchard', joined: true, invitedBy: 'romeo' });
    const invited = await user.waitFor((stanza) => stanza.getChild('x', NS_USER)?.getChild('invite') !== undefined);
    assert.equal(invited.attrs['from'], `#orchard@${PUPPET}`);
    assert.equal(invited.getChild('x', NS_USER)?.getChild('invite')?.attrs['from'], `romeo@${PUPPET}`);
    await join(user);
    const invite = x('invite', { to: `paris@${PUPPET}` }, x('reason', {}, 'a feast'));
    await user.send(x('message', { to: garden }, x('x', { xmlns: NS_USER }, invite)));
    await user.body('invited paris into garden');
    const direct0249 = x('x', { xmlns: 'jabber:x:conference', jid: garden });
    await user.message(`nurse@${PUPPET}`, 'Come', {}, direct0249);
    await user.body('invited nurse into garden');
  });

  scene(
    'R47',
    'a room of 5,000: something can be heard after few presences, whoever speaks is shown, all follow',
    async (world) => {
      const user = await world.puppetUser();
      const square = `#square@${PUPPET}`;
      // A member list comes in with the first join; this is a later one, of a client that starts.
      await join(user, { room: square });
      const second = await world.login(user.bare.split('@')[0], { resource: 'second' });
      const after = second.stanzas.length;
      const began = performance.now();
      const heard = await join(second, { room: square });
      const took = performance.now() - began;
      assert(heard.length <= 200, `${heard.length} stanzas before the first live message`);
      console.log(`${world.server.host}: join of a room of 5,000 took ${Math.round(took)} ms, ${heard.length} stanzas`);
      await direct(user, { ...speaks('guest4999', 'late'), chat: { kind: 'group', id: 'square' } } as NetworkEvent);
      await second.body('late', { after });
      const shown = fromRoom(second, square, after).map(short);
      assert(shown.indexOf('+Guest 4999') >= 0 && shown.indexOf('+Guest 4999') < shown.indexOf('Guest 4999: late'));
    },
  );
});
