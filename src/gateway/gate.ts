// One transport's opening in the wall: its stream, the lanes that go out through it, and the front that answers it.
import type { Transport } from '../config.ts';
import type { Clock } from '../clock.ts';
import { startFront, type TransportFront } from '../front.ts';
import { InLanes } from '../lane/in.ts';
import { sleep } from '../lane/land.ts';
import type { Back } from '../link.ts';
import type { Log } from '../log.ts';
import type { InBody } from '../message/entry.ts';
import { stanzaId } from '../message/ids.ts';
import type { Entry, Fence, Store } from '../store/api.ts';
import { errorReply } from '../xmpp/error.ts';
import { baseOf, render } from '../xmpp/render.ts';
import type { RoomEntry } from '../xmpp/room-lanes.ts';
import { serialize, type Element } from '../xmpp/stanza.ts';
import { openStream, UnsendableError, type Stream } from '../xmpp/stream.ts';

/** The document, behind the domain, that is there while no gateway runs that drains the transport's lanes. */
const ENDED = 'ended/';
const FENCE_MS = 1_500;
/** An entry that waited longer than this bears the time when it was written (XEP-0203). */
const LATE_MS = 30_000;

export interface GateOptions {
  readonly transport: Transport;
  /** The right to write for the stream. */
  readonly fence: Fence;
  readonly store: Store;
  readonly back: Back;
  /** Makes stanza ids. */
  readonly key: Uint8Array;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
}

export interface Gate {
  readonly front: TransportFront;
  /** Why nothing passes; undefined while the stream is online. */
  readonly problem: string | undefined;
  /** Entries that this run could not deliver, and that are kept for the operator. */
  readonly undelivered: number;
  /** Connects to the server, and goes on trying. */
  open(): void;
  /** Says goodbye, ends the stream, and takes what arrives until the server has ended its side. */
  close(): Promise<void>;
}

/** Loads what the store holds for the transport. */
export async function openGate(options: GateOptions): Promise<Gate> {
  const gate = new TransportGate(options);
  await gate.load();
  return gate;
}

class TransportGate implements Gate {
  readonly #options: GateOptions;
  readonly #log: Log;
  readonly #lanes: InLanes;
  readonly #taking = new Set<Promise<void>>();
  #front: TransportFront | undefined;
  #stream: Stream | undefined;
  /** Stanzas that did not fit since the stream was last writable. */
  #lost = 0;

