// How an account begins and how it ends: by form, by command and by chat.
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { x, type Element } from '../../src/xmpp/stanza.ts';
import type { TestClient } from '../server/client.ts';
import {
  befriend,
  chat,
  command,
  deliver,
  ECHO,
  enrol,
  errorFor,
  FRIEND,
  goOn,
  LOOPBACK,
  NS,
  presence,
  PUPPET,
  register,
  scenes,
  settled,
  submit,
  TELEGRAM,
  told,
  welcomed,
  write,
} from './support.ts';

const form = async (user: TestClient, domain: string): Promise<Element> => {
  const answer = await user.iq('get', domain, x('query', { xmlns: NS.register }));
  const query = answer.getChild('query', NS.register);
  assert.ok(query, answer.toString());
  return query;
};
const index = (user: TestClient, matches: (stanza: Element) => boolean): number => user.stanzas.findIndex(matches);

scenes({}, (scene) => {
  scene(
    'R7, R8',
    'by form: the gateway asks for a subscription, accepts one, and says which link to pass on',
    async (world) => {
      const bot = await world.telegram.control.createBot({});
      const user = await world.login();
      const query = await form(user, TELEGRAM);
      const asked = query.getChild('x', NS.form);
      assert.equal(asked?.getChild('field')?.getChildText('value'), NS.register);
      const token = asked?.getChildren('field').find(({ attrs }) => attrs['var'] === 'token');
      assert.equal(token?.attrs['type'], 'text-private');
      assert.ok(token?.getChild('required'));

      const answer = await user.iq('set', TELEGRAM, x('query', { xmlns: NS.register }, submit({ token: bot.token })));
      assert.equal(answer.attrs['type'], 'result');
      await welcomed(user, TELEGRAM);
      await user.waitFor(presence(TELEGRAM, 'subscribed'));
      assert.ok(index(user, (stanza) => stanza === answer) < index(user, presence(TELEGRAM, 'subscribe')));
      const link = await user.waitFor(
        (stanza) =>
          stanza.attrs['from']?.split('/')[0] === TELEGRAM && (stanza.getChildText('body') ?? '').includes('t.me'),
      );
      assert.ok(link.getChildText('body')?.includes(`https://t.me/${bot.username}`));
    },
  );

  scene('R7', 'by form of a client without data forms: password is the token', async (world) => {
    const bot = await world.telegram.control.createBot({});
    const user = await world.login();
    assert.ok((await form(user, TELEGRAM)).getChild('password'));
    const query = x('query', { xmlns: NS.register }, x('password', {}, bot.token));
    assert.equal((await user.iq('set', TELEGRAM, query)).attrs['type'], 'result');
    await welcomed(user, TELEGRAM);
  });

  scene('R7, R19', 'a token that is refused: not acceptable, and the next form says why', async (world) => {
    const user = await world.login();
    for (const token of ['nonsense', '123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA']) {
      const error = told(await register(user, TELEGRAM, { token }));
      assert.equal(error.error, 'modify not-acceptable invalid');
      const { instructions } = { instructions: (await form(user, TELEGRAM)).getChildText('instructions') ?? '' };
      assert.ok(
        error.text.length > 20 && instructions.includes(error.text.slice(-20)),
        `${error.text} | ${instructions}`,
      );
    }
    await settled(user, TELEGRAM);
    assert.deepEqual(user.stanzas.filter(presence(TELEGRAM, 'any')), []);
  });

  scene('R7, R19', 'a token that another local user has registered: conflict', async (world) => {
    const { bot } = await world.telegramUser();
    const other = await world.login();
    const error = told(await register(other, TELEGRAM, { token: bot.token }));
    assert.equal(error.error, 'cancel conflict conflict');
  });

  scene('R7', 'by command, with a webhook: asked, removed, and the link to pass on is shown', async (world) => {
    const bot = await world.telegram.control.createBot({});
    await fetch(`${world.telegram.api}/bot${bot.token}/setWebhook?url=https://hook.example/secret`);
    const user = await world.login();
    const first = await command(user, TELEGRAM, 'login');
    const asked = await goOn(user, TELEGRAM, first, { token: bot.token });
    assert.match(asked.text, /hook\.example/);
    assert.ok(!asked.text.includes('secret'));
    const shown = await goOn(user, TELEGRAM, first, { remove: 'yes' });
    assert.match(shown.text, new RegExp(`https://t.me/${bot.username}`));
    const done = await goOn(user, TELEGRAM, first);
    assert.equal(done.status, 'completed');
    await welcomed(user, TELEGRAM);
    const hook = await fetch(`${world.telegram.api}/bot${bot.token}/getWebhookInfo`);
    assert.equal(((await hook.json()) as { result: { url: string } }).result.url, '');
  });

  scene('R7', 'by form, with a webhook: the login goes on in the chat', async (world) => {
    const bot = await world.telegram.control.createBot({});
    await fetch(`${world.telegram.api}/bot${bot.token}/setWebhook?url=https://hook.example/secret`);
    const user = await world.login();
    const error = told(await register(user, TELEGRAM, { token: bot.token }));
    assert.equal(error.error, 'cancel feature-not-implemented unsupported');
    const question = await user.waitFor(
      (stanza) =>
        stanza.attrs['from']?.split('/')[0] === TELEGRAM && /hook\.example/.test(stanza.getChildText('body') ?? ''),
    );
    assert.match(question.getChildText('body') ?? '', /Remove the webhook/);
    await user.message(TELEGRAM, 'yes');
    await user.waitFor((stanza) => /t\.me/.test(stanza.getChildText('body') ?? ''));
    await welcomed(user, TELEGRAM);
  });

  scene(
    'R7',
    'by chat, in German: every step is asked, a secret is warned of, a mistake can be mended',
    async (world) => {
      const bot = await world.telegram.control.createBot({});
      const user = await world.login();
      const german = { 'xml:lang': 'de' };
      assert.match(await chat(user, TELEGRAM, 'anmelden', german), /Verlauf dieses Chats[\s\S]*Token/);
      await user.message(TELEGRAM, '123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', german);
      await user.waitFor((stanza) => /kann diesen Inhalt/.test(stanza.getChildText('body') ?? ''));
      await chat(user, TELEGRAM, 'login', german);
      await user.message(TELEGRAM, bot.token, german);
      await user.waitFor((stanza) => (stanza.getChildText('body') ?? '').includes(`https://t.me/${bot.username}`));
      await user.body('Du bist angemeldet. Deine Kontakte werden darum bitten, hinzugefügt zu werden.');
      await welcomed(user, TELEGRAM);
      assert.match(await chat(user, TELEGRAM, 'status', german), /Verbunden als/);
    },
  );

  scene('R7', 'a login of several steps by command; cancelled, nothing is left', async (world) => {
    const user = await world.login();
    const first = await command(user, PUPPET, 'login');
    await goOn(user, PUPPET, first, { phone: '+4911' });
    const cancel = x('command', { xmlns: NS.commands, node: 'login', sessionid: first.session, action: 'cancel' });
    const answer = await user.iq('set', PUPPET, cancel);
    assert.equal(answer.getChild('command')?.attrs['status'], 'canceled');
    assert.equal((await form(user, PUPPET)).getChild('registered'), undefined);
    const wrong = await command(user, PUPPET, 'login');
    await goOn(user, PUPPET, wrong, { phone: '+4911' });
    await goOn(user, PUPPET, wrong);
    const refused = await goOn(user, PUPPET, wrong, { code: '9' });
    assert.match(refused.text, /That is not the code/);
  });

  scene('R9', 'what waited on the network before comes only after the login is complete', async (world) => {
    const { control } = world.telegram;
    const bot = await control.createBot({});
    const anna = await world.person(bot, 'Anna');
    await control.sendText({ bot: bot.id, user: anna.id, text: 'early' });
    const user = await world.login();
    const answer = await register(user, TELEGRAM, { token: bot.token });
    assert.equal(answer.attrs['type'], 'result');
    const early = await user.body('early');
    const [login, message] = [answer, early].map((wanted) => index(user, (stanza) => stanza === wanted));
    assert.ok((login ?? 0) < (message ?? 0));
    assert.deepEqual(user.bodies(`${anna.id}@${TELEGRAM}`), ['/start', 'early']);
  });

  scene('R10', 'asking for the form again: registered, as whom, and never the secret', async (world) => {
    const { user, bot } = await world.telegramUser();
    const query = await form(user, TELEGRAM);
    assert.ok(query.getChild('registered'));
    assert.ok(query.getChildText('instructions')?.includes(String(bot.id)));
    assert.ok(!query.toString().includes(bot.token));
  });

  scene('R7, R19', 'users of other servers: who is allowed registers, anybody else is forbidden', async (world) => {
    const friend = await world.login('friend', { host: 'other.example' });
    assert.equal(friend.bare, FRIEND);
    await enrol(friend, LOOPBACK);
    const sent = await write(friend, ECHO, 'from afar');
    await friend.body('from afar');
    await friend.waitFor((stanza) => stanza.getChild('received', NS.receipts)?.attrs['id'] === sent);
    const foe = await world.login('foe', { host: 'other.example' });
    const answer = await foe.iq('get', LOOPBACK, x('query', { xmlns: NS.register }));
    assert.equal(told(answer).error, 'auth forbidden forbidden');
    const set = await foe.iq('set', LOOPBACK, x('query', { xmlns: NS.register }, submit({})));
    assert.equal(told(set).error, 'auth forbidden forbidden');
    const id = await foe.message(LOOPBACK, 'login');
    assert.equal(told(await foe.waitFor(errorFor(id))).error, 'auth forbidden forbidden');
  });

  scene('R11, R17', 'removal: result, unsubscribe, unsubscribed, unavailable, and then silence', async (world) => {
    const { user, bot, anna, jid } = await world.telegramUser();
    await deliver(user, jid, 'a last word');
    const before = user.stanzas.length;
    const answer = await user.iq('set', TELEGRAM, x('query', { xmlns: NS.register }, x('remove')));
    assert.equal(answer.attrs['type'], 'result', answer.toString());
    assert.equal(answer.getChild('query'), undefined);
    for (const from of [jid, TELEGRAM]) await user.waitFor(presence(from, 'unavailable'), { after: before });
    await settled(user, TELEGRAM);
    const roster = await user.iq('get', undefined, x('query', { xmlns: 'jabber:iq:roster' }));
    const items = roster.getChild('query')?.getChildren('item') ?? [];
    assert.deepEqual(
      items.filter(({ attrs }) => attrs['subscription'] !== 'none'),
      [],
      String(roster),
    );

    const silence = user.stanzas.length;
    await world.telegram.control.sendText({ bot: bot.id, user: anna.id, text: 'too late' });
    await user.send(x('presence', {}, x('show', {}, 'away')));
    const id = await user.message(jid, 'hello?');
    assert.equal(told(await user.waitFor(errorFor(id))).error, 'auth registration-required not-registered');
    await user.send(x('presence', { to: TELEGRAM, type: 'probe' }));
    await settled(user, TELEGRAM);
    const came = user.stanzas.slice(silence).filter(({ attrs }) => attrs['from']?.endsWith(TELEGRAM));
    const unwanted = came.filter((stanza) => stanza.is('presence') && stanza.attrs['type'] !== 'unsubscribed');
    assert.deepEqual(unwanted.map(String), []);
    assert.ok(!user.bodies().includes('too late'));

    await enrol(user, TELEGRAM, { token: bot.token });
    await user.body('too late');
    await world.heard(bot, anna, 1);
  });

  scene('R11', 'removal takes every row along: nothing of the account is in the database', async (world) => {
    const { user, bot, jid } = await world.telegramUser();
    const stays = await world.loopbackUser();
    await deliver(user, jid, 'forget me');
    const remove = x('query', { xmlns: NS.register }, x('remove'));
    assert.equal((await user.iq('set', TELEGRAM, remove)).attrs['type'], 'result');
    await user.waitFor(presence(TELEGRAM, 'unavailable'));
    const kept = (): Record<string, number> => {
      const database = new DatabaseSync(world.gateway.databasePath, { readOnly: true });
      try {
        const ids = database.prepare('SELECT id FROM account WHERE jid = ? AND transport = ?').all(user.bare, TELEGRAM);
        const known = database
          .prepare('SELECT id FROM account')
          .all()
          .map(({ id }) => Number(id));
        const counts = ['log', 'seen', 'id', 'chat', 'chat_name', 'doc', 'secret'].map((table) => {
          const rows = database.prepare(`SELECT DISTINCT account FROM ${table}`).all();
          // 0 is the gateway's own.
          return [
            table,
            rows.filter(({ account }) => account !== 0 && !known.includes(Number(account))).length,
          ] as const;
        });
        return { account: ids.length, ...Object.fromEntries(counts) };
      } finally {
        database.close();
      }
    };
    // A form for a new account is handed out once the old one is erased.
    assert.equal((await form(user, TELEGRAM)).getChild('registered'), undefined);
    await world.gateway.shutdown();
    try {
      assert.deepEqual(kept(), { account: 0, log: 0, seen: 0, id: 0, chat: 0, chat_name: 0, doc: 0, secret: 0 });
      const file = new DatabaseSync(world.gateway.databasePath, { readOnly: true });
      assert.equal(file.prepare('SELECT count(*) AS n FROM account WHERE jid = ?').get(stays.bare)?.['n'], 1);
      file.close();
      assert.ok(!world.gateway.log().includes(bot.token));
    } finally {
      await world.gateway.restart();
    }
  });

  scene('R11', 'removal by command and by chat', async (world) => {
    const user = await world.loopbackUser();
    await befriend(user, ECHO);
    const first = await command(user, LOOPBACK, 'logout');
    const done = await goOn(user, LOOPBACK, first, { sure: 'Yes' });
    assert.equal(done.status, 'completed');
    await user.waitFor(presence(LOOPBACK, 'unavailable'));
    await user.waitFor(presence(ECHO, 'unavailable'));
    const other = await world.loopbackUser();
    await chat(other, LOOPBACK, 'logout');
    assert.match(await chat(other, LOOPBACK, 'yes'), /has been removed/);
    await other.waitFor(presence(LOOPBACK, 'unavailable'));
  });
});
