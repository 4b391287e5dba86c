// Reads the snippets in config/ that operators copy, so that the tests' servers run with exactly those lines.
import { readFileSync } from 'node:fs';

const SAMPLE_DOMAIN = 'telegram.example.org';
/** Shown beside it as another one, with all that names it. */
const OTHER_SAMPLE = 'loopback.example.org';
const SAMPLE_SECRET = 'a secret of your own';
const SAMPLE_PORT = '5347';

function read(name: string): string {
  return readFileSync(new URL(`../../config/${name}`, import.meta.url), 'utf8');
}

/** The text with the sample's domain and secret replaced, once for each component. */
function forEach(text: string, components: Readonly<Record<string, string>>): string {
  return Object.entries(components)
    .map(([domain, secret]) => text.replaceAll(SAMPLE_DOMAIN, domain).replaceAll(SAMPLE_SECRET, secret))
    .join('');
}

/** Repeats what names the sample's domain (a line, or from it to where the indentation returns) for each component. */
function expand(text: string, components: Readonly<Record<string, string>>): string {
  const lines = text.split('\n');
  const result: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (!line.includes(SAMPLE_DOMAIN)) {
      result.push(line);
      continue;
    }
    let end = at + 1;
    while ((lines[end] ?? '').trim() !== '' && indentation(lines[end] ?? '') > indentation(line)) end++;
    result.push(forEach(lines.slice(at, end).join('\n') + '\n', components).trimEnd());
    at = end - 1;
  }
  return result.join('\n');
}

function indentation(line: string): number {
  return line.length - line.trimStart().length;
}

const lineOfOther = new RegExp(`^.*${OTHER_SAMPLE}.*\\n`, 'm');

export interface ProsodySnippet {
  readonly global: string;
  readonly host: string;
  readonly components: string;
}

/** The lines that are commented out; a comment in words has one space behind its hyphens. */
const used = (text: string): string => text.replaceAll(/^( *)--(?! \S)/gm, '$1');

/** The three parts of `config/prosody.cfg.lua.example` for these components, with or without what privileges need. */
export function prosodySnippet(
  port: number,
  components: Readonly<Record<string, string>>,
  privilege: boolean,
): ProsodySnippet {
  const [, global, host, all] = read('prosody.cfg.lua.example').split(/^-- \[(?:global|host|component)\].*$/m);
  const [component, other] = all?.split(/^(?=--[^\n]*\nComponent ")/m) ?? [];
  if (global === undefined || host === undefined || component === undefined || !other?.includes(OTHER_SAMPLE))
    throw new Error('config/prosody.cfg.lua.example has lost its headings');
  return {
    global: global.replace(SAMPLE_PORT, String(port)),
    host: privilege ? expand(used(host.replace(lineOfOther, '')), components) : host,
    components: forEach(privilege ? used(component) : component, components),
  };
}

/** What `config/ejabberd.yml.example` has below a top-level key, for these components. */
export function ejabberdSnippet(
  key: 'listen' | 'acl' | 'access_rules' | 'modules',
  port: number,
  components: Readonly<Record<string, string>>,
): string {
  const section = new RegExp(`^${key}:\\n((?: +.*\\n)+)`, 'm').exec(read('ejabberd.yml.example'))?.[1];
  if (section === undefined) throw new Error(`config/ejabberd.yml.example has lost ${key}`);
  return expand(section.replace(SAMPLE_PORT, String(port)), components);
}