  constructor(options: GateOptions) {
    const { fence, store, clock, log, transport } = options;
    this.#options = options;
    this.#log = log.child({ transport: transport.domain });
    const stream = (): Stream | undefined => this.#stream;
    this.#lanes = new InLanes({
      fence,
      store,
      clock,
      log: this.#log,
      render: (entry, again) => this.#render(entry, again),
      sink: {
        get writable() {
          return stream()?.writable ?? false;
        },
        send: (stanza) => stream()?.send(stanza) ?? false,
        fence: () => stream()?.fence() ?? Promise.reject(new Error('there is no stream yet')),
      },
    });
  }

  get front(): TransportFront {
    if (this.#front === undefined) throw new Error('the gate is not loaded');
    return this.#front;
  }

  get undelivered(): number {
    return this.#lanes.undelivered;
  }

  get problem(): string | undefined {
    const { domain } = this.#options.transport;
    if (this.#stream?.state === 'online') return undefined;
    return `${domain}: ${this.#stream?.problem ?? 'not connected yet'}`;
  }

  async load(): Promise<void> {
    const { transport, fence, store, back, clock, key, version } = this.#options;
    const { domain, allow, admins } = transport;
    const lanes = this.#lanes;
    this.#front = await startFront({
      ...{ domain, allow, admins, store, fence, back, clock, key, version },
      log: this.#log,
      network: await back.network(domain),
      lanes: {
        wake: (lane, entries) => lanes.wake(lane, entries),
        available: (account) => lanes.available(account),
        retry: (account, only) => lanes.retry(account, only),
        drop: (account, only) => lanes.drop(account, only),
        bounced: (account, stanza, error) => this.#later(lanes.bounced(account, baseOf(stanza), error)),
      },
      send: (stanza) => this.#send(stanza),
      writable: () => this.#stream?.writable === true || /^clos/.test(this.#stream?.state ?? ''),
    });
    await lanes.load({ doubt: await this.#wasKilled() });
  }

  open(): void {
    const { transport, clock } = this.#options;
    this.#stream = openStream({
      domain: transport.domain,
      server: transport.server,
      secret: transport.secret,
      log: this.#log,
      clock: { now: () => clock.monotonic(), after: (ms, work) => clock.after(ms, work), random: () => clock.random() },
      onStanza: (stanza) => this.#take(stanza),
      onRefused: (stanza) => this.#refuse(stanza),
      onOnline: () => {
        this.#lanes.pump();
        this.#later(this.front.online());
      },
      onOffline: (end) => {
        this.#lanes.offline(end);
        this.front.offline();
      },
      onWritable: () => this.#relieved(),
    });
  }

  async close(): Promise<void> {
    const { clock } = this.#options;
    await this.front.stop();
    const fenced = new AbortController();
    const written = this.#stream?.fence().catch(() => undefined) ?? Promise.resolve();
    await Promise.race([written, sleep(clock, FENCE_MS, fenced.signal)]);
    fenced.abort();
    this.#lanes.stop();
    await this.#stream?.close();
    this.front.relieved();
    await Promise.all(this.#taking);
    // Only now is on disk whatever goes again.
    await this.#remember(true).catch((error: unknown) => this.#log.warn({ error }, 'the end could not be kept'));
  }

  /** The gateway before this one did not come to its end. */
  async #wasKilled(): Promise<boolean> {
    const { store, transport } = this.#options;
    const ended = await store.doc(0, 'setting', ENDED + transport.domain);
    if (ended === undefined) return true;
    await this.#remember(null);
    return false;
  }

  async #remember(ended: true | null): Promise<void> {
    const { store, fence, transport } = this.#options;
    await store.step({ fence, docs: [{ account: 0, kind: 'setting', key: ENDED + transport.domain, value: ended }] });
  }

  async #take(stanza: Element): Promise<void> {
    const taken = this.front.stanza(stanza);
    this.#taking.add(taken);
    await taken;
    this.#taking.delete(taken);
  }

  #refuse(stanza: Element): void {
    const answer = errorReply(stanza, { code: 'too-large' }, stanza.attrs['xml:lang']);
    if (answer) this.#send(answer);
  }

  /** What goes through the lanes goes first. */
  #relieved(): void {
    if (this.#lost > 0)
      this.#log.warn({ stanzas: this.#lost }, 'the server was too slow: answers or presences were lost');
    this.#lost = 0;
    this.#lanes.pump();
    queueMicrotask(() => this.front.relieved());
  }

  /** For what need not arrive: answers and presences. */
  #send(stanza: Element): void {
    try {
      if (this.#stream?.send(stanza) === false && this.#stream.state === 'online') this.#lost += 1;
    } catch (error) {
      if (!(error instanceof UnsendableError)) throw error;
      this.#log.warn({ code: error.code, to: stanza.attrs['to'] }, 'a stanza could not be sent');
    }
  }

  #render(entry: Entry, again: boolean): readonly string[] {
    const { transport, key, clock } = this.#options;
    const account = entry.lane.account;
    const view = this.front.view(account);
    if (view === undefined) return [];
    const body = entry.body as unknown as InBody;
    const shown: RoomEntry = {
      id: entry.stanza ?? stanzaId(key, { account, chat: '', event: entry.key }),
      at: entry.at,
      late: again || clock.now() - entry.at > LATE_MS,
    };
    const { user, lang, can } = view;
    const elements =
      this.front.inRoom(account, body, shown) ?? render(body, { domain: transport.domain, user, lang, can, ...shown });
    return elements.map(serialize);
  }

  #later(work: Promise<void>): void {
    work.catch((error: unknown) => this.#log.error({ error }, 'a task of the front failed'));
  }
}
