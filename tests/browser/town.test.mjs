// The township: it sees at once who falls behind (T13), its charts say what its tables say, and it changes nothing.

import assert from 'node:assert/strict';
import { demo, overflow, scene, VIEWPORTS } from './kit.mjs';

/** The texts of a table's body, row by row. */
const bodyOf = (page, selector) =>
  page.locator(`${selector} tbody tr`).evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText.trim())));

/** The bars of a chart: name, length, value. */
const barsOf = (page, selector) =>
  page.locator(`${selector} .bars > li`).evaluateAll((bars) =>
    bars.map((bar) => ({
      name: bar.querySelector('span').innerText,
      length: bar.querySelector('rect.bar, rect.bar-low')?.getAttribute('width') ?? '',
      isLow: bar.querySelector('.bar-low') !== null,
      value: bar.querySelector('b').innerText,
    })),
  );

scene('T13 who falls behind is seen without a tap', { as: 'officer', viewport: 'pc' }, async (visit) => {
  const { page } = visit;
  await visit.go('/town');
  const rows = await bodyOf(page, '.table-cards');
  assert.equal(rows.length, 3);
  assert.match(rows[0][0], /河口村/);
  assert.match(rows[0][1], /参与的户少/);
  assert.match(rows[0][1], /资金池不到一成/);
  assert.ok(await page.locator('.table-cards tbody tr:first-child .pill-bad svg').count(), 'a word and a picture');
  assert.match(await page.locator('.callout-bad').innerText(), /河口村要帮一把/);
  for (const row of rows.slice(1)) assert.equal(row[1], '正常');
});

scene('T13 bars, line and table say the same', { as: 'officer', viewport: 'pc' }, async (visit) => {
  const { page } = visit;
  await visit.go('/town');
  const rows = await bodyOf(page, '.table-cards');
  const share = new Map(rows.map((row) => [row[0], row[4]]));
  const bars = await barsOf(page, '.side');
  assert.equal(bars.length, rows.length);
  for (const bar of bars) {
    assert.equal(bar.value, share.get(bar.name));
    assert.equal(bar.length, bar.value);
    assert.equal(bar.isLow, bar.name === '河口村');
  }
  await page.locator('summary').click();
  const months = await bodyOf(page, 'details');
  const labels = await page.locator('.line-chart text:not(.axis)').evaluateAll((all) => all.map((text) => text.textContent));
  assert.deepEqual(labels, months.map((month) => month[1].replace('%', '')).reverse());
  const total = await page.locator('tfoot td.num').first().innerText();
  assert.equal(Number(total), rows.reduce((sum, row) => sum + Number(row[2]), 0));
});

scene('T13 a village over a year, two taps away', { as: 'officer' }, async (visit) => {
  const { page, hand } = visit;
  await visit.go('/town');
  await page.locator('.table-cards tbody a').first().click();
  await page.waitForURL(/\/town\/villages\/HK/);
  assert.match(await page.locator('h1').innerText(), /河口村/);
  const months = await bodyOf(page, 'table:has(caption:text("逐月情况"))');
  assert.equal(months.length, 12);
  const points = (text) => Number(text.replaceAll(',', '').replace('−', '-'));
  // Held at a month's end is what was held before, plus issued, less taken back, redeemed and expired.
  for (const [index, month] of months.slice(0, -1).entries()) {
    const [, , , , issued, taken, redeemed, expired, held] = month.map(points);
    assert.equal(held, points(months[index + 1][8]) + issued - taken - redeemed - expired, month[0]);
  }
  await page.locator('a.back').click();
  await page.waitForURL(/\/town\?month=/);
});

scene('T13 an earlier month is chosen without a script', { as: 'officer', js: false }, async (visit) => {
  const { page } = visit;
  await visit.go('/town');
  const options = await page.locator('#month option').evaluateAll((all) => all.map((option) => option.value));
  assert.ok(options.length >= 12);
  await page.locator('#month').selectOption(options[3]);
  await page.locator('form button[type=submit]').click();
  await page.waitForURL(new RegExp(`month=${options[3]}`));
  assert.ok((await page.locator('h1').innerText()).includes(`${Number(options[3].slice(5))}月`));
});

scene('the table is saved for a spreadsheet', { as: 'officer' }, async (visit) => {
  const answer = await visit.ask('/town/table.csv');
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type'), /^text\/csv/);
  assert.match(answer.headers.get('content-disposition'), /attachment; filename="wenming-QH-\d{4}-\d\d\.csv"/);
  const bytes = Buffer.from(await answer.arrayBuffer());
  assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf], 'spreadsheets must see that it is UTF-8');
  const lines = bytes.subarray(3).toString('utf8').trim().split(/\r?\n/);
  assert.equal(lines.length, 1 + 3 + 1);
  for (const cell of lines.flatMap((line) => line.split(','))) assert.doesNotMatch(cell, /^[=+@]/);
});

scene('no page of the township writes, or names people', { as: 'officer', viewport: 'pc' }, async (visit) => {
  const { page } = visit;
  for (const path of ['/town', `/town/villages/${demo().village}`]) {
    await visit.go(path);
    assert.equal(await page.locator('form[method=post]').count(), 0);
    const text = await page.locator('main').innerText();
    for (const name of ['赵红梅', '陈志远', '马玉兰', '赖涛']) assert.ok(!text.includes(name), `${path} names ${name}`);
  }
});

scene('another township\'s village is not found', { as: 'officer' }, async (visit) => {
  for (const path of ['/town/villages/QH', '/town/villages/none', `/town/villages/${'x'.repeat(80)}`]) {
    assert.equal((await visit.ask(path)).status, 404, path);
  }
});

scene('an administrator sees the township too', { as: 'admin' }, async (visit) => {
  const { page } = visit;
  await visit.go('/town');
  assert.equal((await bodyOf(page, '.table-cards')).length, 3);
});

scene('printed, the charts come with their tables', { as: 'officer', viewport: 'pc' }, async (visit) => {
  const { page } = visit;
  await visit.go('/town');
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: 680, height: 960 });
  assert.ok(await page.locator('details table').isVisible());
  assert.ok(await page.locator('.bars').isVisible());
  assert.ok(!(await page.locator('#month').isVisible()));
  assert.deepEqual(await overflow(page), []);
  await page.setViewportSize(VIEWPORTS.pc);
});
