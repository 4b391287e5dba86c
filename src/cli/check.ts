// `moongate check`: says what is wrong and how to mend it. While a gateway has the database, that one is asked, over web.listen:
// a second stream beside its own would be given a part of its stanzas by ejabberd, and taken for an intruder by Prosody.
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { adapterProblems, loadAdapters } from '../gateway/adapters.ts';
import { StoreError } from '../store/api.ts';
import { lookAt } from '../store/sqlite/look.ts';
import { Vault } from '../store/vault.ts';
import { askGateway, type Answer } from './ask.ts';
import { checkStream, type Finding } from './check-stream.ts';

export type { Finding } from './check-stream.ts';

/** Looks at everything, and tells each thing as soon as it is known. Rejects with a ConfigError where there is no config. */
export async function check(config: Config, clock: Clock, tell: (finding: Finding) => void): Promise<void> {
  const adapters = await loadAdapters(config);
  tell({ what: `${config.file} can be read, and its adapters are there` });
  for (const finding of secretsOf(config)) tell(finding);
  const answer = await askGateway(config, 'check', {});
  if (answer?.kind === 'told' || answer?.kind === 'failed') {
    for (const finding of fromGateway(answer)) tell(finding);
    return;
  }
  const store = await storeOf(config);
  if (store === 'locked') return tell(unseen(config, answer));
  for (const finding of [...store, ...intruder(answer)]) tell(finding);
  const asked = config.transports.map((transport) => checkStream(transport, clock).then(tell));
  const problems = await adapterProblems(adapters, clock);
  await Promise.all(asked);
  for (const what of problems) tell({ what, mend: [] });
  for (const [domain, { adapter }] of adapters) {
    if (adapter.check && !problems.some((each) => each.startsWith(`${domain}: `)))
      tell({ what: `${domain}: ${adapter.name} can be reached` });
  }
}

/** The lines for one finding, as the operator reads them. */
export function lineOf({ what, mend }: Finding): string {
  if (mend === undefined) return `ok       ${what}\n`;
  return [`PROBLEM  ${what}`, ...mend.map((line) => `           ${line}`), ''].join('\n');
}

function secretsOf({ warnings, store }: Config): readonly Finding[] {
  const open: Finding[] = warnings.map((what) => ({ what, mend: [] }));
  const mode = statSync(store.path, { throwIfNoEntry: false })?.mode ?? 0;
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    open.push({ what: `others may read the database ${store.path}`, mend: [`chmod 600 ${store.path}`] });
  return open.length > 0 ? open : [{ what: 'secrets and the database are for their owner alone' }];
}

function fromGateway(answer: Answer & { readonly kind: 'told' | 'failed' }): readonly Finding[] {
  if (answer.kind === 'failed') return [{ what: `the gateway that runs cannot check itself: ${answer.why}`, mend: [] }];
  const problems = Array.isArray(answer.value) ? answer.value.map(String) : ['it gave an answer that cannot be read'];
  if (problems.length === 0)
    return [{ what: 'the gateway runs, its streams are online, and its networks can be reached' }];
  return problems.map((problem) => ({ what: `the gateway that runs says: ${problem}`, mend: [] }));
}

function unseen({ web, store }: Config, answer: Answer | undefined): Finding {
  const runs = `a gateway runs (${store.path} is in use), and this check cannot see more of it`;
  if (web === undefined || answer === undefined)
    return {
      what: `${runs}: web.listen is not set`,
      mend: ['set web.listen = "127.0.0.1:8080", and restart the gateway'],
    };
  const why = 'why' in answer ? answer.why : '';
  return {
    what: `${runs}: it does not answer at web.listen: ${why}`,
    mend: ['restart the gateway, so that it runs with this config'],
  };
}

/** Somebody else is on our port. */
function intruder(answer: Answer | undefined): readonly Finding[] {
  if (answer?.kind !== 'stranger') return [];
  return [{ what: `web.listen: ${answer.why}`, mend: ['give web.listen a port that is free'] }];
}

async function storeOf({ store }: Config): Promise<readonly Finding[] | 'locked'> {
  try {
    mustTakeFiles(path.dirname(store.path));
    const vault = new Vault(store.key, 'store.key');
    if (!existsSync(store.path)) return [{ what: `${store.path} can be made; there is no database yet` }];
    const { sealers } = lookAt(store.path);
    await vault.check({ sealers: () => Promise.resolve(sealers) });
    return [{ what: `${store.path} can be opened and written` }];
  } catch (error) {
    if (error instanceof StoreError && error.code === 'locked') return 'locked';
    return [{ what: error instanceof Error ? error.message : String(error), mend: [] }];
  }
}

/** Asked by writing: on a disk that is full or was mounted without writing, modes say nothing. */
function mustTakeFiles(folder: string): void {
  const probe = path.join(folder, `.moongate-check-${process.pid}`);
  try {
    writeFileSync(probe, 'x'.repeat(4_096), { mode: 0o600, flush: true });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const why = { ENOENT: 'it does not exist', ENOSPC: 'the disk is full' }[code] ?? code;
    throw new Error(
      `the folder ${folder} of the database cannot be written (${why}): make it, and give it to the user that runs the gateway`,
      { cause: error },
    );
  } finally {
    rmSync(probe, { force: true });
  }
}
