// Reads a component stream: XML text in, whole stanzas out, within bounds that hold whatever the other side sends.
//
// It keeps the stream alive wherever that loses less than ending it: a stanza over a limit is read past, not into
// memory, and handed on as its start tag alone; a character or entity that XML forbids becomes U+FFFD. What no stanza
// can be made of (a DOCTYPE, a processing instruction, mark-up that does not nest) ends the stream.
import { Element } from '../stanza.ts';
import type { Refusal, StreamLimits } from './api.ts';
import { resolveReferences } from './references.ts';

/** What a reader finds, in the order of the stream. A throw of one of these ends the feed it happens in. */
export interface ReaderEvents {
  /** The stream's opening tag. */
  header(header: Element): void;
  /** A whole `message`, `presence` or `iq`, standing alone. */
  stanza(stanza: Element): void;
  /** Any other child of the stream (`handshake`, `stream:error`), with the header as parent. */
  nonza(element: Element): void;
  /** A child of the stream over a limit: its name and attributes only. */
  refused(head: Element, why: Refusal): void;
  /** `</stream:stream>`. */
  end(): void;
}

export type ReaderLimits = Pick<StreamLimits, 'stanza' | 'depth' | 'attributes' | 'elements'>;

/** The stream is not what a component can read on; the message is for the operator. */
export class UnreadableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnreadableError';
  }
}

/** One tag or CDATA section may be this many times as long as a stanza: escaping makes a legal one longer. */
const TOKEN_FACTOR = 8;
/** An entity or character reference longer than this is none. */
const LONGEST_REFERENCE = 12;

const LESS = 60;
const GREATER = 62;
const SLASH = 47;
const EQUALS = 61;

export class Reader {
  readonly #events: ReaderEvents;
  readonly #limits: ReaderLimits;
  #rest = '';
  #header: Element | undefined;
  /** The child of the stream that is being read, and the element that is open in it. */
  #top: Element | undefined;
  #open: Element | undefined;
  #depth = 0;
  #size = 0;
  #elements = 0;
  #refusal: Refusal | undefined;
  /** Of the start tag read last. */
  #tooManyAttributes = false;
  #stopped = false;

  constructor(limits: ReaderLimits, events: ReaderEvents) {
    this.#limits = limits;
    this.#events = events;
  }

  /** Reads nothing more, not even what is left of the text being fed. */
  stop(): void {
    this.#stopped = true;
    this.#rest = '';
  }

  /** Reads the next piece of the stream. @throws {UnreadableError} when the stream cannot go on. */
  feed(chunk: string): void {
    const text = this.#rest === '' ? chunk : this.#rest + chunk;
    this.#rest = '';
    let at = 0;
    while (!this.#stopped) {
      const less = text.indexOf('<', at);
      if (less < 0) {
        this.#partialText(text, at);
        return;
      }
      if (less > at) this.#text(text, at, less);
      const next = this.#markup(text, less);
      if (next < 0) {
        this.#keep(text, less);
        return;
      }
      at = next;
    }
  }

  #keep(text: string, from: number): void {
    if (this.#stopped) return;
    if (text.length - from > this.#limits.stanza * TOKEN_FACTOR)
      throw new UnreadableError('the server sent a tag that is too long to be read');
    this.#rest = text.slice(from);
  }

  /** Takes text whose end has not come yet, but keeps a reference that may be cut in two. */
  #partialText(text: string, from: number): void {
    const reference = text.lastIndexOf('&');
    const cut =
      reference >= from && text.length - reference < LONGEST_REFERENCE && text.indexOf(';', reference) < 0
        ? reference
        : text.length;
    if (cut > from) this.#text(text, from, cut);
    this.#keep(text, cut);
  }

  #text(text: string, from: number, to: number): void {
    if (!this.#header) {
      if (text.slice(from, to).trim() !== '') throw new UnreadableError('this is not an XMPP server');
      return;
    }
    // Between stanzas there is only the white space that keeps connections alive.
    if (!this.#open || this.#refusal) return;
    this.#addText(resolveReferences(text.slice(from, to)));
  }

  #addText(text: string): void {
    this.#size += text.length;
    if (this.#size > this.#limits.stanza) return this.#refuse('too-large');
    const children = this.#open?.children;
    if (!children) return;
    const last = children.length - 1;
    const before = children[last];
    if (typeof before === 'string') children[last] = before + text;
    else children.push(text);
  }

