// All checks, in the order in which they run. Their names are public: Harness.without and bug reports use them.
import { changeChecks } from './checks-change.ts';
import { closeChecks } from './checks-close.ts';
import { deedChecks } from './checks-deed.ts';
import { eventChecks } from './checks-event.ts';
import { groupChecks } from './checks-group.ts';
import { loginChecks } from './checks-login.ts';
import { sendChecks } from './checks-send.ts';
import { wordChecks } from './checks-word.ts';
import type { Stage } from './stage.ts';

/** One behaviour that the contract asks for. It passes unless it throws. */
export interface Check {
  readonly name: string;
  run(this: void, stage: Stage): Promise<void>;
}

export const checks: readonly Check[] = [
  ...[...loginChecks, ...eventChecks, ...deedChecks],
  ...[...sendChecks, ...changeChecks, ...wordChecks, ...groupChecks, ...closeChecks],
];

/** The names of all checks. */
export const checkNames: readonly string[] = checks.map(({ name }) => name);
