// The networks of a config: their adapters are loaded, given their settings, and asked what is wrong with them.
import type { AnyAdapter } from '../adapter/api.ts';
import { loadAdapter } from '../adapter/load.ts';
import type { Clock } from '../clock.ts';
import { ConfigError, type Config, type ConfigFault } from '../config.ts';
import { sleep } from '../lane/land.ts';

/** An adapter with what its parseConfig made of the transport's table. */
export interface Loaded {
  readonly adapter: AnyAdapter;
  readonly config: unknown;
}
/** By component domain. */
export type Adapters = ReadonlyMap<string, Loaded>;

/** Loads the adapters of all transports. Rejects with a ConfigError that names every fault. */
export async function loadAdapters(config: Config): Promise<Adapters> {
  const loaded = new Map<string, Loaded>();
  const faults: ConfigFault[] = [];
  for (const { adapter: name, adapterPlace, domain, options, place } of config.transports) {
    let at = adapterPlace;
    try {
      const { adapter } = await loadAdapter(name, config.folder);
      at = place;
      loaded.set(domain, { adapter, config: adapter.parseConfig(options) });
    } catch (error) {
      faults.push({ ...at, cause: error instanceof Error ? error.message : String(error) });
    }
  }
  if (faults.length > 0) throw new ConfigError(config.file, faults);
  return loaded;
}

const CHECK_MS = 10_000;

/** What the adapters say is wrong, each with its domain in front. Never rejects, and ends in time. */
export async function adapterProblems(adapters: Adapters, clock: Clock): Promise<readonly string[]> {
  const asked = [...adapters].map(async ([domain, loaded]) => {
    const problems = await problemsOf(loaded, clock);
    return problems.map((problem) => `${domain}: ${problem}`);
  });
  return (await Promise.all(asked)).flat();
}

async function problemsOf({ adapter, config }: Loaded, clock: Clock): Promise<readonly string[]> {
  if (adapter.check === undefined) return [];
  const [ended, late] = [new AbortController(), new AbortController()];
  const tooLate = sleep(clock, CHECK_MS, ended.signal).then(() => {
    late.abort();
    return [`the check of the adapter did not end within ${CHECK_MS / 1_000} s`];
  });
  try {
    return await Promise.race([adapter.check(config, late.signal), tooLate]);
  } catch (error) {
    return [`the check of the adapter failed: ${error instanceof Error ? error.message : String(error)}`];
  } finally {
    ended.abort();
  }
}
