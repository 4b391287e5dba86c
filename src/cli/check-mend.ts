// How an operator mends what keeps a component from its server: for the server that was found, with the lines to add.
import type { Transport } from '../config.ts';
import type { ProblemCode } from '../xmpp/stream/retry.ts';

/** The servers whose configuration we know. */
export type ServerName = 'Prosody' | 'ejabberd';

/** Stands where the secret goes: no secret is ever printed. */
export const SECRET_HERE = 'THE SECRET OF THIS TRANSPORT';

/** What to do, line by line. Without a server's name it is told for each that we know. */
export function mendStream(code: ProblemCode, transport: Transport, server: ServerName | undefined): readonly string[] {
  const known: readonly ServerName[] = server === undefined ? ['Prosody', 'ejabberd'] : [server];
  switch (code) {
    case 'unreachable':
    case 'not-xmpp':
    case 'invalid-namespace':
      return [...known.flatMap((each) => listening(each, transport)), 'or set [xmpp] server in the config of Moongate'];
    case 'host-unknown':
      return known.flatMap((each) => adding(each, transport));
    case 'not-authorized':
      return server === 'Prosody'
        ? sameSecret(transport)
        : [...sameSecret(transport), ...known.flatMap((each) => adding(each, transport))];
    case 'conflict':
    case 'no-fence':
      return [
        'end the other program that is connected by this name; or the name is that of a host for users: take another',
      ];
    case 'refused-silently':
      return ['see what the server logs: the name is in use, or it may not be a component there'];
    case 'silent':
    case 'ended':
    case 'stream-error':
      return ['see what the server logs, and whether it is overloaded; restart it if it hangs'];
  }
}

function listening(server: ServerName, { server: { port } }: Transport): readonly string[] {
  if (server === 'Prosody') return [`in Prosody, above any VirtualHost: component_ports = { ${port} }`];
  return [`in ejabberd, below listen: a listener with port: ${port} and module: ejabberd_service`];
}

const sameSecret = ({ domain }: Transport): readonly string[] => [
  `make the secret of ${domain} the same in the server and in [transport.${JSON.stringify(domain)}]`,
];

function adding(server: ServerName, { domain, server: { port } }: Transport): readonly string[] {
  if (server === 'Prosody')
    return [
      'if it is not there yet, add this at the end of the configuration of Prosody, and restart it:',
      `  Component "${domain}"`,
      `    component_secret = "${SECRET_HERE}"`,
    ];
  return [
    `if it is not there yet, add this in ejabberd.yml, below hosts: of the listener with port ${port}, and restart ejabberd:`,
    `      "${domain}":`,
    `        password: "${SECRET_HERE}"`,
  ];
}
