// The till: selling by scanner, PIN, one debit for one sale, goods back, the shelf (UX.md T8, T10, W6, W7).

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { as, demo, scene } from './kit.mjs';

const SOAP = '6999900000019';
const POWDER = '6999900000033';

// Tests of the API beside the pages: who has what, and households to spare.
const tokens = new Map();
async function token(role) {
  if (!tokens.has(role)) {
    const { username, password } = demo().logins.find((login) => login.role === role);
    const answer = await fetch(`${demo().address}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    });
    tokens.set(role, (await answer.json()).token);
  }
  return tokens.get(role);
}

async function api(role, method, path, body) {
  const answer = await fetch(`${demo().address}/api/v1/villages/${demo().village}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await token(role)}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text && JSON.parse(text);
}

const available = async (household) => Number((await api('manager', 'GET', `/households/${household}`)).balance.available);

let made = 0;
/** A household of its own for one test, with a PIN and points. */
async function household({ head = '测试户', points = 100, pin = demo().pin } = {}) {
  made += 1;
  const code = `T${process.pid % 10000}${made}`;
  await api('manager', 'POST', '/households', { code, group: '一组', head });
  if (pin) await api('manager', 'PUT', `/households/${code}/pin`, { pin });
  if (points) {
    const rule = await testRule();
    const day = new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10);
    await api('recorder', 'POST', '/awards', { rule, household: code, quantity: points, occurred_on: day });
  }
  return code;
}

let ruleMade;
/** A rule under which a test gives points. */
function testRule() {
  const rule = {
    code: `TILL${process.pid % 10000}`, name_zh: '收银台测试', name_en: 'Till test', category: 'test', kind: 'award',
    points: '1', unit: '次', path: 'instant', evidence: 'none', scope: 'household',
  };
  ruleMade ??= api('manager', 'POST', '/rules', rule).then(() => rule.code);
  return ruleMade;
}

/** A good of its own, with pieces on the shelf. */
async function good({ name = '测试毛巾', price = '8', pieces = 10 } = {}) {
  made += 1;
  const sku = `G${process.pid % 10000}${made}`;
  await api('manager', 'POST', `/stations/${demo().station}/goods`, {
    sku, barcode: null, name_zh: name, name_en: 'Test towel', unit: '条', price_points: price,
  });
  if (pieces) await api('manager', 'POST', `/stations/${demo().station}/receipts`, { lines: [{ sku, quantity: pieces }] });
  return sku;
}

const focused = (page) => page.evaluate(() => document.activeElement?.id);
/** A service worker that is not there yet is no fault of the till. */
const allow = [/status of 4(22|04)/];
const clerk = { as: 'clerk', allow };

/** Types the PIN on the keypad. */
async function keyPin(page, pin = demo().pin) {
  for (const digit of pin) await page.locator(`[data-key="${digit}"]`).click();
}

/** The till with a household and a good in the cart. */
const cartOf = (code, sku, pieces = 1) => `/till?h=${code}&l=${sku}*${pieces}`;

async function toPin(visit, code, sku, pieces) {
  const { page } = visit;
  await visit.go(cartOf(code, sku, pieces));
  await page.locator('#pay').last().click();
  await page.waitForURL(/\/till\/pay/);
}

async function payNow(page, pin) {
  await keyPin(page, pin);
  await page.locator('button[type=submit]').click();
}

scene('T8: four scans, two taps, six keys; the box keeps the focus', clerk, async (visit) => {
  const { page, hand } = visit;
  const salt = await good({ name: '测试盐', price: '1' });
  const code = await household();
  const { card } = await api('manager', 'POST', `/households/${code}/cards`, {});
  await visit.go('/till');
  assert.equal(await focused(page), 'scan');
  // One after the other at 20 ms per key, without waiting for the page.
  await hand.scan(`${visit.address}/c#${card.token}`);
  await hand.scan(SOAP);
  await hand.scan(POWDER);
  await hand.scan(salt);
  await page.locator('.cart-row').nth(2).waitFor();
  assert.equal(await page.locator('.cart-row').count(), 3);
  assert.equal(await focused(page), 'scan');
  assert.equal(await page.locator('#scan').inputValue(), '');
  // The cart is in the address: a reload keeps it.
  await page.reload();
  assert.equal(await page.locator('.cart-row').count(), 3);
  assert.equal(await focused(page), 'scan');
  const total = Number(await page.locator('.sum-total b').innerText());
  await hand.tap(page.locator('#pay'));
  await page.waitForURL(/\/till\/pay/);
  assert.match(await page.locator('h1').innerText(), new RegExp(String(total)));
  await hand.type(demo().pin);
  await hand.tap('button[type=submit]');
  await page.waitForURL(/\/till\/done\//);
  hand.within({ scans: 4, taps: 2, keys: 6 });
  assert.equal(await available(code), 100 - total);
  assert.match(await page.locator('.result').innerText(), /分$/m);
  // Enter is the next customer.
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/till$/);
  assert.equal(await page.locator('.cart-row').count(), 0);
});

