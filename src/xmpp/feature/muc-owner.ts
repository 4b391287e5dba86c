// XEP-0045 1.35.5, 10: what a room is called, and its end.
import type { Back } from '../../link.ts';
import type { AllSettings } from '../../room/settings.ts';
import type { Room } from '../../room/room.ts';
import { text } from '../../text/index.ts';
import type { Asked, RoomLook } from '../room-look.ts';
import { x, type Element } from '../stanza.ts';
import { IqError, type Feature, type Request } from './feature.ts';
import { readForm, writeForm, type FormField, type Submission } from './form.ts';
import { NS_MUC, type Ending } from './muc.ts';

/** Namespace of a room's configuration. */
export const NS_OWNER = `${NS_MUC}#owner`;
const CONFIG = `${NS_MUC}#roomconfig`;
const NAME = 'muc#roomconfig_roomname';
const TOPIC = 'muc#roomconfig_roomdesc';
/** Ours: whether he who leaves the room leaves the group. */
const LEAVE = '{urn:moongate:room:1}leave';

export interface MucOwnerOptions {
  readonly look: RoomLook;
  readonly back: Pick<Back, 'describe' | 'leave'>;
  readonly settings: Pick<AllSettings, 'leaves' | 'set'>;
  /** The room is no more once the group is left: its devices are told, and why. */
  readonly destroy: (room: Room, end: Ending, leave: () => Promise<void>) => Promise<void>;
}

/** Answers the configuration form of rooms, and their destruction. */
export function mucOwner(options: MucOwnerOptions): Feature {
  const on = { on: ['room'], name: 'query', ns: NS_OWNER } as const;
  return {
    iq: [
      {
        ...{ ...on, type: 'get' },
        async handle(request) {
          const asked = await options.look.find(request);
          const leave = await options.settings.leaves(asked.account.id, asked.room.chat);
          return x('query', { xmlns: NS_OWNER }, configForm(asked, request, leave));
        },
      },
      {
        ...{ ...on, type: 'set' },
        async handle(request) {
          const asked = await options.look.find(request);
          const destroy = request.payload.getChild('destroy');
          await (destroy ? end(options, asked, destroy) : configure(options, asked, request));
          return undefined;
        },
      },
    ],
  };
}

const canDescribe = ({ account }: Asked): boolean => account.status?.can.includes('describe') === true;

function configForm(asked: Asked, { lang }: Request, leave: boolean): Element {
  const { name = '', topic = '' } = asked.room.document;
  const named: readonly FormField[] = [
    { var: NAME, type: 'text-single', label: text(lang, 'room.name'), value: name },
    { var: TOPIC, type: 'text-single', label: text(lang, 'room.topic'), value: topic },
  ];
  return writeForm({
    ...{ type: 'form', formType: CONFIG, title: text(lang, 'room.settings', { name: name || asked.room.chat }) },
    fields: [
      ...(canDescribe(asked) ? named : []),
      { var: LEAVE, type: 'boolean', label: text(lang, 'room.leave'), value: leave ? '1' : '0' },
    ],
  });
}

async function configure({ back, settings }: MucOwnerOptions, asked: Asked, { payload }: Request): Promise<void> {
  const form = readForm(payload);
  if (form?.type === 'cancel') return;
  if (form?.type !== 'submit') throw new IqError('bad-request');
  const { account, room } = asked;
  const leave = flag(form);
  const change = described(form, room);
  if (change !== undefined) await back.describe(account.id, room.chat, change);
  if (leave !== undefined && leave !== (await settings.leaves(account.id, room.chat)))
    await settings.set(account.id, room.chat, { leave });
}

function flag({ values }: Submission): boolean | undefined {
  const [value] = values.get(LEAVE) ?? [];
  if (value === undefined) return undefined;
  if (!/^(0|1|true|false)$/.test(value)) throw new IqError('bad-request');
  return value === '1' || value === 'true';
}

/** What is different from what the network says. */
function described({ values }: Submission, { document }: Room): { name?: string; topic?: string } | undefined {
  const name = values.get(NAME)?.[0];
  const topic = values.get(TOPIC)?.[0];
  const change = {
    ...(name === undefined || name === (document.name ?? '') ? {} : { name }),
    ...(topic === undefined || topic === (document.topic ?? '') ? {} : { topic }),
  };
  return Object.keys(change).length === 0 ? undefined : change;
}

/** Networks let nobody delete a group for all: its owner leaves it, and his room is no more. */
async function end({ back, destroy }: MucOwnerOptions, { account, room }: Asked, wish: Element): Promise<void> {
  if (room.members.of(null)?.role !== 'owner') throw new IqError({ code: 'forbidden' });
  const reason = wish.getChildText('reason') ?? '';
  await destroy(room, { jid: wish.attrs['jid'], reason: reason === '' ? undefined : reason }, () =>
    back.leave(account.id, room.chat),
  );
}
