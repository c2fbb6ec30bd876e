// One award or deduction, the rules, the fund: seen before it is done, and done once.

import assert from 'node:assert/strict';
import { scene } from './kit.mjs';

const REFUSED = [/status of 422/];

const settle = async (page, act) => {
  await Promise.all([page.waitForEvent('framenavigated'), act()]);
  await page.waitForLoadState();
};
const press = (page, value) => settle(page, () => page.locator(`button[value=${value}]`).click());
const fact = (page, term) => page.locator(`dt:has-text("${term}") + dd`).first().innerText();

scene('one award: found, checked, booked; a remark is only ever text', { as: 'recorder' }, async (visit) => {
  const { page } = visit;
  await visit.go('/office/awards/new');
  await page.locator('#q').pressSequentially('0100', { delay: 20 });
  await page.locator('#hits a[href*="010001"]').waitFor();
  await settle(page, () => page.locator('#hits a[href*="010001"]').click());
  await page.selectOption('#rule', 'VL05');
  await page.locator('#quantity').fill('１');
  await page.locator('#note').fill('<script>document.title="x"</script>种树');
  await press(page, 'preview');
  assert.match(await fact(page, '上限'), /今年已得 \d+，上限 15，还能加 \d+/);
  const [before, after] = (await fact(page, '可用积分')).split('→').map((text) => Number(text.trim().replace(',', '')));
  assert.equal(after, before + 5);
  assert.equal(await fact(page, '接着'), '马上入账');
  await press(page, 'edit');
  assert.match(await page.locator('#note').inputValue(), /种树/);
  await press(page, 'preview');
  await press(page, 'book');
  assert.match(page.url(), /\/office\/awards\/[0-9a-f-]{36}$/);
  assert.match(await page.locator('main').innerText(), new RegExp(`已登记[\\s\\S]*${after}[\\s\\S]*<script>`));
  assert.notEqual(await page.title(), 'x');
  await page.reload();
  assert.match(await page.locator('main').innerText(), /已登记/);
});

scene('one award without script', { as: 'recorder', js: false }, async (visit) => {
  const { page } = visit;
  await visit.go('/office/awards/new');
  await page.locator('#q').fill('010002');
  await settle(page, () => page.locator('form[role=search] button').click());
  await settle(page, () => page.locator('#hits a').first().click());
  await page.selectOption('#rule', 'MT03');
  await press(page, 'preview');
  await press(page, 'book');
  assert.match(await page.locator('.result').innerText(), /已登记/);
});

scene('own and kin are refused in plain words before anything is sent', { as: 'recorder' }, async (visit) => {
  const { page } = visit;
  for (const [code, words] of [['010003', /您自己家/], ['010005', /您亲属家/]]) {
    await visit.go(`/office/awards/new?household=${code}&rule=VL01`);
    await press(page, 'preview');
    assert.match(await page.locator('[role=alert]').innerText(), words);
    assert.equal(await page.locator('button[value=book]').count(), 0);
  }
});

scene('beyond the cap: the figures say how much is left', { as: 'recorder' }, async (visit) => {
  const { page } = visit;
  await visit.go('/office/awards/new?household=010010&rule=WS05');
  await page.locator('#quantity').fill('9');
  await press(page, 'preview');
  assert.match(await page.locator('[role=alert]').innerText(), /本月最多 5 分，已有 0 分，只能再加 5 分/);
});

scene('a deduction says what becomes of arrears, and waits for a second person', { as: 'recorder' }, async (visit) => {
  const { page } = visit;
  await visit.go('/office/awards/new?household=010012&rule=DD11');
  await page.locator('#quantity').fill('50');
  await press(page, 'preview');
  assert.match(await fact(page, '不够扣'), /记为待扣/);
  await press(page, 'book');
  assert.match(await page.locator('main').innerText(), /已送审[\s\S]*待审核/);
});

scene('an empty form names what is missing', { as: 'recorder', allow: REFUSED }, async (visit) => {
  const { page } = visit;
  await visit.go('/office/awards/new?household=010001');
  await page.locator('#quantity').fill('x');
  await press(page, 'preview');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'summary');
  assert.match(await page.locator('#summary').innerText(), /请选一条细则[\s\S]*数量要是大于 0/);
  assert.match(await page.title(), /^有错误/);
});

scene('a new version of a rule is laid beside the old one', { as: 'manager', viewport: 'pc', allow: REFUSED }, async (visit) => {
  const { page } = visit;
  await visit.go('/office/rules/new?rule=CY06');
  await page.locator('#points').fill('');
  await press(page, 'preview');
  assert.match(await page.locator('#summary').innerText(), /大于 0 的数/);
  await page.locator('#points').fill('25');
  await page.locator('#cap_points').fill('25');
  await press(page, 'preview');
  assert.equal(await page.locator('tr.row-warn').count(), 2);
  await press(page, 'book');
  assert.match(page.url(), /\/office\/rules\/CY06$/);
  const text = await page.locator('main').innerText();
  assert.match(text, /第 2 版[\s\S]*王建国[\s\S]*30→25[\s\S]*第 1 版/);
  await page.reload();
  assert.equal(await page.locator('.masonry section').count(), 2);
});

scene('a rule gets its last day', { as: 'manager' }, async (visit) => {
  const { page } = visit;
  await visit.go('/office/rules/HN07');
  await settle(page, () => page.locator('a[href$="/retire"]').click());
  await page.locator('#ends').fill('2020-01-01');
  await settle(page, () => page.locator('form button[type=submit]').click());
  assert.match(await page.locator('main').innerText(), /已停用/);
  await visit.go('/office/sheets/new');
  assert.equal(await page.locator('#rule option[value=HN07]').count(), 0);
});

scene('points are put into the fund once they have been checked', { as: 'manager' }, async (visit) => {
  const { page } = visit;
  await visit.go('/office/fund/allot');
  await page.locator('#points').fill('1000');
  await page.locator('#reference').fill('村民代表会议决议 2026-12');
  await press(page, 'preview');
  const [before, after] = (await fact(page, '资金池还剩')).split('→').map((text) => Number(text.trim().replace(',', '')));
  assert.equal(after, before + 1000);
  await press(page, 'book');
  assert.match(await page.locator('main').innerText(), /已拨入/);
  assert.equal(Number((await page.locator('.stat-value').first().innerText()).replace(',', '')), after);
});

scene('who may not is refused', { as: 'reviewer' }, async (visit) => {
  for (const path of ['/office/awards/new', '/office/sheets/new', '/office/rules/new', '/office/fund/allot', '/office/fund/settings']) {
    assert.equal((await visit.ask(path)).status, 403, path);
  }
});
