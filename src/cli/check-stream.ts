// Whether the XMPP server takes the gateway's components, tried while no gateway runs.
import { connect } from 'node:net';
import type { Transport } from '../config.ts';
import type { Clock } from '../clock.ts';
import { sleep } from '../lane/land.ts';
import { errorReply } from '../xmpp/error.ts';
import type { ProblemCode } from '../xmpp/stream/retry.ts';
import { openStream, UnsendableError, type Element, type Stream } from '../xmpp/stream.ts';
import { mendStream, type ServerName } from './check-mend.ts';

/** One thing that was looked at: without `mend` it is well. */
export interface Finding {
  readonly what: string;
  /** What the operator can do about it, line by line. */
  readonly mend?: readonly string[];
}

const FENCE_MS = 3_000;
const HEADER_MS = 2_000;

/** Opens the transport's stream as the gateway would, and closes it again. Whoever writes meanwhile gets an error. */
export async function checkStream(transport: Transport, clock: Clock): Promise<Finding> {
  const { domain, server } = transport;
  const problem = await tryStream(transport, clock);
  const name = problem?.code === 'unreachable' ? undefined : await serverName(transport, clock);
  if (problem === undefined) {
    return {
      what: `${domain}: the XMPP server at ${server.host}:${server.port}${name ? ` (${name})` : ''} accepts it`,
    };
  }
  return { what: `${domain}: ${problem.message}`, mend: mendStream(problem.code, transport, name) };
}

interface Trouble {
  readonly code: ProblemCode;
  readonly message: string;
}

async function tryStream(transport: Transport, clock: Clock): Promise<Trouble | undefined> {
  const { domain, server, secret } = transport;
  const opened = Promise.withResolvers<Trouble | undefined>();
  const nothing = (): void => undefined;
  const answer = (stanza: Element): void => sendBack(stream, stanza);
  const stream: Stream = openStream({
    ...{ domain, server, secret },
    log: {
      info: nothing,
      warn: nothing,
      error: (fields, message) => {
        const { problem } = fields as { readonly problem?: ProblemCode };
        if (problem !== undefined) opened.resolve({ code: problem, message });
      },
    },
    clock: { now: () => clock.monotonic(), after: (ms, work) => clock.after(ms, work), random: () => clock.random() },
    onStanza: answer,
    onRefused: answer,
    onOnline: () => opened.resolve(undefined),
    onOffline: nothing,
  });
  const trouble = (await opened.promise) ?? (await notRouted(stream, transport, clock));
  await stream.close();
  return trouble;
}

/** What came to us while we only look is not taken: its sender is told, as he is while no gateway runs. */
function sendBack(stream: Stream, stanza: Element): void {
  const reply = stanza.is('presence') ? undefined : errorReply(stanza, { code: 'offline' }, stanza.attrs['xml:lang']);
  try {
    if (reply) stream.send(reply);
  } catch (error) {
    if (!(error instanceof UnsendableError)) throw error; // no address to answer to
  }
}

async function notRouted(stream: Stream, { domain, server }: Transport, clock: Clock): Promise<Trouble | undefined> {
  const ended = new AbortController();
  const late = sleep(clock, FENCE_MS, ended.signal).then(() => false);
  const back = await Promise.race([
    stream.fence().then(
      () => true,
      () => false,
    ),
    late,
  ]);
  ended.abort();
  if (back) return undefined;
  const where = `${server.host}:${server.port}`;
  return { code: 'no-fence', message: `the XMPP server at ${where} does not route ${domain} back to this connection` };
}

/**
 * Which server it is, by how it begins a stream; no handshake is made, so nothing is routed to it. ejabberd's stream ids are
 * long numbers; Prosody's are UUIDs, and it explains itself to a name that it does not know. Undefined: another server.
 */
function serverName({ domain, server }: Transport, clock: Clock): Promise<ServerName | undefined> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect({ host: server.host, port: server.port });
    const end = (name: ServerName | undefined): void => {
      cancel();
      socket.destroy();
      resolve(name);
    };
    const cancel = clock.after(HEADER_MS, () => end(undefined));
    socket.on('error', () => end(undefined)).on('close', () => end(undefined));
    socket.on('data', (chunk) => {
      said += chunk.toString('latin1');
      if (/<stream:stream[^>]* id=['"]\d{8,}['"]/.test(said)) end('ejabberd');
      else if (/<stream:stream[^>]* id=['"][0-9a-f]{8}(?:-[0-9a-f]{4}){3}-/.test(said)) end('Prosody');
      else if (said.includes('does not match any configured external components')) end('Prosody');
    });
    socket.write(
      `<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' ` +
        `xmlns='jabber:component:accept' to='${domain}'>`,
    );
  });
}
