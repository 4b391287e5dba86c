// A component's connection to its XMPP server (XEP-0114 v1.6); the only file that imports @xmpp/component.
//
// The library connects, opens the stream and shakes hands. What it does to stanzas is replaced: they are read by our own
// bounded reader and never become its events, and they are written through our own output. What it does after the
// handshake (closing, reconnecting, answering) is not used at all.
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { component } from '@xmpp/component';
import type { Component } from '@xmpp/component';
import type { Element } from './stanza.ts';
import type { Stream, StreamOptions } from './stream/api.ts';
import { Keeper } from './stream/keeper.ts';
import type { Link, LinkEvents, LinkOptions } from './stream/link.ts';
import { Output } from './stream/output.ts';
import { Reader, UnreadableError } from './stream/reader.ts';
import { codeOfCondition, problemOf } from './stream/retry.ts';
import type { Problem, ProblemCode } from './stream/retry.ts';

export type { Element } from './stanza.ts';
export * from './stream/api.ts';

/** Opens a component's stream and keeps it up until `close()`. Nothing of it throws or rejects but as documented. */
export function openStream(options: StreamOptions): Stream {
  return new Keeper(options, (link, events) => new ComponentLink(link, events));
}

const NAMESPACE = 'jabber:component:accept';
const FOOTER = '</stream:stream>';

