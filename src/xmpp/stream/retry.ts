// Why a stream is not up, in words for the operator, and how long to wait before trying again.
import type { StreamLimits } from './api.ts';

/** Stable codes of what can be wrong with a stream; one message each. */
export type ProblemCode =
  | 'unreachable'
  | 'not-authorized'
  | 'host-unknown'
  | 'conflict'
  | 'invalid-namespace'
  | 'not-xmpp'
  | 'silent'
  | 'no-fence'
  | 'refused-silently'
  | 'ended'
  | 'stream-error';

export interface Problem {
  readonly code: ProblemCode;
  readonly message: string;
}

/** Where the stream goes, for messages. */
export interface Place {
  readonly domain: string;
  readonly host: string;
  readonly port: number;
}

/** The problem with its message; `detail` is what the server or the system said. */
export function problemOf(code: ProblemCode, place: Place, detail = ''): Problem {
  const { domain } = place;
  const server = `${place.host}:${place.port}`;
  const said = detail === '' ? '' : ` (${detail})`;
  const messages: Readonly<Record<ProblemCode, string>> = {
    unreachable: `cannot reach the XMPP server at ${server}${said}: is it running, and is this its component port?`,
    // ejabberd says the same to a name it does not know.
    'not-authorized': `the XMPP server refused the secret of ${domain}: name and secret must be the same in its configuration`,
    'host-unknown': `the XMPP server at ${server} does not know the component ${domain}: add it to its configuration`,
    conflict: `another connection to the XMPP server is ${domain} already: is a second gateway running?`,
    'invalid-namespace': `${server} is not a port for components${said}: check the port in both configurations`,
    'not-xmpp': `${server} does not speak XMPP${said}: check the address and the port`,
    silent: `the XMPP server at ${server} accepts connections but says nothing`,
    'no-fence': `the XMPP server at ${server} does not route ${domain} back to this connection: is a second one open?`,
    'refused-silently': `the XMPP server closed the stream of ${domain} without a word: the name is in use or not allowed`,
    ended: `the XMPP server at ${server} ended the connection${said}`,
    'stream-error': `the XMPP server at ${server} ended the stream of ${domain} with an error${said}`,
  };
  return { code, message: messages[code] };
}

/** The code of a stream error's condition. */
export function codeOfCondition(condition: string): ProblemCode {
  switch (condition) {
    case 'not-authorized':
    case 'host-unknown':
    case 'conflict':
    case 'invalid-namespace':
      return condition;
    // What servers say to a component that comes to the port of clients or of servers.
    case 'bad-namespace-prefix':
    case 'unsupported-version':
      return 'invalid-namespace';
    default:
      return 'stream-error';
  }
}

/**
 * The pause in milliseconds after `failures` failures before this one: doubled with each up to the longest, and varied
 * by a quarter, so that gateways that lost one server do not come back as one. `random` is in [0, 1).
 */
export function retryPause(
  failures: number,
  code: ProblemCode | undefined,
  limits: Pick<StreamLimits, 'retry' | 'retryRefused'>,
  random: number,
): number {
  const [first, longest] = code === 'not-authorized' ? limits.retryRefused : limits.retry;
  const full = Math.min(longest, first * 2 ** Math.min(failures, 30));
  return full * (0.75 + random / 2);
}
