// The public parts that the tests of this folder use, named in one place.
export { AdapterError } from '../../../src/adapter/api.ts';
export type { AnyAdapter, Delivery, LogEvent, NetworkEvent } from '../../../src/adapter/api.ts';
export { TestAccount } from '../../../src/adapter/testing/account.ts';
export type { TestLink } from '../../../src/adapter/testing/link.ts';
export { logIn } from '../../../src/adapter/testing/login.ts';
export { createTelegram } from '../../../adapters/telegram/index.ts';
export type { Environment } from '../../../adapters/telegram/index.ts';
export { startTelegram } from '../../fake/telegram/index.ts';
export type { ApiUser, BotView, FakeTelegram, FaultEffect } from '../../fake/telegram/index.ts';
