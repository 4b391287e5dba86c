// Who may ask the running gateway for more than health: whoever can read its key file. Each question is signed with a key that
// is derived from it and with the time, and each answer likewise, so that neither a web page nor another program on the port
// can pass for one of the two. The key itself never travels.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** What is signed of a question. */
export interface Question {
  readonly command: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Unique. */
  readonly nonce: string;
  readonly body: string;
}

/** A question is answered only so long after its time, or before it, in milliseconds. */
export const FRESH_MS = 60_000;

/** The key for questions, from the text of a vault's key file. Its last line, as new keys are put on top of old ones. */
export function passKey(vault: string): Uint8Array {
  const lines = vault.split('\n').map((line) => line.trim());
  const last = lines.findLast((line) => line !== '' && !line.startsWith('#')) ?? '';
  return createHmac('sha256', last).update('moongate control').digest();
}

/** The header value of a question: time, nonce and signature. */
export function signQuestion(key: Uint8Array, question: Question): string {
  return `${question.time} ${question.nonce} ${hmac(key, 'question', question)}`;
}

/** The header value of the answer to a question. */
export function signAnswer(key: Uint8Array, { nonce, command, time }: Question, answer: string): string {
  return hmac(key, 'answer', { nonce, command, time, body: answer });
}

/** Whether a signed answer is one to this question. */
export function isAnswer(key: Uint8Array, question: Question, answer: string, signature: string | undefined): boolean {
  return signature !== undefined && equal(signature, signAnswer(key, question, answer));
}

/** Judges questions: each is taken once, while it is fresh, and only with the right key. */
export class Doorkeeper {
  readonly #key: Uint8Array;
  /** Nonces that were used, with the time until which they would be fresh. */
  readonly #used = new Map<string, number>();

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** The question, if its header may be believed at `now`. */
  admit(command: string, header: string | undefined, body: string, now: number): Question | undefined {
    const [, time, nonce, signature] = /^(\d{1,15}) ([\w-]{16,64}) ([0-9a-f]{64})$/.exec(header ?? '') ?? [];
    if (time === undefined || nonce === undefined || signature === undefined) return undefined;
    const question = { command, time: Number(time), nonce, body };
    if (Math.abs(now - question.time) > FRESH_MS || this.#used.has(nonce)) return undefined;
    if (!equal(signature, hmac(this.#key, 'question', question))) return undefined;
    for (const [old, until] of this.#used) if (until < now) this.#used.delete(old);
    this.#used.set(nonce, question.time + 2 * FRESH_MS);
    return question;
  }
}

function hmac(key: Uint8Array, kind: 'question' | 'answer', { command, time, nonce, body }: Question): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([kind, command, time, nonce, body]))
    .digest('hex');
}

function equal(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
