// A household's own pages: balance and why, PIN, devices, entries that undo each other.

import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { as, demo, scene, weigh } from './kit.mjs';

const HOME = { as: 'household' };
const PIN = '748159';
const NASTY = '<img src=x onerror=alert(1)>';

/** A call of the API as a member of staff. */
async function api(role) {
  const { address, logins } = demo();
  const { username, password } = logins.find((login) => login.role === role);
  const json = { 'content-type': 'application/json' };
  const call = (method, path, body, headers) =>
    fetch(`${address}/api/v1${path}`, { method, headers: { ...json, ...headers }, body: JSON.stringify(body) });
  const signedIn = await (await call('POST', '/session', { username, password })).json();
  return async (method, path, body) => {
    const headers = { authorization: `Bearer ${signedIn.token}`, 'idempotency-key': randomUUID() };
    const answer = await call(method, path, body, headers);
    assert.ok(answer.ok, `${method} ${path} answers ${answer.status} ${answer.ok ? '' : await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  };
}

/** A household of one test alone, with a PIN, so that no other test finds its own changed. */
async function newHousehold({ head = '测试户', members = [] } = {}) {
  const code = `T${randomInt(10 ** 9)}`;
  const village = `/villages/${demo().village}`;
  const manager = await api('manager');
  await manager('POST', `${village}/households`, { code, group: '一组', head, members });
  await manager('PUT', `${village}/households/${code}/pin`, { pin: PIN });
  return { code, path: `${village}/households/${code}`, village };
}

const today = () => new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10);

/** Three points for a cleanup, booked at once. */
async function award(household, note) {
  const recorder = await api('recorder');
  const body = { rule: 'VL01', household: household.code, quantity: 1, occurred_on: today(), note };
  return (await recorder('POST', `${household.village}/awards`, body)).award;
}

/** Signs a household in on `page`; true when it worked. */
async function enter(page, code, pin = PIN) {
  await page.goto(`${demo().address}/signin`);
  await page.locator('[name=village]').selectOption(demo().village);
  await page.locator('[name=number]').fill(code);
  await page.locator('[name=pin]').fill(pin);
  await Promise.all([page.waitForEvent('framenavigated'), page.locator('main button[type=submit]').click()]);
  await page.waitForLoadState();
  return new URL(page.url()).pathname === '/home';
}

/** A visit by such a household. */
async function visitOf(household, options = {}) {
  const visit = await as('public', options);
  assert.ok(await enter(visit.page, household.code), 'the household signs in');
  return visit;
}

const balance = async (page) => Number(await page.locator('[data-balance]').getAttribute('data-balance'));

scene('T1 balance without a tap, why with two', HOME, async (visit) => {
  const { page, hand } = visit;
  await visit.go('/home');
  assert.ok(await page.locator('.balance').isVisible());
  await hand.tap('a.tile[href="/home/ledger"]');
  await hand.tap(page.locator('#entries a.list-row').first());
  hand.within({ taps: 2 });
  const said = await page.locator('main').innerText();
  assert.match(said, /经手/);
  assert.match(said, /核对码 [0-9A-Z]{4} [0-9A-Z]{4}/);
});

scene('the sum of all lines is the balance', HOME, async (visit) => {
  const { page } = visit;
  await visit.go('/home');
  const has = await balance(page);
  await page.goto(`${demo().address}/home/ledger`);
  let sum = 0;
  for (let pages = 0; pages < 50; pages += 1) {
    const counts = await page.locator('[data-counts]').evaluateAll((all) => all.map((row) => Number(row.dataset.counts)));
    sum += counts.reduce((a, b) => a + b, 0);
    const more = page.locator('a[rel=next]');
    if ((await more.count()) === 0) break;
    await more.click();
  }
  assert.equal(sum, has);
});

scene('a month shows what it began and ended with', HOME, async (visit) => {
  const { page } = visit;
  await visit.go('/home/ledger');
  const months = await page.locator('#month option').evaluateAll((all) => all.map((one) => one.value).filter(Boolean));
  let after;
  // From the oldest on: a month begins with what the one before has left.
  for (const month of months.reverse()) {
    await page.goto(`${demo().address}/home/ledger?month=${month}`);
    const said = (await page.locator('main').innerText()).match(/月初([\d,.]+)分，月末([\d,.]+)分/);
    if (!said) continue;
    if (after !== undefined) assert.equal(said[1], after, `${month} begins with what was left`);
    after = said[2];
  }
  assert.ok(after !== undefined, 'a month has entries');
});

scene('without script every page of the household works', { ...HOME, js: false }, async (visit) => {
  const { page } = visit;
  for (const path of ['/home', '/home/ledger', '/home/ledger/1', '/home/code', '/home/members', '/home/account']) {
    const answer = await visit.go(path);
    assert.equal(answer.status(), 200, path);
  }
  await visit.go('/home');
  await page.locator('a.tile[href="/home/ledger"]').click();
  await page.locator('#entries a.list-row').first().click();
  assert.match(page.url(), /\/home\/ledger\/\d+$/);
  await page.locator('a.back').click();
  await page.locator('#month').selectOption({ index: 1 });
  await page.locator('form button[type=submit]').first().click();
  assert.match(page.url(), /month=\d{4}-\d\d/);
});

test('elder mode: large text and buttons, kept after signing out', { timeout: 60_000 }, async () => {
  const household = await newHousehold();
  const visit = await visitOf(household);
  const { page } = visit;
  try {
    await page.locator('a.tool[aria-pressed]').click();
    const sizes = () => page.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize));
    assert.ok((await sizes()) >= 23.9, 'text of 24 px');
    const small = await page.locator('.tile, .button, .tool').evaluateAll((all) =>
      all
        .filter((one) => one.checkVisibility())
        .map((one) => [one.innerText, one.getBoundingClientRect()])
        .filter(([, box]) => box.width < 60 || box.height < 60)
        .map(([text, box]) => `${text} ${box.width}×${box.height}`),
    );
    assert.deepEqual(small, []);
    assert.equal(await page.locator('.tile:visible').count(), 3, 'three buttons');
    assert.equal(await page.locator('.tabbar').isVisible(), false);
    await page.goto(`${demo().address}/home/account`);
    await page.locator('form[action="/signout"] button').click();
    await page.waitForURL(`${demo().address}/`);
    assert.ok((await sizes()) >= 23.9, 'still large');
  } finally {
    await visit.close();
  }
});

async function changePin({ page, hand }, [old, fresh, again]) {
  for (const [name, pin] of [['old_pin', old], ['new_pin', fresh], ['again', again]]) {
    await hand.tap(`[name=${name}]`);
    await hand.type(pin);
  }
  await Promise.all([
    page.waitForEvent('framenavigated'),
    hand.tap('form[action="/home/account/pin"] button[type=submit]'),
  ]);
  await page.waitForLoadState();
}

for (const js of [true, false]) {
  test(`the PIN is changed ${js ? 'with' : 'without'} script`, { timeout: 90_000 }, async () => {
    const household = await newHousehold();
    const visit = await visitOf(household, { js });
    const { page } = visit;
    try {
      await page.goto(`${demo().address}/home/account`);
      await changePin(visit, [PIN, '123456', '123457']);
      const faults = page.locator('.error-summary a');
      assert.equal(await faults.count(), 2, 'a run of digits, and not twice the same');
      if (js) assert.equal(await page.evaluate(() => document.activeElement.id), 'summary');
      for (const name of ['old_pin', 'new_pin', 'again']) {
        assert.equal(await page.locator(`[name=${name}]`).inputValue(), '', `${name} is not filled in again`);
      }
      await changePin(visit, ['111222', '593817', '593817']);
      assert.match(await page.locator('#old_pin-e').innerText(), /还可以试 4 次/);
      visit.hand.reset();
      await page.goto(`${demo().address}/home`);
      await Promise.all([page.waitForURL(/home\/account/), visit.hand.tap('.tabbar a[href="/home/account"]')]);
      await changePin(visit, [PIN, '593817', '593817']);
      visit.hand.within({ taps: 5, keys: 18 });
      assert.match(page.url(), /done=pin/);
      assert.match(await page.locator('[role=status]').innerText(), /密码已改好/);
      const other = await as('public');
      try {
        assert.equal(await enter(other.page, household.code, PIN), false, 'the old PIN is dead');
        assert.equal(await enter(other.page, household.code, '593817'), true, 'the new PIN works');
      } finally {
        await other.close();
      }
    } finally {
      await visit.close();
    }
  });
}

/** The hidden fields of a form. */
const hidden = (page, action) =>
  page.locator(`form[action="${action}"] input[type=hidden]`).evaluateAll((all) => all.map(({ name, value }) => [name, value]));

const post = (visit, path, fields) =>
  visit.ask(path, {
    method: 'POST',
    headers: {
      cookie: visit.cookie,
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    },
    body: new URLSearchParams(fields).toString(),
  });

async function withCookie(visit) {
  const cookies = await visit.context.cookies();
  visit.cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  return visit;
}

test('the same PIN form sent twice is one change and costs no try', { timeout: 60_000 }, async () => {
  const household = await newHousehold();
  const visit = await withCookie(await visitOf(household));
  try {
    await visit.go('/home/account');
    const fields = [
      ...(await hidden(visit.page, '/home/account/pin')),
      ['old_pin', PIN],
      ['new_pin', '593817'],
      ['again', '593817'],
    ];
    for (const which of ['first', 'second']) {
      const answer = await post(visit, '/home/account/pin', fields);
      assert.equal(answer.status, 303, `the ${which} is answered as done`);
    }
  } finally {
    await visit.close();
  }
});

test('a session that ends under the PIN form keeps no digit of it', { timeout: 60_000 }, async () => {
  const household = await newHousehold();
  const visit = await withCookie(await visitOf(household));
  try {
    await visit.go('/home/account');
    const fields = [
      ...(await hidden(visit.page, '/home/account/pin')),
      ['old_pin', PIN],
      ['new_pin', '593817'],
      ['again', '593817'],
    ];
    const out = await hidden(visit.page, '/signout');
    await post(visit, '/signout', out);
    const answer = await post(visit, '/home/account/pin', fields);
    assert.equal(answer.status, 401);
    const html = await answer.text();
    assert.match(html, /name="kept"/);
    for (const secret of [PIN, '593817']) assert.ok(!html.includes(secret), 'no PIN in the page');
  } finally {
    await visit.close();
  }
});

test('another device is ended, and cannot go on', { timeout: 60_000 }, async () => {
  const household = await newHousehold();
  const [mine, theirs] = [await visitOf(household), await visitOf(household)];
  try {
    await mine.go('/home/account');
    const rows = mine.page.locator('#devices .list-row');
    assert.equal(await rows.count(), 2);
    assert.match(await rows.filter({ hasText: '这台设备' }).innerText(), /登录/);
    await mine.page.locator('#devices .list-row button').click();
    await mine.page.waitForURL(/done=device/);
    assert.equal(await rows.count(), 1);
    await theirs.go('/home');
    assert.match(theirs.page.url(), /\/signin/, 'the other one signs in again');
    await mine.go('/home');
    assert.equal(new URL(mine.page.url()).pathname, '/home');
  } finally {
    await Promise.all([mine.close(), theirs.close()]);
  }
});

test('names and remarks are shown as text', { timeout: 60_000 }, async () => {
  const household = await newHousehold({ head: NASTY, members: [NASTY] });
  await award(household, NASTY);
  const visit = await visitOf(household);
  try {
    for (const path of ['/home', '/home/members', '/home/ledger', '/home/ledger/1', '/home/code', '/home/account']) {
      await visit.go(path);
      assert.equal(await visit.page.locator('img').count(), 0, `${path} makes no element of a name`);
    }
    await visit.go('/home/members');
    assert.ok((await visit.page.locator('main').innerText()).includes(NASTY));
    await visit.go('/home/ledger/1');
    assert.ok((await visit.page.locator('main').innerText()).includes(NASTY), 'the remark');
    visit.quiet();
  } finally {
    await visit.close();
  }
});

test('a reversed award and its reversal name each other', { timeout: 60_000 }, async () => {
  const household = await newHousehold();
  const { id } = await award(household);
  const reviewer = await api('reviewer');
  await reviewer('POST', `${household.village}/operations/${id}/reverse`, { reason: '记错了' });
  const visit = await visitOf(household);
  const { page } = visit;
  try {
    assert.equal(await balance(page), 0);
    await visit.go('/home/ledger');
    assert.deepEqual(await page.locator('#entries .amount').allInnerTexts(), ['−3', '+3']);
    await page.getByText(/冲销了这一笔/).click();
    assert.match(await page.locator('h1').innerText(), /冲销：.*−3分/);
    await page.getByText(/冲销的是/).click();
    assert.match(await page.locator('h1').innerText(), /\+3分/);
    assert.match(await page.locator('.timeline').innerText(), /已冲销/);
  } finally {
    await visit.close();
  }
});

scene('lines that are not the household’s are not found', { ...HOME, allow: [/404/] }, async (visit) => {
  const { page } = visit;
  for (const seq of ['0', '-1', '999999', '9223372036854775807', 'abc', '1%00']) {
    const answer = await visit.go(`/home/ledger/${seq}`);
    assert.equal(answer.status(), 404, seq);
    assert.equal(await page.locator('h1').count(), 1);
  }
});

test('a booking shows on the open page by itself', { timeout: 60_000 }, async () => {
  const household = await newHousehold();
  const visit = await visitOf(household);
  try {
    assert.equal(await balance(visit.page), 0);
    await visit.page.waitForTimeout(500);
    await award(household);
    await visit.page.locator('[data-balance="300"]').waitFor({ timeout: 10_000 });
    assert.equal(await visit.page.locator('#last .amount').innerText(), '+3');
    assert.equal(await visit.page.locator('[aria-live] #balance').count(), 1);
  } finally {
    await visit.close();
  }
});

test('the card page shows the number and the very card', { timeout: 60_000 }, async () => {
  const visit = await as('household');
  try {
    await visit.go('/home/code');
    assert.equal(await visit.page.locator('.card-number').innerText(), demo().household);
    assert.equal(await visit.page.locator('svg.qr').count(), 1);
  } finally {
    await visit.close();
  }
});

test('the first load of /home is light', { timeout: 60_000 }, async () => {
  const visit = await as('household');
  try {
    const weight = await weigh(visit, '/home');
    assert.ok(weight.total <= 55 * 1024, `${weight.total} bytes: ${JSON.stringify(weight)}`);
    assert.ok(weight.document <= 14 * 1024, `${weight.document} bytes of HTML`);
    assert.ok(weight.stylesheet <= 12 * 1024, `${weight.stylesheet} bytes of CSS`);
  } finally {
    await visit.close();
  }
});
