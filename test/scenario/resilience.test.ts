// Gateway and servers that die in the middle of a conversation, and users who are not there: nothing accepted is lost.
import assert from 'node:assert/strict';
import { x } from '../../src/xmpp/stanza.ts';
import {
  command,
  deliver,
  errorFor,
  NS,
  presence,
  receipt,
  scenes,
  settled,
  TELEGRAM,
  told,
  write,
  type World,
} from './support.ts';

/** So many messages of the user are on disk and wait. */
async function waiting(world: World, user: Parameters<typeof command>[0], count: number): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    const { text } = await command(user, TELEGRAM, 'status', 'en');
    if (text.includes(`Waiting to be sent: ${count}.`)) return;
  }
  throw new Error(`never were ${count} messages waiting: ${world.gateway.log().slice(-500)}`);
}

scenes({ onUncertain: 'tell' }, (scene) => {
  scene(
    'R5b, R25',
    'killed in the middle: what was accepted goes out once, what is uncertain is told so',
    async (world) => {
      const { user, bot, anna, jid } = await world.telegramUser();
      const { control } = world.telegram;
      await deliver(user, jid, 'before');
      await control.addFault({ bot: bot.id, method: 'sendMessage', effect: { kind: 'hold', work: 'after' } });
      const under = await write(user, jid, 'under way', { 'xml:lang': 'de' });
      const queued = [await write(user, jid, 'queued 1'), await write(user, jid, 'queued 2')];
      await waiting(world, user, 3);
      await world.gateway.kill();
      await control.clearFaults({});
      await control.sendText({ bot: bot.id, user: anna.id, text: 'while you were away' });
      await world.gateway.restart();
      for (const id of queued) await user.waitFor(receipt(id));
      const error = told(await user.waitFor(errorFor(under)));
      assert.equal(error.error, 'wait remote-server-timeout uncertain');
      assert.match(error.text, /kann angekommen sein oder nicht/);
      await user.body('while you were away');
      const heard = await world.heard(bot, anna, 3);
      assert.deepEqual(
        heard.filter((text) => text !== 'under way'),
        ['before', 'queued 1', 'queued 2'],
      );
      await deliver(user, jid, 'after');
      assert.equal(user.bodies(jid).filter((body) => body === 'while you were away').length, 1);
    },
  );

  scene(
    'R19, R25',
    'an answer lost after sending, where that is to be told: uncertain, and not sent again',
    async (world) => {
      const { user, bot, anna, jid } = await world.telegramUser();
      await world.telegram.control.addFault({ bot: bot.id, method: 'sendMessage', effect: { kind: 'drop-after' } });
      const id = await write(user, jid, 'perhaps');
      const stanza = await user.waitFor(errorFor(id));
      assert.equal(told(stanza).error, 'wait remote-server-timeout uncertain');
      assert.ok(stanza.getChild('error')?.getChild('uncertain', NS.error));
      await deliver(user, jid, 'after');
      assert.deepEqual(await world.heard(bot, anna, 2), ['perhaps', 'after']);
    },
  );

  scene('R12, R25', 'killed again and again while both sides write: each text once, in order', async (world) => {
    const { user, bot, anna, jid } = await world.telegramUser();
    const { control } = world.telegram;
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 4; index++) {
        await control.sendText({ bot: bot.id, user: anna.id, text: `in ${round}.${index}` });
        if (index === 1) await world.gateway.kill();
      }
      await world.gateway.restart();
      await user.body(`in ${round}.3`);
      await deliver(user, jid, `out ${round}`);
    }
    const expected = [0, 1, 2].flatMap((round) => [0, 1, 2, 3].map((index) => `in ${round}.${index}`));
    const shown = user.stanzas.filter(({ attrs, name }) => name === 'message' && attrs['from'] === jid);
    const once = new Map(shown.map((stanza) => [stanza.attrs['id'], stanza.getChildText('body')]));
    // A message that was not fenced goes again with its id: a client shows it once (R27).
    assert.deepEqual(
      [...once.values()].filter((body) => body?.startsWith('in ')),
      expected,
    );
    assert.deepEqual(await world.heard(bot, anna, 3), ['out 0', 'out 1', 'out 2']);
  });

  scene(
    'R5a, R27',
    'the server is killed and comes back: what was sent meanwhile arrives, known by its id',
    async (world) => {
      const { user, bot, anna, jid } = await world.telegramUser();
      const { control } = world.telegram;
      const name = user.bare.split('@')[0];
      await deliver(user, jid, 'before');
      const from = { bot: bot.id, user: anna.id };
      await control.sendText({ ...from, text: 'one' });
      await user.body('one');
      await world.server.kill();
      for (const text of ['two', 'three']) await control.sendText({ ...from, text });
      await world.server.restart();
      const again = await world.login(name);
      await again.body('three', { ms: 30_000 });
      const messages = [...user.stanzas, ...again.stanzas].filter(
        (stanza) => stanza.attrs['from'] === jid && stanza.getChild('body') !== undefined,
      );
      const shown = new Map(messages.map((stanza) => [stanza.attrs['id'], stanza.getChildText('body')]));
      assert.deepEqual([...shown.values()], ['/start', 'one', 'two', 'three']);
      await again.waitFor(presence(TELEGRAM, undefined), { ms: 30_000 });
      await deliver(again, jid, 'after');
    },
  );

  scene(
    'R5b, R12',
    'stopped in good order: what waits goes on after the start, and its receipt comes',
    async (world) => {
      const { user, bot, anna, jid } = await world.telegramUser();
      const { control } = world.telegram;
      const effect = {
        kind: 'error',
        code: 429,
        description: 'Too Many Requests: retry after 2',
        retry_after: 2,
      } as const;
      const fault = await control.addFault({ bot: bot.id, method: 'sendMessage', effect });
      const id = await write(user, jid, 'later');
      await control.waitForCalls({ bot: bot.id, fault });
      await world.gateway.shutdown();
      await control.sendText({ bot: bot.id, user: anna.id, text: 'meanwhile' });
      await world.gateway.restart();
      await user.waitFor(receipt(id));
      await user.body('meanwhile');
      assert.deepEqual(await world.heard(bot, anna, 1), ['later']);
    },
  );
});

