// What a task may cost, in taps and keys from its starting page, where no other file counts it.

import assert from 'node:assert/strict';
import { as, scene } from './kit.mjs';

const settle = async (page, act) => {
  await Promise.all([page.waitForEvent('framenavigated'), act()]);
  await page.waitForLoadState();
};

scene('one award: six taps and the six digits of the card', { as: 'recorder' }, async (visit) => {
  const { page, hand } = visit;
  await visit.go('/office/awards/new');
  await hand.tap('#q');
  await hand.type('060401');
  await page.locator('#hits a[href*="060401"]').waitFor();
  await settle(page, () => hand.tap('#hits a[href*="060401"]'));
  await hand.choose('#rule', 'VL01');
  await settle(page, () => hand.tap('button[value=preview]'));
  await settle(page, () => hand.tap('button[value=book]'));
  assert.match(page.url(), /\/office\/awards\/[0-9a-f-]{36}$/);
  hand.within({ taps: 6, keys: 6 });
});

scene('an award sheet: five taps, and two keys a household', { as: 'recorder', viewport: 'pc' }, async (visit) => {
  const { page, hand } = visit;
  await visit.go('/office/sheets/new');
  await hand.choose('#rule', 'NB02');
  await settle(page, () => hand.tap('.toolbar button[type=submit]'));
  await page.locator('input[data-code]').first().focus();
  for (let n = 0; n < 10; n += 1) {
    await hand.type('1');
    await hand.press('Enter');
  }
  await settle(page, () => hand.tap('button[value=preview]'));
  await settle(page, () => hand.tap('button[value=book]'));
  assert.match(page.url(), /\/office\/sheets\/[0-9a-f-]{36}$/);
  hand.within({ taps: 5, keys: 20 });
});

/** The number of the newest receipt with something left to bring back. */
async function receipt() {
  const visit = await as('clerk');
  try {
    await visit.go('/till/refunds');
    const rows = visit.page.locator('#refunds a.list-row, main a.list-row').filter({ hasNot: visit.page.locator('.pill') });
    return (await rows.first().locator('.list-title').innerText()).trim();
  } finally {
    await visit.close();
  }
}

scene('T10 goods come back: five taps, one scan, the quantity and the reason', { as: 'clerk', allow: [/status of 4(22|04)/] }, async (visit) => {
  const { page, hand } = visit;
  const number = await receipt();
  await visit.go('/till');
  await settle(page, () => hand.tap('nav a[href="/till/refunds"]'));
  await settle(page, () => hand.scan(number));
  if (!(await page.locator('[name="n-0"]').count())) await settle(page, () => hand.tap(page.locator('a.list-row', { hasText: number })));
  await hand.tap('[name="n-0"]');
  await page.locator('[name="n-0"]').selectText();
  await hand.type('1');
  await hand.tap('[name="reason"]');
  await hand.type('拿错了');
  await hand.tap('button.button-block');
  await page.waitForURL(/\/till\/refunded\//);
  hand.within({ taps: 5, keys: 6, scans: 1 });
});

scene('T13 from the table to a village and its print: three taps', { as: 'officer', viewport: 'pc' }, async (visit) => {
  const { page, hand } = visit;
  await page.addInitScript(() => { window.print = () => { document.documentElement.dataset.printed = 'yes'; }; });
  await visit.go('/town');
  await settle(page, () => hand.tap(page.locator('.table-cards tbody a').first()));
  await hand.tap('[data-print]');
  assert.equal(await page.locator('html').getAttribute('data-printed'), 'yes');
  hand.within({ taps: 3 });
});
