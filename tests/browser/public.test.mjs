// What everybody may see: villages without names, the card's QR, choices of look, help.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { as, demo, scene } from './kit.mjs';

scene('the start page names the product once', {}, async (visit) => {
  const { page } = visit;
  await visit.go('/');
  const title = await page.title();
  assert.equal(title.split('文明积分').length, 2, title);
  await page.locator(`a[href="/v/${demo().village}"]`).click();
  assert.equal(new URL(page.url()).pathname, `/v/${demo().village}`);
});

const number = (text) => Number(text.replace(/[,\s]/g, ''));

scene('a village shows sums that balance, and no name', {}, async (visit) => {
  const { page } = visit;
  await visit.go(`/v/${demo().village}`);
  const stats = await page.locator('.stat').evaluateAll((all) =>
    all.map((one) => [one.querySelector('.stat-label').innerText, one.querySelector('.stat-value').innerText]),
  );
  const of = (label) => number(stats.find(([known]) => known === label)?.[1] ?? '0');
  assert.equal(of('发出的积分'), of('已兑换') + of('农户手里') + of('已过期'));
  assert.ok(of('发出的积分') > 0);
  const roster = await (async () => {
    const { address, logins, village } = demo();
    const { username, password } = logins.find((login) => login.role === 'manager');
    const json = { 'content-type': 'application/json' };
    const opened = await fetch(`${address}/api/v1/session`, { method: 'POST', headers: json, body: JSON.stringify({ username, password }) });
    const { token } = await opened.json();
    const list = await fetch(`${address}/api/v1/villages/${village}/households?limit=100`, { headers: { authorization: `Bearer ${token}` } });
    return (await list.json()).items.map((household) => household.head);
  })();
  assert.ok(roster.length > 10);
  for (const path of ['', '/rules', '/goods']) {
    await visit.go(`/v/${demo().village}${path}`);
    const said = await page.content();
    // Names of two characters may be part of a word.
    const named = roster.filter((name) => name.length > 2 && said.includes(name));
    assert.deepEqual(named, [], `${path} names nobody`);
  }
});

scene('rules and goods say what they must', {}, async (visit) => {
  const { page } = visit;
  await visit.go(`/v/${demo().village}/rules`);
  const awards = await page.locator('tbody tr').count();
  assert.ok(awards > 20, `${awards} rules`);
  assert.ok((await page.locator('h2', { hasText: '扣分' }).count()) === 1);
  const row = await page.locator('#VL01').innerText();
  assert.match(row, /\+3/);
  assert.match(row, /每月最多12分/);
  assert.match(row, /现场签到/);
  await visit.go(`/v/${demo().village}/goods`);
  const good = await page.locator('.list-row', { hasText: '透明皂' }).innerText();
  assert.match(good, /3分/);
  assert.match(good, /每户每月限4件/);
  assert.match(good, /货架上有|刚好没货/);
});

scene('a village that is none is not found', { allow: [/404/] }, async (visit) => {
  for (const path of ['/v/NONE', '/v/NONE/rules', '/v/%3Cscript%3E/goods']) {
    assert.equal((await visit.go(path)).status(), 404, path);
  }
});

test('a card’s QR signs in with the PIN, and leaves no token in the address', { timeout: 60_000 }, async () => {
  const visit = await as('public');
  const { page } = visit;
  try {
    const { card, pin } = demo();
    await visit.go(`/c#${card}`);
    assert.equal(await page.evaluate(() => location.hash), '', 'the token is gone from the address');
    await page.locator('#pin').fill(pin);
    await page.locator('#by-card button').click();
    await page.waitForURL(/\/home$/);
    visit.quiet();
  } finally {
    await visit.close();
  }
});

scene('a card’s QR without script leads to signing in', { js: false }, async (visit) => {
  const { page } = visit;
  await visit.go(`/c#${demo().card}`);
  assert.equal(await page.locator('#by-card').isVisible(), false);
  await page.locator('#by-number a').click();
  assert.equal(new URL(page.url()).pathname, '/signin');
});

scene('/c shows nothing for what is no token', {}, async (visit) => {
  const { page } = visit;
  await visit.go('/c#%3Cb%3E');
  assert.equal(await page.locator('#by-card').isVisible(), false);
  assert.equal(await page.locator('#by-number').isVisible(), true);
});

for (const js of [true, false]) {
  scene(`size, theme and language are chosen by links, ${js ? 'with' : 'without'} script`, { js }, async (visit) => {
    const { page, context } = visit;
    await visit.go('/settings');
    await page.locator('a[href*="size=xlarge"]').click();
    await page.locator('a[href*="theme=dark"]').click();
    await page.locator('a[href*="lang=en"]', { hasText: 'English' }).click();
    assert.equal(new URL(page.url()).pathname, '/settings');
    const chosen = Object.fromEntries((await context.cookies()).map(({ name, value }) => [name, value]));
    assert.deepEqual([chosen.size, chosen.theme, chosen.lang], ['xlarge', 'dark', 'en']);
    assert.equal(await page.locator('h1').innerText(), 'Settings');
    assert.equal(await page.locator('[aria-current]').count(), 3);
  });
}

scene('help has the words of the pages, each with an address', {}, async (visit) => {
  const { page } = visit;
  await visit.go('/help#word_stars');
  assert.ok(await page.locator('#word_stars').isVisible());
  const catalogue = readFileSync(new URL('../../locales/zh.toml', import.meta.url), 'utf8');
  const words = [...catalogue.matchAll(/^(word_\w+?) = /gm)].map(([, key]) => key).filter((key) => !key.endsWith('_text'));
  assert.ok(words.length >= 15);
  for (const key of words) assert.equal(await page.locator(`#${key}`).count(), 1, key);
});
