// A second person reviews: few taps, flagged rows first, nothing unseen, never one's own.

import assert from 'node:assert/strict';
import { as, demo, scene } from './kit.mjs';

const REFUSED = [/status of 422/];
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const settle = async (page, act) => {
  await Promise.all([page.waitForEvent('framenavigated'), act()]);
  await page.waitForLoadState();
};
const press = (page, value) => settle(page, () => page.locator(`button[value=${value}]`).click());

/** Sends a sheet for review as `role`; answers its operation. `quantities` by place in the grid. */
async function propose(role, rule, quantities) {
  const visit = await as(role, { viewport: 'pc' });
  try {
    await visit.go(`/office/sheets/new?rule=${rule}`);
    const fields = visit.page.locator('input[data-code]');
    for (const [place, quantity] of Object.entries(quantities)) await fields.nth(Number(place)).fill(quantity);
    await visit.page.locator('input[value=clip]').check();
    await press(visit.page, 'preview');
    await press(visit.page, 'book');
    return visit.page.url().split('/').at(-1);
  } finally {
    await visit.close();
  }
}

scene('T6 a sheet is approved in four taps', { as: 'reviewer' }, async (visit) => {
  const { page, hand } = visit;
  const operation = await propose('recorder', 'TD02', { 0: '1', 1: '1', 2: '1' });
  await visit.go('/office/reviews');
  hand.reset();
  await settle(page, () => hand.tap(`a[href="/office/reviews/${operation}"]`));
  assert.match(await page.locator('main').innerText(), /等审核的，共 3 行[\s\S]*资金池/);
  await settle(page, () => hand.tap('button[value=approve]'));
  hand.within({ taps: 4 });
  assert.match(await page.locator('main').innerText(), /都有结论了[\s\S]*已入账/);
  await page.reload();
  assert.equal(await page.locator('.pill-ok', { hasText: '已入账' }).count(), 3);
});

scene('T6 works without script', { as: 'reviewer', js: false }, async (visit) => {
  const { page } = visit;
  const operation = await propose('recorder', 'TD03', { 0: '1', 1: '1' });
  await visit.go('/office/reviews');
  await settle(page, () => page.locator(`a[href="/office/reviews/${operation}"]`).click());
  await press(page, 'approve');
  assert.equal(await page.locator('.pill-ok', { hasText: '已入账' }).count(), 2);
});

scene('T6 by keyboard alone', { as: 'reviewer', viewport: 'pc' }, async (visit) => {
  const { page } = visit;
  const operation = await propose('recorder', 'TD04', { 0: '1' });
  await visit.go(`/office/reviews/${operation}`);
  await page.locator('input[name=line]').first().focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('Space');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.value), 'approve');
  await settle(page, () => page.keyboard.press('Enter'));
  assert.match(await page.locator('main').innerText(), /都有结论了/);
});

scene('rows are returned with a reason, which must be given', { as: 'reviewer', allow: REFUSED }, async (visit) => {
  const { page } = visit;
  const operation = await propose('recorder', 'VL06', { 0: '1', 1: '1' });
  await visit.go(`/office/reviews/${operation}`);
  await page.locator('input[name=line]').first().uncheck();
  await press(page, 'return');
  assert.match(await page.locator('#summary').innerText(), /退回要写原因/);
  await page.locator('input[name=line]').first().uncheck();
  await page.locator('#reason').fill('照片<img src=x onerror=alert(1)>看不清');
  await press(page, 'return');
  const text = await page.locator('main').innerText();
  assert.match(text, /等审核的，共 1 行[\s\S]*已退回[\s\S]*照片<img src=x onerror=alert\(1\)>看不清/);
  assert.equal(await page.locator('main img').count(), 0);
});

scene('what changed since it was opened must be read again', { as: 'reviewer', allow: REFUSED }, async (visit) => {
  const { page } = visit;
  const operation = await propose('recorder', 'WS07', { 0: '1', 1: '1', 2: '1' });
  await visit.go(`/office/reviews/${operation}`);
  const manager = await as('manager');
  try {
    await manager.go(`/office/reviews/${operation}`);
    for (const place of [1, 2]) await manager.page.locator('input[name=line]').nth(place).uncheck();
    await press(manager.page, 'approve');
  } finally {
    await manager.close();
  }
  await press(page, 'approve');
  assert.match(await page.locator('#summary').innerText(), /内容有变，请重新查看/);
  assert.equal(await page.locator('input[name=line]').count(), 2, 'nothing more was approved');
  await press(page, 'approve');
  assert.match(await page.locator('main').innerText(), /都有结论了/);
});

scene('a double tap approves once', { as: 'reviewer' }, async (visit) => {
  const { page } = visit;
  const operation = await propose('recorder', 'WS06', { 0: '1', 1: '1' });
  await visit.go(`/office/reviews/${operation}`);
  const body = await page.locator('form.side').evaluate((form) => {
    const data = new URLSearchParams(new FormData(form));
    data.set('decision', 'approve');
    return data.toString();
  });
  const send = () => visit.ask(`/office/reviews/${operation}`, { method: 'POST', body, headers: FORM });
  const answers = [...(await Promise.all([send(), send()])), await send()];
  assert.deepEqual(answers.map((answer) => answer.status), [303, 303, 303]);
  await visit.go(`/office/reviews/${operation}`);
  assert.equal(await page.locator('.pill-ok', { hasText: '已入账' }).count(), 2);
});

