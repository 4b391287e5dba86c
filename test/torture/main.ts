// `npm run torture -- --kills N|--rounds N --seed S [--server prosody|ejabberd] [--network NAME] [--tokens on|off]`
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { servers } from '../server/index.ts';
import { inspircd, ngircd } from '../server/ircd.ts';
import { ircThatKeeps } from './irc-kept.ts';
import { ircRooms } from './irc-rooms.ts';
import { loopbackNetwork } from './loopback.ts';
import { pigeonRooms } from './pigeon-rooms.ts';
import { pigeonNetwork } from './pigeon.ts';
import { torture } from './run.ts';
import { table, unanswered } from './table.ts';
import { telegramNetwork } from './telegram.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '25' },
    /** Instead of kills: so many blows of any kind, one upon the other, as in the tests. */
    rounds: { type: 'string' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    server: { type: 'string', default: 'prosody' },
    network: { type: 'string', default: 'telegram' },
    /** Pigeon alone: whether it recognises what it is sent twice. */
    tokens: { type: 'string', default: 'on' },
    /** Where the gateway's log goes. */
    log: { type: 'string' },
    /** Where everything goes that the judge had before it, as JSON. */
    evidence: { type: 'string' },
  },
});
const networks = {
  telegram: telegramNetwork,
  loopback: loopbackNetwork,
  pigeon: () => pigeonNetwork(values.tokens === 'on'),
  'pigeon-rooms': pigeonRooms,
  'irc-inspircd': () => ircRooms(inspircd),
  'irc-ngircd': () => ircRooms(ngircd),
  'irc-history': () => ircRooms(ircThatKeeps),
};
const server = servers.find(({ name }) => name === values.server);
const network = Object.entries(networks).find(([name]) => name === values.network)?.[1];
if (server === undefined || network === undefined) throw new Error('there is no such server or network');
const seed = Number(values.seed);
const kind = values.network === 'pigeon' ? `pigeon, tokens ${values.tokens},` : values.network;
const name = `${kind} on ${values.server}, seed ${seed}`;
console.log(name);
const extent =
  values.rounds === undefined ? { kills: Number(values.kills) } : { rounds: Number(values.rounds), brisk: true };
const run = await torture({ server, network, seed, extent, say: (line) => console.log(line) });
if (values.log !== undefined) writeFileSync(values.log, run.log);
for (const line of unanswered(run)) console.log(`unanswered: ${line}`);
for (const [code, count] of run.verdict.errors) console.log(`answered with ${code}: ${count}`);
const reached = new Set(run.evidence.arrived.map(({ text }) => text));
const both = run.evidence.written.filter(({ errors, text }) => errors.length > 0 && reached.has(text));
const once = both.filter(({ handed }) => handed.length === 1);
console.log(`arrived and was answered with an error: ${both.length}, of them handed over once: ${once.length}`);
for (const { text, handed, errors, receipt } of once.slice(0, 5))
  console.log(JSON.stringify({ text, handed, errors, receipt }));
console.log(`handed over again by clients: ${run.verdict.handedAgain}`);
for (const fault of run.verdict.faults) console.log(`fault: ${fault}`);
console.log(`\n${table([{ name, run }])}`);
if (values.evidence !== undefined) writeFileSync(values.evidence, JSON.stringify(run.evidence));
// Node 24, leaving by itself, now and then waits for ever for sockets that are long closed.
process.exit(run.verdict.faults.length === 0 ? 0 : 1);
