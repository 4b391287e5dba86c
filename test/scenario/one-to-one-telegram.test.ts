// A chat with one person on Telegram by bot: what is done to a message at one end is done to it at the other.
import assert from 'node:assert/strict';
import { x } from '../../src/xmpp/stanza.ts';
import type { LogEntry, MessageView } from '../fake/telegram/control-api.ts';
import { act, holding, reacting, reactions, replacing, retracting, URN } from './deeds.ts';
import { errorFor, NS, receipt, scenes, told, write, type TelegramUser, type World } from './support.ts';

const HOUR_MS = 3_600_000;

/** So many messages of Telegram's, and the text that becomes them. */
const parts = (letter: string, count: number): readonly string[] => Array<string>(count).fill(letter.repeat(4_000));
const long = (letter: string, count: number): string => parts(letter, count).join('\n\n');

/** One chat, and both ends of it. */
class Talk {
  readonly #world: World;
  readonly #there: TelegramUser;

  private constructor(world: World, there: TelegramUser) {
    this.#world = world;
    this.#there = there;
  }

  static async begin(world: World): Promise<Talk> {
    return new Talk(world, await world.telegramUser());
  }

  get user() {
    return this.#there.user;
  }

  get jid(): string {
    return this.#there.jid;
  }

  get control() {
    return this.#world.telegram.control;
  }

