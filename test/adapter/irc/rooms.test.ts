// Channels: who is there, what he may, how one gets in and out.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AdapterError, type Member } from '../../../src/adapter/api.ts';
import { inspircd, ircServers, onIrc } from '../../server/ircd.ts';
import { Friend } from './friend.ts';
import { group, world } from './world.ts';

/** The reason of the rejection; fails when there is none. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => reason,
  );
  assert.ok(AdapterError.is(error), String(error));
  return error.fault.code === 'rejected' ? error.fault.reason : error.fault.code;
}

// Side by side: inspircd lets people in at full seconds only, so its tests are mostly waiting.
describe('irc: channels', { concurrency: 4 }, () => {
  for (const kind of ircServers) {
    void test(`[${kind.name}] people come, get ranks, change their nicks and go`, onIrc(kind), async (t) => {
      const { server, user, friend } = await world(t, kind);
      await user.join('garden');
      await user.seesMembers('garden', { me: 'admin' });
      await friend.does('JOIN #garden');
      await user.seesMembers('garden', { me: 'admin', bob: 'member' });
      await user.session.setRole('garden', 'bob', 'admin');
      await user.seesMembers('garden', { me: 'admin', bob: 'admin' });
      await user.session.setRole('garden', 'bob', 'member');
      await friend.does('NICK Rob');
      await user.seesMembers('garden', { me: 'admin', rob: 'member' });
      const renamed = user.states('members').flatMap(({ members }) => members.filter(({ name }) => name === 'Rob'));
      assert.deepEqual([renamed[0]?.user, renamed[0]?.was, renamed[0]?.role], ['rob', 'bob', 'member']);
      const carol = await Friend.connect(server.port, 'carol');
      await carol.does('JOIN #garden');
      await carol.quit();
      await friend.does('PART #garden :tea time');
      await user.seesMembers('garden', { me: 'admin' });
      const last = user.states('members').at(-1)?.members.at(-1);
      assert.deepEqual([last?.user, last?.role, last?.reason], ['rob', 'none', 'tea time']);
      await friend.quit();
    });

    void test(`[${kind.name}] in a moderated channel those without a voice are muted`, onIrc(kind), async (t) => {
      const { user, friend } = await world(t, kind);
      await friend.does('JOIN #hall', 'MODE #hall +m');
      const hall = await user.join('hall');
      await user.seesMembers('hall', { me: 'muted', bob: 'admin' });
      assert.equal(await refusal(user.send(hall, 'may I?')), 'forbidden');
      await friend.does('MODE #hall +v alice');
      await user.seesMembers('hall', { me: 'member', bob: 'admin' });
      await user.send(hall, 'thank you');
      await friend.hears('PRIVMSG', 'thank you');
      await friend.does('MODE #hall -v alice', 'MODE #hall -m');
      await user.seesMembers('hall', { me: 'member', bob: 'admin' });
      await friend.quit();
    });

    void test(`[${kind.name}] closed channels say why`, onIrc(kind), async (t) => {
      const { user, friend } = await world(t, kind);
      await friend.does('JOIN #key', 'MODE #key +k sesame', 'JOIN #club', 'MODE #club +i');
      await friend.does(
        'JOIN #full',
        'MODE #full +l 1',
        'JOIN #away',
        'MODE #away +b *!*@127.0.0.1',
        'MODE #away +b alice!*@*',
      );
      assert.equal(await refusal(user.session.join('key')), 'invalid');
      assert.equal(await refusal(user.session.join('key', 'open')), 'invalid');
      assert.equal(await refusal(user.session.join('club')), 'blocked');
      assert.equal(await refusal(user.session.join('full')), 'too-large');
      assert.equal(await refusal(user.session.join('away')), 'forbidden');
      await user.join('key', 'sesame');
      await user.seesMembers('key', { me: 'member', bob: 'admin' });
      await friend.does('INVITE alice #club');
      const invited = await user.sees(
        'an invitation',
        (event) => event.type === 'chat' && event.invitedBy !== undefined,
      );
      assert.deepEqual(invited.type === 'chat' && [invited.chat, invited.invitedBy], [group('club'), 'bob']);
      await user.join('club');
      await user.seesMembers('club', { me: 'member', bob: 'admin' });
      assert.deepEqual((user.account.cursor as { channels: unknown[] }).channels, [
        { name: '#key', key: 'sesame' },
        { name: '#club' },
      ]);
      await friend.quit();
    });

    void test(`[${kind.name}] kicks and bans, by nick and by mask`, onIrc(kind), async (t) => {
      const { server, user, friend } = await world(t, kind);
      await user.join('garden');
      await friend.does('JOIN #garden');
      await user.seesMembers('garden', { me: 'admin', bob: 'member' });
      await user.session.setRole('garden', 'bob', 'none', 'enough');
      await friend.hears('KICK', 'enough');
      await user.seesMembers('garden', { me: 'admin' });
      await friend.does('JOIN #garden');
      await user.seesMembers('garden', { me: 'admin', bob: 'member' });
      await user.session.setRole('garden', 'bob', 'banned', 'for good');
      await friend.does('JOIN #garden');
      await friend.hears('474');
      await user.session.setRole('garden', 'bob', 'none');
      await friend.does('JOIN #garden');
      await user.seesMembers('garden', { me: 'admin', bob: 'member' });
      const command = (id: string, values: Record<string, string>): Promise<string> =>
        user.session.commands.find((one) => one.id === id)?.run(values, group('garden')) ?? assert.fail(`no ${id}`);
      await command('ban', { mask: 'carol*!*@*' });
      assert.equal(await command('bans', {}), 'carol*!*@*');
      const ban = { user: 'carol*!*@*', name: 'carol*!*@*', role: 'banned', by: null };
      assert.deepEqual(await user.session.banned('garden'), [ban]);
      const carol = await Friend.connect(server.port, 'caroline');
      await carol.does('JOIN #garden');
      await carol.hears('474');
      await user.session.setRole('garden', 'carol*!*@*', 'none');
      assert.deepEqual(await user.session.banned('garden'), []);
      await command('ban', { mask: '*!*@Some.Example' });
      await command('unban', { mask: '*!*@some.example' });
      assert.equal(await command('bans', {}), 'Nobody is banned.');
      await friend.does('JOIN #tower');
      await user.join('tower');
      assert.equal(await refusal(user.session.setRole('tower', 'bob', 'none')), 'forbidden');
      await friend.does('KICK #tower alice :out');
      const left = await user.sees(
        'out',
        (event) => event.type === 'chat' && event.chat.id === 'tower' && event.joined === false,
      );
      assert.ok(left);
      const gone = user.states('members').flatMap(({ members }) => members.filter(({ role }) => role === 'none'));
      assert.deepEqual(gone.at(-1), { user: null, name: 'alice', role: 'none', by: 'bob', reason: 'out' });
      assert.deepEqual((user.account.cursor as { channels: unknown[] }).channels, [{ name: '#garden' }]);
      await carol.quit();
      await friend.quit();
    });

    void test(
      `[${kind.name}] titles: a voice, and an operator of the network once WHOIS has told`,
      onIrc(kind),
      async (t) => {
        const { user, friend } = await world(t, kind);
        await friend.does('JOIN #hats', 'OPER root root');
        await friend.hears('381');
        await user.join('hats');
        const bob = (members: readonly Member[]) => members.findLast((one) => one.user === 'bob');
        const worn = (titles: readonly string[]) =>
          user.sees(
            `bob is ${titles.join()}`,
            (event) =>
              event.type === 'members' && JSON.stringify(bob(event.members)?.titles) === JSON.stringify(titles),
          );
        await worn([]);
        await friend.does('MODE #hats +v bob');
        await worn(['voice']);
        await user.session.profile('bob');
        await worn(['IRC operator', 'voice']);
        await friend.quit();
      },
    );

    void test(`[${kind.name}] the topic, and the list of channels in pages`, onIrc(kind), async (t) => {
      const { user, friend } = await world(t, kind);
      await friend.does('JOIN #one', 'TOPIC #one :first \x02steps', 'JOIN #two', 'JOIN #three');
      await user.join('one');
      const entered = user.states('chat').find(({ joined }) => joined);
      assert.deepEqual([entered?.topic, entered?.topicBy], ['first steps', 'bob']);
      assert(Math.abs(Date.now() - (entered?.topicAt ?? 0)) < 60_000, 'a time of the server, which counts seconds');
      await friend.does('TOPIC #one :second steps');
      const changed = await user.sees('topic', (event) => event.type === 'chat' && event.topic === 'second steps');
      assert(changed.type === 'chat' && changed.topicBy === 'bob' && changed.topicAt !== undefined);
      await friend.does('MODE #one -t');
      await user.session.describe('one', { topic: 'ours' });
      await friend.hears('TOPIC', 'ours');
      const own = await user.sees('own topic', (event) => event.type === 'chat' && event.topic === 'ours');
      assert(own.type === 'chat' && own.topicBy === null);
      assert.equal(await refusal(user.session.describe('one', { name: 'uno' })), 'unsupported');
      const first = await user.session.rooms('', { limit: 2 });
      assert.equal(first.rooms[0]?.name, '#one');
      assert.equal(first.rooms[0]?.note, '2 users: ours');
      const second = await user.session.rooms('', { limit: 9, ...(first.next !== undefined && { after: first.next }) });
      assert.equal(second.next, undefined);
      // ngircd has a channel of its own, &SERVER.
      const names = [...first.rooms, ...second.rooms].map(({ name }) => name).filter((name) => name !== '&SERVER');
      assert.deepEqual(names.toSorted(), ['#one', '#three', '#two']);
      assert.deepEqual(
        (await user.session.rooms('thr', { limit: 9 })).rooms.map(({ chat }) => chat),
        [group('three')],
      );
      await friend.quit();
    });
  }

  void test('[inspircd] owners, admins and half-operators have their roles', onIrc(inspircd), async (t) => {
    const { server, user, friend } = await world(t, inspircd);
    const others = await Promise.all(['carol', 'dave'].map((nick) => Friend.connect(server.port, nick)));
    await friend.does('JOIN #rank', 'MODE #rank +q bob');
    for (const other of others) await other.does('JOIN #rank');
    await friend.does('MODE #rank +ah carol dave');
    await user.join('rank');
    await user.seesMembers('rank', {
      me: 'member',
      bob: 'owner',
      carol: 'admin',
      dave: 'moderator',
    });
    await friend.does('MODE #rank +o alice');
    await user.session.setRole('rank', 'dave', 'member');
    await user.seesMembers('rank', {
      me: 'admin',
      bob: 'owner',
      carol: 'admin',
      dave: 'member',
    });
    await Promise.all([friend, ...others].map((one) => one.quit()));
  });
});