scene('Enter in the empty box goes on to pay', clerk, async (visit) => {
  const { page, hand } = visit;
  await visit.go(cartOf(demo().household, 'CL001'));
  await hand.press('Enter');
  await page.waitForURL(/\/till\/pay/);
});

scene('a code twice within two seconds counts once, and unknown codes are said', clerk, async (visit) => {
  const { page, hand } = visit;
  const sku = await good();
  await visit.go('/till');
  await hand.scan(sku);
  await hand.scan(sku);
  await page.locator('.cart-row').waitFor();
  assert.equal(await page.locator('.counter b').innerText(), '1');
  await hand.scan('0000000000000');
  await page.locator('#fault').waitFor();
  assert.match(await page.locator('#fault').innerText(), /不认识的条码 0000000000000/);
  assert.equal(await focused(page), 'scan');
  assert.equal(await page.locator('.cart-row').count(), 1, 'the cart is kept');
  await page.locator('button[name=inc]').click();
  await page.locator('.counter b', { hasText: '2' }).waitFor();
  await page.locator('button[name=dec]').click();
  await page.locator('.counter b', { hasText: '1' }).waitFor();
  await page.locator('button[name=drop]').click();
  await page.locator('.cart-row').waitFor({ state: 'detached' });
});

scene('a household is found by name and chosen', clerk, async (visit) => {
  const { page, hand } = visit;
  const code = await household({ head: '慕容测试' });
  await visit.go('/till');
  await hand.type('mrcs');
  await hand.press('Enter');
  await page.locator(`button[value="h:${code}"]`).click();
  await page.locator('.list-title', { hasText: `卡号${code}` }).waitFor();
});

scene('no digit of the PIN is in the page; wrong ones count, the third waits, the fifth locks', { ...clerk, timeout: 120_000 }, async (visit) => {
  const { page } = visit;
  const [code, sku] = [await household(), await good()];
  await toPin(visit, code, sku);
  await keyPin(page, '902');
  assert.equal(await page.locator('.dots .on').count(), 3);
  assert.match(await page.locator('.dots').getAttribute('aria-label'), /3/);
  const html = await page.evaluate(() => document.documentElement.outerHTML);
  assert.ok(!html.includes('902'), 'what is typed is not in the page');
  await page.locator('[data-key="clear"]').click();
  assert.equal(await page.locator('.dots .on').count(), 0);
  for (const left of [4, 3]) {
    await payNow(page, '902817');
    await page.locator('#fault', { hasText: `还可试${left}次` }).waitFor();
  }
  await payNow(page, '902817');
  await page.locator('#fault', { hasText: '请等30秒' }).waitFor();
  await payNow(page);
  await page.locator('#fault', { hasText: /请等\d+秒再输密码/ }).waitFor();
  assert.equal(await available(code), 100, 'nothing was paid');
  await page.waitForTimeout(31_000);
  await payNow(page, '902817');
  await page.locator('#fault', { hasText: '还可试1次' }).waitFor();
  await page.waitForTimeout(31_000);
  await payNow(page, '902817');
  await page.getByText('密码已锁').first().waitFor();
  assert.equal(await page.locator('.keypad').count(), 0, 'no keypad for a locked PIN');
  await page.locator('.actionbar a').click();
  await page.locator('.cart-row').waitFor();
});

scene('a household without a PIN is sent to the office', clerk, async (visit) => {
  await toPin(visit, await household({ pin: '' }), await good());
  await visit.page.getByText('还没有设密码').waitFor();
});

scene('short of points: how many, and what could stay', clerk, async (visit) => {
  const [code, sku] = [await household({ points: 10 }), await good({ price: '18' })];
  await toPin(visit, code, sku);
  await payNow(visit.page);
  await visit.page.locator('#fault', { hasText: '还差8分。可以拿掉：测试毛巾（18）' }).waitFor();
  assert.equal(await available(code), 10);
});

