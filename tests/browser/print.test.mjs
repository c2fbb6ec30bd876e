// Paper: pages are divided by the server, codes can be read, nothing sticks out (UX.md section 4, Print).

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { as, demo, scene } from './kit.mjs';
import { decoded } from './qr.mjs';

/** A service worker that is not there yet is no fault of the paper. */
const allow = [];
const manager = { as: 'manager', viewport: 'pc', allow, deviceScaleFactor: 2 };

/** How many pages the browser makes of it. */
async function pdfPages(page) {
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
  return pdf.match(/\/Type\s*\/Page(?![s\w])/g)?.length ?? 0;
}

const MM = 96 / 25.4;

async function token(role) {
  const { username, password } = demo().logins.find((login) => login.role === role);
  const answer = await fetch(`${demo().address}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  return (await answer.json()).token;
}

scene('a card: number, masked name, a code that opens the household', manager, async (visit) => {
  const { page } = visit;
  await visit.go(`/print/cards?h=${demo().household}`);
  assert.equal(await page.locator('.id-card').count(), 1);
  assert.equal(await page.locator('.id-card-no').innerText(), demo().household);
  const text = await decoded(page.locator('.id-card .qr'));
  assert.match(text, /\/c#/);
  assert.equal(text.split('/c#')[1], demo().card);
  const [code, modules] = await page.locator('.id-card .qr').evaluate((svg) => [svg.getBoundingClientRect().width, svg.viewBox.baseVal.width]);
  assert.ok((code * (modules - 8)) / modules >= 25 * MM, 'the code is at least 25 mm wide');
});

scene('a whole group: eight cards on a sheet, as many pages as are said', { ...manager, timeout: 90_000 }, async (visit) => {
  const { page } = visit;
  await visit.go('/print/cards');
  const group = page.locator('ul.list a').first();
  await group.click();
  await page.waitForURL(/group=/);
  const cards = await page.locator('.id-card').count();
  const sheets = await page.locator('.sheet').count();
  assert.ok(cards > 8, `${cards} cards`);
  assert.equal(sheets, Math.ceil(cards / 8));
  assert.equal(await pdfPages(page), sheets);
  assert.match(await page.locator('.sheet').last().innerText(), new RegExp(`第${sheets}页，共${sheets}页`));
  for (const sheet of await page.locator('.sheet').all()) assert.ok((await sheet.locator('.id-card').count()) <= 8);
  // No card's text is cut off.
  const cut = await page.locator('.id-card').evaluateAll((all) => all.filter((card) => card.scrollHeight > card.clientHeight + 1).length);
  assert.equal(cut, 0);
});

scene('households without a card are listed and get one', manager, async (visit) => {
  const { page } = visit;
  const code = `P${process.pid % 10000}`;
  const answer = await fetch(`${demo().address}/api/v1/villages/${demo().village}/households`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await token('manager')}`, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify({ code, group: '印卡组', head: '<b>钱</b>多' }),
  });
  assert.equal(answer.status, 201, await answer.text());
  await visit.go(`/print/cards?h=${code},${demo().household},nobody`);
  assert.equal(await page.locator('.id-card').count(), 1);
  await page.getByText('没有这些卡号').waitFor();
  await page.locator('button[type=submit]').dblclick();
  await page.locator('.id-card').nth(1).waitFor();
  assert.equal(await page.locator('.id-card').count(), 2);
  assert.equal(await page.locator('.id-card b').count(), 0, 'a name is text');
  assert.match(await decoded(page.locator('.id-card', { hasText: code }).locator('.qr')), /\/c#[\w-]{22}$/);
});

for (const [path, name] of [['book', '积分簿'], ['statement', '积分账目']]) {
  scene(`${name}: pages with heads and numbers`, { ...manager, timeout: 90_000 }, async (visit) => {
    const { page } = visit;
    await visit.go(`/print/${path}/${demo().household}`);
    const sheets = await page.locator('.sheet').count();
    assert.equal(await pdfPages(page), sheets);
    for (let n = 1; n <= sheets; n += 1) {
      const said = await page.locator('.sheet').nth(n - 1).innerText();
      assert.ok(said.includes(name) && said.includes(demo().household) && said.includes(`第${n}页，共${sheets}页`), said);
    }
    if (path === 'book') assert.ok((await page.locator('tr.free').count()) >= 6, 'room for writing');
  });
}

scene('a household prints its own statement and nobody else’s', { as: 'household', allow: [...allow, /status of 404/] }, async (visit) => {
  assert.equal((await visit.go(`/print/statement/${demo().household}`)).status(), 200);
  assert.equal((await visit.go('/print/statement/010002')).status(), 404);
  assert.equal((await visit.ask(`/print/book/${demo().household}`)).status, 403);
  assert.equal((await visit.ask('/print/cards')).status, 403);
});

scene('a slip on three sizes of paper, with its check code to scan', { ...manager, as: 'clerk', timeout: 90_000 }, async (visit) => {
  const { page } = visit;
  await visit.go('/till/refunds');
  const [href, number] = await page.locator('a.list-row').last().evaluate((row) => [row.getAttribute('href'), row.querySelector('.list-title').innerText]);
  for (const [paper, width, most] of [['58', 58, 200], ['80', 80, 200], ['a6', 105, 148]]) {
    await visit.go(`/print/slip/${href.split('/').at(-1)}?paper=${paper}`);
    await page.emulateMedia({ media: 'print' });
    const slip = page.locator('.slip');
    const said = await slip.innerText();
    assert.ok(said.includes(number), said);
    const check = await slip.locator('.code').last().innerText();
    assert.match(check, /^[0-9A-Z]{4} [0-9A-Z]{4}$/);
    assert.equal(await decoded(slip.locator('.qr')), check);
    const box = await slip.boundingBox();
    assert.ok(Math.abs(box.width - width * MM) < 2, `${box.width / MM} mm`);
    assert.ok(box.height < most * MM, `${box.height / MM} mm long`);
    assert.equal(await pdfPages(page), 1);
    await page.emulateMedia({ media: 'screen' });
  }
});

scene('where a browser cannot print, it says so', { as: 'manager', allow, userAgent: 'Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0' }, async (visit) => {
  await visit.go(`/print/statement/${demo().household}`);
  await visit.page.getByText('请在电脑上打开打印').waitFor();
  const plain = await as('manager');
  try {
    await plain.go(`/print/statement/${demo().household}`);
    assert.equal(await plain.page.getByText('请在电脑上打开打印').isVisible(), false);
  } finally {
    await plain.close();
  }
});
