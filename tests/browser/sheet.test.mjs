// The award sheet: by keyboard alone, by paste, without script; what is previewed is what is booked, once.

import assert from 'node:assert/strict';
import { scene } from './kit.mjs';

const RECORDER = { as: 'recorder', viewport: 'pc' };
const REFUSED = [/status of 422/];
/** No test of this file shares a rule with another: caps would meet. */
const NEW = (rule) => `/office/sheets/new?rule=${rule}`;

const settle = async (page, act) => {
  await Promise.all([page.waitForEvent('framenavigated'), act()]);
  await page.waitForLoadState();
};
const press = (page, step) => settle(page, () => page.locator(`button[value=${step}]`).click());
const codes = (page) => page.locator('input[data-code]').evaluateAll((all) => all.map((field) => field.dataset.code));
const cell = (page, code, label) => page.locator(`tr:has(code:text-is("${code}")) td[data-label="${label}"]`).innerText();

scene('40 rows by keyboard alone', RECORDER, async (visit) => {
  const { page } = visit;
  await visit.go(NEW('MT01'));
  await page.locator('input[data-code]').first().focus();
  for (let n = 0; n < 40; n += 1) {
    await page.keyboard.type('1x');
    await page.keyboard.press(n % 2 ? 'ArrowDown' : 'Enter');
  }
  assert.match(await page.locator('#total').innerText(), /40 户，合计 40 分/);
  assert.equal(await page.locator('input[data-code]').first().inputValue(), '1', 'only numbers can be typed');
  for (let n = 0; n < 4; n += 1) await page.keyboard.press('ArrowUp');
  await page.locator('button[value=preview]').focus();
  await settle(page, () => page.keyboard.press('Enter'));
  await page.locator('button[value=book]').focus();
  await settle(page, () => page.keyboard.press('Enter'));
  assert.match(page.url(), /\/office\/sheets\/[0-9a-f-]{36}$/);
  assert.match(await page.locator('.result').innerText(), /已登记[\s\S]*40 户，共 40 分/);
  assert.equal(await page.locator('tbody tr').count(), 40);
});

scene('a pasted block goes by code, a column by place; strangers are named', RECORDER, async (visit) => {
  const { page } = visit;
  await visit.go(NEW('WS05'));
  const all = await codes(page);
  const paste = (text) =>
    page.evaluate((text) => {
      const data = new DataTransfer();
      data.setData('text', text);
      document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    }, text);
  await page.locator(`[name="q-${all[3]}"]`).focus();
  await paste(`户号\t数量\r\n${all[0]}\t2\r\n990099\t1\r\n${all[5]}\t１\r\n`);
  assert.equal(await page.locator(`[name="q-${all[0]}"]`).inputValue(), '2');
  assert.equal(await page.locator(`[name="q-${all[5]}"]`).inputValue(), '1');
  assert.match(await page.locator('#pasted').innerText(), /已填入 2 户[\s\S]*第 3 行：没有户号 990099/);
  await page.locator(`[name="q-${all[7]}"]`).focus();
  await paste('3\n4\n');
  assert.equal(await page.locator(`[name="q-${all[8]}"]`).inputValue(), '4');
  assert.match(await page.locator('#total').innerText(), /4 户，合计 10 分/);
});

scene('a draft is offered again, and gone once it is booked', RECORDER, async (visit) => {
  const { page } = visit;
  await visit.go(NEW('VL05'));
  const [first] = await codes(page);
  await page.locator(`[name="q-${first}"]`).fill('1');
  await page.waitForFunction(() => document.getElementById('kept').textContent !== '');
  await visit.go(NEW('VL05'));
  await page.locator('#draft-take').click();
  assert.equal(await page.locator(`[name="q-${first}"]`).inputValue(), '1');
  await press(page, 'preview');
  await press(page, 'book');
  await visit.go(NEW('VL05'));
  assert.ok(await page.locator('#draft').isHidden());
});

scene('beyond the cap: refused with figures, then clipped, and booked exactly as shown', { ...RECORDER, allow: REFUSED }, async (visit) => {
  const { page } = visit;
  await visit.go(NEW('WS02'));
  const all = await codes(page);
  await page.locator(`[name="q-${all[0]}"]`).fill('15');
  await page.locator(`[name="q-${all[1]}"]`).fill('4');
  assert.ok(await page.locator(`tr.row-warn:has([name="q-${all[0]}"])`).count(), 'the field itself says that it is too much');
  await press(page, 'preview');
  assert.match(await page.locator(`tr.row-bad`).innerText(), /本月最多 10 分，已有 0 分，只能再加 10 分/);
  assert.equal(await page.locator('button[value=book]').count(), 0, 'nothing to confirm while a row is refused');
  await press(page, 'clip');
  assert.match(await page.locator('tr.row-warn').innerText(), /要加 15，本月只能再加 10/);
  const fund = await page.locator('dt:has-text("资金池") + dd').innerText();
  await press(page, 'book');
  assert.match(await page.locator('.result').innerText(), /2 户，共 14 分/);
  assert.equal(await cell(page, all[0], '得分'), '10');
  assert.equal(await cell(page, all[1], '得分'), '4');
  await visit.go('/office/fund');
  const left = (await page.locator('.stat-value').first().innerText()).trim();
  assert.equal(fund.split('→').at(-1).trim(), left, 'the fund is what the preview said');
});

