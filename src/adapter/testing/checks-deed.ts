// Checks of what the other user does besides writing: edits, retractions, reactions, reading, typing.
import assert from 'node:assert/strict';
import type { LogEvent } from '../api.ts';
import type { Check } from './check.ts';
import type { TestLink } from './link.ts';
import type { Stage } from './stage.ts';

type Kind = 'edit' | 'retract' | 'react' | 'read';
type EventOf<K extends Kind> = Extract<LogEvent, { readonly type: K }>;

export const deedChecks: readonly Check[] = [
  {
    name: 'events: every edit is an event of its own, after its message',
    async run(stage) {
      const { link } = await stage.connect();
      const edit = stage.friend('edit');
      await stage.say('fist');
      const id = await idOf(stage, link, 'fist');
      await edit('fist', 'first');
      await edit('first', 'fist again');
      await edit('fist again', 'first');
      const edits = await events(stage, link, 'edit', 3);
      const words = edits.map(({ content }) => content.text);
      assert.deepEqual(words, ['first', 'fist again', 'first'], 'three edits, in order, the last like the first');
      for (const { target, from } of edits) assert.deepEqual([target, from], [id, stage.network.chat.id]);
      await keptTheContract(stage);
    },
  },
  {
    name: 'events: an edit has the same key when it comes again',
    async run(stage) {
      const { link } = await stage.connect();
      const edit = stage.friend('edit');
      await stage.say('fist');
      await idOf(stage, link, 'fist');
      link.commits('hold');
      await edit('fist', 'first');
      await asked(link);
      await link.close();
      const later = await stage.connect();
      await asked(later.link);
      assert.deepEqual(keysOf(later.link), keysOf(link), 'one edit, one key');
    },
  },
  {
    name: 'events: a message that is taken back is named',
    async run(stage) {
      const { link } = await stage.connect();
      const retract = stage.friend('retract');
      await stage.say('stays', 'goes');
      const id = await idOf(stage, link, 'goes');
      await retract('goes');
      const [retraction] = await events(stage, link, 'retract', 1);
      assert.equal(retraction?.target, id);
      await keptTheContract(stage);
    },
  },
  {
    name: 'events: a reaction is the full set of its author, and may come back',
    async run(stage) {
      const { link } = await stage.connect();
      const react = stage.friend('react');
      const [one, other] = stage.network.friend?.emojis ?? ['👍', '👎'];
      const sent = (await stage.send(link, 'like it?')) as { readonly id?: string };
      for (const emojis of [[one], [other], [one], []]) await react('like it?', emojis);
      const reactions = await events(stage, link, 'react', 4);
      assert.deepEqual(
        reactions.map(({ emojis }) => emojis),
        [[one], [other], [one], []],
        'four sets, in order, the third like the first',
      );
      for (const { target, from } of reactions) assert.deepEqual([target, from], [sent.id, stage.network.chat.id]);
      await keptTheContract(stage);
    },
  },
  {
    name: 'events: that he has read comes, with how far',
    async run(stage) {
      const { link } = await stage.connect();
      const read = stage.friend('read');
      const sent = (await stage.send(link, 'read this')) as { readonly id?: string };
      await read('read this');
      const [mark] = await events(stage, link, 'read', 1);
      assert.deepEqual([mark?.upTo, mark?.from], [sent.id, stage.network.chat.id]);
      await keptTheContract(stage);
    },
  },
  {
    name: 'hints: that he types comes, and that he has stopped',
    async run(stage) {
      const { link } = await stage.connect();
      const type = stage.friend('type');
      const { chat } = stage.network;
      for (const on of [true, false]) {
        // Hints may be lost, so he goes on until one has come.
        await stage.eventually(async () => {
          await type(on);
          return link.hints.some((hint) => hint.type === 'typing' && hint.on === on);
        }, `a hint that typing is ${on}`);
      }
      for (const hint of link.hints)
        if (hint.type === 'typing') assert.deepEqual([hint.chat, hint.from], [chat, chat.id]);
    },
  },
];

/** Waits until the account has so many events of a kind, and returns all of them. */
async function events<K extends Kind>(stage: Stage, link: TestLink, kind: K, count: number): Promise<EventOf<K>[]> {
  const { log } = await stage.account();
  const found = (): EventOf<K>[] => log.filter((event): event is EventOf<K> => event.type === kind);
  await link.until(() => found().length >= count, `${count} events of the type '${kind}', not ${found().length}`);
  return found();
}

async function idOf(stage: Stage, link: TestLink, text: string): Promise<string | undefined> {
  const { log } = await stage.account();
  const find = (): LogEvent | undefined => log.find((event) => event.type === 'message' && event.content.text === text);
  await link.until(() => find() !== undefined, `the message "${text}" comes`);
  const said = find();
  return said?.type === 'message' ? said.id : undefined;
}

const keysOf = (link: TestLink): readonly string[] => [
  ...new Set(
    link.asked.flatMap(({ events = [] }) => events.flatMap((event) => (event.type === 'edit' ? [event.key] : []))),
  ),
];
const asked = (link: TestLink): Promise<void> =>
  link.until(() => keysOf(link).length > 0, 'commit() is called with it');

async function keptTheContract(stage: Stage): Promise<void> {
  assert.deepEqual((await stage.account()).faults, []);
}
