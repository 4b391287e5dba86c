// The conformance suite: part of the contract, to be run by whoever writes an adapter, with node:test.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkNames, checks } from './checks.ts';
import type { Harness } from './harness.ts';
import { NotApplicable, Stage } from './stage.ts';

/** How the reason of a skipped check begins: the network has no such thing, so nothing is missing. */
const DOES_NOT_APPLY = 'does not apply';

/**
 * Registers the suite for one adapter: `conformance('parley', harness)` in a file that `node --test` runs. A check that the
 * harness leaves out, or that finds nothing to look at, is reported as skipped with the reason.
 */
export function conformance(name: string, harness: Harness): void {
  const without = harness.without ?? {};
  for (const left of Object.keys(without)) assert.ok(checkNames.includes(left), `\`without\` names no check: ${left}`);
  describe(`conformance of ${name}`, () => {
    for (const check of checks) {
      const reason = without[check.name];
      if (reason !== undefined) {
        it(check.name, { skip: `${DOES_NOT_APPLY}: ${reason}` }, () => undefined);
        continue;
      }
      it(check.name, { timeout: 120_000 }, async (test) => {
        try {
          await Stage.play(harness, check.run);
        } catch (error) {
          if (!(error instanceof NotApplicable)) throw error;
          test.skip(`${DOES_NOT_APPLY}: ${error.message}`);
        }
      });
    }
  });
}
