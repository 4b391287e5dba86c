// The gateway's side of the database's thread. Writes of one tick leave as one group; while a group is under way the next is
// collected, so the slower the disk, the larger the groups.
import { Worker } from 'node:worker_threads';
import { StoreError } from '../api.ts';
import type { Fault } from './fault.ts';
import type { Answer, Opening, Outcome, Request, Write, Written } from './protocol.ts';

interface Settle<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: StoreError) => void;
}
type Waiting = Settle<never> & { readonly write: string };
type Unnumbered<R> = R extends unknown ? Omit<R, 'id'> : never;

/** Built code runs as .js, the clone as .ts: the worker is what we are. */
const worker = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

function errorOf(fault: Fault): StoreError {
  return new StoreError(fault.code, fault.message);
}

export class Thread {
  readonly #worker: Worker;
  readonly #clock: () => number;
  readonly #calls = new Map<number, Settle<unknown>>();
  readonly #ended: Promise<void>;
  /** Called, and not yet sent. */
  #collected: Waiting[] = [];
  #underWay = false;
  #scheduled = false;
  #lastId = 0;
  /** Why nothing can be asked any more. */
  #over: StoreError | undefined;
  /** Why the last group failed; a group that lands ends it. */
  #trouble: StoreError | undefined;
  #whenIdle: (() => void) | undefined;

  private constructor(opening: Opening, clock: () => number) {
    this.#clock = clock;
    this.#worker = new Worker(worker, { workerData: opening, name: 'store' });
    this.#worker.on('message', (answer: Answer) => this.#answered(answer));
    this.#worker.on('error', (error) => this.#end(`The store's thread failed: ${error.message}`));
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#end("The store's thread has ended");
        resolve();
      });
    });
  }

  /** Starts the thread; rejects with what the opening of the database met. */
  static async start(opening: Opening, clock: () => number): Promise<Thread> {
    const thread = new Thread(opening, clock);
    const opened = new Promise((resolve, reject) => thread.#calls.set(0, { resolve, reject }));
    try {
      await opened;
      return thread;
    } catch (error) {
      await thread.#worker.terminate();
      throw error;
    }
  }

  /**
   * Joins the next group. When a group fails, all that was called before its failure became known fails with it: whoever
   * calls without waiting may build on what is not there.
   */
  write<W extends Write>(write: W): Promise<Written[W['kind']]> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    return new Promise<Written[W['kind']]>((resolve, reject) => {
      this.#collected.push({ write: JSON.stringify(write), resolve, reject });
      this.#schedule();
    });
  }

  /** Asks the thread, after what was sent to it before. */
  async call(request: Unnumbered<Request>): Promise<unknown> {
    if (this.#over !== undefined) throw this.#over;
    return new Promise((resolve, reject) => this.#post(request, { resolve, reject }));
  }

  /** Why the last write failed, or why there can be none any more. */
  get trouble(): StoreError | undefined {
    return this.#over ?? this.#trouble;
  }

  /** Resolves when the thread has ended, asked or not. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** Finishes what was called before, then ends the thread. */
  async close(): Promise<void> {
    if (this.#over !== undefined) return this.#ended;
    this.#over = new StoreError('closed', 'The store is closed');
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
      this.#checkIdle();
    });
    this.#post({ kind: 'close' }, { resolve: () => undefined, reject: () => undefined });
    await this.#ended;
  }

  #checkIdle(): void {
    if (this.#collected.length === 0 && !this.#underWay && this.#calls.size === 0) this.#whenIdle?.();
  }

  #post(request: Unnumbered<Request>, settle: Settle<unknown>): void {
    const id = (this.#lastId += 1);
    this.#calls.set(id, settle);
    this.#worker.postMessage({ ...request, id });
  }

  #schedule(): void {
    if (this.#underWay || this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#send();
    });
  }

  async #send(): Promise<void> {
    const group = this.#collected;
    if (group.length === 0 || this.#underWay) return;
    this.#collected = [];
    this.#underWay = true;
    try {
      const writes = `[${group.map(({ write }) => write).join(',')}]`;
      const answer = await new Promise<string>((resolve, reject) => {
        const settle = { resolve: resolve as (value: unknown) => void, reject };
        this.#post({ kind: 'group', now: this.#clock(), writes }, settle);
      });
      const outcomes = JSON.parse(answer) as readonly Outcome[];
      for (const [index, { resolve, reject }] of group.entries()) {
        const outcome = outcomes[index];
        if (outcome !== undefined && 'value' in outcome) resolve(outcome.value as never);
        else reject(errorOf(outcome?.fault ?? { code: 'io', message: 'No outcome' }));
      }
      this.#trouble = undefined;
    } catch (error) {
      const failed = error instanceof StoreError ? error : new StoreError('invalid', String(error), { cause: error });
      this.#trouble = failed;
      const late = this.#collected;
      this.#collected = [];
      for (const { reject } of [...group, ...late]) reject(failed);
    } finally {
      this.#underWay = false;
      if (this.#collected.length > 0) this.#schedule();
      this.#checkIdle();
    }
  }

  #answered(answer: Answer): void {
    const call = this.#calls.get(answer.id);
    this.#calls.delete(answer.id);
    if ('fault' in answer) call?.reject(errorOf(answer.fault));
    else call?.resolve(answer.value);
    this.#checkIdle();
  }

  #end(message: string): void {
    this.#over ??= new StoreError('io', message);
    const calls = [...this.#calls.values(), ...this.#collected];
    this.#calls.clear();
    this.#collected = [];
    for (const call of calls) call.reject(this.#over);
    this.#whenIdle?.();
  }
}
