// Calls into the adapter about entries of one 'out' lane, in the lane's order: the start is on disk before the network may see it.
import type { Delivery, Sent } from '../adapter/api.ts';
import type { LaneKey } from '../store/api.ts';
import { faultOf } from './attempt.ts';
import { planToStore, type Call, type Head, type Outcome } from './head.ts';
import type { OutContext, Shift } from './out-context.ts';
import { perform, type Act } from './plan.ts';
import { laneId } from './queue.ts';
import type { Steps } from './steps.ts';

export class Calls {
  readonly #context: OutContext;
  readonly #lane: LaneKey;
  readonly #steps: Steps;

  constructor(context: OutContext, lane: LaneKey, steps: Steps) {
    this.#context = context;
    this.#lane = lane;
    this.#steps = steps;
  }

  /** Begins to do the current part. The call `before` it is made first; what comes to nothing before that stops this one, too. */
  begin(head: Head, act: Act, shift: Shift, before?: Call): Call {
    head.starts += 1;
    head.tries += 1;
    head.blind = false;
    const started = this.#steps.land({ move: [{ seq: head.entry.seq, to: 'started', ...planToStore(head) }] });
    // Where a resend shows once the start is only counted, and need not be waited for; a plan must be there before its parts.
    const counted = resendOf(act, shift) === 'safe' && head.stored;
    if (counted) started.catch(() => undefined);
    head.stored = true;
    const made = Promise.withResolvers<void>();
    const chat = this.#context.chatNow(head.body.chat);
    const begun = async (): Promise<Outcome<Sent | undefined> | undefined> => {
      try {
        if (!counted) await started;
        await before?.made;
      } catch (error) {
        made.reject(error);
        throw error;
      }
      if (shift.over.aborted || before?.stuck) return (made.resolve(), undefined);
      const ended = this.ask(head, (delivery) => perform(act, shift.session, chat, delivery));
      made.resolve();
      return ended;
    };
    const call: Call = { made: made.promise, outcome: begun(), stuck: false };
    head.call = call;
    made.promise.catch(() => undefined);
    const end = (outcome?: Outcome<unknown>): void => {
      call.stuck = outcome === undefined || mayBeTriedAgain(outcome);
    };
    call.outcome.then(end, () => end());
    return call;
  }

  /** One call about the head's current part. Rejects only where the process ends. */
  async ask<T extends Sent | undefined>(
    head: Head,
    work: (delivery: Delivery) => Promise<T>,
  ): Promise<Outcome<T | Sent>> {
    const { attempts, token, log, account, stopped } = this.#context;
    try {
      const value = await attempts.run<T | Sent>((abort, settle) => {
        head.confirm = settle;
        head.token = token(head.entry, head.done);
        return work({
          token: head.token,
          at: head.entry.at,
          attempt: Math.max(head.tries, 1),
          get signal() {
            return abort.signal;
          },
          open: () => Promise.reject(new Error('there are no files yet')),
        });
      });
      return { value };
    } catch (error) {
      if (stopped.aborted) throw error;
      const outcome = faultOf(error);
      const fields = { error, account, lane: laneId(this.#lane), entry: head.entry.seq };
      if (outcome.fault.code === 'uncertain') log.warn(fields, 'a send came to no certain end');
      else log.debug(fields, 'a send failed');
      return outcome;
    } finally {
      head.confirm = undefined;
    }
  }
}

/** Doing anything but sending twice comes to the same. */
export const resendOf = (act: Act, { session }: Shift): 'safe' | 'unsafe' =>
  act.do === 'send' ? session.resend : 'safe';

/** What came of it is neither that the network has it nor that it never will. */
export const mayBeTriedAgain = (outcome: Outcome<unknown>): boolean =>
  'fault' in outcome && outcome.fault.code !== 'rejected';
