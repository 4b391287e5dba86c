// The texts that users see, in their language. One file a language; a language that lacks a key does not compile.
import { de } from './de.ts';
import { en, type Key, type Texts } from './en.ts';

export type { Key, Texts };

type Placeholders<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;
/** The values that a text asks for, by the names in its English braces. */
export type Values<K extends Key> = Readonly<Record<Placeholders<(typeof en)[K]>, string | number>>;
type Arguments<K extends Key> = [Placeholders<(typeof en)[K]>] extends [never] ? [] : [values: Values<K>];

const languages = { en, de } satisfies Record<string, Texts>;
/** A language that there are texts for. */
export type Language = keyof typeof languages;
/** Every language there is. */
export const all: Readonly<Record<Language, Texts>> = languages;

const known = (tag: string): tag is Language => Object.hasOwn(languages, tag);

/** The language for a BCP 47 tag such as `de-AT` (an xml:lang): the longest prefix there is, else English. */
export function pick(tag: string | undefined): Language {
  const parts = (tag ?? '').toLowerCase().split(/[-_]/, 8);
  for (; parts.length > 0; parts.pop()) {
    const prefix = parts.join('-');
    if (known(prefix)) return prefix;
  }
  return 'en';
}

/** The text of a key in the language of a BCP 47 tag, its placeholders filled. Values are never searched for placeholders. */
export function text<K extends Key>(tag: string | undefined, key: K, ...values: Arguments<K>): string {
  return fill(languages[pick(tag)][key], values[0] ?? {});
}

/** Replaces each `{name}` that has a value; others stay as they are, so that a slip is seen and not hidden. */
export function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{([a-z]+)\}/g, (whole: string, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : whole,
  );
}

/** A moment as a user reads it, in UTC since nobody knows his zone: `Nov 22, 2026, 15:04 UTC`. */
export function moment(tag: string | undefined, at: number): string {
  const format = new Intl.DateTimeFormat(pick(tag), {
    dateStyle: 'medium',
    timeStyle: 'short',
    hourCycle: 'h23',
    timeZone: 'UTC',
  });
  return Number.isFinite(at) && Math.abs(at) <= 8.64e15 ? `${format.format(at)} UTC` : String(at);
}

/** A length of time as a user reads it, rounded to seconds, minutes or hours: `40 seconds`. */
export function duration(tag: string | undefined, seconds: number): string {
  const [count, unit] =
    seconds < 120 ? [seconds, 'second'] : seconds < 7200 ? [seconds / 60, 'minute'] : [seconds / 3600, 'hour'];
  const format = new Intl.NumberFormat(pick(tag), {
    style: 'unit',
    unit,
    unitDisplay: 'long',
    maximumFractionDigits: 0,
  });
  return format.format(count);
}
