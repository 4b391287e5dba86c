// moongate/adapter/testing: the conformance suite and the host it runs on, for whoever writes an adapter.
export { conformance } from './conformance.ts';
export type { Faulty, Friend, Harness, NetworkFaults, TestGroup, TestNetwork, Throttle } from './harness.ts';
export { checkNames } from './checks.ts';
export { TestAccount } from './account.ts';
export { TestLink } from './link.ts';
export { logIn } from './login.ts';
export { newToken } from './stage.ts';
