// Checks of the way out: what arrives, and what each failure is called.
import assert from 'node:assert/strict';
import { AdapterError } from '../api.ts';
import type { Check } from './check.ts';
import { NotApplicable, caught, faultOf } from './stage.ts';
import type { Stage } from './stage.ts';

/** Fewer than the windows of some, lest a network that limits its users be met. */
const MOST_AT_ONCE = 4;
const awkward = ['plain', 'two\nlines', 'ünï – 漢字 – עברית – 👩‍👩‍👧', '<b>&amp;</b> *not* _mark_ `up` [x](y)'];

export const sendChecks: readonly Check[] = [
  {
    name: 'send: shows exactly what was given, in order, and names it',
    async run(stage) {
      const { link } = await stage.connect();
      const ids: unknown[] = [];
      const texts = stage.fit(link, awkward);
      for (const text of texts) {
        const sent = await stage.send(link, text);
        assert.ok(typeof sent === 'object' && sent !== null, 'send() resolves to { id?, at? }');
        if ('id' in sent) ids.push(sent.id);
      }
      await stage.shows(texts, 'each text as it was given');
      assert.ok(
        ids.every((id) => typeof id === 'string' && id !== ''),
        'ids are texts',
      );
      assert.equal(new Set(ids).size, ids.length, 'no two messages of a chat have one id');
    },
  },
  {
    name: 'send: several at once are shown in the order of the calls',
    async run(stage) {
      const { link } = await stage.connect();
      const { window = 1 } = link.session?.limits ?? {};
      if (window === 1) throw new NotApplicable('limits.window is one');
      const texts = Array.from({ length: Math.min(window, MOST_AT_ONCE) }, (_, index) => `number ${index + 1}`);
      const ended: string[] = [];
      await Promise.all(texts.map(async (text) => stage.send(link, text).then(() => ended.push(text))));
      assert.deepEqual(ended, texts, 'they end in their order');
      await stage.shows(texts, 'they are shown in their order');
    },
  },
  {
    name: 'send: a refused message is rejected, and the next one goes',
    async run(stage) {
      const { link } = await stage.connect();
      const error = await stage.sendInto(link, await stage.fault('refuse')(), 'unwanted');
      faultOf(error, 'rejected');
      await stage.send(link, 'welcome');
      await stage.shows(['welcome'], 'only what was accepted is shown');
    },
  },
  {
    name: 'send: a message that was not taken for now is temporary',
    async run(stage) {
      const { link } = await stage.connect();
      const faulty = await stage.fault('busy')();
      const { token } = stage.delivery();
      faultOf(await stage.sendInto(link, faulty, 'patience', { token }), 'temporary');
      if (faulty) return;
      await stage.network.faults?.recover?.();
      await stage.send(link, 'patience', { token, attempt: 2 });
      await stage.shows(['patience'], 'the second attempt arrives, alone');
    },
  },
  {
    name: 'send: a rate limit is reported with its pause',
    async run(stage) {
      const { link } = await stage.connect();
      const pauseMs = 3000;
      const fault = faultOf(await stage.sendInto(link, await stage.fault('limit')(pauseMs), 'slowly'), 'rate-limited');
      assert.ok(fault.code === 'rate-limited');
      const { retryAfterMs, scope } = fault;
      assert.ok(
        retryAfterMs >= pauseMs && retryAfterMs < 20 * pauseMs,
        `a pause of ${pauseMs} ms, told as ${retryAfterMs}`,
      );
      assert.ok(['chat', 'account', 'network'].includes(scope), `scope is ${scope}`);
    },
  },
  {
    name: 'send: an answer that was lost is not called temporary',
    async run(stage) {
      const { link } = await stage.connect();
      const error = await stage.sendInto(link, await stage.fault('dropReply')(), 'heard?');
      mayHaveArrived(error);
    },
  },
  {
    name: 'send: worthless credentials are auth-lost',
    async run(stage) {
      const { link } = await stage.connect();
      faultOf(await stage.sendInto(link, await stage.fault('revoke')(), 'still there?'), 'auth-lost');
    },
  },
  {
    name: 'send: ends soon after it is aborted',
    async run(stage) {
      const { link } = await stage.connect();
      const faulty = await stage.fault('hang')();
      const controller = new AbortController();
      const sending = stage.sendInto(link, faulty, 'anybody?', { signal: controller.signal });
      await stage.quiet(); // so that it is under way
      controller.abort();
      const error = await sending;
      assert.ok(error !== undefined, 'an aborted send() does not resolve');
      mayHaveArrived(error);
    },
  },
  {
    name: 'resend: one token shows once, where the session says so',
    async run(stage) {
      const { link } = await stage.connect();
      if (link.session?.resend !== 'safe') throw new NotApplicable("resend is 'unsafe'");
      const { token } = stage.delivery();
      await stage.send(link, 'once', { token });
      await stage.send(link, 'once', { token, attempt: 2 });
      await link.close();
      const again = await stage.connect();
      await stage.send(again.link, 'once', { token, attempt: 3 });
      await stage.send(again.link, 'another');
      await stage.shows(['once', 'another'], 'three attempts, the last in another session, show one message');
    },
  },
  {
    name: 'find: tells what arrived from what did not',
    async run(stage) {
      const { link } = await stage.connect();
      const { session } = link;
      if (!session?.find) throw new NotApplicable('there is no find()');
      const arrived = stage.delivery();
      await link.send(stage.network.chat, 'arrived', arrived);
      await stage.shows(['arrived'], 'it is there to be found');
      const { chat } = stage.network;
      assert.ok(await session.find(chat, { text: 'arrived' }, arrived), 'what arrived is found');
      assert.equal(await session.find(chat, { text: 'never sent' }, stage.delivery()), undefined);
    },
  },
  {
    name: 'send: a chat that does not exist is rejected',
    async run(stage) {
      const { link } = await stage.connect();
      faultOf(await caught(sendToNobody(stage, link)), 'rejected');
    },
  },
];

function sendToNobody(stage: Stage, link: Parameters<Stage['send']>[0]): Promise<unknown> {
  const { known, chat } = stage.network;
  return link.send({ kind: chat.kind, id: known?.nobody ?? 'nobody-of-this-name' }, 'hello?', stage.delivery());
}

/** 'temporary' and 'rate-limited' promise that nothing was sent; 'rejected' that nothing will be. */
function mayHaveArrived(error: unknown): void {
  if (!AdapterError.is(error)) return; // not thrown: it found out by itself; anything else counts as 'uncertain'
  assert.equal(
    error.fault.code,
    'uncertain',
    `it may have arrived, so it is not '${error.fault.code}': ${error.message}`,
  );
}
