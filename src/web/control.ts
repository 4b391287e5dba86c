// The operator's questions to the running gateway: POST /control/COMMAND, from this machine and with a pass only.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { Doorkeeper, signAnswer } from './pass.ts';

/** What may be asked. `argument` is what came as JSON; what is thrown is told in its words. */
export type Commands = Readonly<Record<string, (argument: unknown) => Promise<unknown>>>;

/** What control needs to know. */
export interface ControlOptions {
  /** From `passKey`. */
  readonly key: Uint8Array;
  readonly commands: Commands;
  readonly clock: Pick<Clock, 'now'>;
}

/** What was asked came to this end; `error` is for the operator. */
export type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: string };

export const PREFIX = '/control/';
export const PASS = 'moongate-pass';
export const PROOF = 'moongate-proof';
const MOST_BYTES = 65_536;

/** Takes requests below /control/. */
export function control({ key, commands, clock }: ControlOptions) {
  const door = new Doorkeeper(key);
  return async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    if (!isLoopback(request.socket.remoteAddress)) return refuse(response, 403, 'from this machine only');
    if (request.method !== 'POST') return refuse(response, 405, 'POST only');
    const body = await read(request);
    if (body === undefined) return refuse(response, 413, 'too large');
    const command = path.slice(PREFIX.length);
    const header = request.headers[PASS];
    const question = door.admit(command, typeof header === 'string' ? header : undefined, body, clock.now());
    if (question === undefined) return refuse(response, 401, 'without a pass nothing is answered');
    const answer = JSON.stringify(await run(Object.hasOwn(commands, command) ? commands[command] : undefined, body));
    response.writeHead(200, { 'content-type': 'application/json', [PROOF]: signAnswer(key, question, answer) });
    response.end(answer);
  };
}

async function run(command: Commands[string] | undefined, body: string): Promise<Outcome> {
  if (command === undefined)
    return { ok: false, error: 'the gateway that runs does not know this: it is another version' };
  try {
    return { ok: true, value: (await command(JSON.parse(body))) ?? null };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

function refuse(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(`${JSON.stringify({ error })}\n`);
}

/** The body as text, or undefined if it is too large or broke off. */
async function read(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MOST_BYTES) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined; // whoever asked has gone
  }
  return Buffer.concat(chunks).toString();
}

const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && /^(127\.|::1$|::ffff:127\.)/.test(address);
