// What somebody may do in a group, in the words of XEP-0045 (5.1, 5.2), and back.
import type { Role } from '../adapter/api.ts';

export type Affiliation = 'owner' | 'admin' | 'member' | 'none' | 'outcast';
export type MucRole = 'moderator' | 'participant' | 'visitor' | 'none';
export interface Standing {
  readonly affiliation: Affiliation;
  readonly role: MucRole;
}

/** How a role of the network is shown. In a room that not everybody may enter, whoever is in it is a member. */
export function standing(role: Role, isPrivate: boolean): Standing {
  const affiliation = isPrivate ? 'member' : 'none';
  switch (role) {
    case 'owner':
    case 'admin':
      return { affiliation: role, role: 'moderator' };
    case 'moderator':
      return { affiliation, role: 'moderator' };
    case 'member':
      return { affiliation, role: 'participant' };
    case 'muted':
      return { affiliation, role: 'visitor' };
    case 'none':
      return { affiliation: 'none', role: 'none' };
    case 'banned':
      return { affiliation: 'outcast', role: 'none' };
  }
}

/** May decide about others. */
export const isModerator = (role: Role): boolean => standing(role, false).role === 'moderator';
