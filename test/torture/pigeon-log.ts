// What Pigeon has accepted, read from its log as it grows: the log survives the death of its process.
import type { LogEntry, PigeonControl } from '../fake/network/index.ts';
import { actName } from './acts.ts';

/** A message of a chat, as far as the log tells. */
export interface Noted {
  readonly id: string;
  /** The words that it was made with. */
  readonly first: string;
  readonly by: string;
  deleted: boolean;
}

/** One thing that was accepted, with the message that it made or was about. */
export interface Deed {
  readonly entry: LogEntry;
  readonly lane: string;
  readonly message: Noted;
}

export class PigeonLog {
  readonly deeds: Deed[] = [];
  /** By lane, in the order of their making. */
  readonly messages = new Map<string, Noted[]>();
  readonly #control: () => PigeonControl;
  readonly #laneOf: (entry: LogEntry) => string;
  #reading: Promise<void> = Promise.resolve();
  #read = 0;

  constructor(control: () => PigeonControl, laneOf: (entry: LogEntry) => string) {
    this.#control = control;
    this.#laneOf = laneOf;
  }

  /** Reads what is new. Rejects while the network is away. */
  refresh(): Promise<void> {
    const reading = this.#reading.then(async () => {
      for (const entry of await this.#control().log({ after: this.#read })) this.#take(entry);
    });
    this.#reading = reading.catch(() => undefined);
    return reading;
  }

  #take(entry: LogEntry): void {
    this.#read = entry.seq;
    const lane = this.#laneOf(entry);
    const all = this.messages.get(lane) ?? [];
    this.messages.set(lane, all);
    const { type, id, by, text = '' } = entry;
    if (type === 'message') all.push({ id, first: text, by, deleted: false });
    const message = all[Number(id) - 1];
    if (message === undefined) throw new Error(`the log has no message ${id} in ${lane}`);
    if (type === 'delete') message.deleted = true;
    this.deeds.push({ entry, lane, message });
  }
}

/** A deed as the judge names it; `of` names the message. */
export function deedName({ type, text = '', emojis = [] }: LogEntry, of: string): string {
  if (type === 'message' || type === 'edit') return text;
  return actName({ type: type === 'delete' ? 'retract' : 'react', emojis }, of);
}
