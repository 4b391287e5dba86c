// Ban masks: `nick!user@host` with `*` and `?`.

/** Whom a mask would be made for; what is not known is left open. */
export interface Whom {
  readonly nick: string;
  readonly host?: string | undefined;
}

/** True for what is a mask already, or nearly: a nick has neither `!` nor `@` nor `*`. */
export const isMask = (text: string): boolean => /[!@*?]/.test(text);

/** A whole mask of what somebody wrote: `host.example` stays open, `user@host` gets its `*!`. */
export function wholeMask(text: string): string {
  if (text.includes('!')) return text.includes('@') ? text : `${text}@*`;
  return text.includes('@') ? `*!${text}` : `${text}!*@*`;
}

/** Bans by host where it is known, since a nick is changed in a second. */
export function maskFor({ nick, host }: Whom): string {
  return host === undefined || host === '' ? `${nick}!*@*` : `*!*@${host}`;
}

/** True where the mask is meant for this person, both in the server's lower case. */
export function matches(mask: string, person: string): boolean {
  const escaped = mask.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(person);
}