scene('nobody reviews what they recorded', { as: 'manager' }, async (visit) => {
  const { page } = visit;
  const operation = await propose('manager', 'TD02', { 10: '1' });
  await visit.go(`/office/reviews/${operation}`);
  assert.match(await page.locator('main').innerText(), /这是您自己登记的，由另一个人审核/);
  assert.equal(await page.locator('button[value=approve]').count(), 0);
  const seen = await page.locator('input[name=seen]').inputValue();
  const [csrf, op] = await Promise.all(['csrf', 'op'].map((name) => page.locator(`input[name=${name}]`).first().inputValue()));
  const body = new URLSearchParams({ csrf, op, seen, decision: 'approve', line: '0' }).toString();
  const answer = await visit.ask(`/office/reviews/${operation}`, { method: 'POST', body, headers: FORM });
  assert.equal(answer.status, 422);
  assert.match(await answer.text(), /谁记的分，须由另一个人审核/);
});

scene('a recorder sees their own as it stands, and decides nothing', { as: 'recorder' }, async (visit) => {
  const { page } = visit;
  const operation = await propose('recorder', 'TD02', { 20: '1' });
  await visit.go('/office/reviews');
  await settle(page, () => page.locator(`a[href="/office/reviews/${operation}"]`).click());
  assert.equal(await page.locator('button[value=approve]').count(), 0);
  assert.match(await page.locator('main').innerText(), /等另一人审核/);
  const csrf = await page.locator('input[name=csrf]').first().inputValue();
  const body = new URLSearchParams({ csrf, op: crypto.randomUUID(), decision: 'approve', line: '0' }).toString();
  const answer = await visit.ask(`/office/reviews/${operation}`, { method: 'POST', body, headers: FORM });
  assert.equal(answer.status, 403);
  const theirs = await propose('manager', 'TD02', { 30: '1' });
  assert.equal((await visit.ask(`/office/reviews/${theirs}`)).status, 403);
});

scene('what is far above the usual is marked and not ticked', { as: 'reviewer', viewport: 'pc' }, async (visit) => {
  const { page } = visit;
  const usual = await propose('recorder', 'NB01', { 0: '1', 1: '1', 2: '1', 3: '1', 4: '1', 5: '1' });
  await visit.go(`/office/reviews/${usual}`);
  await press(page, 'approve');
  const operation = await propose('recorder', 'NB01', { 8: '4', 9: '1' });
  await visit.go(`/office/reviews/${operation}`);
  const first = page.locator('tbody tr').first();
  assert.match(await first.innerText(), /比平常高出 3 倍以上/);
  assert.equal(await first.locator('input[name=line]').isChecked(), false);
  await press(page, 'approve');
  assert.match(await page.locator('main').innerText(), /等审核的，共 1 行/);
});

scene('the queue refreshes itself', { as: 'reviewer' }, async (visit) => {
  const { page } = visit;
  await visit.go('/office/reviews');
  const operation = await propose('recorder', 'TD02', { 40: '1' });
  await page.locator(`a[href="/office/reviews/${operation}"]`).waitFor();
});

/** Adds a reviewer whose kin lives in `household`; answers how they sign in. */
async function kinReviewer(household) {
  const { address, logins, village } = demo();
  const admin = logins.find((login) => login.role === 'admin');
  const api = async (path, token, body) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() };
    if (token) headers.authorization = `Bearer ${token}`;
    const answer = await fetch(`${address}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await answer.text();
    assert.equal(answer.status, 201, text);
    return JSON.parse(text);
  };
  const { token } = await api('/session', null, { username: admin.username, password: admin.password });
  const [username, password] = [`kin-${crypto.randomUUID().slice(0, 8)}`, 'zhao-reviews-2026'];
  const grants = [{ role: 'reviewer', scope: `village:${village}` }];
  await api('/staff', token, { username, password, name: '赵审核', grants, kin: [`${village}/${household}`] });
  return { username, password };
}

scene("a reviewer's kin is another person's to review", { as: 'public', viewport: 'pc', allow: REFUSED }, async (visit) => {
  const { page } = visit;
  const operation = await propose('recorder', 'PB01', { 0: '1', 1: '1' });
  const { username, password } = await kinReviewer('010001');
  await visit.go('/signin/staff?back=/office/reviews');
  await page.locator('#username').fill(username);
  await page.locator('#password').fill(password);
  await settle(page, () => page.locator('main button[type=submit]').click());
  assert.match(await page.locator(`a[href="/office/reviews/${operation}"]`).innerText(), /1 行是您自己或亲属家/);
  await visit.go(`/office/reviews/${operation}`);
  const first = page.locator('tbody tr').first();
  assert.match(await first.innerText(), /010001[\s\S]*这是您亲属家，请换一位审核人/);
  assert.equal(await first.locator('input').count(), 0);
  const body = await page.locator('form.side').evaluate((form) => {
    const data = new URLSearchParams(new FormData(form));
    data.set('decision', 'approve');
    data.append('line', '0');
    return data.toString();
  });
  const answer = await visit.ask(`/office/reviews/${operation}`, { method: 'POST', body, headers: FORM });
  assert.equal(answer.status, 422);
  await visit.go(`/office/reviews/${operation}`);
  // One row that may not be decided stops the whole form.
  assert.match(await page.locator('main').innerText(), /等审核的，共 2 行/);
});
