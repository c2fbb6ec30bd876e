// The browser, and visits to the demo in it: who is signed in, how the pages look, what went wrong on them.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';
import { Hand } from './hand.mjs';

export * from './checks.mjs';
export * from './hand.mjs';
export * from './weight.mjs';

export const VIEWPORTS = {
  narrow: { width: 320, height: 740 },
  phone: { width: 360, height: 740 },
  pc: { width: 1366, height: 768 },
};

/** Choices a visitor keeps in cookies; `scheme` is what the system prefers. */
export const LOOK = { lang: 'zh', size: 'normal', theme: 'light', scheme: 'light' };

let demoRead;
/** What the running demo said of itself: address, logins, village, station, household, card, pin. */
export function demo() {
  const file = process.env.WENMING_DEMO_READY_FILE;
  assert.ok(file, 'no demo is running: start the tests with tests/browser/run.sh');
  demoRead ??= JSON.parse(readFileSync(file, 'utf8'));
  return demoRead;
}

let started;
/** The one browser of this process. */
export function browser() {
  started ??= chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    // Chromium refuses its sandbox to root; a container's /dev/shm is too small for it.
    args: ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
  return started;
}

/** Ends the browser; a test file gets this by itself. */
export async function shutBrowser() {
  const running = await started;
  started = undefined;
  await running?.close();
}

if (process.env.NODE_TEST_CONTEXT) after(shutBrowser);

// --- signing in -------------------------------------------------------------------------------

/** The form a role signs in by: where it is, and what is typed. Fields the page does not have are an error. */
function signInForm(role) {
  const { household, logins, pin, village } = demo();
  if (role === 'household') return { path: '/signin', fields: { village, number: household, pin } };
  const login = logins.find((login) => login.role === role);
  assert.ok(login, `the demo has nobody who is ${role}`);
  return { path: '/signin/staff', fields: { username: login.username, password: login.password } };
}

async function fillField(page, form, name, value) {
  const field = form.locator(`[name="${name}"]`).first();
  if ((await field.count()) === 0) {
    const names = await page.locator('form [name]').evaluateAll((all) => all.map((field) => field.name));
    assert.fail(`${page.url()} has no field ${name}; it has ${names.join(', ')}`);
  }
  const kind = await field.evaluate((field) => field.type ?? field.localName);
  if (kind === 'hidden') return;
  if (kind.startsWith('select')) await field.selectOption(value);
  else if (kind === 'radio') await form.locator(`[name="${name}"][value="${value}"]`).check();
  else await field.fill(value);
}

/** Signs `role` in on `page` by the form that people use. */
export async function signIn(page, role) {
  const { path, fields } = signInForm(role);
  await page.goto(demo().address + path);
  const last = Object.keys(fields).at(-1);
  const form = page.locator(`form:has([name="${last}"])`);
  for (const [name, value] of Object.entries(fields)) await fillField(page, form, name, value);
  await Promise.all([
    page.waitForEvent('framenavigated'),
    form.locator('button[type="submit"], button:not([type]), input[type="submit"]').first().click(),
  ]);
  await page.waitForLoadState();
  const cookies = await page.context().cookies();
  if (!cookies.some((cookie) => cookie.name.endsWith('sid'))) {
    const said = await page.locator('main').innerText();
    assert.fail(`${role} is not signed in; ${page.url()} says: ${said.slice(0, 300)}`);
  }
}

const sessions = new Map();
/** The cookies of a signed-in role; each role signs in once per process. */
function session(role) {
  if (!sessions.has(role)) {
    const make = async () => {
      const context = await (await browser()).newContext({ locale: 'zh-CN' });
      try {
        await signIn(await context.newPage(), role);
        return await context.storageState();
      } finally {
        await context.close();
      }
    };
    sessions.set(role, make());
  }
  return sessions.get(role);
}

// --- visits -----------------------------------------------------------------------------------

