// CTCP: what is asked of a client between two bytes 01, and what this one answers.

const MARK = '\x01';
const CLIENT = 'Moongate, a gateway from XMPP';

/** What stands between the marks; the last one may be missing. */
export function ctcpOf(text: string): { readonly command: string; readonly rest: string } | undefined {
  if (!text.startsWith(MARK)) return undefined;
  const inner = text.slice(1, text.endsWith(MARK) && text.length > 1 ? -1 : undefined);
  const space = inner.indexOf(' ');
  const command = (space === -1 ? inner : inner.slice(0, space)).toUpperCase();
  return { command, rest: space === -1 ? '' : inner.slice(space + 1) };
}

export const ctcp = (command: string, rest = ''): string => `${MARK}${command}${rest === '' ? '' : ` ${rest}`}${MARK}`;

/** What is answered to a question; undefined where nothing is. `now` in ms since 1970. */
export function answerTo(command: string, rest: string, now: number): string | undefined {
  switch (command) {
    case 'VERSION':
      return ctcp(command, CLIENT);
    case 'PING':
      return ctcp(command, rest.slice(0, 64));
    case 'TIME':
      return ctcp(command, new Date(now).toUTCString());
    case 'CLIENTINFO':
      return ctcp(command, 'ACTION CLIENTINFO PING TIME VERSION');
    default:
      return undefined;
  }
}