  /** Reads what begins at a `<`; the position after it, or -1 when its end has not come yet. */
  #markup(text: string, less: number): number {
    const code = text.charCodeAt(less + 1);
    if (code === SLASH) return this.#endTag(text, less);
    if (code === 33 /* ! */) return this.#cdata(text, less);
    if (code === 63 /* ? */) return this.#declaration(text, less);
    return Number.isNaN(code) ? -1 : this.#startTag(text, less);
  }

  #declaration(text: string, less: number): number {
    if (this.#header) throw new UnreadableError('the server sent a processing instruction, which XMPP forbids');
    const end = text.indexOf('?>', less);
    return end < 0 ? -1 : end + 2;
  }

  #cdata(text: string, less: number): number {
    const begin = '<![CDATA[';
    if (!text.startsWith(begin, less)) {
      if (begin.startsWith(text.slice(less, less + begin.length))) return -1;
      throw new UnreadableError('the server sent a DOCTYPE or a comment, which XMPP forbids');
    }
    const end = text.indexOf(']]>', less + begin.length);
    if (end < 0) return -1;
    if (this.#open && !this.#refusal) this.#addText(text.slice(less + begin.length, end));
    return end + 3;
  }

  #endTag(text: string, less: number): number {
    const end = text.indexOf('>', less + 2);
    if (end < 0) return -1;
    const name = text.slice(less + 2, end).trimEnd();
    if (this.#depth === 0) {
      if (name !== this.#header?.name) throw new UnreadableError(`the server closed <${name}>, which was not open`);
      this.#events.end();
      this.stop();
      return end + 1;
    }
    if (!this.#refusal && this.#open?.name !== name)
      throw new UnreadableError(`the server closed <${name}> where <${this.#open?.name ?? ''}> was open`);
    this.#leave();
    return end + 1;
  }

  #startTag(text: string, less: number): number {
    let at = less + 1;
    let code = 0;
    while ((code = text.charCodeAt(at)) > 32 && code !== GREATER && code !== SLASH) at++;
    if (Number.isNaN(code)) return -1;
    const element = new Element(text.slice(less + 1, at));
    if (element.name === '') throw new UnreadableError('the server sent a tag without a name');
    const end = this.#attributes(text, at, element);
    if (end < 0) return -1;
    this.#enter(element, end - less);
    if (text.charCodeAt(end - 2) === SLASH) this.#leave();
    return end;
  }

  /** Reads attributes up to and with the `>`; the position after it, or -1 when it has not come yet. */
  #attributes(text: string, from: number, element: Element): number {
    const { attrs } = element;
    let count = 0;
    let at = from;
    for (;;) {
      let code = 0;
      while ((code = text.charCodeAt(at)) <= 32) at++;
      if (code === GREATER) break;
      if (Number.isNaN(code)) return -1;
      if (code === SLASH) {
        if (at + 1 >= text.length) return -1;
        if (text.charCodeAt(at + 1) !== GREATER)
          throw new UnreadableError(`the server sent a malformed <${element.name}>`);
        at++;
        break;
      }
      const nameFrom = at;
      while ((code = text.charCodeAt(at)) > 32 && code !== EQUALS && code !== GREATER && code !== LESS) at++;
      const nameTo = at;
      while (text.charCodeAt(at) <= 32) at++;
      if (at >= text.length) return -1;
      const quote = text.charCodeAt(at) === EQUALS ? skipSpace(text, at + 1) : at;
      if (quote >= text.length) return -1;
      const mark = text[quote];
      if (nameTo === nameFrom || quote === at || (mark !== '"' && mark !== "'"))
        throw new UnreadableError(`the server sent a malformed attribute in <${element.name}>`);
      const end = text.indexOf(mark, quote + 1);
      if (end < 0) return -1;
      if (++count <= this.#limits.attributes)
        attrs[text.slice(nameFrom, nameTo)] = resolveReferences(text.slice(quote + 1, end));
      at = end + 1;
    }
    this.#tooManyAttributes = count > this.#limits.attributes;
    return at + 1;
  }

  #enter(element: Element, length: number): void {
    if (!this.#header) {
      this.#header = element;
      this.#events.header(element);
      return;
    }
    this.#depth++;
    if (this.#depth === 1) this.#begin(element);
    else if (!this.#refusal) {
      this.#open?.children.push(element);
      element.parent = this.#open ?? null;
      this.#open = element;
    }
    this.#size += length;
    this.#elements++;
    const over = this.#overLimit();
    if (over && !this.#refusal) this.#refuse(over);
  }

  #begin(element: Element): void {
    this.#top = element;
    this.#open = element;
    this.#size = 0;
    this.#elements = 0;
    this.#refusal = undefined;
  }

  #overLimit(): Refusal | undefined {
    if (this.#tooManyAttributes) return 'too-many-attributes';
    if (this.#size > this.#limits.stanza) return 'too-large';
    if (this.#depth > this.#limits.depth) return 'too-deep';
    return this.#elements > this.#limits.elements ? 'too-many-elements' : undefined;
  }

  /** From here on the stanza is only read past; what was read of it is let go. */
  #refuse(why: Refusal): void {
    this.#refusal = why;
    this.#open = this.#top;
    if (this.#top) this.#top.children = [];
  }

  #leave(): void {
    if (--this.#depth > 0) {
      if (!this.#refusal) this.#open = this.#open?.parent ?? undefined;
      return;
    }
    const top = this.#top;
    this.#top = undefined;
    this.#open = undefined;
    if (!top) return;
    if (this.#refusal) this.#events.refused(top, this.#refusal);
    else if (isStanza(top)) this.#events.stanza(top);
    else {
      top.parent = this.#header ?? null;
      this.#events.nonza(top);
    }
  }
}

function isStanza({ name }: Element): boolean {
  return name === 'message' || name === 'iq' || name === 'presence';
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= 32) at++;
  return at;
}
