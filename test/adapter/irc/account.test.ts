// What an account is made with, and what a server wants of it: services, encodings, registration, patience.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { AdapterError } from '../../../src/adapter/api.ts';
import { inspircd, ircServers, ngircd, onIrc } from '../../server/ircd.ts';
import { Friend } from './friend.ts';
import { direct, User, world } from './world.ts';

async function fault(work: Promise<unknown>): Promise<AdapterError['fault']> {
  const error = await work.then(
    () => assert.fail('it went well'),
    (reason: unknown) => reason,
  );
  assert.ok(AdapterError.is(error), String(error));
  return error.fault;
}

// Side by side: inspircd lets people in at full seconds only, so its tests are mostly waiting.
describe('irc: accounts', { concurrency: 4 }, () => {
  void test(
    '[ngircd] where there is no SASL NickServ is told, and channels are joined after its answer',
    onIrc(ngircd),
    async (t) => {
      const { server, user, friend } = await world(t, ngircd, { settings: { nickserv_password: 'sesame' } });
      await friend.does('JOIN #garden');
      await user.join('garden');
      await user.close();
      await friend.hears('QUIT');
      const services = await Friend.connect(server.port, 'NickServ');
      await user.connect();
      await services.hears('PRIVMSG', 'IDENTIFY sesame');
      await services.does();
      assert.equal(friend.heard('JOIN', '#garden').filter(({ nick }) => nick === 'alice').length, 1);
      await services.does('NOTICE alice :You are now identified.');
      await friend.until(
        'she is back',
        () => friend.heard('JOIN', '#garden').filter(({ nick }) => nick === 'alice').length === 2,
      );
      await Promise.all([friend.quit(), services.quit()]);
    },
  );

  void test('[ngircd] text is written in the encoding that the user has set', onIrc(ngircd), async (t) => {
    const { server, user, friend } = await world(t, ngircd, { settings: { encoding_out: 'iso-8859-15' } });
    const old = await Friend.connect(server.port, 'oldie', { encoding: 'latin1' });
    await user.send(direct('oldie'), 'Grüße für 5 €');
    await old.hears('PRIVMSG', 'Gr\u00fc\u00dfe f\u00fcr 5 \u00a4');
    await Promise.all([friend.quit(), old.quit()]);
  });

  for (const kind of ircServers)
    void test(`[${kind.name}] the user invites somebody`, onIrc(kind), async (t) => {
      const { user, friend } = await world(t, kind);
      await user.join('club');
      await user.session.invite('club', 'bob');
      const { nick, params } = await friend.hears('INVITE', '#club');
      assert.deepEqual([nick, params[0]], ['alice', 'bob']);
      assert.deepEqual(await fault(user.session.invite('club', 'nobody')), { code: 'rejected', reason: 'not-found' });
      await friend.quit();
    });

  void test('[inspircd] a channel for registered users says so', onIrc(inspircd), async (t) => {
    const { user, friend } = await world(t, inspircd);
    await friend.does('JOIN #known', 'MODE #known +R');
    assert.deepEqual(await fault(user.session.join('known')), { code: 'rejected', reason: 'blocked' });
    await friend.quit();
  });

  void test(
    '[inspircd] a ban is by the host that somebody has now, whatever he is called',
    onIrc(inspircd),
    async (t) => {
      const { user, friend } = await world(t, inspircd);
      await user.join('garden');
      await friend.does('OPER root root', 'JOIN #garden', 'SETNAME :Robert the Bold', 'CHGHOST bob new.example');
      await friend.does('PRIVMSG #garden :here I am');
      await user.reads('here I am');
      await user.session.setRole('garden', 'bob', 'banned');
      await friend.hears('MODE', '*!*@new.example');
      const whois = user.session.commands.find(({ id }) => id === 'whois');
      assert.match((await whois?.run({ nick: 'bob' })) ?? '', /new\.example \(Robert the Bold\)/);
      await friend.quit();
    },
  );

  void test('a server that says one comes too fast is left alone, twice as long each time; the user is told once', async (t) => {
    const words = ':irc.example.org ERROR :Closing Link: 127.0.0.1 (Throttled: Reconnecting too fast)\r\n';
    const server = createServer((socket) => void socket.on('error', () => undefined).end(words)).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const user = new User((server.address() as AddressInfo).port);
    const pauses: number[] = [];
    for (let time = 0; time < 12; time++) {
      const why = await fault(user.connect());
      pauses.push(why.code === 'rate-limited' ? why.retryAfterMs / 60_000 : NaN);
    }
    assert.deepEqual(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]);
    assert.equal(user.account.log.filter(({ type }) => type === 'notice').length, 1);
  });
});