/** One connection. connecting -> opening -> online -> closing -> ended; any of them may be the last but one. */
class ComponentLink implements Link {
  readonly output: Output;
  readonly #options: LinkOptions;
  readonly #events: LinkEvents;
  readonly #entity: Component;
  readonly #socket: Socket;
  readonly #reader: Reader;
  // A character may be cut in two by the network; the library decodes each piece by itself.
  readonly #decoder = new StringDecoder('utf8');
  #phase: 'connecting' | 'opening' | 'online' | 'closing' | 'ended' = 'connecting';
  #streamId: string | undefined;
  #hasHeader = false;
  #problem: Problem | undefined;
  #cancelTimer: () => void;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#events = events;
    this.#reader = new Reader(options.limits, {
      header: (header) => this.#onHeader(header),
      stanza: (stanza) => this.#onStanza(stanza),
      nonza: (element) => this.#onNonza(element),
      refused: (stanza, why) => events.refused(stanza, why),
      end: () => this.#end(true),
    });
    this.#entity = this.#makeEntity();
    this.#cancelTimer = options.clock.after(options.limits.open, () => this.#onTooSlow());
    this.#socket = this.#dial();
    this.output = new Output(this.#socket, options.limits, options.clock, () => events.writable());
  }

  #onTooSlow(): void {
    this.abort(this.#phase === 'connecting' ? this.#problemOf('unreachable', 'no answer') : this.#problemOf('silent'));
  }

  #makeEntity(): Component {
    const { domain, host, port } = this.#options.place;
    const entity = component({
      service: `xmpp://${host}:${port}`,
      domain,
      password: (authenticate) => this.#authenticate(authenticate),
    });
    entity.reconnect.stop();
    entity.timeout = this.#options.limits.open;
    // Taken as they are: the library would need brackets around an IPv6 address, and then not resolve it.
    entity.socketParameters = () => ({ host, port });
    entity.Parser = EventEmitter;
    entity._onData = (chunk) => this.#onData(chunk);
    entity.on('error', (error: unknown) => this.#onError(error));
    return entity;
  }

  #dial(): Socket {
    const entity = this.#entity;
    const { domain } = this.#options.place;
    const connected = entity.connect('');
    // What goes wrong on the way is an `error` event as well, and what never happens ends with the timer.
    connected.then(() => (this.#phase === 'ended' ? undefined : entity.open({ domain }))).catch(() => undefined);
    const { socket } = entity;
    if (!socket) throw new Error('@xmpp/component made no socket');
    socket.setNoDelay(true);
    socket.on('connect', () => {
      if (this.#phase === 'connecting') this.#phase = 'opening';
    });
    socket.on('close', () => this.#end(false));
    return socket;
  }

  /** The library hashes the secret as Latin-1; XEP-0114 wants UTF-8, so it gets the bytes of UTF-8 as characters. */
  async #authenticate(authenticate: (secret: string) => Promise<void>): Promise<void> {
    // A header without an id is a refusal (Openfire says no more; others follow it with a stream error).
    if (!this.#streamId) return;
    await authenticate(Buffer.from(this.#options.secret, 'utf8').toString('latin1'));
  }

  close(): void {
    if (this.#phase !== 'online') return this.abort(this.#problemOf('ended'));
    this.#phase = 'closing';
    const { clock, limits } = this.#options;
    this.#cancelTimer = clock.after(limits.close, () => this.abort(this.#problemOf('silent')));
    this.output.write(FOOTER);
    this.output.flush();
  }

  abort(problem: Problem): void {
    this.#problem ??= problem;
    this.#end(false);
  }

  #onData(chunk: Buffer): void {
    this.#events.heard();
    if (this.#phase === 'online') this.output.heard();
    try {
      this.#reader.feed(this.#decoder.write(chunk));
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      this.abort(this.#problemOf(this.#hasHeader ? 'stream-error' : 'not-xmpp', error.message));
    }
  }

  #onHeader(header: Element): void {
    if (header.getName() !== 'stream') throw new UnreadableError(`it began with <${header.name}>`);
    this.#hasHeader = true;
    // Prosody says this at its port for clients, before it says that it knows no such host there.
    const { xmlns } = header.attrs;
    if (xmlns !== undefined && xmlns !== NAMESPACE) return this.abort(this.#problemOf('invalid-namespace', xmlns));
    this.#streamId = header.attrs['id'];
    this.#entity.parser?.emit('start', header);
  }

  #onStanza(stanza: Element): void {
    if (this.#phase === 'opening') throw new UnreadableError('the server sent a stanza before the handshake');
    this.#events.stanza(stanza);
  }

  #onNonza(element: Element): void {
    if (element.is('error', 'http://etherx.jabber.org/streams')) this.#onStreamError(element);
    else if (element.name === 'handshake' && this.#phase === 'opening') {
      // Now, not when the library's promise has resolved: stanzas of the same chunk come next.
      this.#phase = 'online';
      this.#cancelTimer();
      this.#events.online();
      this.#entity.parser?.emit('element', element);
    }
  }

  #onStreamError(element: Element): void {
    const texts = element.getChild('text')?.getText();
    const condition =
      element
        .getChildElements()
        .find((child) => child.getName() !== 'text')
        ?.getName() ?? 'unknown';
    this.#problem ??= this.#problemOf(codeOfCondition(condition), texts ? `${condition}: ${texts}` : condition);
  }

  #onError(error: unknown): void {
    const { code } = error as NodeJS.ErrnoException;
    // The library's own time-outs come here too, without a code; our timer says what they mean.
    if (this.#phase === 'ended' || !code) return;
    this.#problem ??= this.#problemOf(this.#phase === 'connecting' ? 'unreachable' : 'ended', code);
  }

  #problemOf(code: ProblemCode, detail?: string): Problem {
    return problemOf(code, this.#options.place, detail);
  }

  #end(clean: boolean): void {
    if (this.#phase === 'ended') return;
    const before = this.#phase;
    this.#phase = 'ended';
    this.#cancelTimer();
    this.#reader.stop();
    if (before === 'online') {
      // Our side of the stream is closed too, so that the server need not wonder.
      this.output.write(FOOTER);
      this.output.flush();
    }
    this.output.stop();
    if (clean) this.#socket.destroySoon();
    else this.#socket.destroy();
    // Whatever the library still waits for has failed; without this its timers would keep the process.
    this.#entity.emit('error', new Error('the connection has ended'));
    const silently = this.#hasHeader && !this.#streamId ? 'refused-silently' : 'ended';
    this.#events.ended({ clean, problem: this.#problem ?? this.#problemOf(silently) });
  }
}
