// The typed client of the control interface, for tests and the torture run.
import { controlAt } from '../common/control-client.ts';
import type { PigeonControl } from './control-api.ts';

const OPERATIONS: Readonly<Record<keyof PigeonControl, true>> = {
  createUser: true,
  createGroup: true,
  setRole: true,
  describe: true,
  revoke: true,
  block: true,
  say: true,
  edit: true,
  remove: true,
  react: true,
  read: true,
  typing: true,
  messages: true,
  lastTyping: true,
  log: true,
  calls: true,
  pending: true,
  waitForLog: true,
  waitForCalls: true,
  waitForPoll: true,
  waitForConfirmed: true,
  setKeys: true,
  addFault: true,
  clearFaults: true,
  releaseFault: true,
  advanceClock: true,
  setLimits: true,
};

/** Connects to the control interface at `url` (the `control` of the line that the fake prints). */
export function connectControl(url: string): PigeonControl {
  return controlAt<PigeonControl>(url, OPERATIONS);
}
