// How an account gets onto a server, stays there, and comes back.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { AdapterError } from '../../../src/adapter/api.ts';
import { inspircd, ircServers, MOTD, ngircd, onIrc } from '../../server/ircd.ts';
import { Friend } from './friend.ts';
import { direct, group, User, world } from './world.ts';

/** The code of the fault that it ends with. */
async function fault(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.fail('it went well'),
    (reason: unknown) => reason,
  );
  assert.ok(AdapterError.is(error), String(error));
  return error.fault.code;
}

/** What connecting ends with, several times. */
async function refusals(user: User, times: number): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (let time = 0; time < times; time++) await user.connect().catch((error: unknown) => found.push(error));
  return found;
}

/** How long to wait after it, in ms. */
function pauseOf(error: unknown): number {
  assert.ok(AdapterError.is(error) && error.fault.code === 'rate-limited', String(error));
  return error.fault.retryAfterMs;
}

// Side by side: inspircd lets people in at full seconds only, so its tests are mostly waiting.
describe('irc: connections', { concurrency: 4 }, () => {
  for (const kind of ircServers) {
    test(
      `[${kind.name}] after the server's death the user is back where he was, and the members are told anew`,
      onIrc(kind),
      async (t) => {
        const { server, user, friend } = await world(t, kind);
        await friend.does('JOIN #garden');
        await user.join('garden');
        await user.join('shed');
        await user.seesMembers('garden', { me: 'member', bob: 'admin' });
        await server.kill();
        await user.link.until(() => user.link.downs.length > 0, 'down() is called');
        assert.ok(AdapterError.is(user.link.downs[0]));
        assert.equal(user.link.downs[0].fault.code, 'temporary');
        await user.close();
        assert.equal(await fault(user.connect()), 'temporary');
        await server.restart();
        const [again] = await Promise.all([Friend.connect(server.port, 'bob'), user.connect()]);
        const sent = await user.send(group('shed'), 'still here');
        assert.ok(sent.at);
        await again.does('JOIN #garden');
        await user.seesMembers('garden', { me: 'admin', bob: 'member' });
        await again.quit();
      },
    );

    void test(
      `[${kind.name}] a nick that is taken gets a suffix, and comes back when it is free`,
      onIrc(kind),
      async (t) => {
        const server = await kind.start();
        t.after(() => server.stop());
        const holder = await Friend.connect(server.port, 'alice');
        const user = new User(server.port);
        t.after(() => user.close());
        await user.connect();
        assert.equal(user.session.self, 'alice_');
        const told = await user.sees('a notice', ({ type }) => type === 'notice');
        assert.match(told.type === 'notice' ? told.text : '', /alice is taken.*alice_/);
        await holder.does('JOIN #garden');
        await user.join('garden');
        await holder.quit();
        await user.sees(
          'the nick',
          (event) =>
            event.type === 'members' && event.members.some(({ user: who, name }) => who === null && name === 'alice'),
        );
      },
    );

    void test(
      `[${kind.name}] what was not acknowledged when the connection died is uncertain`,
      onIrc(kind),
      async (t) => {
        const { server, user, friend } = await world(t, kind);
        await user.send(direct('bob'), 'before');
        await friend.hears('PRIVMSG', 'before');
        server.freeze();
        const sending = fault(user.send(direct('bob'), 'lost?'));
        await new Promise((resolve) => setImmediate(resolve));
        await server.kill();
        assert.equal(await sending, 'uncertain');
        assert.equal(await fault(user.send(direct('bob'), 'never')), 'temporary');
      },
    );

    test(
      `[${kind.name}] the server's greeting and what it says else are in a chat of its own`,
      onIrc(kind),
      async (t) => {
        const { user, friend } = await world(t, kind, { config: { raw: true } });
        const greeting = await user.reads(MOTD);
        assert.deepEqual([greeting.chat, greeting.content.notice], [direct('127.0.0.1'), true]);
        const raw = user.session.commands.find(({ id }) => id === 'raw');
        assert.match((await raw?.run({ line: 'VERSION' })) ?? '', /^351 /m);
        await friend.quit();
      },
    );

    void test(`[${kind.name}] what is written to the server's chat is a command`, onIrc(kind), async (t) => {
      const { user, friend } = await world(t, kind);
      const asks = async (line: string, answer: RegExp): Promise<void> => {
        await user.send(direct('127.0.0.1'), line);
        const said = user.account.log.flatMap((event) => (event.type === 'message' ? [event.content.text ?? ''] : []));
        assert.match(said.at(-1) ?? '', answer);
      };
      await user.join('garden');
      await asks('whois bob', /^bob is ~?bob@/);
      await asks('/ban #garden *!*@spam.example', /is banned/);
      await asks('bans garden', /^\*!\*@spam\.example$/);
      await asks('mode #garden +k sesame', /^Done/);
      await asks('ctcp bob version', /friend 1/);
      await asks('nick bob', /bob: .*use/);
      await asks('nick alice2', /You are alice2/);
      await asks('QUIT :raw lines are not allowed here', /^whois NICK/);
      await friend.quit();
    });

    void test(`[${kind.name}] whois, and a question to a program`, onIrc(kind), async (t) => {
      const { user, friend } = await world(t, kind);
      const run = (id: string, values: Record<string, string>): Promise<string> =>
        user.session.commands.find((one) => one.id === id)?.run(values, direct('bob')) ?? assert.fail(`no ${id}`);
      assert.match(await run('whois', { nick: 'bob' }), /^bob is ~?bob@\S+ \(bob\)$/m);
      assert.match(await run('whois', { nick: 'nobody' }), /nobody called nobody/);
      assert.match(await run('ctcp', { question: 'VERSION' }), /friend 1/);
      friend.say('PRIVMSG', 'alice', '\x01VERSION\x01');
      await friend.hears('NOTICE', 'Moongate');
      friend.say('PRIVMSG', 'alice', '\x01PING 12345\x01');
      await friend.hears('NOTICE', '\x01PING 12345\x01');
      friend.say('PRIVMSG', 'alice', '\x01TIME\x01');
      await friend.hears('NOTICE', '\x01TIME ');
      await friend.quit();
    });
  }

  void test('[ngircd] a server password that is wrong wants the user to act', onIrc(ngircd), async (t) => {
    const server = await ngircd.start({ password: 'sesame' });
    t.after(() => server.stop());
    const wrong = new User(server.port, { settings: { password: 'open' } });
    const code = await fault(wrong.connect());
    assert.ok(['auth-lost', 'temporary'].includes(code), code);
    const right = new User(server.port, { settings: { password: 'sesame' } });
    t.after(() => right.close());
    await right.connect();
  });

  void test(
    '[inspircd] an operator who sends the user away: told, and asked again later',
    onIrc(inspircd),
    async (t) => {
      const { user, friend } = await world(t, inspircd);
      await friend.does('OPER root root');
      friend.say('KILL', 'alice', 'banned for testing');
      await user.link.until(() => user.link.downs.length > 0, 'down() is called');
      const [reason] = user.link.downs;
      assert.ok(AdapterError.is(reason));
      assert.equal(reason.fault.code, 'rate-limited');
      await friend.quit();
    },
  );

  test(
    '[inspircd] who is banned from the server is told once, and stays away for a while',
    onIrc(inspircd),
    async (t) => {
      const { user, friend } = await world(t, inspircd);
      await friend.does('OPER root root');
      friend.say('ZLINE', '127.0.0.2', '1h', ':not this one');
      friend.say('GLINE', '*alice*@*', '1h', ':go away');
      friend.say('KLINE', '*alice*@*', '1h', ':go away');
      await user.link.until(() => user.link.downs.length > 0, 'down() is called');
      const first = user.link.downs;
      await user.close();
      const pauses: number[] = [...first, ...(await refusals(user, 2))].map(pauseOf);
      assert.deepEqual(
        pauses.map((pause) => pause / 60_000),
        [15, 30, 60],
      );
      const notices = user.account.log.filter(({ type }) => type === 'notice');
      assert.equal(notices.length, 1);
      await friend.quit();
    },
  );

  void test('[ngircd] commands after connecting, and text that is no UTF-8', onIrc(ngircd), async (t) => {
    const { server, user, friend } = await world(t, ngircd, {
      settings: { commands: 'JOIN #auto ; PRIVMSG bob :I am here now', encoding: 'iso-8859-15' },
    });
    await user.seesMembers('auto', { me: 'admin' });
    const other = await Friend.connect(server.port, 'carol', { encoding: 'latin1' });
    other.say('PRIVMSG', 'alice', 'Gr\u00fc\u00dfe');
    await user.reads('Grüße');
    await Promise.all([friend.quit(), other.quit()]);
  });

  test(
    '[ngircd] a connection that nobody uses is closed, and made again for the next message',
    onIrc(ngircd),
    async (t) => {
      const { user, friend } = await world(t, ngircd, { config: { idle_minutes: 0.002 } });
      await user.link.until(
        () => (user.account.cursor as { idle?: true } | undefined)?.idle === true,
        'the cursor says idle',
      );
      const gone = async (): Promise<boolean> => {
        await friend.does('WHOIS alice');
        return friend.seen.filter(({ command }) => command === '401').length > 0;
      };
      while (!(await gone()));
      assert.deepEqual(user.link.downs, []);
      await user.send(direct('bob'), 'awake');
      await friend.hears('PRIVMSG', 'awake');
      await user.join('garden');
      await friend.quit();
    },
  );

  void test(
    '[ngircd] lines go no faster than the flood limit, and the core is told of it',
    onIrc(ngircd),
    async (t) => {
      const { user, friend } = await world(t, ngircd, { config: { flood: { burst: 4, per_second: 20 } } });
      assert.deepEqual(user.session.limits.accountRate, { count: 4, perMs: 200 });
      const start = performance.now();
      const texts = Array.from({ length: 6 }, (_, index) => `line ${index}`);
      await Promise.all(texts.map((text) => user.send(direct('bob'), text)));
      // A PING behind four of them and one behind the rest: four lines more than go at once.
      assert.ok(performance.now() - start > 190, `${performance.now() - start} ms`);
      await friend.hears('PRIVMSG', 'line 5');
      assert.deepEqual(friend.texts(), texts);
      await friend.quit();
    },
  );

  void test('[ngircd] a server without certificate is not spoken to where one is wanted', onIrc(ngircd), async (t) => {
    const server = await ngircd.start();
    t.after(() => server.stop());
    assert.equal(
      await fault(new User(server.port, { config: { tls: true }, environment: { registerMs: 300 } }).connect()),
      'temporary',
    );
  });

  void test('a server where nothing answers cannot be reached, and its user reads why', async () => {
    const nobody = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => nobody.once('listening', resolve));
    const { port } = nobody.address() as { port: number };
    await new Promise((resolve) => nobody.close(resolve));
    await assert.rejects(new User(port).connect(), /cannot be reached: nothing answers at its port/u);
  });

  void test('a server that takes connections and says nothing is given up', async (t) => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    assert.equal(await fault(new User(port, { environment: { registerMs: 50 } }).connect()), 'temporary');
  });

  void test('in the open mode a server that is not allowed is refused', async () => {
    const config = { server: undefined, port: undefined, tls: undefined, allow: ['irc.libera.chat'] };
    assert.equal(await fault(new User(1, { config, realm: 'evil.example' }).connect()), 'rejected');
  });
});
