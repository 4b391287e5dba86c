// Whether the Bot API can be reached at all, for the operator: asked without any bot, so that nothing is taken from one.
import type { IncomingMessage } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { TelegramConfig } from './config.ts';
import type { Environment } from './environment.ts';

// Not imported: an import makes Node load its clients for fetch and HTTP/2 as well.
const plain = process.getBuiltinModule('node:http');

/** HTTP tells the time in whole seconds, and an answer takes a while. */
const CLOCK_MS = 60_000;

/** What is wrong, in words for the operator; empty when nothing is. */
export async function reach(config: TelegramConfig, signal: AbortSignal, env: Environment): Promise<readonly string[]> {
  const { apiRoot } = config;
  try {
    const response = await ask(apiRoot, signal);
    response.destroy();
    return clockProblem(apiRoot, response.headers.date, env.now());
  } catch (error) {
    const said = (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));
    return [
      `api_root cannot be reached: ${apiRoot} (${said}). Check the address, the name server and the firewall of this machine`,
    ];
  }
}

/** Whatever the answer says, it is one: the root of the Bot API is no method. */
function ask(url: string, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.startsWith('https:') ? secureRequest : plain.request;
  return new Promise((resolve, reject) => {
    request(`${url}/`, { method: 'GET', agent: false, signal }, resolve).once('error', reject).end();
  });
}

function clockProblem(apiRoot: string, date: string | undefined, now: number): readonly string[] {
  const ahead = now - Date.parse(date ?? '');
  if (Number.isNaN(ahead) || Math.abs(ahead) <= CLOCK_MS) return [];
  const seconds = Math.round(Math.abs(ahead) / 1_000);
  return [
    `the clock of this machine is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} that of ${apiRoot}: let it be set by NTP`,
  ];
}
