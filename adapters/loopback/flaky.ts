// The contact that fails as told. The text names the fault, the attempt's number says whether it is over: nothing to keep.
import { AdapterError } from 'moongate/adapter';
import type { Delivery, Fault, Rejection } from 'moongate/adapter';

/** What a message to flaky asks for. `times`: how many attempts meet the fault before the message arrives. */
export type Order =
  | { readonly kind: 'fault'; readonly fault: Fault; readonly times: number; readonly arrives?: true }
  | { readonly kind: 'crash' }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'ok'; readonly understood: boolean };

const reasons: readonly Rejection[] = [
  ...(['too-large', 'forbidden', 'not-found', 'invalid', 'unsupported', 'expired', 'blocked'] as const),
];
const help =
  'I fail as told: "temporary" or "temporary 3" (attempts), "rate 5s", "reject" or "reject forbidden" ' +
  `(${reasons.join(', ')}), "uncertain", "auth", "crash", "slow 3s", "ok".`;

/** Reads what a message asks for; what is not understood simply arrives. */
export function readOrder(text: string): Order {
  const [, word = '', argument = ''] = /^(\w+)(?: +(\S+))?$/.exec(text.trim().toLowerCase()) ?? [];
  const ms = Number(/^(\d{1,5})s?$/.exec(argument)?.[1] ?? NaN) * 1000;
  const reason = reasons.find((one) => one === (argument || 'invalid'));
  const times = argument === '' ? 1 : ms / 1000;
  const fault = (one: Fault, count = 1): Order => ({ kind: 'fault', fault: one, times: count });
  switch (word) {
    case 'temporary':
      return times >= 1 ? fault({ code: 'temporary' }, times) : unclear;
    case 'rate':
      return ms > 0 ? fault({ code: 'rate-limited', retryAfterMs: ms, scope: 'chat' }) : unclear;
    case 'reject':
      return reason ? fault({ code: 'rejected', reason }, Infinity) : unclear;
    case 'uncertain':
      return argument === '' ? { kind: 'fault', fault: { code: 'uncertain' }, times: 1, arrives: true } : unclear;
    case 'auth':
      return argument === '' ? fault({ code: 'auth-lost' }) : unclear;
    case 'crash':
      return argument === '' ? { kind: 'crash' } : unclear;
    case 'slow':
      return ms > 0 ? { kind: 'slow', ms } : unclear;
    default:
      return { kind: 'ok', understood: word === 'ok' && argument === '' };
  }
}
const unclear: Order = { kind: 'ok', understood: false };

/** Takes a message as its text asks. `wait` rejects when nobody waits any more; `answer` is durable when it resolves. */
export async function flaky(
  text: string,
  { attempt, signal }: Delivery,
  wait: (ms: number, signal: AbortSignal) => Promise<void>,
  answer: (words: string) => Promise<void>,
): Promise<void> {
  const order = readOrder(text);
  if (order.kind === 'slow') await wait(order.ms, signal);
  if (order.kind === 'crash' && attempt === 1) throw new Error('flaky was told to crash');
  if (order.kind === 'fault' && attempt <= order.times) {
    if (order.arrives) await answer(`Arrived, though you were not told at once.`);
    throw new AdapterError(order.fault, wordsFor(order.fault));
  }
  const understood = order.kind !== 'ok' || order.understood;
  await answer(understood ? `Arrived at attempt ${attempt}.` : `Arrived. ${help}`);
}

function wordsFor(fault: Fault): string {
  switch (fault.code) {
    case 'temporary':
      return 'Flaky is away for a moment, as told.';
    case 'rate-limited':
      return `Flaky wants a pause of ${fault.retryAfterMs / 1000} s, as told.`;
    case 'rejected':
      return `Flaky refuses this message, as told: ${fault.reason}.`;
    case 'auth-lost':
      return 'Flaky ended your session, as told. Log in again: there is nothing to fill in.';
    case 'uncertain':
      return 'Flaky took the message and did not say so, as told.';
  }
}
