// Puts the two halves together over one store, and takes them apart again in an order that loses nothing.
import { randomBytes } from 'node:crypto';
import { Backend } from './back/back.ts';
import { streamOwner, type BackTransport } from './back/house.ts';
import { Sealed } from './back/sealed.ts';
import { systemClock, type Clock } from './clock.ts';
import type { Config } from './config.ts';
import { adapterProblems, loadAdapters, type Adapters } from './gateway/adapters.ts';
import { openGate, type Gate } from './gateway/gate.ts';
import { keepHouse } from './gateway/housekeeping.ts';
import { sleep } from './lane/land.ts';
import type { Back, Front } from './link.ts';
import type { Log } from './log.ts';
import type { Fence, Store } from './store/api.ts';
import { openStore } from './store/sqlite/index.ts';
import { Vault } from './store/vault.ts';
import { version } from './version.ts';
import type { Readiness } from './web/health.ts';

/** What a gateway needs besides its config; a test may stand in for some of it. */
export interface GatewayServices {
  readonly log: Log;
  readonly clock?: Clock;
  /** The store broke and cannot be used again: the process should end, and a restart resumes. */
  readonly onBroken?: (error: unknown) => void;
  /** Wraps the link between the halves; by default they call each other. */
  readonly link?: {
    readonly back: (back: Back) => Back;
    readonly front: (front: Front) => Front;
  };
}

/** A gateway that runs. */
export interface Gateway {
  /** Ready: every stream is online and the store can write. */
  health(): Readiness;
  /** What is wrong, in words for the operator: health, and what the adapters find when they ask their networks. */
  check(): Promise<readonly string[]>;
  /** Writes a copy of the store. Refuses to overwrite; writes to the store wait meanwhile. */
  backup(path: string): Promise<void>;
  /** Takes no new work, finishes or parks what is under way, and resolves when all is on disk. Bounded: below ten seconds. */
  stop(): Promise<void>;
}

/** Where the key of stanza ids and tokens is kept; made once, and never changed. */
const ID_KEY = 'id-key';
const OWNERSHIP_MS = 60_000;
/** Whatever is under way when the gateway stops has so long to end. */
const STOP_MS = 8_000;

/**
 * Starts a gateway. Rejects with what an operator can act on: a ConfigError, a StoreError, a VaultError. A server that is
 * away is none of these: its stream keeps trying.
 */
export async function startGateway(config: Config, services: GatewayServices): Promise<Gateway> {
  const clock = services.clock ?? systemClock;
  const adapters = await loadAdapters(config);
  const store = await openStore({ path: config.store.path });
  try {
    return await assemble(config, services, clock, adapters, store);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function assemble(
  config: Config,
  { log, link, onBroken }: GatewayServices,
  clock: Clock,
  adapters: Adapters,
  store: Store,
): Promise<Gateway> {
  const vault = new Vault(config.store.key, 'store.key');
  await vault.check(store);
  const node = `${process.pid}`;
  const own = await acquire(store, 'gateway', node);
  const sealed = new Sealed(store, vault);
  const key = await idKey(store, sealed, own);
  const gates = new Map<string, Gate>();
  const transports = config.transports.map(({ domain, onUncertain }): BackTransport => {
    const front = frontOf(() => gates.get(domain));
    const { adapter, config: parsed } = adapters.get(domain) ?? missing(domain);
    return { domain, adapter, config: parsed, onUncertain, front: link?.front(front) ?? front };
  });
  const backend = new Backend({ transports, store, sealed, key, clock, log, node });
  const back = link?.back(backend) ?? backend;
  for (const transport of config.transports) {
    const fence = await acquire(store, streamOwner(transport.domain), node);
    gates.set(transport.domain, await openGate({ transport, fence, store, back, key, clock, log, version: version() }));
  }
  await backend.start();
  for (const gate of gates.values()) gate.open();
  const stopKeeping = keepHouse(store, clock, log, config.archive);
  let stopping = false;
  void store.ended.then(() => {
    if (!stopping) onBroken?.(store.trouble);
  });
  return {
    health: () => health([...gates.values()], store, stopping),
    check: async () => [
      ...health([...gates.values()], store, stopping).reasons,
      ...(await adapterProblems(adapters, clock)),
    ],
    backup: (path) => store.backup(path),
    async stop() {
      stopping = true;
      stopKeeping();
      const ended = new AbortController();
      const all = Promise.all([...[...gates.values()].map((gate) => gate.close()), backend.stop()]);
      await Promise.race([all, sleep(clock, STOP_MS, ended.signal)]);
      ended.abort();
      await store.close();
    },
  };
}

async function acquire(store: Store, owner: string, node: string): Promise<Fence> {
  const fence = await store.acquire(owner, node, OWNERSHIP_MS);
  if (fence === undefined) throw new Error(`another node owns ${owner}`);
  return fence;
}

async function idKey(store: Store, sealed: Sealed, fence: Fence): Promise<Uint8Array> {
  const [known] = await sealed.open(0, [ID_KEY]);
  if (typeof known === 'string') return Buffer.from(known, 'base64');
  const made = randomBytes(32);
  await store.step({ fence, secrets: [sealed.value(0, ID_KEY, made.toString('base64'))] });
  return made;
}

function missing(domain: string): never {
  throw new Error(`no adapter was loaded for ${domain}`);
}

/** What the back tells before its front is there is lost, as any hint may be: the front reads the store when it starts. */
function frontOf(gate: () => Gate | undefined): Front {
  return {
    wake: (lane, entries) => gate()?.front.wake(lane, entries),
    hint: (account, hint) => gate()?.front.hint(account, hint),
    session: (account, status) => gate()?.front.session(account, status),
    contact: (account, user) => gate()?.front.contact(account, user),
    room: (account, room) => gate()?.front.room(account, room),
    members: (...told) => gate()?.front.members(...told),
    moved: (account, from, to) => gate()?.front.moved(account, from, to),
  };
}

function health(gates: readonly Gate[], store: Store, stopping: boolean): Readiness {
  if (stopping) return { ready: false, reasons: ['stopping'] };
  const reasons = gates.flatMap(({ problem }) => problem ?? []);
  if (store.trouble) reasons.push(`store: ${store.trouble.message}`);
  const undelivered = gates.reduce((sum, gate) => sum + gate.undelivered, 0);
  return { ready: reasons.length === 0, reasons, undelivered };
}
