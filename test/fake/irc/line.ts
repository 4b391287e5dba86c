// A line of the protocol, read by the grammar of message-tags and RFC 1459; not irc-framework's reader, which is on the other side.

export interface Line {
  readonly tags: Readonly<Record<string, string>>;
  readonly command: string;
  readonly params: readonly string[];
}

const UNESCAPED: Readonly<Record<string, string>> = { ':': ';', s: ' ', r: '\r', n: '\n', '\\': '\\' };

export function parse(text: string): Line {
  let rest = text;
  const tags: Record<string, string> = {};
  if (rest.startsWith('@')) {
    const end = rest.indexOf(' ');
    for (const tag of rest.slice(1, end).split(';')) {
      const [name = '', ...value] = tag.split('=');
      tags[name] = value.join('=').replace(/\\(.?)/g, (_, char: string) => UNESCAPED[char] ?? char);
    }
    rest = rest.slice(end).trimStart();
  }
  const colon = rest.indexOf(' :');
  const [command = '', ...params] = (colon === -1 ? rest : rest.slice(0, colon)).trim().split(/ +/);
  return { tags, command: command.toUpperCase(), params: colon === -1 ? params : [...params, rest.slice(colon + 2)] };
}
