// Somebody connected, what he is told and how: tags only to those who asked for them.
import type { Socket } from 'node:net';
import type { Line } from './line.ts';

export const NAME = 'fake.example.org';

/** Something that was said, as the server keeps it. */
export interface Kept {
  readonly id: string;
  readonly at: number;
  readonly prefix: string;
  readonly command: string;
  readonly target: string;
  readonly text: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Somebody connected. */
export class Guest {
  nick = '';
  user = '';
  registered = false;
  negotiating = false;
  account: string | undefined;
  readonly caps = new Set<string>();
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  get prefix(): string {
    return `${this.nick}!${this.user || this.nick}@guest.example`;
  }

  /** Writes a line; tags only to those who asked for them. */
  write(line: string, tags: Readonly<Record<string, string>> = {}): void {
    const known = Object.entries(tags).filter(([name]) =>
      name === 'time'
        ? this.caps.has('server-time')
        : name === 'batch'
          ? this.caps.has('batch')
          : this.caps.has('message-tags') || name === 'label',
    );
    const said = known.map(([name, value]) => `${name}=${escape(value)}`).join(';');
    this.socket.write(`${said === '' ? '' : `@${said} `}${line}\r\n`);
  }
}

const escape = (value: string): string =>
  value.replace(/[\\; ]/g, (char) => ({ '\\': '\\\\', ';': '\\:', ' ': '\\s' })[char] ?? char);

export const iso = (at: number): string => new Date(at).toISOString();

/** One kept message as a line. */
export function tell(
  guest: Guest,
  { id, at, prefix, command, target, text, tags }: Kept,
  more: Readonly<Record<string, string>> = {},
): void {
  const words = command === 'TAGMSG' ? '' : ` :${text}`;
  guest.write(`:${prefix} ${command} ${target}${words}`, { ...tags, msgid: id, time: iso(at), ...more });
}

/** The label of a request, for those who may use one. */
export const label = ({ tags }: Line): Readonly<Record<string, string>> =>
  tags['label'] === undefined ? {} : { label: tags['label'] };
