// A browser with the demo's page in it, driven as a person would: by what is to be seen.
import { mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import type { BrowserContext, Locator, Page } from 'playwright-core';

const BINARY = '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const SEEN_WITHIN_MS = 30_000;
/** What is scrolled at once, and how long is waited for what it brings. */
const SCROLLED_PX = 10_000;
const LOOK_MS = 500;

/** Test options that skip, with the reason, where there is no browser; under `CI=true` its test fails instead. */
export function withBrowser(): { readonly skip?: string } {
  if (existsSync(BINARY) || process.env['CI'] === 'true') return {};
  return { skip: 'chromium is not installed (apt install chromium fonts-noto-core fonts-noto-color-emoji)' };
}

export class ChatPage implements AsyncDisposable {
  readonly #context: BrowserContext;
  readonly #profile: string;
  readonly #page: Page;
  /** Addresses that the page asked for and that are not of its own server. */
  readonly strangers: string[] = [];

  private constructor(context: BrowserContext, profile: string, page: Page) {
    this.#context = context;
    this.#profile = profile;
    this.#page = page;
  }

  /** Opens the page in a browser of its own and resolves when its user is seen to be online. */
  static async open(url: string): Promise<ChatPage> {
    const profile = await mkdtemp(path.join(tmpdir(), 'moongate-browser-'));
    const options = { executablePath: BINARY, headless: true, args: FLAGS, viewport: { width: 1000, height: 600 } };
    const context = await chromium.launchPersistentContext(profile, { ...options, deviceScaleFactor: 1.5 });
    context.setDefaultTimeout(SEEN_WITHIN_MS);
    const page = await context.newPage();
    const self = new ChatPage(context, profile, page);
    page.on('response', (response) => {
      if (!response.url().startsWith(url)) self.strangers.push(response.url());
    });
    try {
      await page.goto(url);
      await page.getByText('I am online').waitFor();
      return self;
    } catch (error) {
      await self[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Resolves when the contact is in the list, as online. */
  async contact(name: string): Promise<void> {
    await this.#inList(name).waitFor();
  }

  #inList(name: string): Locator {
    return this.#page.locator('converse-roster li.online', { has: this.#page.getByText(name, { exact: true }) }).last();
  }

  /** Opens the chat with a contact. */
  async chat(name: string): Promise<void> {
    await this.#inList(name).getByText(name, { exact: true }).click();
    await this.#page.locator('.chatbox-title__text:visible', { hasText: name }).waitFor();
  }

  /** Finds the room in the list of those that there are, and enters it. */
  async enter(name: string): Promise<void> {
    await this.#page.locator('converse-rooms-list .dropdown-toggle').first().click();
    await this.#page.locator('converse-rooms-list .show-list-muc-modal').first().click();
    await this.#page.getByRole('button', { name: 'Show groupchats' }).click();
    await this.#page.locator('.modal.show .available-room', { hasText: name }).click();
    await this.#page.locator('.chatbox-title__text:visible', { hasText: name }).waitFor();
    await this.#page.locator('.modal.show').waitFor({ state: 'detached' });
  }

  /** Resolves when somebody is in the list of those in the open room. */
  async occupant(nick: string): Promise<void> {
    await this.#page.locator('converse-muc-sidebar .occupant-nick', { hasText: nick }).first().waitFor();
  }

  /** Resolves when the open room is seen to have this topic. */
  async topic(text: string): Promise<void> {
    await this.#page.locator('.chat-head__desc:visible', { hasText: text }).waitFor();
  }

  /** Scrolls up in the open chat, as far as it takes, until the line is there. */
  async scrollBackTo(text: string): Promise<void> {
    const line = this.line('them', text);
    const until = performance.now() + SEEN_WITHIN_MS;
    await this.#page.locator('.chat-content:visible').hover();
    while (performance.now() < until) {
      await this.#page.mouse.wheel(0, -SCROLLED_PX);
      const isThere = line.waitFor({ timeout: LOOK_MS }).then(() => true);
      if (await isThere.catch(() => false)) return line.scrollIntoViewIfNeeded();
    }
    throw new Error(`scrolled up, but "${text}" is not there`);
  }

  /** Types a line into the open chat, and sends it. */
  async write(text: string): Promise<void> {
    const box = this.#page.locator('textarea.chat-textarea:visible');
    await box.click(); // which closes menus
    await box.fill(text);
    await box.press('Enter');
  }

  /** A line of the open chat that the user wrote, or that came from the contact. */
  line(by: 'me' | 'them', text: string): Locator {
    return this.#whole(by, text).locator('.chat-msg__message');
  }

  /** A line with what stands around it: what it answers, its menu and its reactions. */
  #whole(by: 'me' | 'them', text: string): Locator {
    const words = this.#page.locator('.chat-msg__text', { hasText: text });
    return this.#page.locator(`.chat-content:visible .chat-msg__content--${by}`, { has: words }).last();
  }

  /** Chooses from a line's menu: 'edit', 'reaction' or 'reply'. */
  async #choose(line: Locator, action: string): Promise<void> {
    await line.locator('.chat-msg__actions .dropdown-toggle').click();
    await line.locator(`.chat-msg__action-${action}`).click();
  }

  /** Corrects a line of the user's own: by its menu, or with the arrow key where it is the last. */
  async edit(text: string, corrected: string, by: 'menu' | 'arrow'): Promise<void> {
    const box = this.#page.locator('textarea.chat-textarea:visible');
    if (by === 'arrow') await box.press('ArrowUp');
    else await this.#choose(this.#whole('me', text), 'edit');
    await this.#page.locator('.chat-msg.correcting', { hasText: text }).waitFor();
    await this.write(corrected);
    await this.edited('me', corrected);
  }

  /** Resolves when the line is to be seen, marked as corrected. */
  async edited(by: 'me' | 'them', text: string): Promise<void> {
    await this.line(by, text).locator('.chat-msg__edit-modal').waitFor();
  }

  /** Reacts to a line with one of the emojis that the page offers first. */
  async react(by: 'me' | 'them', text: string, emoji: string): Promise<void> {
    const line = this.#whole(by, text);
    await this.#choose(line, 'reaction');
    await line.locator('.reaction-picker .reaction-item', { hasText: emoji }).click();
  }

  /** Resolves when the line is seen to have this reaction. */
  async reaction(by: 'me' | 'them', text: string, emoji: string): Promise<void> {
    await this.#whole(by, text).locator('.chat-msg__reaction', { hasText: emoji }).waitFor();
  }

  /** Answers a line. */
  async reply(text: string, answer: string): Promise<void> {
    await this.#choose(this.#whole('them', text), 'reply');
    // Converse 14 shows it twice.
    await this.#page.locator('.reply-preview:visible', { hasText: text }).first().waitFor();
    await this.write(answer);
  }

  /** Resolves when the line is seen to answer the one with these words. */
  async answers(by: 'me' | 'them', text: string, answered: string): Promise<void> {
    await this.#whole(by, text).locator('.chat-msg__reply-context', { hasText: answered }).waitFor();
  }

  /** Resolves when the contact's line is to be seen. */
  async answer(text: string): Promise<void> {
    await this.line('them', text).waitFor();
  }

  /** Resolves when the user's own line has the mark of a receipt. */
  async receipt(text: string): Promise<void> {
    await this.line('me', text).locator('.chat-msg__receipt').waitFor();
  }

  /** Resolves with the words that are shown below the user's own line because it was not delivered. */
  async refusal(text: string): Promise<string> {
    const line = this.line('me', text);
    const words = await line.locator('.chat-msg__error').innerText();
    if (await line.locator('.chat-msg__receipt').isVisible()) throw new Error(`"${text}" has a receipt all the same`);
    return words;
  }

  async picture(file: string): Promise<void> {
    await this.#page.screenshot({ path: file });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
