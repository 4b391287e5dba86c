// A stream under test, with everything it said kept: stanzas, refusals, log lines, comings and goings.
import { openStream } from '../../src/xmpp/stream.ts';
import type { Element, Refusal, Stream, StreamOptions } from '../../src/xmpp/stream.ts';
import { Watch } from './until.ts';

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export type GateOptions = Partial<StreamOptions> & { readonly port: number };

export class Gate implements AsyncDisposable {
  readonly stream: Stream;
  readonly stanzas: Element[] = [];
  readonly refused: { readonly stanza: Element; readonly why: Refusal }[] = [];
  readonly lines: LogLine[] = [];
  readonly ends: { readonly clean: boolean }[] = [];
  /** How long the server had said nothing when each stream ended, in milliseconds. */
  readonly silences: number[] = [];
  onlines = 0;
  writables = 0;
  readonly #watch = new Watch();

  constructor({ port, ...options }: GateOptions) {
    const log =
      (level: LogLine['level']) =>
      (fields: object, message: string): void => {
        this.lines.push({ level, fields: { ...fields }, message });
        this.#watch.notify();
      };
    this.stream = openStream({
      domain: 'gate.example.org',
      server: { host: '127.0.0.1', port },
      secret: 'gate-secret',
      log: { info: log('info'), warn: log('warn'), error: log('error') },
      onRefused: (stanza, why) => {
        this.refused.push({ stanza, why });
        this.#watch.notify();
      },
      onWritable: () => {
        this.writables++;
        this.#watch.notify();
      },
      ...options,
      onStanza: (stanza) => {
        this.stanzas.push(stanza);
        this.#watch.notify();
        return options.onStanza?.(stanza);
      },
      onOnline: () => {
        this.onlines++;
        options.onOnline?.();
        this.#watch.notify();
      },
      onOffline: (end) => {
        this.ends.push({ clean: end.clean });
        this.silences.push(end.silent);
        options.onOffline?.(end);
        this.#watch.notify();
      },
    });
  }

  /** Resolves when the stream has come online for the `times`-th time. */
  online(times = 1, ms?: number): Promise<boolean> {
    return this.until(`online ${times}`, () => this.onlines >= times, ms);
  }

  until<T>(what: string, probe: () => T | undefined | false, ms?: number): Promise<T> {
    return this.#watch.until(`${what}; logged: ${this.lines.map(({ message }) => message).join(' | ')}`, probe, ms);
  }

  /** The message with this body, now or when it comes. */
  body(text: string, ms?: number): Promise<Element> {
    return this.until(`message ${text}`, () => this.stanzas.find((stanza) => stanza.getChildText('body') === text), ms);
  }

  /** What the operator was told at this level. */
  messages(level: LogLine['level']): string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stream.close();
  }
}
