// Runs the suite on one wrong adapter, in a process of its own: `node wrong/run.ts NAME`. wrong.test.ts reads the outcome.
import { pathToFileURL } from 'node:url';
import { conformance } from 'moongate/adapter/testing';
import { harnessOf } from '../good.ts';
import type { Parts } from '../good.ts';
import { changed } from '../loopback-changed.ts';
import type { Change } from '../loopback-changed.ts';
import { loopbackHarness } from '../loopback-harness.ts';

/** The parts of the right adapter that are exchanged, and the checks that must notice; all others must pass. */
export interface Wrong {
  readonly parts?: Partial<Parts>;
  /** What of the loopback is changed instead: it has groups. */
  readonly rooms?: Change;
  readonly fails: readonly string[];
}

if (import.meta.main) {
  const name = process.argv[2] ?? '';
  const { wrong } = (await import(pathToFileURL(`${import.meta.dirname}/${name}.ts`).href)) as { wrong: Wrong };
  conformance(
    name,
    wrong.rooms ? { ...loopbackHarness(changed(wrong.rooms)), patienceMs: 3_000 } : harnessOf(wrong.parts),
  );
}
