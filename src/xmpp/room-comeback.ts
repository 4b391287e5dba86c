// The gateway or the stream was away: after a short gap rooms go on with whoever was in them, after a longer one all are out (332) and
// fetch what they missed from the archive when they come back. Never a ghost: who stays is asked whether he is there.
import type { Directory } from '../account/directory.ts';
import type { Clock } from '../clock.ts';
import type { Failure } from '../message/entry.ts';
import { ALIVE_MS, goesOn } from '../room/gap.ts';
import type { Registry } from '../room/registry.ts';
import type { Room } from '../room/room.ts';
import type { Audience } from './audience.ts';
import { NS_PING } from './feature/ping.ts';
import type { Requests } from './requests.ts';
import { isGone } from './feature/muc.ts';
import { x, type Element } from './stanza.ts';

export interface ComebackOptions {
  readonly directory: Directory;
  readonly registry: Registry;
  readonly audience: Audience;
  readonly requests: Requests;
  readonly clock: Clock;
  readonly members: (room: Room, can: boolean) => Promise<void>;
  readonly fault: (error: unknown) => Failure;
}

export class Comeback {
  readonly #options: ComebackOptions;
  /** When the stream was last up, on the clock that is monotonic. */
  #since: number | undefined;
  /** How long the gateway was away before it started. */
  #gap: number | undefined;
  #cancel: (() => void) | undefined;
  #up = false;

  constructor(options: ComebackOptions) {
    this.#options = options;
  }

  /** Reads who was in which room, and when the gateway was last alive. */
  async load(): Promise<void> {
    const { clock, registry } = this.#options;
    const alive = await registry.lastAlive();
    this.#gap = alive === undefined ? undefined : clock.now() - alive;
    this.#since = clock.monotonic();
    for await (const [room, jid] of registry.occupants()) room.resume(jid);
    registry.catchUp();
  }

  /** The stream is up. */
  online(): void {
    const { audience, clock, registry } = this.#options;
    this.#up = true;
    const away = this.#since === undefined ? undefined : clock.monotonic() - this.#since;
    const gap = this.#gap === undefined || away === undefined ? undefined : this.#gap + away;
    this.#gap = undefined;
    const occupied = [...registry.all()].filter(({ sessions }) => sessions.size > 0);
    for (const room of occupied) {
      if (room.document.joined === false) audience.expel(room, [...room.sessions.keys()], ['321']);
      else if (!goesOn(gap)) audience.expel(room, [...room.sessions.keys()], ['332']);
      else this.#resume(room);
    }
    audience.silence(false);
    this.#tick();
  }

  /** The stream is down. */
  offline(): void {
    if (!this.#up) return;
    this.#up = false;
    this.#options.audience.silence(true);
    this.#since = this.#options.clock.monotonic();
    this.#gap = 0;
    this.#cancel?.();
    this.#options.registry.remember();
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    if (this.#up) this.#options.registry.remember();
    this.#up = false;
    await this.#options.registry.flush();
  }

  #resume(room: Room): void {
    const { audience, directory, members, registry, requests, fault } = this.#options;
    for (const session of room.sessions.values()) {
      session.doubt();
      requests.ask('get', session.jid, x('ping', { xmlns: NS_PING })).then(
        (answer) => {
          if (room.sessions.get(session.jid) === session && isNobody(answer))
            audience.expel(room, [session.jid], ['333']);
        },
        (error: unknown) => fault(error),
      );
    }
    const can = directory.get(room.account)?.status?.can.includes('members') === true;
    members(room, can).catch((error: unknown) => fault(error));
    registry.changed(room);
  }

  #tick(): void {
    this.#cancel = this.#options.clock.after(ALIVE_MS, () => {
      this.#options.registry.remember();
      this.#tick();
    });
  }
}

/** The answer that a server gives for a device that is not there; none at all says nothing. */
const isNobody = (answer: Element | undefined): boolean =>
  answer?.attrs['type'] === 'error' &&
  (answer.getChild('error')?.getChildElements() ?? []).some((one) => isGone(one.getName()));
