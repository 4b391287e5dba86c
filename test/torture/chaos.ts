// Does to the system what the plan says, brings back what it has killed, and notes when each blow had its effect.
import type { Blow } from './evidence.ts';
import type { Step, Target } from './plan.ts';

/** What can be hit; each of them comes back by itself where it is not said otherwise. */
export interface Victims {
  readonly kill: Readonly<Record<'gateway' | 'server' | 'network', Mortal>>;
  readonly links: Readonly<Record<'xmpp-link' | 'network-link', Cuttable>>;
  /** Resolves when the gateway says that it is ready. */
  readonly ready: () => Promise<void>;
}
export interface Mortal {
  kill(): Promise<void>;
  restart(): Promise<void>;
}
export interface Cuttable {
  cut(): void;
  stall(): void;
  resume(): void;
}

/** A gateway that waits longer than this before it tries its server again is hit all the same. */
const PATIENCE_MS = 5_000;

/** How often, and how long apart, a port is asked for that is taken. */
const PORT_TRIES = 30;
const PORT_MS = 1_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Chaos {
  readonly blows: Blow[];
  readonly #victims: Victims;
  /** What is being brought back, by what it is. */
  readonly #mending = new Map<Target, Promise<void>>();
  #lives = 0;
  #failure: Error | undefined;

  /** What is done is noted in `blows`. */
  constructor(victims: Victims, blows: Blow[] = []) {
    this.blows = blows;
    this.#victims = victims;
  }

  /** Plays the whole plan, and resolves when everything is back. */
  async play(steps: readonly Step[], told: (blow: Blow) => void): Promise<void> {
    for (const step of steps) {
      await sleep(step.pause);
      // The gateway may be killed while it starts; everything else is let come back first.
      if (step.target !== 'gateway') await this.#mending.get(step.target);
      const over = this.#strike(step, told).catch(
        (error: unknown) => (this.#failure ??= error instanceof Error ? error : new Error(String(error))),
      );
      this.#mending.set(
        step.target,
        over.then(() => undefined),
      );
      // Whatever is hit while nothing passes proves little; but now and then it is.
      if (!step.overlaps)
        await over.then(() => Promise.race([this.#victims.ready().catch(() => undefined), sleep(PATIENCE_MS)]));
      if (this.#failure !== undefined) throw this.#failure;
    }
    await Promise.all(this.#mending.values());
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #strike(step: Step, told: (blow: Blow) => void): Promise<void> {
    const from = Date.now();
    const act = step.act === 'stall-and-cut' ? 'stall' : step.act;
    const blow: Blow = { act, target: step.target, from, to: from };
    this.blows.push(blow);
    told(blow);
    if (step.target === 'xmpp-link' || step.target === 'network-link')
      return this.#strikeLink(step, blow, this.#victims.links[step.target]);
    await this.#strikeProcess(step, blow, this.#victims.kill[step.target]);
  }

  async #strikeProcess({ target, ms }: Step, blow: Blow, victim: Mortal): Promise<void> {
    const life = target === 'gateway' ? ++this.#lives : 0;
    const before = target === 'gateway' ? this.#mending.get(target) : undefined;
    await victim.kill();
    blow.to = Date.now();
    await before;
    await sleep(ms);
    const killedAgain = (): boolean => target === 'gateway' && life !== this.#lives;
    if (killedAgain()) return;
    for (let tries = 1; !killedAgain(); tries++) {
      try {
        blow.started = Date.now();
        await victim.restart();
        blow.ready = Date.now();
        return;
      } catch (error) {
        if (killedAgain()) return;
        // Whoever tries in vain to reach a port that nobody listens on may be given that very port for himself.
        if (tries === PORT_TRIES || !/address.*in use|eaddrinuse/i.test(String(error))) throw error;
        await victim.kill();
        await sleep(PORT_MS);
      }
    }
  }

  async #strikeLink({ act, ms }: Step, blow: Blow, link: Cuttable): Promise<void> {
    if (act === 'cut') {
      link.cut();
      blow.to = Date.now();
      return;
    }
    // While it is stalled, whatever is written lies in the link; it may end with it, when either side gives it up.
    blow.to = Number.MAX_SAFE_INTEGER;
    link.stall();
    await sleep(ms);
    if (act === 'stall-and-cut') link.cut();
    link.resume();
    await this.#victims.ready();
    blow.to = Date.now();
  }
}
