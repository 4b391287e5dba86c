// One registered connection: lines in, lines out in order and no faster than the server bears, and whose answer is whose.
// connecting -> registering -> up -> over. What comes in is offered to the talks first (who asked gets his answer), then to
// the one who listens.
import { randomBytes } from 'node:crypto';
import { AdapterError } from 'moongate/adapter';
import { Client } from 'irc-framework';
import type { Message } from 'irc-framework';
import { refusedAtDoor, whyClosed } from './door.ts';
import type { Environment } from './environment.ts';
import { Bucket } from './flood.ts';
import type { Flood } from './flood.ts';
import { line } from './line.ts';
import type { Tags } from './line.ts';
import { modeTable, PLAIN_MODES } from './modes.ts';
import type { ModeTable } from './modes.ts';
import { caseMapping } from './names.ts';
import type { Names } from './names.ts';
import type { Pen } from './fences.ts';
import { away, Talks } from './talks.ts';
import type { Talk } from './talks.ts';
import { Batches } from './batches.ts';
import type { Batch } from './batches.ts';
import { transportTo } from './wire.ts';
import type { Reach, Wire } from './wire.ts';
import type { Settings } from './settings.ts';

/** Commands that irc-framework sees to: capabilities, SASL, ISUPPORT, its answer to PING. */
const FRAMEWORK = new Set([
  'CAP',
  'AUTHENTICATE',
  'PING',
  'NICK',
  'RPL',
  '001',
  '005',
  '900',
  '902',
  '903',
  '904',
  '905',
  '906',
  '907',
]);
const CAPABILITIES = [
  'labeled-response',
  'draft/chathistory',
  'draft/event-playback',
  'draft/message-redaction',
  'standard-replies',
];

/** Hears what comes, in order. `claimed`: somebody asked for it. */
export interface Ear {
  message(message: Message, claimed: boolean): void;
  batch(batch: Batch, claimed: boolean): void;
  /** The connection is over; `quit`: we ended it. Nothing follows. */
  over(reason: AdapterError, quit: boolean): void;
}

/** Is asked first whose a message is. */
export interface Clerk {
  offer(message: Message, label: string | undefined): boolean;
  over(): void;
}

export interface LinkOptions {
  readonly reach: Reach;
  readonly settings: Settings;
  readonly names: Names;
  readonly flood: Flood | undefined;
  readonly env: Environment;
  /** Makes the one who hears what comes, before anything does. */
  readonly ear: (link: Link) => Ear;
}

export class Link {
  /** Unique in the world: what this connection says has keys that begin with it. */
  readonly epoch: string;
  modes: ModeTable = PLAIN_MODES;
  readonly #options: LinkOptions;
  readonly #client: Client;
  readonly #ear: Ear;
  readonly #bucket: Bucket;
  readonly #talks = new Talks();
  #clerk: Clerk | undefined;
  readonly #batches = new Batches();
  readonly #registered = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  #state: 'registering' | 'up' | 'over' = 'registering';
  #nick: string;
  #tries = 0;
  #quitting = false;
  #lastWords = '';
  #refused: AdapterError | undefined;