scene('after a refusal the mended sale goes through once', clerk, async (visit) => {
  const [code, sku] = [await household(), await good()];
  await toPin(visit, code, sku);
  await payNow(visit.page, '902817');
  await visit.page.locator('#fault').waitFor();
  await payNow(visit.page);
  await visit.page.waitForURL(/\/till\/done\//);
  assert.equal(await available(code), 92);
});

scene('double tap, reload, back and a second tab: one debit', clerk, async (visit) => {
  const { page, context } = visit;
  const [code, sku] = [await household(), await good()];
  await toPin(visit, code, sku);
  const second = await context.newPage();
  await second.goto(page.url());
  await keyPin(page);
  await page.locator('button[type=submit]').dblclick();
  await page.waitForURL(/\/till\/done\//);
  const done = page.url();
  await page.reload();
  await page.goBack();
  await page.waitForLoadState();
  if (!page.url().includes('/done/')) {
    await keyPin(page);
    await page.locator('button[type=submit]').click();
    await page.waitForURL(/\/till\/done\//);
  }
  assert.equal(page.url(), done);
  await keyPin(second);
  await second.locator('button[type=submit]').click();
  await second.waitForURL(/\/till\/done\//);
  assert.equal(second.url(), done);
  assert.equal(await available(code), 92, 'paid once');
});

scene('the reply is lost after the commit: the result page knows the one receipt', { ...clerk, allow: [...allow, /ERR_/] }, async (visit) => {
  const { page } = visit;
  const [code, sku] = [await household(), await good()];
  await toPin(visit, code, sku);
  const op = await page.locator('input[name=op]').first().inputValue();
  // The server does its work; the browser never hears of it.
  await page.route('**/till/pay', async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    // Only the browser itself says where a request comes from.
    const headers = { ...(await route.request().allHeaders()), origin: visit.address, 'sec-fetch-site': 'same-origin' };
    await route.fetch({ maxRedirects: 0, headers });
    return route.abort('connectionreset');
  });
  await payNow(page);
  await page.waitForTimeout(500);
  await page.unroute('**/till/pay');
  await visit.go(`/result/${op}`);
  await page.getByText('办成了').waitFor();
  await page.locator('a.button-primary').click();
  await page.waitForURL(/\/till\/done\//);
  assert.equal(await available(code), 92);
  await visit.go(`/result/${randomUUID()}`);
  await page.getByText('没有记上').first().waitFor();
});

test('another household does not learn of a result', { timeout: 60_000 }, async () => {
  const [clerkVisit, own] = [await as('clerk'), await as('household')];
  try {
    const [code, sku] = [await household(), await good()];
    await toPin(clerkVisit, code, sku);
    await payNow(clerkVisit.page);
    await clerkVisit.page.waitForURL(/\/till\/done\//);
    const op = clerkVisit.page.url().split('/').at(-1);
    await own.go(`/result/${op}`);
    assert.match(await own.page.locator('main').innerText(), /没有记上/);
    assert.equal((await own.go(`/print/slip/${op}`)).status(), 404);
  } finally {
    await clerkVisit.close();
    await own.close();
  }
});

test('the last piece at two tills: one green page, one “just ran out”', { timeout: 60_000 }, async () => {
  const [a, b] = [await as('clerk'), await as('clerk')];
  try {
    const sku = await good({ pieces: 1 });
    await toPin(a, await household(), sku);
    await toPin(b, await household(), sku);
    await Promise.all([keyPin(a.page), keyPin(b.page)]);
    await Promise.all([a, b].map(({ page }) => page.locator('button[type=submit]').click()));
    const ends = await Promise.all(
      [a, b].map(async ({ page }) => {
        await page.locator('.result, #fault').first().waitFor();
        return (await page.locator('.result').count()) ? 'green' : page.locator('#fault').innerText();
      }),
    );
    assert.equal(ends.filter((end) => end === 'green').length, 1);
    assert.match(ends.find((end) => end !== 'green'), /刚刚兑完/);
  } finally {
    await a.close();
    await b.close();
  }
});

scene('without script: card, goods, PIN, receipt', { ...clerk, js: false }, async (visit) => {
  const { page } = visit;
  const [code, sku] = [await household(), await good()];
  await visit.go('/till');
  await page.locator('#scan').fill(code);
  await page.keyboard.press('Enter');
  await page.locator('.list-title', { hasText: `卡号${code}` }).waitFor();
  await page.locator('#scan').fill(sku);
  await page.keyboard.press('Enter');
  await page.locator('button[name=inc]').click();
  await page.locator('.counter b', { hasText: '2' }).waitFor();
  await page.locator('#scan').press('Enter');
  await page.waitForURL(/\/till\/pay/);
  await page.locator('#pin').fill(demo().pin);
  await page.locator('button[type=submit]').click();
  await page.waitForURL(/\/till\/done\//);
  assert.equal(await available(code), 84);
});

scene('offline nothing is sold, and it is said', { ...clerk, allow: [...allow, /ERR_INTERNET/] }, async (visit) => {
  const { page, context } = visit;
  await visit.go(cartOf(demo().household, 'CL001'));
  await context.setOffline(true);
  await page.getByText('没有网络').waitFor();
  await page.locator('#pay').click({ force: true });
  assert.match(page.url(), /\/till\?/);
  await context.setOffline(false);
  await page.getByText('在线').waitFor();
});

scene('the balance is shown after the PIN alone', clerk, async (visit) => {
  const { page } = visit;
  const code = await household({ points: 57 });
  await visit.go(`/till?h=${code}`);
  assert.doesNotMatch(await page.locator('main').innerText(), /(?<!\d)57(?!\d)|五十七/);
  await page.getByText('查余额').click();
  await payNow(page);
  await page.getByText('五十七分').waitFor();
});

scene('goods come back, once', clerk, async (visit) => {
  const { page } = visit;
  const [code, sku] = [await household(), await good({ pieces: 5 })];
  await toPin(visit, code, sku, 2);
  await payNow(page);
  await page.waitForURL(/\/till\/done\//);
  const number = await page.locator('.card .strong').innerText();
  await visit.go('/till/refunds');
  await page.locator('#q').fill(number);
  await page.keyboard.press('Enter');
  await page.locator('a.list-row', { hasText: number }).click();
  await page.locator('button.button-block').click();
  await page.getByText('请写为什么退。').first().waitFor();
  await page.locator('[name="n-0"]').fill('3');
  await page.locator('[name="reason"]').fill('拿错了');
  await page.locator('button.button-block').click();
  await page.getByText('只能退2件').first().waitFor();
  await page.locator('[name="n-0"]').fill('2');
  await page.locator('button.button-block').dblclick();
  await page.waitForURL(/\/till\/refunded\//);
  assert.equal(await available(code), 100);
  await visit.go(`/till/refunds?q=${number}`);
  await page.locator('a.list-row', { hasText: number }).click();
  await page.getByText('这笔已退过').waitFor();
  assert.equal(await page.locator('button.button-block').count(), 0);
});

scene('goods come in, and low ones are marked', clerk, async (visit) => {
  const { page } = visit;
  const sku = await good({ name: '测试扫把', pieces: 0 });
  await visit.go('/till/stock');
  await page.locator('tr.row-warn', { hasText: sku }).getByRole('link').click();
  await page.locator('[name="pieces-0"]').fill('40');
  await page.locator('[name="cost-0"]').fill('3.5');
  await page.locator('[name="supplier"]').fill('镇供销社');
  await page.locator('button.button-block').click();
  await page.waitForURL(/\/till\/stock\?received=40/);
  assert.equal(await page.locator('tr.row-warn', { hasText: sku }).count(), 0);
  assert.match(await page.locator('tr', { hasText: sku }).innerText(), /40/);
});

scene('a good is declared and its price changed', { as: 'manager', allow }, async (visit) => {
  const { page } = visit;
  const sku = `M${process.pid % 10000}`;
  await visit.go('/till/goods');
  for (const [name, value] of [['sku', sku], ['name_zh', '测试雨鞋'], ['unit', '双'], ['price', '2.5']]) {
    await page.locator(`#${name}`).fill(value);
  }
  await page.locator('button.button-block').click();
  await page.getByText(`已保存：${sku}`).waitFor();
  await visit.go(`/till/goods?good=${sku}`);
  assert.equal(await page.locator('#price').inputValue(), '2.5');
  await page.locator('#price').fill('');
  await page.locator('button.button-block').click();
  await page.getByText('请填每件多少分').first().waitFor();
  await page.locator('#price').fill('3');
  await page.locator('button.button-block').click();
  await page.waitForURL(/saved=/);
  assert.match(await page.locator('tr', { hasText: sku }).innerText(), /3/);
});

scene('names are text, never markup', clerk, async (visit) => {
  const { page } = visit;
  const evil = '<img src=x onerror=alert(1)>';
  const [code, sku] = [await household({ head: evil }), await good({ name: evil })];
  await toPin(visit, code, sku);
  await payNow(page);
  await page.waitForURL(/\/till\/done\//);
  assert.ok((await page.locator('main').innerText()).includes(evil));
  await page.locator('footer a').first().click();
  await page.waitForURL(/\/print\/slip\//);
  assert.equal(await page.locator('img').count(), 0);
});
