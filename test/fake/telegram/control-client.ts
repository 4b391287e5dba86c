// The typed client of the control interface, for tests and the demo.
import { controlAt } from '../common/control-client.ts';
import type { FakeTelegramControl } from './control-api.ts';

const OPERATIONS: Readonly<Record<keyof FakeTelegramControl, true>> = {
  createBot: true,
  revokeToken: true,
  createUser: true,
  updateUser: true,
  deactivateUser: true,
  openBot: true,
  sendText: true,
  sendMedia: true,
  sendOther: true,
  editMessage: true,
  deleteMessage: true,
  react: true,
  blockBot: true,
  unblockBot: true,
  createGroup: true,
  addToGroup: true,
  removeFromGroup: true,
  joinGroup: true,
  leaveGroup: true,
  setMember: true,
  setChat: true,
  pinMessage: true,
  createTopic: true,
  closeTopic: true,
  linkChannel: true,
  migrateGroup: true,
  restartMessageIds: true,
  restartUpdateIds: true,
  pushUpdate: true,
  log: true,
  messages: true,
  calls: true,
  pendingUpdates: true,
  waitForLog: true,
  waitForCalls: true,
  waitForPoll: true,
  waitForConfirmed: true,
  addFault: true,
  clearFaults: true,
  releaseFault: true,
  advanceClock: true,
  setLimits: true,
  autoReply: true,
};

/** Connects to the control interface at `url` (the `control` of the line that the fake prints). */
export function connectControl(url: string): FakeTelegramControl {
  return controlAt<FakeTelegramControl>(url, OPERATIONS);
}
