// Whole journeys over Telegram: text both ways, what is no text, every outcome as the user sees it. This file also runs with
// a link between the halves that carries everything as text (serial-link.test.ts).
import assert from 'node:assert/strict';
import { x } from '../../src/xmpp/stanza.ts';
import {
  befriend,
  chat,
  deliver,
  enrol,
  errorFor,
  NS,
  presence,
  receipt,
  register,
  scenes,
  settled,
  TELEGRAM,
  told,
  write,
} from './support.ts';

// As operators have it: the server lets the gateway write rosters where it can.
scenes({ server: { privilege: true } }, (scene) => {
  scene('R25', 'a conversation: text both ways, in order, with a receipt for each', async (world) => {
    const { user, bot, anna, jid } = await world.telegramUser();
    const { control } = world.telegram;
    const lines = ['grüß dich 🌙', '  two\nlines  ', '<b>&amp;</b>', '漢字'];
    for (const [index, line] of lines.entries()) {
      const id = await deliver(user, jid, line);
      assert.equal((await user.waitFor(receipt(id))).attrs['from'], jid);
      await control.sendText({ bot: bot.id, user: anna.id, text: `${index} ${line.trim()}` });
      const answer = await user.body(`${index} ${line.trim()}`);
      assert.equal(answer.attrs['from'], jid);
      assert.equal(answer.getChildText('nick', NS.nick), 'Anna');
    }
    // Telegram trims what is around a text.
    assert.deepEqual(
      await world.heard(bot, anna, lines.length),
      lines.map((line) => line.trim()),
    );
  });

  scene('R25', 'a text over 4,096 characters goes in parts, at a sensible place, with one receipt', async (world) => {
    const { user, bot, anna, jid } = await world.telegramUser();
    const words = Array.from({ length: 1_200 }, (_, index) => `word${index}`).join(' ');
    assert.ok(words.length > 8_192);
    const id = await deliver(user, jid, words);
    const parts = await world.heard(bot, anna, 3);
    assert.equal(parts.length, 3);
    assert.ok(parts.every((part) => part.length <= 4_096 && part.startsWith('word')));
    assert.equal(parts.join(' '), words);
    await deliver(user, jid, 'after');
    assert.equal(user.stanzas.filter(receipt(id)).length, 1);
  });

  scene('R25', 'a long text of the network arrives whole', async (world) => {
    const { user, bot, anna } = await world.telegramUser();
    const text = '漢'.repeat(4_096);
    await world.telegram.control.sendText({ bot: bot.id, user: anna.id, text });
    await user.body(text);
  });

  scene('R25', 'what is no text arrives as a readable line, never as silence', async (world) => {
    const { user, bot, anna, jid } = await world.telegramUser();
    const { control } = world.telegram;
    const from = { bot: bot.id, user: anna.id };
    await control.sendMedia({ ...from, kind: 'photo', caption: 'our garden' });
    const kinds = ['document', 'sticker', 'voice', 'video', 'location', 'contact', 'poll', 'dice'] as const;
    for (const kind of kinds) await control.sendMedia({ ...from, kind });
    await control.sendOther({ ...from, fields: { invented_in_2031: { a: 1 } } });
    await control.sendText({ ...from, text: 'the end' });
    await user.body('the end');
    const [start, photo, ...rest] = user.bodies(jid);
    assert.equal(start, '/start');
    assert.equal(photo, '[photo] our garden');
    assert.equal(rest.length, kinds.length + 2);
    const words = [
      /^\[file/,
      /^\[sticker/,
      /^\[voice/,
      /^\[video/,
      /geo:52/,
      /^\[contact\]/,
      /^\[poll\]/,
      /^\[.+: \d\]$/,
    ];
    for (const [index, pattern] of words.entries()) assert.match(rest[index] ?? '', pattern);
    assert.match(rest[kinds.length] ?? '', /cannot be shown here: invented in 2031/);
  });

  scene('R25, R27', 'an edit of the network names the message that it changes (XEP-0308)', async (world) => {
    const { user, bot, anna, jid } = await world.telegramUser();
    const { control } = world.telegram;
    const from = { bot: bot.id, user: anna.id };
    const { message } = await control.sendText({ ...from, text: 'teh' });
    const first = await user.body('teh');
    await control.editMessage({ ...from, message_id: message.message_id, text: 'the' });
    const edit = await user.body('the');
    assert.equal(edit.attrs['from'], jid);
    assert.equal(edit.getChild('replace', 'urn:xmpp:message-correct:0')?.attrs['id'], first.attrs['id']);
    assert.notEqual(edit.attrs['id'], first.attrs['id']);
  });

  scene(
    'R25',
    'privacy mode hides what is said in a group; the user is told so once, by the gateway',
    async (world) => {
      const { user, bot, anna, jid } = await world.telegramUser();
      const { control } = world.telegram;
      const group = await control.createGroup({ title: 'Garden club', members: [anna.id] });
      await control.addToGroup({ bot: bot.id, chat: group.id, user: anna.id });
      const isTold = (body: string | null | undefined) => /"Garden club".*\/setprivacy/s.test(body ?? '');
      await user.waitFor((stanza) => isTold(stanza.getChildText('body')));
      for (const text of ['/one', '/two']) await control.sendText({ bot: bot.id, user: anna.id, chat: group.id, text });
      await control.sendText({ bot: bot.id, user: anna.id, text: 'in private' });
      await user.body('in private');
      assert.equal(user.bodies(TELEGRAM).filter(isTold).length, 1);
      assert.ok(!user.bodies(jid).includes('/one'));
    },
  );

  scene('R19', 'the person blocks the bot: said in the chat, and messages come back as blocked', async (world) => {
    const { user, bot, anna, jid } = await world.telegramUser();
    await world.telegram.control.blockBot({ bot: bot.id, user: anna.id });
    await user.waitFor((stanza) => /blocked the bot/.test(stanza.getChildText('body') ?? ''));
    const id = await write(user, jid, 'are you there?', { 'xml:lang': 'de' });
    const stanza = await user.waitFor(errorFor(id));
    assert.equal(told(stanza).error, 'cancel not-acceptable blocked');
    assert.match(told(stanza).text, /blockiert/);
    assert.ok(stanza.getChild('error')?.getChild('blocked', 'urn:xmpp:blocking:errors'));
  });

  scene('R19', 'nobody of that number, an account that is gone, a request that Telegram refuses', async (world) => {
    const { user, bot, anna, jid } = await world.telegramUser();
    const { control } = world.telegram;
    const nobody = await write(user, `4711@${TELEGRAM}`, 'hello?');
    assert.equal(told(await user.waitFor(errorFor(nobody))).error, 'cancel item-not-found not-found');
    const noNumber = await write(user, `anna@${TELEGRAM}`, 'hello?');
    assert.equal(told(await user.waitFor(errorFor(noNumber))).error, 'cancel item-not-found not-found');
    const effect = { kind: 'error', code: 400, description: 'Bad Request: something else' } as const;
    await control.addFault({ bot: bot.id, method: 'sendMessage', effect });
    const bad = await write(user, jid, 'refused');
    assert.equal(told(await user.waitFor(errorFor(bad))).error, 'modify not-acceptable invalid');
    await deliver(user, jid, 'the lane goes on');
    await control.deactivateUser({ user: anna.id });
    const gone = await write(user, jid, 'too late');
    assert.equal(told(await user.waitFor(errorFor(gone))).error, 'cancel item-not-found not-found');
  });

  scene('R25', '429 is obeyed, and the receipt comes when the message has gone', async (world) => {
    const { user, bot, anna, jid } = await world.telegramUser();
    const { control } = world.telegram;
    const effect = {
      kind: 'error',
      code: 429,
      description: 'Too Many Requests: retry after 1',
      retry_after: 1,
    } as const;
    const fault = await control.addFault({ bot: bot.id, method: 'sendMessage', effect });
    const id = await write(user, jid, 'patience');
    await control.waitForCalls({ bot: bot.id, fault });
    await settled(user, TELEGRAM);
    assert.ok(!user.stanzas.some(receipt(id)));
    await user.waitFor(receipt(id));
    assert.deepEqual(await world.heard(bot, anna, 1), ['patience']);
  });

  scene('R25', 'a wait of more than 30 s is told at once, in the chat, once; and can be cancelled', async (world) => {
    const { user, bot, jid } = await world.telegramUser();
    const description = 'Too Many Requests: retry after 90';
    const effect = { kind: 'error', code: 429, description, retry_after: 90 } as const;
    await world.telegram.control.addFault({ bot: bot.id, method: 'sendMessage', effect });
    const id = await write(user, jid, 'waits', { 'xml:lang': 'de' });
    const behind = await write(user, jid, 'waits too', { 'xml:lang': 'de' });
    const notice = await user.waitFor((stanza) => /Nachrichten warten/.test(stanza.getChildText('body') ?? ''));
    assert.equal(notice.attrs['from'], jid);
    assert.match(await chat(user, TELEGRAM, 'cancel', { 'xml:lang': 'en' }), /cancelled: 2/);
    for (const each of [id, behind]) {
      const error = told(await user.waitFor(errorFor(each)));
      assert.equal(error.error, 'cancel undefined-condition cancelled');
      assert.match(error.text, /abgebrochen/);
    }
    assert.equal(user.bodies(jid).filter((body) => /warten/.test(body)).length, 1);
  });

  scene(
    'R25',
    'an answer that is lost after the work was done: sent again, as configured, one receipt',
    async (world) => {
      const { user, bot, anna, jid } = await world.telegramUser();
      await world.telegram.control.addFault({ bot: bot.id, method: 'sendMessage', effect: { kind: 'drop-after' } });
      const id = await deliver(user, jid, 'twice');
      assert.deepEqual(await world.heard(bot, anna, 2), ['twice', 'twice']);
      await deliver(user, jid, 'after');
      assert.equal(user.stanzas.filter(receipt(id)).length, 1);
    },
  );

  scene(
    'R12, R19, R25',
    'a revoked token parks the account: error presence, one notice; a new log-in resumes',
    async (world) => {
      const { user, bot, anna, jid } = await world.telegramUser({ resource: 'desk' });
      const phone = await world.login(user.bare.split('@')[0], { resource: 'phone' });
      await settled(phone, TELEGRAM);
      const { token } = await world.telegram.control.revokeToken({ bot: bot.id });
      const first = await write(user, jid, 'waits for me');
      for (const device of [user, phone]) {
        await device.waitFor(presence(TELEGRAM, 'unavailable'));
        const error = told(await device.waitFor(presence(TELEGRAM, 'error')));
        assert.equal(error.error, 'auth not-authorized auth-lost');
      }
      await user.waitFor((stanza) => /logged you out/.test(stanza.getChildText('body') ?? ''));
      await user.waitFor(presence(jid, 'unavailable'));
      const second = await write(user, jid, 'and me');
      assert.match(await chat(user, TELEGRAM, 'status'), /Logged out by the network/);
      assert.ok(![first, second].some((id) => user.stanzas.some(errorFor(id)) || user.stanzas.some(receipt(id))));
      assert.equal(user.bodies(TELEGRAM).filter((body) => /Your messages wait/.test(body)).length, 1);

      const before = user.stanzas.length;
      const answer = await register(user, TELEGRAM, { token });
      assert.equal(answer.attrs['type'], 'result', answer.toString());
      for (const id of [first, second]) await user.waitFor(receipt(id));
      await user.waitFor(presence(TELEGRAM, undefined), { after: before });
      await user.waitFor(presence(jid, undefined), { after: before });
      assert.deepEqual(await world.heard(bot, anna, 2), ['waits for me', 'and me']);
    },
  );

  scene('R12', 'the session lives while the user is away: his server keeps what comes for him', async (world) => {
    const { user, bot, anna } = await world.telegramUser();
    const bystander = await world.telegramUser();
    const name = user.bare.split('@')[0];
    await user.send(x('presence', { type: 'unavailable' }));
    // The server has taken note before it answers.
    await user.iq('get', undefined, x('ping', { xmlns: 'urn:xmpp:ping' }));
    await user.close();
    for (const text of ['one', 'two', 'three'])
      await world.telegram.control.sendText({ bot: bot.id, user: anna.id, text });
    await world.telegram.control.waitForConfirmed({ bot: bot.id });
    // What comes after on the same stream has passed it: all three are the server's now.
    await deliver(bystander.user, bystander.jid, 'after');
    const again = await world.login(name);
    await again.body('three');
    assert.deepEqual(again.bodies(`${anna.id}@${TELEGRAM}`), ['one', 'two', 'three']);
    const stamped = again.stanzas.filter((stanza) => stanza.getChild('delay', NS.delay));
    assert.ok(stamped.length >= 3);
  });

  scene('R27', 'what the network says twice is shown once; equal texts are two messages', async (world) => {
    const { user, bot, anna, jid } = await world.telegramUser();
    const { control } = world.telegram;
    const from = { bot: bot.id, user: anna.id };
    const { message } = await control.sendText({ ...from, text: 'once' });
    await user.body('once');
    await control.pushUpdate({ bot: bot.id, update: { message: { ...message } } });
    await control.sendText({ ...from, text: 'same' });
    await control.sendText({ ...from, text: 'same' });
    await control.sendText({ ...from, text: 'end' });
    await user.body('end');
    assert.deepEqual(user.bodies(jid), ['/start', 'once', 'same', 'same', 'end']);
    const ids = user.stanzas.filter((stanza) => stanza.attrs['from'] === jid && stanza.getChild('body'));
    assert.equal(new Set(ids.map(({ attrs }) => attrs['id'])).size, ids.length);
  });

  scene('R20, R27', 'message ids that begin again lower down do not hide messages', async (world) => {
    const { user, bot, anna, jid } = await world.telegramUser();
    const { control } = world.telegram;
    const from = { bot: bot.id, user: anna.id };
    await control.sendText({ ...from, text: 'before' });
    await user.body('before');
    await control.restartMessageIds({ bot: bot.id, next: 1 });
    await control.advanceClock({ ms: 5_000 });
    await control.sendText({ ...from, text: 'after' });
    await user.body('after');
    assert.deepEqual(user.bodies(jid), ['/start', 'before', 'after']);
  });

  scene(
    'R16, R22',
    'a person who writes first is in the contact list, or asks to be, before he is read',
    async (world) => {
      const { user, bot } = await world.telegramUser();
      const eve = await world.person(bot, 'Eve');
      const jid = `${eve.id}@${TELEGRAM}`;
      await befriend(user, jid);
      const roster = await user.iq('get', undefined, x('query', { xmlns: 'jabber:iq:roster' }));
      const item = roster
        .getChild('query')
        ?.getChildren('item')
        .find(({ attrs }) => attrs['jid'] === jid);
      assert.equal(item?.attrs['subscription'], 'both', String(roster));
      await deliver(user, jid, 'welcome');
    },
  );

  scene('R7, R25', 'several accounts of several users at once keep their chats apart', async (world) => {
    const users = [await world.telegramUser(), await world.telegramUser(), await world.telegramUser()];
    await Promise.all(
      users.map(async ({ user, bot, anna, jid }, index) => {
        for (let count = 0; count < 4; count++) {
          await deliver(user, jid, `${index}/${count}`);
          await world.telegram.control.sendText({ bot: bot.id, user: anna.id, text: `${count} of ${index}` });
          await user.body(`${count} of ${index}`);
        }
      }),
    );
    for (const [index, { bot, anna }] of users.entries())
      assert.deepEqual(
        await world.heard(bot, anna, 4),
        [0, 1, 2, 3].map((count) => `${index}/${count}`),
      );
  });

  scene('R8', 'a log-in again over a session that lives changes nothing for the user', async (world) => {
    const { user, bot, jid } = await world.telegramUser();
    await enrol(user, TELEGRAM, { token: bot.token });
    await deliver(user, jid, 'still here');
  });
});
