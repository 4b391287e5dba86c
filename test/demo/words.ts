// What the demo prints. The last line starts with `ready` and has the page's address: the browser test waits for it.
import type { OtherSide } from './telegram.ts';

interface Told {
  readonly page: string;
  readonly jid: string;
  readonly password: string;
  /** Where clients connect. */
  readonly port: number;
  readonly other: OtherSide;
  /** The domains of the two transports. */
  readonly domains: readonly string[];
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Says what there is to try. */
export function tell({ page, jid, password, port, other, domains }: Told): void {
  const names = other.people.map(({ name }) => name);
  const telegram =
    names.length > 0
      ? `Write to ${names.join(' or ')}: they sit at a Telegram server that belongs to the demo, and answer.`
      : `Open https://t.me/${other.username} in Telegram, press Start and write: you appear in the list of contacts.`;
  const lines = [
    '',
    'Moongate runs, between Prosody and two networks: telegram and loopback.',
    '',
    `  In a browser      ${page}`,
    `                    ${telegram}`,
    `                    write anything to Echo, "every 5" to Clock ("stop" ends it), "reject" to Flaky.`,
    `                    A room: Groupchats, Query server, Show groupchats, Garden; write "help" there.`,
    `  In any client     account ${jid}, password ${password},`,
    `                    host 127.0.0.1, port ${port}, without TLS`,
    `  By chat           write "help" to ${domains.join(' or ')}: the gateway itself listens there`,
    `  To end it         Ctrl-C; nothing stays behind`,
    '',
    `ready: ${page}`,
  ];
  for (const line of lines) say(line);
}