scenes({ server: { offline: 'none' } }, (scene) => {
  scene(
    'R12, R25',
    'a server that keeps nothing: what bounced comes when the user is back, with its time',
    async (world) => {
      const { user, bot, anna, jid } = await world.telegramUser();
      const name = user.bare.split('@')[0];
      await user.send(x('presence', { type: 'unavailable' }));
      await settled(user, TELEGRAM);
      await user.close();
      const { control } = world.telegram;
      const texts = ['one', 'two', 'three'];
      for (const text of texts) await control.sendText({ bot: bot.id, user: anna.id, text });
      await bounced(world, 1);
      const again = await world.login(name);
      await again.body('three');
      await settled(again, TELEGRAM);
      assert.deepEqual(again.bodies(jid), texts);
      // What bounced bears its time; what stood behind it was only a moment late.
      const stamp = (await again.body('one')).getChild('delay', NS.delay)?.attrs['stamp'];
      assert.ok(stamp !== undefined && Math.abs(Date.parse(stamp) - Date.now()) < 60_000, stamp);
      await control.sendText({ bot: bot.id, user: anna.id, text: 'at once' });
      const live = await again.body('at once');
      assert.equal(live.getChild('delay', NS.delay), undefined);
    },
  );
});

/** The gateway has logged so many bounces. */
async function bounced(world: World, count: number): Promise<void> {
  const lines = (): number => world.gateway.log().split('a delivery bounced').length - 1;
  while (lines() < count) await world.gateway.health();
}
