// Checks of what is done to messages from the XMPP side: edits, retractions, reactions, reading, typing.
import assert from 'node:assert/strict';
import type { Session } from '../api.ts';
import type { Check } from './check.ts';
import type { TestLink } from './link.ts';
import { NotApplicable, caught, faultOf } from './stage.ts';
import type { Stage } from './stage.ts';

export const changeChecks: readonly Check[] = [
  {
    name: 'edit: shows the new words in place of the old, the last message or an older one',
    async run(stage) {
      const { link } = await stage.connect();
      const edit = method(link, 'edit');
      const [older, newer] = [await sent(stage, link, 'older'), await sent(stage, link, 'newer')];
      await edit(stage.network.chat, older, { text: 'older, mended' }, stage.delivery());
      await stage.shows(['older, mended', 'newer'], 'the older message has new words');
      await edit(stage.network.chat, newer, { text: 'newer, mended' }, stage.delivery());
      await edit(stage.network.chat, newer, { text: 'newer, mended twice' }, stage.delivery());
      await stage.shows(['older, mended', 'newer, mended twice'], 'each has its newest words, and nothing is new');
    },
  },
  {
    name: 'edit: a message that does not exist is rejected',
    async run(stage) {
      const { link } = await stage.connect();
      const edit = method(link, 'edit');
      const id = await sent(stage, link, 'here');
      const error = await caught(edit(stage.network.chat, `${id}000`, { text: 'not here' }, stage.delivery()));
      faultOf(error, 'rejected');
      await stage.shows(['here'], 'nothing else was changed');
    },
  },
  {
    name: 'retract: takes away the one message that was named',
    async run(stage) {
      const { link } = await stage.connect();
      const retract = method(link, 'retract');
      await sent(stage, link, 'stays');
      const id = await sent(stage, link, 'goes');
      await sent(stage, link, 'stays too');
      await retract(stage.network.chat, id, stage.delivery());
      await stage.shows(['stays', 'stays too'], 'the others are still there');
    },
  },
  {
    name: 'react: leaves the full set, and takes it away',
    async run(stage) {
      const { link } = await stage.connect();
      const react = method(link, 'react');
      const { chat, friend } = stage.network;
      const [one, other] = friend?.emojis ?? ['👍', '👎'];
      const reactions = stage.sees('reactions');
      const id = await heard(stage, link, 'what do you think?');
      for (const emojis of [[one], [other], []]) {
        await react(chat, id, emojis, stage.delivery());
        const same = async (): Promise<boolean> =>
          [...(await reactions('what do you think?'))].join() === emojis.join();
        await stage.eventually(same, `the other user sees exactly ${emojis.join() || 'no reaction'}`);
      }
    },
  },
  {
    name: 'read: marks what was read',
    async run(stage) {
      const { link } = await stage.connect();
      const read = method(link, 'read');
      const seen = stage.sees('read');
      const id = await heard(stage, link, 'read this');
      await read(stage.network.chat, id, stage.delivery());
      await stage.eventually(() => seen('read this'), 'the other user sees that it was read');
    },
  },
  {
    name: 'typing: is seen, and its end',
    async run(stage) {
      const { link } = await stage.connect();
      const typing = method(link, 'typing');
      const seen = stage.sees('typing');
      typing(stage.network.chat, true);
      await stage.eventually(seen, 'the other user sees that the account types');
      typing(stage.network.chat, false);
      await stage.eventually(async () => !(await seen()), 'the other user sees that the account has stopped');
    },
  },
  {
    name: 'resend: a change that is sent twice is as good as once',
    async run(stage) {
      const { link } = await stage.connect();
      const { session } = link;
      if (!session?.edit && !session?.retract) throw new NotApplicable('there is neither edit() nor retract()');
      const { chat } = stage.network;
      const [edited, gone] = [await sent(stage, link, 'first words'), await sent(stage, link, 'gone')];
      for (const attempt of [1, 2]) {
        const again = { attempt, token: `twice${'a'.repeat(21)}` };
        await session.edit?.(chat, edited, { text: 'last words' }, stage.delivery(again));
      }
      for (const attempt of [1, 2]) {
        await session.retract?.(chat, gone, stage.delivery({ attempt, token: `again${'a'.repeat(21)}` }));
      }
      const left = [session.edit ? 'last words' : 'first words', ...(session.retract ? [] : ['gone'])];
      await stage.shows(left, 'the second attempt settles like the first');
    },
  },
];

type Change = 'edit' | 'retract' | 'react' | 'read' | 'typing';

/** A method of the session; a check of one that is not there does not apply. */
function method<K extends Change>({ session }: TestLink, name: K): NonNullable<Session[K]> {
  const found = session?.[name];
  if (!found) throw new NotApplicable(`there is no ${name}()`);
  return found.bind(session) as NonNullable<Session[K]>;
}

/** Sends a text; its id, without which nothing can be done to it. */
async function sent(stage: Stage, link: TestLink, text: string): Promise<string> {
  const { id } = (await stage.send(link, text)) as { readonly id?: string };
  assert.ok(id, 'send() names the message: the session has methods that need its id');
  return id;
}

/** The other user writes; the id under which it was committed. */
async function heard(stage: Stage, link: TestLink, text: string): Promise<string> {
  const account = await stage.account();
  await stage.say(text);
  await stage.hears(link, [text], 'the message comes');
  const said = account.log.find((event) => event.type === 'message' && event.content.text === text);
  assert.ok(
    said?.type === 'message' && said.id,
    'a message event has an id, where the session has methods that need it',
  );
  return said.id;
}
