// Checks of the way in: order, durability before confirmation, keys, cursors, and a connection that breaks.
import assert from 'node:assert/strict';
import { AdapterError } from '../api.ts';
import type { AnyBatch } from './account.ts';
import { textsIn } from './account.ts';
import type { Check } from './check.ts';
import { NotApplicable, faultOf } from './stage.ts';
import type { Stage } from './stage.ts';
import type { TestLink } from './link.ts';

const awkward = ['plain', 'two\nlines', 'ünï – 漢字 – עברית – 👩‍👩‍👧', '<b>&amp;</b> *not* _mark_ `up` [x](y)'];

export const eventChecks: readonly Check[] = [
  {
    name: 'events: reach commit in the order of the network',
    async run(stage) {
      const { link } = await stage.connect();
      const texts = Array.from({ length: 20 }, (_, index) => `message ${index + 1}`);
      await stage.say(...texts);
      await stage.hears(link, texts, 'all that was said, in order');
    },
  },
  {
    name: 'events: say exactly what was said, and keep the contract',
    async run(stage) {
      const { account, link } = await stage.connect();
      const texts = stage.fit(link, awkward);
      await stage.say(...texts);
      await stage.hears(link, texts, 'every text as it was written');
      assert.deepEqual(account.faults, []);
    },
  },
  {
    name: 'events: nothing is confirmed before commit resolves',
    async run(stage) {
      const { link } = await stage.connect();
      link.commits('hold');
      await stage.say('first');
      await askedFor(stage, link, 'first');
      await stage.say('second');
      await stage.quiet(); // whoever confirms too early has done so by now
      await link.close();
      const again = await stage.connect();
      await stage.hears(
        again.link,
        ['first', 'second'],
        'what was not on disk when we were killed comes again, in order',
      );
    },
  },
  {
    name: 'events: have the same key when they come again',
    async run(stage) {
      const { link } = await stage.connect();
      link.commits('hold');
      await stage.say('again');
      await askedFor(stage, link, 'again');
      await link.close();
      const later = await stage.connect();
      await askedFor(stage, later.link, 'again');
      assert.deepEqual(keysOf(stage, later.link, 'again'), keysOf(stage, link, 'again'), 'one event, one key');
    },
  },
  {
    name: 'events: a commit that fails is not passed over',
    async run(stage) {
      const { link } = await stage.connect();
      await stage.say('first');
      await stage.hears(link, ['first'], 'all is well');
      link.commits('refuse-one');
      await stage.say('second');
      await link.until(() => link.refused > 0, 'the commit of the second message is refused');
      await stage.say('third');
      await stage.quiet(); // whoever goes on regardless commits the third by now
      await link.close();
      const again = await stage.connect();
      const all = ['first', 'second', 'third'];
      await stage.hears(again.link, all, 'what was refused comes again, before what came after it');
    },
  },
  {
    name: 'cursor: nothing is missing after a restart',
    async run(stage) {
      const { link } = await stage.connect();
      await stage.say('before');
      await stage.hears(link, ['before'], 'all is well');
      await link.close();
      await stage.say('meanwhile');
      const again = await stage.connect();
      await stage.say('after');
      await stage.hears(again.link, ['before', 'meanwhile', 'after'], 'what was said while we were away comes too');
    },
  },
  {
    name: 'cursor: what was committed does not come again',
    async run(stage) {
      const { account, link } = await stage.connect();
      await stage.say('before');
      await stage.hears(link, ['before'], 'all is well');
      await link.close();
      if (account.cursor === undefined || account.cursor === null) throw new NotApplicable('it commits no cursor');
      const again = await stage.connect();
      await stage.say('after');
      await stage.hears(again.link, ['before', 'after'], 'the cursor leads on');
      const asked = again.link.asked.flatMap(({ events }) => textsIn(stage.network.chat, events ?? []));
      assert.deepEqual(asked, ['after'], 'commit() was called again for what lies before the cursor');
    },
  },
  {
    name: 'connection: comes back, or says that it is down',
    async run(stage) {
      const { account, link } = await stage.connect();
      await stage.say('before');
      await stage.hears(link, ['before'], 'all is well');
      await stage.fault('cut')();
      await stage.say('after');
      const heard = (): boolean => account.heard(stage.network.chat).includes('after');
      await link.until(() => heard() || link.downs.length > 0, 'the message after the cut comes, or down() is called');
      if (!heard()) {
        const [reason] = link.downs;
        const final = AdapterError.is(reason) && ['auth-lost', 'rejected'].includes(reason.fault.code);
        assert.ok(!final, `a broken connection is nothing that the user must act on: ${String(reason)}`);
        await link.close();
        await stage.hears((await stage.connect()).link, ['before', 'after'], 'the next session has it');
      }
    },
  },
  {
    name: 'connection: credentials that became worthless are reported as auth-lost',
    async run(stage) {
      const { link } = await stage.connect();
      await stage.fault('revoke')();
      await link.until(() => link.downs.length > 0, 'down() is called');
      faultOf(link.downs[0], 'auth-lost');
    },
  },
];

async function askedFor(stage: Stage, link: TestLink, text: string): Promise<void> {
  const asked = (): boolean =>
    link.asked.some(({ events }) => textsIn(stage.network.chat, events ?? []).includes(text));
  await link.until(asked, `commit() is called with "${text}"`);
}

function keysOf(stage: Stage, { asked }: TestLink, text: string): readonly string[] {
  const said = asked.flatMap(({ events }: AnyBatch) => events ?? []);
  const keys = said.flatMap((event) =>
    event.type === 'message' && textsIn(stage.network.chat, [event]).includes(text) ? [event.key] : [],
  );
  return [...new Set(keys)];
}
