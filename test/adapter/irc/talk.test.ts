// What is said on IRC, in both directions, on a server with IRCv3 and on one without.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ircServers, onIrc } from '../../server/ircd.ts';
import { direct, world } from './world.ts';

// Side by side: inspircd lets people in at full seconds only, so its tests are mostly waiting.
describe('irc: what is said', { concurrency: 4 }, () => {
  for (const kind of ircServers) {
    void test(`[${kind.name}] a channel: both sides read what the other says`, onIrc(kind), async (t) => {
      const { user, friend } = await world(t, kind);
      await friend.does('JOIN #garden');
      const garden = await user.join('garden');
      await user.seesMembers('garden', { me: 'member', bob: 'admin' });
      friend.say('PRIVMSG', '#garden', 'hello there');
      const said = await user.reads('hello there');
      assert.deepEqual([said.chat, said.from, said.name], [garden, 'bob', 'bob']);
      const sent = await user.send(garden, 'hello back');
      await friend.hears('PRIVMSG', '#garden', 'hello back');
      assert.equal(typeof sent.id, kind.name === 'inspircd' ? 'string' : 'undefined');
      assert.deepEqual(user.account.faults, []);
      await friend.quit();
    });

    void test(`[${kind.name}] a private conversation, an action and a notice`, onIrc(kind), async (t) => {
      const { user, friend } = await world(t, kind);
      await user.send(direct('bob'), 'psst');
      await friend.hears('PRIVMSG', 'psst');
      friend.say('PRIVMSG', 'alice', '\x01ACTION waves\x01');
      assert.deepEqual((await user.reads('/me waves')).chat, direct('bob'));
      await user.send(direct('bob'), '/me bows');
      await friend.hears('PRIVMSG', '\x01ACTION bows\x01');
      friend.say('NOTICE', 'alice', 'machine');
      assert.equal((await user.reads('machine')).content.notice, true);
      await friend.quit();
    });
  }
});
