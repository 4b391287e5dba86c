// Asks the gateway that runs, over web.listen; nothing that it says is believed unless it has the same key file.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Config } from '../config.ts';
import { PASS, PREFIX, PROOF, type Outcome } from '../web/control.ts';
import { isAnswer, passKey, signQuestion } from '../web/pass.ts';

/**
 * What came of a question. `silent`: nobody listens there. `stranger`: what answers is no gateway with this key. `told`: the
 * gateway's own answer. `failed`: the gateway's own complaint.
 */
export type Answer =
  | { readonly kind: 'silent' | 'stranger'; readonly why: string }
  | { readonly kind: 'told'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly why: string };

type Asked = Pick<Config, 'web' | 'store'>;

/** Asks `command` of the gateway behind web.listen; undefined where the config names none. Waits as long as it works. */
export async function askGateway(
  { web, store }: Asked,
  command: string,
  argument: object,
): Promise<Answer | undefined> {
  if (web === undefined) return undefined;
  const key = passKey(store.key);
  const nonce = randomBytes(16).toString('hex');
  const question = { command, time: Date.now(), nonce, body: JSON.stringify(argument) };
  const headers = { 'content-type': 'application/json', [PASS]: signQuestion(key, question) };
  const host = reachable(web.host);
  const at = `${web.host}:${web.port}`;
  let answer: Reply;
  try {
    answer = await post({ host, port: web.port, path: PREFIX + command, headers }, question.body);
  } catch (error) {
    return { kind: 'silent', why: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
  if (answer.status !== 200) {
    const whose = answer.status === 401 ? ': it has another key file, or another clock' : '';
    return { kind: 'stranger', why: `what listens on ${at} refuses (HTTP status ${answer.status})${whose}` };
  }
  if (!isAnswer(key, question, answer.text, answer.proof)) {
    return { kind: 'stranger', why: `what listens on ${at} is not the gateway of this config` };
  }
  const outcome = JSON.parse(answer.text) as Outcome;
  return outcome.ok ? { kind: 'told', value: outcome.value } : { kind: 'failed', why: outcome.error };
}

/** An address that stands for all of the machine's is asked over the loopback. */
const reachable = (host: string): string => ({ '0.0.0.0': '127.0.0.1', '::': '::1' })[host] ?? host;

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly proof: string | undefined;
}
interface Target {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

function post(target: Target, body: string): Promise<Reply> {
  const { request } = process.getBuiltinModule('node:http');
  return new Promise((resolve, reject) => {
    const asking = request({ ...target, method: 'POST', agent: false }, (response) => {
      read(response).then(resolve, reject);
    });
    asking.once('error', reject);
    asking.end(body);
  });
}

async function read(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const proof = response.headers[PROOF];
  return {
    status: response.statusCode ?? 0,
    text: Buffer.concat(chunks).toString(),
    proof: typeof proof === 'string' ? proof : undefined,
  };
}
