// All checks, in the order in which they run. Their names are public: Harness.without and bug reports use them.
import type { Check } from './check.ts';
import { changeChecks } from './checks-change.ts';
import { closeChecks } from './checks-close.ts';
import { deedChecks } from './checks-deed.ts';
import { eventChecks } from './checks-event.ts';
import { groupChecks } from './checks-group.ts';
import { loginChecks } from './checks-login.ts';
import { sendChecks } from './checks-send.ts';
import { wordChecks } from './checks-word.ts';

export const checks: readonly Check[] = [
  ...[...loginChecks, ...eventChecks, ...deedChecks],
  ...[...sendChecks, ...changeChecks, ...wordChecks, ...groupChecks, ...closeChecks],
];

/** The names of all checks. */
export const checkNames: readonly string[] = checks.map(({ name }) => name);
