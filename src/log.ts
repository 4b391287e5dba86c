// The log: JSON lines by pino, one for each event that an operator acts on. What must not be read is taken out here, at
// any depth, so that no caller can forget it.
import { pino, type DestinationStream, type Logger } from 'pino';

export type Level = 'debug' | 'info' | 'warn' | 'error';

/** Where log lines go. `fields` correlate: `account`, `lane`, `entry`, `transport`; an error goes in `error`. */
export interface Log extends Readonly<Record<Level, (fields: object, message: string) => void>> {
  /** A log whose lines all carry `fields`, and in which none of the texts in `conceal` ever appears. */
  child(fields: object, conceal?: readonly string[]): Log;
}

/** What a log needs to know; `content`: texts of messages may be logged. */
export interface LogOptions {
  readonly level: Level;
  readonly content: boolean;
  /** Secrets that may turn up within other texts, such as in the message of an error. */
  readonly conceal?: readonly string[];
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
  /** Standard output where absent. */
  readonly output?: DestinationStream;
}

/** Stands where a secret or the text of a message stood. */
export const CONCEALED = '[concealed]';

/** Names of fields that hold secrets, wherever they turn up. */
const SECRET = /secret|password|passwd|passphrase|token|credential|authorization|cookie|api_?key|vault/i;
/** Names of fields that hold what people wrote. */
const CONTENT = new Set(['text', 'body', 'content', 'caption', 'stanza', 'xml', 'subject', 'plan', 'quote']);
/** Deeper than this, or longer than this, nothing helps an operator any more. */
const DEEPEST = 6;
const MOST = 50;
/** Shorter texts would blot out too much. */
const SHORTEST = 4;

/** Makes the log of the process. Lines are written before the call returns, so that none is lost when it ends. */
export function createLog(options: LogOptions): Log {
  const now = options.now ?? Date.now;
  const root = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'message',
    },
    options.output ?? pino.destination({ dest: 1, sync: true }),
  );
  return new Wrapped(root, {}, { content: options.content, conceal: options.conceal ?? [] });
}

interface Rules {
  readonly content: boolean;
  readonly conceal: readonly string[];
}

/** Its functions are made when they are asked for: there is a log for each account. */
class Wrapped implements Log {
  readonly #root: Logger;
  readonly #fields: object;
  readonly #rules: Rules;

  constructor(root: Logger, fields: object, rules: Rules) {
    this.#root = root;
    this.#fields = fields;
    this.#rules = rules;
  }

  get debug(): Log['debug'] {
    return this.#at('debug');
  }
  get info(): Log['info'] {
    return this.#at('info');
  }
  get warn(): Log['warn'] {
    return this.#at('warn');
  }
  get error(): Log['error'] {
    return this.#at('error');
  }

  child(fields: object, conceal: readonly string[] = []): Log {
    const rules =
      conceal.length === 0 ? this.#rules : { ...this.#rules, conceal: [...this.#rules.conceal, ...conceal] };
    return new Wrapped(this.#root, { ...this.#fields, ...fields }, rules);
  }

  #at(level: Level): Log[Level] {
    const [root, above, rules] = [this.#root, this.#fields, this.#rules];
    return (fields, message) => {
      if (root.isLevelEnabled(level)) root[level](cleaned({ ...above, ...fields }, rules), hide(message, rules));
    };
  }
}

function cleaned(fields: object, rules: Rules): object {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, field(name, value, rules, 1)]));
}

function field(name: string, value: unknown, rules: Rules, depth: number): unknown {
  if (value === undefined || value === null || typeof value === 'boolean') return value;
  if (SECRET.test(name)) return CONCEALED;
  if (!rules.content && CONTENT.has(name)) return CONCEALED;
  return clean(value, rules, depth);
}

function clean(value: unknown, rules: Rules, depth: number): unknown {
  if (typeof value === 'string') return hide(value, rules);
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value === 'function') return '[function]';
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return '[deeper]';
  if (value instanceof Error) return errorFields(value, rules, depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.slice(0, MOST).map((each) => clean(each, rules, depth + 1));
  const entries: [string, unknown][] = value instanceof Map ? mapEntries(value) : Object.entries(value);
  return Object.fromEntries(
    entries.slice(0, MOST).map(([name, each]) => [hide(name, rules), field(name, each, rules, depth + 1)]),
  );
}

const mapEntries = (map: ReadonlyMap<unknown, unknown>): [string, unknown][] =>
  [...map].map(([name, value]) => [String(name), value]);

/** An error with what an author needs to find its place; its own fields are judged like any other. */
function errorFields(error: Error, rules: Rules, depth: number): object {
  const { name, message, stack, cause, ...own } = error as Error & Record<string, unknown>;
  return {
    ...(clean(own, rules, depth) as object),
    name,
    message: hide(message, rules),
    stack: stack === undefined ? undefined : hide(stack, rules),
    cause: cause === undefined ? undefined : clean(cause, rules, depth + 1),
  };
}

function hide(text: string, { conceal }: Rules): string {
  let out = text;
  for (const secret of conceal) if (secret.length >= SHORTEST) out = out.replaceAll(secret, CONCEALED);
  return out;
}