  private constructor(options: LinkOptions) {
    const { settings, reach, env } = options;
    this.#options = options;
    this.#nick = settings.nick;
    this.epoch = `${env.now().toString(36)}-${randomBytes(6).toString('base64url')}`;
    this.#bucket = new Bucket(options.flood, () => env.monotonic());
    this.#registered.promise.catch(() => undefined);
    this.#ear = options.ear(this);
    this.#client = new Client();
    this.#client.requestCap(CAPABILITIES);
    this.#client.use((_, raw) => {
      raw.use((command, message, _line, _client, next) => this.#take(command, message, next));
    });
    this.#client.on('socket close', (error) => this.#over(error));
    this.#client.on('sasl failed', ({ reason, message }) => this.#saslFailed(reason, message));
    this.#client.connect({
      host: reach.host,
      port: reach.port,
      nick: settings.nick,
      username: settings.username,
      gecos: settings.realname,
      ...(settings.password === undefined ? {} : { password: settings.password }),
      account: settings.sasl ?? {},
      transport: transportTo(reach),
      ...{ auto_reconnect: false, ping_interval: 0, ping_timeout: 0, version: '' },
      ...{ enable_chghost: true, enable_setname: true, enable_echomessage: true },
    });
  }

  /** Connects and registers. Rejects with an AdapterError, and leaves nothing open then. */
  static async open(options: LinkOptions, signal: AbortSignal): Promise<Link> {
    const link = new Link(options);
    const late = setTimeout(() => link.#refuse(away('it did not answer in time')), options.env.registerMs);
    const abort = (): void => link.#refuse(away('the session ended'));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      await link.#registered.promise;
      return link;
    } catch (error) {
      await link.close();
      throw error;
    } finally {
      clearTimeout(late);
      signal.removeEventListener('abort', abort);
    }
  }

  /** Our nick, as the server has it. */
  get nick(): string {
    return this.#nick;
  }

  isMe(nick: string): boolean {
    return this.#options.names.same(nick, this.#nick);
  }

  has(capability: string): boolean {
    return this.#client.network.cap.isEnabled(capability);
  }

  /** What ISUPPORT says of a word: its value, true without one. */
  supports(word: string): unknown {
    return this.#client.network.options[word];
  }

  /** True where the server passes this tag of clients on. */
  passes(tag: string): boolean {
    if (!this.has('message-tags')) return false;
    const denied = this.supports('CLIENTTAGDENY');
    if (!Array.isArray(denied)) return true;
    return denied[0] === '*' ? denied.includes(`-${tag}`) : !denied.includes(tag);
  }

  get isUp(): boolean {
    return this.#state === 'up';
  }

  /** True where a line would go out at once. */
  get free(): boolean {
    return this.#state === 'up' && this.#bucket.free;
  }

  /** Writes a line in its turn; nobody asks what becomes of it. */
  write(command: string, params: readonly string[], tags?: Tags): void {
    const said = line(command, params, tags);
    this.#bucket.run(() => this.#send(said));
  }

  /** Writes a line when nothing else waits. */
  writeAtLeisure(command: string, params: readonly string[]): void {
    const said = line(command, params);
    this.#bucket.atLeisure(() => this.#send(said));
  }

  /**
   * Writes lines and waits for what belongs to them. Rejects with 'temporary' where none was written, with 'uncertain' where
   * the connection ended or the time was up behind that.
   */
  talk<T>(talk: Talk<T>): Promise<T> {
    if (this.#state !== 'up') return Promise.reject(away('the connection is closed'));
    return this.#talks.begin(
      talk,
      (said, cancelled) => this.#bucket.run(said, cancelled),
      (text) => this.#send(text),
    );
  }

  /** How lines are written by one who follows each of them; `clerk` hears what comes before anybody else. */
  attend<T extends Clerk>(clerk: (pen: Pen) => T): T {
    const bucket = this.#bucket;
    const attending = clerk({
      run: (write, cancelled) => bucket.run(write, cancelled),
      next: (write) => bucket.next(write),
      atLeisure: (write, cancelled) => bucket.atLeisure(write, cancelled),
      send: (said) => this.#send(said),
      get waits() {
        return bucket.waits;
      },
    });
    this.#clerk = attending;
    return attending;
  }

  /** No more is read until `resume`. */
  pause(): void {
    this.#wire?.pause();
  }

  resume(): void {
    this.#wire?.resume();
  }

  /** Ends the connection; resolves when its socket is gone. */
  async close(words = ''): Promise<void> {
    this.#quitting = true;
    this.#bucket.end();
    if (this.#state === 'up') this.#send(line('QUIT', [words]));
    this.#wire?.close(this.#state !== 'up');
    const late = setTimeout(() => this.#wire?.close(true), this.#options.env.quitMs);
    await this.#gone.promise;
    clearTimeout(late);
  }

  get #wire(): Wire | undefined {
    return (this.#client as unknown as { connection: { transport: Wire | null } }).connection.transport ?? undefined;
  }

  #send(said: string): void {
    if (this.#state !== 'over') this.#wire?.writeLine(said);
  }

  /** The server will not have us: open() rejects with this. */
  #refuse(error: AdapterError): void {
    this.#refused ??= error;
    this.#registered.reject(this.#refused);
  }

  #saslFailed(reason: string, message = reason): void {
    // Services that are away for a while take the capability with them.
    if (reason === 'capability_missing') return this.#refuse(away('it offers no SASL now'));
    this.#refuse(new AdapterError({ code: 'auth-lost' }, `The server refused the SASL account: ${message}`));
  }

  #over(error: unknown): void {
    if (this.#state === 'over') return;
    const reason = whyClosed(error, this.#lastWords);
    const before = this.#state;
    this.#state = 'over';
    this.#bucket.end();
    this.#refuse(reason);
    this.#clerk?.over();
    this.#talks.over();
    this.#client.removeAllListeners();
    if (before === 'up') this.#ear.over(reason, this.#quitting);
    this.#gone.resolve();
  }

  #take(command: string, message: Message, next: (error?: unknown) => void): void {
    if (this.#state === 'over') return;
    if (FRAMEWORK.has(command)) next();
    try {
      if (command === '005') this.#learn();
      if (command === 'ERROR') this.#lastWords = message.params.at(-1) ?? '';
      if (this.#state === 'registering') this.#register(command, message);
      this.#route(message);
    } catch (error) {
      this.#refuse(away(String(error)));
      this.#wire?.close(true);
    }
  }

  #learn(): void {
    const { names } = this.#options;
    names.mapping = caseMapping(this.supports('CASEMAPPING'));
    const types = this.supports('CHANTYPES');
    if (Array.isArray(types)) names.channelTypes = types.join('');
    this.modes = modeTable(this.supports('PREFIX'), this.supports('CHANMODES'));
  }

  #register(command: string, message: Message): void {
    const words = message.params.at(-1) ?? '';
    switch (command) {
      case '001':
        this.#nick = message.params[0] ?? this.#nick;
        break;
      case '376':
      case '422':
        this.#state = 'up';
        this.#registered.resolve();
        break;
      case '433':
      case '436':
      case '437':
        this.#another();
        break;
      default: {
        const refusal = refusedAtDoor(command, words, this.#nick);
        if (command === '465') this.#lastWords = words;
        if (refusal !== undefined) this.#refuse(refusal);
      }
    }
  }

  /** The nick is taken: another one, so that the user is there at all. */
  #another(): void {
    const { nick } = this.#options.settings;
    this.#tries += 1;
    const digits = String(Math.floor(this.#options.env.random() * 1000));
    this.#nick = this.#tries <= 2 ? nick + '_'.repeat(this.#tries) : nick.slice(0, 6) + digits;
    if (this.#tries > 10) return this.#refuse(away('all nicks are taken'));
    this.#send(line('NICK', [this.#nick]));
  }

  #route(message: Message): void {
    const batch = this.#batches.take(message);
    if (batch === undefined) return this.#deliver(message, message.tags['label']);
    if (batch === 'open') return;
    if (batch.type === 'labeled-response') {
      for (const one of batch.messages) this.#deliver(one, batch.label);
      return;
    }
    this.#ear.batch(batch, this.#talks.offerBatch(batch));
  }

  #deliver(message: Message, label: string | undefined): void {
    const claimed = (this.#clerk?.offer(message, label) ?? false) || this.#talks.offer(message, label);
    if (message.command === 'NICK' && this.isMe(message.nick)) {
      const before = this.#nick;
      this.#ear.message(message, claimed);
      this.#nick = message.params[0] ?? before;
      return;
    }
    this.#ear.message(message, claimed);
  }
}
