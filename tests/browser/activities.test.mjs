// An activity from the plan to review: few taps, a code that ends, one sign-in for each household.

import assert from 'node:assert/strict';
import { as, demo, scene } from './kit.mjs';
import { decoded } from './qr.mjs';

const REFUSED = [/status of (403|409|422)/];

const settle = async (page, act) => {
  await Promise.all([page.waitForEvent('framenavigated'), act()]);
  await page.waitForLoadState();
};
const said = (page) => page.locator('main').innerText();
const number = (page) => page.url().split('/').at(-1).split('?')[0];

/** Plans an activity under a rule, from the template of a kind; answers its number. */
async function plan(visit, kind, rule) {
  const { page } = visit;
  await visit.go(`/office/activities/new?kind=${kind}`);
  if (rule) await page.selectOption('#rule', rule);
  await settle(page, () => page.locator('main form button[type=submit]').click());
  return number(page);
}

/** Where the code on the screen leads, on this demo. */
async function codeOf(visit, no) {
  await visit.go(`/office/activities/${no}/code`);
  const text = await decoded(visit.page.locator('.qr'));
  assert.match(text, /\/home\/checkin\?c=[\w-]{39}$/);
  return new URL(text).pathname + new URL(text).search;
}

/** Ends it and sends it. */
async function finish(page, hand, no) {
  await settle(page, () => hand.tap(`a[href="/office/activities/${no}/end"]`));
  await settle(page, () => hand.tap('main form button[type=submit]'));
  await settle(page, () => hand.tap(`form[action$="/${no}/send"] button`));
  assert.match(await said(page), /已送审/);
}

scene('T5 an activity in twelve taps and one scan for each who came', { as: 'recorder' }, async (visit) => {
  const { page, hand } = visit;
  await visit.go('/office/activities');
  hand.reset();
  await settle(page, () => hand.tap('a[href$="kind=assembly"]'));
  await settle(page, () => hand.tap('main form button[type=submit]'));
  const no = number(page);
  await settle(page, () => hand.tap(`a[href="/office/activities/${no}/code"]`));
  const home = await as('household');
  try {
    await home.go(await codeOf(visit, no));
    home.hand.reset();
    await settle(home.page, () => home.hand.tap('button[name=person]'));
    home.hand.within({ taps: 1 });
    assert.match(await said(home.page), /您家今天已签到（.+，\d\d:\d\d）/);
  } finally {
    await home.close();
  }
  await settle(page, () => hand.tap(`a[href="/office/activities/${no}/scan"]`));
  for (const code of ['010002', '010003']) {
    await settle(page, () => hand.scan(code));
    assert.match(await page.locator('.callout-ok').innerText(), new RegExp(code));
  }
  await settle(page, () => hand.tap(`a[href="/office/activities/${no}"]`));
  await finish(page, hand, no);
  hand.within({ taps: 12, scans: 2 });
  assert.match(await said(page), /已送审/);
  const reviewer = await as('reviewer', { viewport: 'pc' });
  try {
    await reviewer.go('/office/reviews');
    await settle(reviewer.page, () => reviewer.page.locator('.list-row', { hasText: '村民会议 ·' }).last().click());
    assert.match(await reviewer.page.locator('h1').innerText(), /村民会议 · /);
    assert.match(await said(reviewer.page), /010002/);
  } finally {
    await reviewer.close();
  }
});

scene('15 the second of a household is told who signed in', { as: 'household', allow: REFUSED }, async (visit) => {
  const recorder = await as('recorder', { viewport: 'pc' });
  const second = await as('household');
  try {
    const no = await plan(recorder, 'assembly');
    const address = await codeOf(recorder, no);
    await visit.go(address);
    await second.go(address);
    await settle(visit.page, () => visit.page.locator('button[name=person]').click());
    await settle(second.page, () => second.page.locator('button[name=person]').click());
    assert.match(await second.page.locator('[role=alert]').innerText(), /您家今天已签到（.\*+.?，\d\d:\d\d）/);
    second.quiet({ allow: REFUSED });
  } finally {
    await recorder.close();
    await second.close();
  }
});

scene('15 a code older than a minute is refused, a new one is taken', { as: 'household', allow: REFUSED, timeout: 120_000 }, async (visit) => {
  const { page } = visit;
  const recorder = await as('recorder', { viewport: 'pc' });
  const stranger = await as('public');
  try {
    const no = await plan(recorder, 'cleanup');
    const old = await codeOf(recorder, no);
    // Whoever signs in first comes back to the activity, however long a PIN takes.
    await stranger.go(old);
    assert.match(stranger.page.url(), /\/signin\?back=.*checkin/);
    await page.waitForTimeout(62_000);
    await visit.go(old);
    assert.match(await said(page), /这个码已过期/);
    assert.equal(await page.locator('button[name=person]').count(), 0);
    // The screen has changed by itself.
    const shown = new URL(await decoded(recorder.page.locator('.qr')));
    assert.notEqual(shown.pathname + shown.search, old);
    await visit.go(shown.pathname + shown.search);
    assert.ok((await page.locator('button[name=person]').count()) > 0);
    await stranger.page.fill('#number', demo().household);
    await stranger.page.fill('#pin', demo().pin);
    await settle(stranger.page, () => stranger.page.locator('main form button[type=submit]').first().click());
    assert.match(stranger.page.url(), /\/home\/checkin\?c=/);
    assert.ok((await stranger.page.locator('button[name=person]').count()) > 0);
  } finally {
    await recorder.close();
    await stranger.close();
  }
});

scene('15 at the cap a sign-in counts without points, and says so', { as: 'recorder', viewport: 'pc' }, async (visit) => {
  const { page, hand } = visit;
  for (let round = 0; round < 2; round += 1) {
    const no = await plan(visit, 'other', 'FM06');
    await visit.go(`/office/activities/${no}/scan`);
    await settle(page, () => hand.scan('010011'));
    await visit.go(`/office/activities/${no}`);
    await finish(page, hand, no);
  }
  const no = await plan(visit, 'other', 'FM06');
  await visit.go(`/office/activities/${no}/scan`);
  await settle(page, () => hand.scan('010011'));
  assert.match(await page.locator('.callout-ok').innerText(), /上限已满，签到有效，但不再加分/);
  await visit.go(`/office/activities/${no}`);
  await finish(page, hand, no);
  assert.match(await said(page), /已记录，不再加分（到上限）/);
});

scene('a paper list is keyed in at once, a no-show is struck off', { as: 'recorder', viewport: 'pc', js: false, allow: REFUSED }, async (visit) => {
  const { page } = visit;
  const no = await plan(visit, 'assembly');
  await visit.go(`/office/activities/${no}/list`);
  await page.locator('input[name=came]').nth(0).check();
  await page.fill('#q', '010007');
  await settle(page, () => page.locator('button[value=find]').click());
  assert.equal(await page.locator('input[name=came]').count(), 2, 'what was ticked stays in sight');
  await page.locator('input[name=came]').nth(1).check();
  await settle(page, () => page.locator('button[value=book]').click());
  assert.match(await said(page), /已签到 2 人/);
  await settle(page, () => page.locator('a[href*="/strike?"]').first().click());
  await page.fill('#reason', '');
  await settle(page, () => page.locator('main form button[type=submit]').click());
  assert.match(await page.locator('#summary').innerText(), /请写明原因/);
  await page.fill('#reason', '没有到场');
  await settle(page, () => page.locator('main form button[type=submit]').click());
  assert.match(await said(page), /已签到 1 人[\s\S]*已划掉：没有到场/);
});
