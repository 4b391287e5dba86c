// Checks of what an adapter says of itself and of the network: times and limits in the contract's units, whose a message is,
// and that it waits when it is told to.
import assert from 'node:assert/strict';
import type { LogEvent } from '../api.ts';
import type { Check } from './check.ts';
import { timeFaults } from './faults.ts';
import { NotApplicable } from './stage.ts';

/** No network that lets people change what they said lets them for less; 48 hours in seconds are less than three minutes. */
const SHORTEST_MS = 5 * 60_000;
/** Rates are told in seconds or more. */
const SHORTEST_RATE_MS = 100;
const LIMIT_MS = 1_000;
/** Within the time that the network asks for: one that was under way, one that is answered so, one by whatever else reads. */
const MOST_ASKED = 3;

export const wordChecks: readonly Check[] = [
  {
    name: 'limits: times are in milliseconds',
    async run(stage) {
      const { link } = await stage.connect();
      const limits = link.session?.limits;
      for (const name of ['editMs', 'retractMs'] as const) {
        const ms = limits?.[name];
        assert.ok(
          ms === undefined || ms >= SHORTEST_MS,
          `limits.${name} is ${ms}: milliseconds are wanted, not seconds`,
        );
      }
      for (const name of ['chatRate', 'accountRate'] as const) {
        const ms = limits?.[name]?.perMs;
        assert.ok(
          ms === undefined || ms >= SHORTEST_RATE_MS,
          `limits.${name}.perMs is ${ms}: milliseconds are wanted, not seconds`,
        );
      }
    },
  },
  {
    name: 'send: the time that it tells is in milliseconds',
    async run(stage) {
      const { link } = await stage.connect();
      const { at } = (await stage.send(link, 'when?')) as { readonly at?: unknown };
      if (at === undefined) throw new NotApplicable('send() tells no time');
      assert.deepEqual(timeFaults(at), []);
    },
  },
  {
    name: 'echo: what the account sent is its own, in its chat, by its id and token',
    async run(stage) {
      const { account, link } = await stage.connect();
      const { chat } = stage.network;
      const delivery = stage.delivery();
      const { id } = (await link.send(chat, 'said by myself', delivery)) as { readonly id?: string };
      await stage.say('said by the other');
      const said = account.log;
      await link.until(() => said.filter(isMessage).some(hasText('said by the other')), 'what the other said comes');
      await stage.quiet(); // an echo may come late
      // By its text alone it would be mistaken for the words of somebody who repeats what he hears.
      const echoes = said.filter(isMessage).filter((one) => (id && one.id === id) || one.token === delivery.token);
      if (echoes.length === 0) throw new NotApplicable('the network does not show what the account sent');
      for (const echo of echoes) {
        assert.equal(echo.from, null, 'it is the account itself that said it');
        assert.deepEqual(echo.chat, chat, 'it stands in the chat to which it was sent');
        assert.equal(echo.id, id, 'it has the id that send() told');
        assert.ok(echo.token === undefined || echo.token === delivery.token, 'its token is that of its delivery');
      }
    },
  },
  {
    name: 'connection: a limit on reading is waited for',
    async run(stage) {
      const { account, link } = await stage.connect();
      if (!stage.network.faults?.throttle) throw new NotApplicable('the harness has no faults.throttle');
      await stage.say('before');
      await stage.hears(link, ['before'], 'all is well');
      const limit = await stage.fault('throttle')(LIMIT_MS);
      await stage.eventually(async () => (await limit.asked()) > 0, 'the adapter reads, and is told to wait');
      await new Promise((resolve) => setTimeout(resolve, LIMIT_MS));
      const asked = await limit.asked();
      assert.ok(asked <= MOST_ASKED, `it was told to wait ${LIMIT_MS} ms, and asked ${asked} times in that time`);
      await limit.end();
      await stage.say('after');
      const heard = (): boolean => account.heard(stage.network.chat).includes('after');
      await link.until(() => heard() || link.downs.length > 0, 'it reads on, or down() is called');
      if (heard()) return;
      await link.close();
      await stage.hears((await stage.connect()).link, ['before', 'after'], 'the next session has it');
    },
  },
];

const isMessage = (event: LogEvent): event is Extract<LogEvent, { readonly type: 'message' }> =>
  event.type === 'message';

const hasText =
  (text: string) =>
  ({ content }: Extract<LogEvent, { readonly type: 'message' }>): boolean =>
    content.text === text;
