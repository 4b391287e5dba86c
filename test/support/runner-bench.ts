// One runner before an adapter that does as the test says; no store.
import type { AnyAdapter, Host, Session } from '../../src/adapter/api.ts';
import { Runner } from '../../src/back/runner.ts';
import type { SessionStatus } from '../../src/link.ts';
import type { Failure } from '../../src/message/entry.ts';
import { ManualClock, turn } from './clock.ts';
import { KeptLog } from './out-bench.ts';

type AnyHost = Host<unknown, unknown, unknown>;

export class RunnerBench {
  readonly clock = new ManualClock();
  readonly log = new KeptLog();
  /** What happened, in order. */
  readonly events: string[] = [];
  readonly hosts: AnyHost[] = [];
  readonly states: string[] = [];
  readonly parked: Failure[] = [];
  /** Sessions that are up at the same time, the most there were. */
  up = 0;
  most = 0;
  connect: (host: AnyHost) => Promise<Session> = () => Promise.resolve(this.session());
  closing: () => Promise<void> = () => Promise.resolve();
  onClosing: () => Promise<void> = () => Promise.resolve();
  readonly runner: Runner;

  constructor(more: { readonly parked?: boolean } = {}) {
    const adapter: AnyAdapter = {
      ...{ api: 1, id: 'toy', name: 'Toy', logins: [], parseConfig: (input) => input },
      connect: (host) => {
        this.hosts.push(host);
        this.events.push('connect');
        return this.connect(host);
      },
    };
    this.runner = new Runner({
      ...{ adapter, clock: this.clock, log: this.log, ...more },
      turn: () => Promise.resolve(() => undefined),
      grant: () => {
        const state = { get: () => Promise.resolve(new Map()), list: async function* () {} };
        const commit = (): Promise<void> => Promise.resolve();
        return Promise.resolve({
          config: {},
          credentials: {},
          settings: {},
          user: 'juliet',
          cursor: undefined,
          state,
          commit,
          begun: () => undefined,
        });
      },
      onHint: () => void this.events.push('hint'),
      onOnline: () => void this.events.push('online'),
      onRest: () => void this.events.push('rest'),
      onClosing: () => {
        this.events.push('closing');
        return this.onClosing();
      },
      onStatus: (status: SessionStatus) => void this.states.push(status.state),
      onParked: (failure) => {
        this.parked.push(failure);
        return Promise.resolve();
      },
    });
  }

  session(more: Partial<Session> = {}): Session {
    this.up += 1;
    this.most = Math.max(this.most, this.up);
    const aborted = this.hosts.at(-1)?.signal;
    return {
      ...{ self: 'me', limits: { text: 100 }, resend: 'safe' },
      close: async () => {
        this.events.push(`close${aborted?.aborted ? ' after abort' : ''}`);
        await this.closing();
        this.up -= 1;
      },
      ...more,
    };
  }

  /** The host of the newest connection. */
  get host(): AnyHost {
    const host = this.hosts.at(-1);
    if (host === undefined) throw new Error('nothing was connected');
    return host;
  }

  async settle(): Promise<void> {
    for (let round = 0; round < 5; round += 1) await turn();
  }

  async pass(ms: number): Promise<void> {
    await this.settle();
    await this.clock.advance(ms);
    await this.settle();
  }
}
