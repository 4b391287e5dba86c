// The account's own nick: asked of the server, and why it may not be.
import { AdapterError } from 'moongate/adapter';
import type { Rejection } from 'moongate/adapter';
import type { Connected } from './connected.ts';
import { line } from './line.ts';

const REFUSALS: Readonly<Record<string, Rejection>> = {
  '431': 'invalid', // ERR_NONICKNAMEGIVEN
  '432': 'invalid', // ERR_ERRONEUSNICKNAME
  '433': 'blocked', // ERR_NICKNAMEINUSE
  '435': 'forbidden', // ERR_BANONCHAN
  '436': 'blocked', // ERR_NICKCOLLISION
  '437': 'blocked', // ERR_UNAVAILRESOURCE
  '447': 'forbidden', // ERR_NONICKCHANGE
  '484': 'forbidden', // ERR_RESTRICTED
};
/** ERR_NICKTOOFAST, and how long to wait where it does not say. */
const TOO_FAST = '438';
const PAUSE_S = 30;

/** Takes another nick on this server, and keeps it. Resolves once all channels know; rejects as the server refuses. */
export async function changeNick(
  { link, wanted, journal, env }: Pick<Connected, 'link' | 'wanted' | 'journal' | 'env'>,
  asked: string,
): Promise<void> {
  await link.talk<void>({
    lines: [line('NICK', [asked])],
    withinMs: env.answerMs,
    claim: ({ command, params }) => {
      const words = `${asked}: ${params.at(-1) ?? 'this nick is not to be had'}`;
      const reason = Object.hasOwn(REFUSALS, command) ? REFUSALS[command] : undefined;
      if (reason !== undefined) throw new AdapterError({ code: 'rejected', reason }, words);
      if (command !== TOO_FAST) return undefined;
      const seconds = Number(/(\d+) ?s/i.exec(words)?.[1] ?? PAUSE_S);
      throw new AdapterError({ code: 'rate-limited', retryAfterMs: seconds * 1000, scope: 'account' }, words);
    },
    fence: () => undefined,
  });
  wanted.call(asked);
  await journal.flushed();
}
