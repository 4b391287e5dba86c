// What is planned for an entry, from what is known when its turn comes.
import type { LaneKey } from '../store/api.ts';
import type { Head } from './head.ts';
import { limitsIn, type OutContext, type Shift } from './out-context.ts';
import { planFor, type Act, type Means, type Plan } from './plan.ts';
import type { Steps } from './steps.ts';
import { named } from './targets.ts';

const ACTS = ['send', 'edit', 'retract', 'react', 'read'] as const;

export class Planner {
  readonly #context: OutContext;
  readonly #lane: LaneKey;
  readonly #steps: Steps;

  constructor(context: OutContext, lane: LaneKey, steps: Steps) {
    this.#context = context;
    this.#lane = lane;
    this.#steps = steps;
  }

  /** The plan of the head. */
  async plan(head: Head, shift: Shift): Promise<Plan> {
    const { body } = head;
    const { account } = this.#context;
    const where = { account, chat: this.#lane.chat, group: body.chat.kind === 'group' };
    const rows = async (stanza: string | undefined) => {
      if (stanza === undefined) return [];
      await this.#steps.ended(); // the id of what is named may be on its way to the disk
      return named(this.#context, where, stanza);
    };
    const target = await rows('target' in body ? body.target : undefined);
    const reply = await rows('content' in body ? body.content.replyTo?.id : undefined);
    return planFor(body, this.#means(head, shift, target, reply));
  }

  /** The only act of one that is not the head, where that depends on nothing before it; undefined where it has to wait. */
  foresee(head: Head, shift: Shift): Act | undefined {
    const { body } = head;
    if (body.type !== 'message' || body.content.replyTo !== undefined || head.tries > 0 || head.maybe) return undefined;
    try {
      const plan = planFor(body, this.#means(head, shift, [], []));
      return 'failure' in plan || plan.acts.length > 1 ? undefined : plan.acts[0];
    } catch {
      return undefined; // as the head it is given back
    }
  }

  #means({ body }: Head, { session }: Shift, target: Means['target'], reply: Means['reply']): Means {
    const { clock, split } = this.#context;
    const limits = limitsIn(this.#context, session, body.chat);
    return {
      can: new Set(ACTS.filter((name) => session[name] !== undefined)),
      ...{ limits, target, reply, now: clock.now() },
      split: (content) => split(content, limits),
    };
  }
}