/** Gathers what goes wrong on the pages of `context`. */
const listen = (context, faults) => {
  context.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => faults.push(`script: ${error.error().message}`));
  context.on('requestfailed', (request) => {
    const text = request.failure()?.errorText ?? 'failed';
    // What the page itself gives up, such as a stream when it is left.
    if (text !== 'net::ERR_ABORTED') faults.push(`request: ${request.url()} ${text}`);
  });
};

/** One visitor with a page open. */
export class Visit {
  constructor(context, page, address, faults) {
    Object.assign(this, { context, page, address, faults, hand: new Hand(page) });
  }

  /** Opens a path of the demo, or any whole address. */
  go(path) {
    return this.page.goto(new URL(path, this.address).href);
  }

  /** Changes how pages look from the next load on. */
  async setLook(look) {
    const { lang, size, theme, scheme } = { ...LOOK, ...look };
    const cookie = ([name, value]) => ({ name, value, url: this.address });
    await this.context.addCookies(Object.entries({ lang, size, theme }).map(cookie));
    await this.page.emulateMedia({ colorScheme: scheme });
  }

  /** Fails on console errors, broken scripts and requests, and content-policy violations so far. */
  quiet({ allow = [] } = {}) {
    const left = this.faults.filter((fault) => !allow.some((pattern) => pattern.test(fault)));
    this.faults.length = 0;
    assert.deepEqual(left, [], 'the page must be quiet');
  }

  /** The answer (of `fetch`) to a bare request with this visitor's cookies; redirects are not followed. */
  async ask(path, { headers, ...options } = {}) {
    // The context's own requests leave Secure cookies out over plain http; its pages send them on loopback.
    const cookies = (await this.context.cookies()).map(({ name, value }) => `${name}=${value}`);
    return fetch(new URL(path, this.address), {
      redirect: 'manual',
      headers: { cookie: cookies.join('; '), ...headers },
      ...options,
    });
  }

  async shot(name) {
    await shot(this.page, name);
  }

  async close() {
    await this.context.close();
  }
}

/**
 * A visit by `role` (`public`, `household`, or a staff role).
 * `fresh`: a session of its own, for tests that sign out. `js: false`: without scripts.
 */
export async function as(role, options = {}) {
  const { look, viewport = 'phone', js = true, fresh = false, address, ...more } = options;
  const at = address ?? demo().address;
  const shared = role !== 'public' && !fresh;
  const context = await (await browser()).newContext({
    locale: look?.lang === 'en' ? 'en-GB' : 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    viewport: VIEWPORTS[viewport] ?? viewport,
    hasTouch: viewport !== 'pc',
    javaScriptEnabled: js,
    storageState: shared ? await session(role) : undefined,
    ...more,
  });
  context.setDefaultTimeout(10_000);
  const faults = [];
  const page = await context.newPage();
  if (role !== 'public' && fresh) await signIn(page, role);
  listen(context, faults);
  const visit = new Visit(context, page, at, faults);
  await visit.setLook(look);
  return visit;
}

/** Any number of visits at once: every role of `roles`, in that order. */
export const all = (roles, options) => Promise.all(roles.map((role) => as(role, options)));

/** A picture of the page in $WENMING_SHOTS, if that is set. */
export async function shot(page, name) {
  const folder = process.env.WENMING_SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/**
 * One test with one visitor: `scene('T1 …', { as: 'household' }, async ({ page, hand, go }) => { … })`.
 * It fails if the pages were not quiet; `allow` lists messages that belong to the scene.
 */
export function scene(name, { as: role = 'public', allow = [], skip, timeout = 60_000, ...options }, play) {
  return test(name, { skip, timeout }, async (t) => {
    const visit = await as(role, options);
    try {
      await play(visit, t);
      visit.quiet({ allow });
    } catch (fault) {
      await shot(visit.page, name.replace(/[^\p{L}\p{N}]+/gu, '-')).catch(() => {});
      throw fault;
    } finally {
      await visit.close();
    }
  });
}