scene('a double tap and a reload book once; back keeps the entries', RECORDER, async (visit) => {
  const { page } = visit;
  await visit.go(NEW('MT03'));
  // Nobody else's scenario gives this household a meeting.
  const first = (await codes(page))[20];
  await page.locator(`[name="q-${first}"]`).fill('1');
  await press(page, 'preview');
  await press(page, 'edit');
  assert.equal(await page.locator(`[name="q-${first}"]`).inputValue(), '1');
  await press(page, 'preview');
  const body = await page.locator('form.side').evaluate((form) => {
    const data = new URLSearchParams(new FormData(form));
    data.set('step', 'book');
    return data.toString();
  });
  const send = () =>
    visit.ask('/office/sheets/new', { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  const [one, two] = await Promise.all([send(), send()]);
  const three = await send();
  const to = [one, two, three].map((answer) => answer.headers.get('location'));
  assert.deepEqual([one, two, three].map((answer) => answer.status), [303, 303, 303]);
  assert.equal(new Set(to).size, 1, 'three answers name one operation');
  await visit.go(NEW('MT03'));
  assert.equal(await cell(page, first, '还能加'), '6', 'counted once');
});

scene('what changed since the preview must be read again', { ...RECORDER, allow: REFUSED }, async (visit, t) => {
  const { page } = visit;
  await visit.go(NEW('MT04'));
  const [first] = await codes(page);
  const other = await page.context().newPage();
  for (const tab of [page, other]) {
    await tab.goto(new URL(NEW('MT04'), page.url()).href);
    await tab.locator(`[name="q-${first}"]`).fill('3');
    await tab.locator('input[value=clip]').check();
    await press(tab, 'preview');
  }
  await press(other, 'book');
  await press(page, 'book');
  assert.match(await page.locator('#summary').innerText(), /内容有变，请重新查看/);
  assert.match(await page.locator('tr.row-warn').innerText(), /本季只能再加 2/);
  await press(page, 'book');
  assert.match(await page.locator('.result').innerText(), /1 户，共 2 分/);
  t.diagnostic('the second booking gave what was left');
});

scene('without script: fields and pasted lines', { ...RECORDER, js: false, allow: REFUSED }, async (visit) => {
  const { page } = visit;
  await visit.go('/office/sheets/new');
  await page.selectOption('#rule', 'WS04');
  await settle(page, () => page.locator('#frame button').click());
  const all = await page.locator('input[name^=q-]').evaluateAll((fields) => fields.map((field) => field.name.slice(2)));
  await page.locator(`[name="q-${all[0]}"]`).fill('２');
  await page.locator('#lines').fill(`户号\t数量\n${all[1]}\t3\n990099\t1`);
  await press(page, 'preview');
  assert.match(await page.locator('#summary').innerText(), /第 3 行：没有户号 990099/);
  assert.equal(await page.locator('#lines').inputValue(), '990099\t1', 'only what could not be placed stays');
  assert.equal(await page.locator(`[name="q-${all[1]}"]`).inputValue(), '3');
  await page.locator('#lines').fill('');
  await press(page, 'preview');
  await press(page, 'book');
  assert.match(await page.locator('.result').innerText(), /2 户，共 5 分/);
});

scene('own and kin households cannot be filled in, nor smuggled in', RECORDER, async (visit) => {
  const { page } = visit;
  await visit.go(NEW('VL08'));
  assert.equal(await page.locator('[name=q-010003], [name=q-010005]').count(), 0);
  assert.match(await page.locator('tr:has(code:text-is("010003"))').innerText(), /您自己家/);
  await page.locator('[name=q-010001]').fill('1');
  const body = await page.locator('form[data-sheet]').evaluate((form) => {
    const data = new URLSearchParams(new FormData(form));
    data.set('q-010003', '1');
    data.set('step', 'preview');
    return data.toString();
  });
  const answer = await visit.ask('/office/sheets/new', { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  const text = await answer.text();
  assert.match(text, /这是您自己家，请由别的工作人员登记/);
  assert.doesNotMatch(text, /value="book"/);
});
