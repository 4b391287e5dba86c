// Nicks that change: the account's own, and those of people with whom one speaks.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AdapterError } from '../../../src/adapter/api.ts';
import { ircServers, onIrc } from '../../server/ircd.ts';
import { Friend } from './friend.ts';
import { direct, world } from './world.ts';

const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => assert.fail('it was not refused'),
    (error: unknown) => {
      assert.ok(AdapterError.is(error), String(error));
      return error.fault.code === 'rejected' ? error.fault.reason : error.fault.code;
    },
  );

// Side by side: inspircd lets people in at full seconds only, so its tests are mostly waiting.
describe('irc: the own nick', { concurrency: 2 }, () => {
  for (const kind of ircServers)
    void test(
      `[${kind.name}] it changes in all channels, stays after a reconnect, and says why it may not`,
      onIrc(kind),
      async (t) => {
        const { server, user, friend } = await world(t, kind);
        await friend.does('JOIN #garden', 'JOIN #shed');
        await user.join('garden');
        await user.join('shed');
        await user.session.rename('garden', 'Alicia');
        await friend.hears('NICK', 'Alicia');
        const told = user.states('members').filter(({ members }) => members.some(({ name }) => name === 'Alicia'));
        assert.deepEqual(told.map(({ chat }) => chat.id).toSorted(), ['garden', 'shed']);
        assert.ok(
          told.every(({ members }) => members.every(({ user: who, was }) => who === null && was === undefined)),
        );
        assert.equal(await refusal(user.session.rename('garden', 'bob')), 'blocked');
        assert.equal(await refusal(user.session.rename('garden', '9 lives')), 'invalid');
        const holder = await Friend.connect(server.port, 'alice');
        await holder.does('JOIN #garden');
        await holder.quit();
        await friend.hears('QUIT');
        await user.close();
        await user.connect();
        assert.equal(user.session.self, 'alicia', 'the nick that she left is not taken again');
        const whois = user.session.commands.find(({ id }) => id === 'whois');
        assert.match((await whois?.run({ nick: 'alicia' })) ?? '', /^alicia is /i);
        await friend.quit();
      },
    );

  for (const kind of ircServers)
    void test(
      `[${kind.name}] who takes another nick is not followed: the user is told, and what was meant for him goes to nobody else`,
      onIrc(kind),
      async (t) => {
        const { server, user, friend } = await world(t, kind);
        await friend.does('JOIN #garden');
        await user.join('garden');
        await user.send(direct('bob'), 'for bob');
        const early = user.delivery({ at: Date.now() });
        await friend.does('NICK Rob');
        const told = await user.reads(
          '/me is called Rob from now on. What you write here goes to whoever takes the nick bob next.',
        );
        assert.deepEqual([told.chat, told.content.notice], [direct('bob'), true]);
        const next = await Friend.connect(server.port, 'bob');
        const meant = user.session.send(direct('bob'), { text: 'written to the first' }, early);
        assert.equal(await refusal(meant), 'not-found');
        const now = (): { at: number } => ({ at: Date.now() + 1 });
        await user.send(direct('bob'), 'written to the second', now());
        await user.send(direct('rob'), 'and to the first', now());
        await next.hears('PRIVMSG', 'written to the second');
        await friend.hears('PRIVMSG', 'and to the first');
        assert.deepEqual([friend.texts('bob'), next.texts('bob')], [['for bob'], ['written to the second']]);
        await next.quit();
        await friend.quit();
      },
    );
});
