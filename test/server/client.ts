// A user's client for tests: real @xmpp/client, in clear on the loopback, with everything that arrived kept in order.
import { randomUUID } from 'node:crypto';
import { client } from '@xmpp/client';
import type { Entity } from '@xmpp/client';
import { x } from '../../src/xmpp/stanza.ts';
import type { Attributes, Child, Element } from '../../src/xmpp/stanza.ts';
import type { XmppServer } from './api.ts';

const WAIT_MS = 10_000;

export interface ClientOptions {
  /** Default: the server's main host. */
  readonly host?: string;
  /** Default: the name. */
  readonly password?: string;
  readonly resource?: string;
  /** Sends initial presence after login. Default true. */
  readonly available?: boolean;
  readonly priority?: number;
  /** Default: the server's client port (a test may put a proxy between). */
  readonly port?: number;
}

interface Waiter {
  readonly matches: (stanza: Element) => boolean;
  readonly resolve: (stanza: Element) => void;
}

export class TestClient implements AsyncDisposable {
  readonly #entity: Entity;
  readonly #waiters = new Set<Waiter>();
  /** Every stanza that arrived, in order; `waitFor` does not take from it. */
  readonly stanzas: Element[] = [];

  private constructor(entity: Entity) {
    this.#entity = entity;
    // A connection that dies is what some tests do; whoever waits then reports what is missing.
    entity.on('error', () => undefined);
    // The library decodes each chunk by itself, and tears letters apart that two chunks share.
    entity.on('connect', () => entity.socket?.setEncoding('utf8'));
    entity.on('stanza', (stanza: Element) => {
      this.stanzas.push(stanza);
      for (const waiter of [...this.#waiters]) if (waiter.matches(stanza)) waiter.resolve(stanza);
    });
  }

  /** Logs in as `user` and, unless told otherwise, sends presence. */
  static async connect(server: XmppServer, user: string, options: ClientOptions = {}): Promise<TestClient> {
    const credentials = { username: user, password: options.password ?? user };
    const entity = client({
      service: `xmpp://127.0.0.1:${options.port ?? server.clientPort}`,
      domain: options.host ?? server.host,
      ...(options.resource === undefined ? {} : { resource: options.resource }),
      // SCRAM costs more than a second in a test.
      credentials: (authenticate) => authenticate(credentials, 'PLAIN'),
    });
    entity.timeout = WAIT_MS;
    entity.reconnect.stop();
    const self = new TestClient(entity);
    await entity.start();
    if (options.available !== false) await self.available(options.priority);
    return self;
  }

  /** The full JID. */
  get jid(): string {
    return this.#entity.jid?.toString() ?? '';
  }

  get bare(): string {
    return this.jid.split('/')[0] ?? '';
  }

  /** Sends initial presence and resolves when the server reflects it: from now on messages arrive here. */
  async available(priority = 0): Promise<void> {
    const reflected = this.waitFor((stanza) => stanza.is('presence') && stanza.attrs['from'] === this.jid);
    await this.send(x('presence', {}, x('priority', {}, String(priority))));
    await reflected;
  }

  async send(stanza: Element): Promise<void> {
    await this.#entity.send(stanza);
  }

  /** Sends a chat message and returns its id. */
  async message(to: string, body: string, attrs: Attributes = {}, ...more: Child[]): Promise<string> {
    const id = attrs['id'] ?? randomUUID();
    await this.send(x('message', { type: 'chat', ...attrs, to, id }, x('body', {}, body), ...more));
    return id;
  }

  /** Sends an IQ and returns its answer, whether result or error. */
  async iq(type: 'get' | 'set', to: string | undefined, child: Element): Promise<Element> {
    const id = randomUUID();
    const answer = this.waitFor(
      (stanza) => stanza.is('iq') && stanza.attrs['id'] === id && /^(result|error)$/.test(stanza.attrs['type'] ?? ''),
    );
    await this.send(x('iq', { type, to, id }, child));
    return answer;
  }

  /**
   * The first stanza that matches, of those that arrived (from index `after` on) or will arrive; rejects with what did
   * arrive when there is none in time.
   */
  waitFor(matches: (stanza: Element) => boolean, { after = 0, ms = WAIT_MS } = {}): Promise<Element> {
    const found = this.stanzas.slice(after).find(matches);
    if (found) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        matches,
        resolve: (stanza) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(stanza);
        },
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        const last = this.stanzas.slice(-5).map(String).join('\n');
        reject(new Error(`${this.jid} waited ${ms} ms in vain for ${matches.toString()}; last arrived:\n${last}`));
      }, ms);
      this.#waiters.add(waiter);
    });
  }

  /** A message with this body, from anywhere. */
  body(text: string, options?: { after?: number; ms?: number }): Promise<Element> {
    return this.waitFor((stanza) => stanza.is('message') && stanza.getChildText('body') === text, options);
  }

  /** Bodies of the messages that arrived, in order; only those from `from` (a bare JID) where it is given. */
  bodies(from?: string): string[] {
    return this.stanzas
      .filter((stanza) => stanza.is('message') && stanza.attrs['type'] !== 'error')
      .filter((stanza) => from === undefined || stanza.attrs['from']?.split('/')[0] === from)
      .map((stanza) => stanza.getChildText('body'))
      .filter((body) => body !== null);
  }

  /** Ends the connection in an orderly way; harmless on one that is gone. */
  async close(): Promise<void> {
    await this.#entity.stop().catch(() => undefined);
  }

  /** Drops the connection without a word. */
  drop(): void {
    this.#entity.socket?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