  /** Anna's chat with the bot. */
  get place() {
    return { bot: this.#there.bot.id, user: this.#there.anna.id };
  }

  /** What Anna's app shows now, but for her own /start. */
  async shown(): Promise<readonly MessageView[]> {
    const { bot, user: chat } = this.place;
    return (await this.control.messages({ bot, chat })).slice(1);
  }

  async texts(): Promise<readonly string[]> {
    return (await this.shown()).map(({ message }) => message.text ?? '');
  }

  /** Writes, and resolves when Telegram has accepted it: the id here, and the message there. */
  async say(
    body: string,
    ...more: Parameters<typeof act>[2][]
  ): Promise<{ readonly id: string; readonly entry: LogEntry }> {
    const id = await write(this.user, this.jid, body, {}, ...more);
    await this.user.waitFor(receipt(id));
    const { bot, user: chat } = this.place;
    const entry = (await this.control.log({ bot, chat, direction: 'from-bot' })).at(-1);
    assert.ok(entry);
    return { id, entry };
  }

  /** Does something without words; resolves with the call of Telegram's API that came of it. */
  async act(method: string, ...children: Parameters<typeof act>[2][]) {
    const { bot } = this.place;
    const before = (await this.control.calls({ bot, method, done: true })).length;
    await act(this.user, this.jid, ...children);
    return (await this.control.waitForCalls({ bot, method, done: true, count: before + 1 })).at(-1)?.params ?? {};
  }

  /** Does what cannot be done; resolves with what the error says. */
  async refused(...children: Parameters<typeof act>[2][]): Promise<{ readonly error: string; readonly text: string }> {
    const id = await act(this.user, this.jid, ...children);
    return told(await this.user.waitFor(errorFor(id)));
  }
}

scenes({}, (scene) => {
  scene('R26', 'styling becomes entities', async (world) => {
    const talk = await Talk.begin(world);
    const { entry } = await talk.say('*bold* and _italic_, ~gone~, `code`\n```\nlet x = 1;\n```');
    assert.equal(entry.text, 'bold and italic, gone, code\nlet x = 1;');
    assert.deepEqual(entry.message.entities, [
      { type: 'bold', offset: 0, length: 4 },
      { type: 'italic', offset: 9, length: 6 },
      { type: 'strikethrough', offset: 17, length: 4 },
      { type: 'code', offset: 23, length: 4 },
      { type: 'pre', offset: 28, length: 10 },
    ]);
    const plain = await talk.say('2 *3* 4', x('unstyled', { xmlns: URN.styling }));
    assert.deepEqual([plain.entry.text, plain.entry.message.entities], ['2 *3* 4', undefined]);
  });

  scene('R26', 'entities become styling; a link shows where it leads, mark-up that is none says so', async (world) => {
    const { user, control, place } = await Talk.begin(world);
    const entities = [
      { type: 'bold', offset: 3, length: 4 },
      { type: 'code', offset: 8, length: 4 },
    ];
    await control.sendText({ ...place, text: '🌙 bold code', entities });
    assert.equal((await user.body('🌙 *bold* `code`')).getChild('unstyled', URN.styling), undefined);
    const link = { type: 'text_link', offset: 0, length: 4, url: 'https://example.org/' };
    await control.sendText({ ...place, text: 'here', entities: [link] });
    await user.body('here <https://example.org/>');
    await control.sendText({ ...place, text: '*plain*' });
    assert.ok((await user.body('*plain*')).getChild('unstyled', URN.styling));
    await control.sendText({ ...place, text: 'he dies', entities: [{ type: 'spoiler', offset: 0, length: 7 }] });
    assert.ok((await user.body('he dies')).getChild('spoiler', URN.spoiler));
  });

  scene('R26', 'an answer names what it answers, there and here', async (world) => {
    const talk = await Talk.begin(world);
    const { user, jid, control, place } = talk;
    const { message: asked } = await control.sendText({ ...place, text: 'Are you there?' });
    const question = (await user.body('Are you there?')).attrs['id'];
    const { id, entry } = await talk.say(
      '> Are you there?\nI am.',
      x('reply', { xmlns: URN.reply, to: jid, id: question }),
      x('fallback', { xmlns: URN.fallback, for: URN.reply }, x('body', { start: '0', end: '17' })),
    );
    assert.equal(entry.text, 'I am.');
    assert.equal(entry.message.reply_to_message?.message_id, asked.message_id);
    await control.sendText({ ...place, text: 'Good.', reply_to: entry.message_id });
    const answer = await user.body('> I am.\nGood.');
    assert.deepEqual(
      [answer.getChild('reply', URN.reply)?.attrs['id'], answer.getChild('reply', URN.reply)?.attrs['to']],
      [id, user.bare],
    );
    const range = answer.getChild('fallback', URN.fallback)?.getChild('body')?.attrs;
    assert.deepEqual([range?.['start'], range?.['end']], ['0', '8']);
  });

  scene('R26', 'the last message and an older one are corrected there', async (world) => {
    const talk = await Talk.begin(world);
    const first = await talk.say('helo');
    const second = await talk.say('wrold');
    await talk.say('*world*', replacing(second.id));
    await talk.say('hello', replacing(first.id));
    await talk.say('hello again', replacing(first.id));
    await talk.say('hello again', replacing(first.id));
    const shown = await talk.shown();
    assert.deepEqual(
      shown.map(({ message }) => [message.message_id, message.text]),
      [
        [first.entry.message_id, 'hello again'],
        [second.entry.message_id, 'world'],
      ],
    );
    assert.deepEqual(shown[1]?.message.entities, [{ type: 'bold', offset: 0, length: 5 }]);
  });

  scene('R26', 'her last message and an older one are corrected here', async (world) => {
    const { user, control, place } = await Talk.begin(world);
    const ids: [number, string | undefined][] = [];
    for (const text of ['helo', 'wrold']) {
      const { message } = await control.sendText({ ...place, text });
      ids.push([message.message_id, (await user.body(text)).attrs['id']]);
    }
    for (const [index, text] of [
      [1, 'world'],
      [0, 'hello'],
      [0, 'hello again'],
    ] as const) {
      const [message_id, id] = ids[index] ?? [0];
      await control.editMessage({ ...place, message_id, text });
      assert.equal((await user.body(text)).getChild('replace', URN.correct)?.attrs['id'], id);
    }
  });

  scene('R26', 'a long text stays one message: corrected it has more parts, or fewer', async (world) => {
    const talk = await Talk.begin(world);
    const { id } = await talk.say(long('a', 2));
    assert.deepEqual(await talk.texts(), parts('a', 2));
    await talk.say(long('b', 3), replacing(id));
    assert.deepEqual(await talk.texts(), parts('b', 3));
    await talk.say('short', replacing(id));
    assert.deepEqual(await talk.texts(), ['short']);
  });

  scene('R26', 'a reaction to a long text is at its first part; taken back it goes with all parts', async (world) => {
    const talk = await Talk.begin(world);
    const { id } = await talk.say(long('a', 2));
    const ids = (await talk.shown()).map(({ message }) => `${message.message_id}`);
    assert.equal((await talk.act('setMessageReaction', reacting(id, '👍')))['message_id'], ids[0]);
    await act(talk.user, talk.jid, retracting(id));
    const wanted = { bot: talk.place.bot, method: 'deleteMessage', done: true, count: 2 };
    const gone = (await talk.control.waitForCalls(wanted)).map(({ params }) => params['message_id']);
    assert.deepEqual(new Set(gone), new Set(ids));
    assert.deepEqual(await talk.texts(), []);
  });

  scene('R26', 'a message that is taken back is deleted there', async (world) => {
    const talk = await Talk.begin(world);
    await talk.say('keep');
    const { id, entry } = await talk.say('drop');
    const { message_id } = await talk.act('deleteMessage', retracting(id), x('body', {}, 'deleted'));
    assert.equal(message_id, `${entry.message_id}`);
    assert.deepEqual(await talk.texts(), ['keep']);
  });

  scene('R26', 'one reaction of the list is left there, another replaces it, none takes it away', async (world) => {
    const talk = await Talk.begin(world);
    const { user, control, place } = talk;
    const { message } = await control.sendText({ ...place, text: 'hello' });
    const id = (await user.body('hello')).attrs['id'] ?? '';
    for (const [emojis, there] of [
      [['👍'], ['👍']],
      [['❤️'], ['❤']],
      [[], []],
    ]) {
      const { message_id } = await talk.act('setMessageReaction', reacting(id, ...(emojis ?? [])));
      assert.equal(message_id, `${message.message_id}`);
      const left = (await talk.shown())[0]?.reactions[place.bot] ?? [];
      assert.deepEqual(
        left,
        there?.map((emoji) => ({ type: 'emoji', emoji })),
      );
    }
  });

  scene('R26 R19', 'a reaction that Telegram does not take comes back as an error with words', async (world) => {
    const talk = await Talk.begin(world);
    await talk.control.sendText({ ...talk.place, text: 'hello' });
    const id = (await talk.user.body('hello')).attrs['id'] ?? '';
    for (const emojis of [['🦖'], ['👍', '🎉']]) {
      const { error, text } = await talk.refused(reacting(id, ...emojis));
      assert.equal(error, 'cancel feature-not-implemented unsupported');
      assert.match(text, /cannot be done on this network/);
    }
    assert.deepEqual(await talk.control.calls({ bot: talk.place.bot, method: 'setMessageReaction' }), []);
  });

  scene('R26', 'her reactions are a set here, and a later one replaces it', async (world) => {
    const talk = await Talk.begin(world);
    const { user, jid, control, place } = talk;
    const { id, entry } = await talk.say('hello');
    for (const emojis of [['👍'], ['🎉'], []]) {
      const before = user.stanzas.length;
      await control.react({ ...place, message_id: entry.message_id, reaction: emojis });
      const back = await user.waitFor((stanza) => reactions(stanza) !== undefined, { after: before });
      assert.equal(back.attrs['from'], jid);
      assert.equal(back.getChild('reactions')?.attrs['id'], id);
      assert.deepEqual(reactions(back), emojis);
    }
    const { message } = await control.sendText({ ...place, text: 'mine' });
    const own = (await user.body('mine')).attrs['id'];
    await control.react({ ...place, message_id: message.message_id, reaction: ['🔥'] });
    assert.deepEqual(reactions(await holding(user, jid, 'reactions', URN.reactions, own)), ['🔥']);
  });

  scene('R26', 'she sees that somebody types', async (world) => {
    const talk = await Talk.begin(world);
    const params = await talk.act('sendChatAction', x('composing', { xmlns: URN.states }));
    assert.deepEqual(params, { chat_id: `${talk.place.user}`, action: 'typing' });
    await act(talk.user, talk.jid, x('paused', { xmlns: URN.states }));
  });

  scene('R26 R6', 'a contact announces what a bot can do, and not that she reads or types', async (world) => {
    const { user, jid } = await Talk.begin(world);
    const features = (await user.iq('get', jid, x('query', { xmlns: NS.info }))).getChild('query');
    const named = features?.getChildren('feature').map(({ attrs }) => attrs['var']) ?? [];
    for (const ns of [URN.correct, URN.retract, URN.reactions, URN.reply]) assert.ok(named.includes(ns), ns);
    assert.ok(!named.includes(URN.markers));
  });

  // The last one: the fake's clock is that of all of them.
  scene('R26 R19', 'after two days a message cannot be taken back any more, but still be corrected', async (world) => {
    const talk = await Talk.begin(world);
    const { id } = await talk.say('old');
    await talk.control.advanceClock({ ms: 48 * HOUR_MS });
    const { error, text } = await talk.refused(retracting(id));
    assert.equal(error, 'cancel not-allowed expired');
    assert.match(text, /too late/);
    await talk.say('old and mended', replacing(id));
    assert.deepEqual(await talk.texts(), ['old and mended']);
  });
});
