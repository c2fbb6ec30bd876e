// T14: importing a file. Faults by cell, mending on the page, nothing written before the last step.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tabTo } from './hand.mjs';
import { scene } from './kit.mjs';

const file = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const WITH_FAULTS = file('assets/data/roster-hekou-with-errors.xlsx');
const GOOD = file('assets/data/roster-tianzhao.xlsx');
const EXPECTED = JSON.parse(readFileSync(file('tests/data/roster-hekou-with-errors.expected.json'), 'utf8'));
const allow = [/status of 422/];
const options = { as: 'manager', viewport: 'pc', allow, serviceWorkers: 'block' };

/** How many households the village has. */
async function households({ page, go }) {
  await go('/office/households');
  return (await page.locator('caption').innerText()).match(/共 ([\d,]+) 户/)[1];
}

/** How many rows the preview would enter or change; some codes of the sample are the demo's too. */
const entered = (preview) => Number(preview.match(/(\d+)\s*新增/)[1]) + Number(preview.match(/(\d+)\s*更改/)[1]);

const csv = (text) => ({ name: 'roster.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });

/** Steps 1 and 2, with the columns as they were found. */
async function upload({ page, hand }, files) {
  await page.locator('#file').setInputFiles(files);
  hand.count.taps += 1;
  await hand.tap(page.getByRole('button', { name: '读取文件' }));
  await hand.tap(page.getByRole('button', { name: '下一步：检查' }));
}

for (const js of [true, false]) {
  scene(`T14 six faults by cell, mended or left out, nothing written${js ? '' : ', without script'}`, { ...options, js }, async (visit) => {
    const { page, hand } = visit;
    const go = (path) => visit.go(path);
    const before = await households({ page, go });
    await go('/office/import');
    await upload({ page, hand }, WITH_FAULTS);
    assert.equal(await page.locator('#good').innerText(), '230');
    assert.equal(await page.locator('#wrong').innerText(), '6');
    const rows = await page.locator('tr[data-cell]').evaluateAll((rows) => rows.map((row) => ({
      row: Number(row.children[1].innerText.replace(/\D/g, '')),
      column: row.children[2].innerText.trim(),
      why: row.children[3].innerText.trim(),
    })));
    assert.deepEqual(rows.map(({ row, column }) => ({ row, column })), EXPECTED.map(({ row, column }) => ({ row, column })));
    assert.ok(rows.every(({ why }) => why.length > 8), 'each says why and what to do');

    await hand.tap(page.getByRole('button', { name: '只导入没问题的 230 行' }));
    const preview = await page.locator('main').innerText();
    assert.equal(entered(preview), 230);
    assert.match(preview, /6\s*有错，不导入/);
    hand.within({ taps: 5 });
    assert.equal(await households({ page, go }), before, 'nothing is written before it is confirmed');
  });
}

scene('T14 faulty cells are mended in the page', options, async (visit) => {
  const { page } = visit;
  await visit.go('/office/import');
  await upload(visit, WITH_FAULTS);
  const cells = await page.locator('tr[data-cell]').evaluateAll((rows) => rows.map((row) => row.dataset.cell));
  const by = Object.fromEntries(EXPECTED.map(({ code }, index) => [code, cells[index]]));
  const fill = (code, text) => page.locator(`tr[data-cell="${by[code]}"] input`).fill(text);
  await fill('required', '王补补');
  await fill('duplicate', '899001');
  await fill('not_a_number', '3');
  await page.getByRole('button', { name: '改好了，再检查' }).click();
  assert.equal(await page.locator('#wrong').innerText(), '3', 'what was mended is good, the rest stays');
  await fill('not_a_phone', '13900001234');
  await fill('not_text', '899002');
  await fill('formula', '李改改');
  await page.getByRole('button', { name: '改好了，再检查' }).click();
  assert.equal(await page.locator('#wrong').innerText(), '0');
  assert.equal(await page.locator('#good').innerText(), '236');
  await page.getByRole('button', { name: '下一步：预览' }).click();
  assert.equal(entered(await page.locator('main').innerText()), 236);
});

scene('T14 only the faulty rows can be downloaded', options, async (visit) => {
  const { page } = visit;
  await visit.go('/office/import');
  await upload(visit, WITH_FAULTS);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: '下载有错的行' }).click(),
  ]);
  const lines = readFileSync(await download.path(), 'utf8').trim().split('\n');
  assert.equal(lines.length, 7);
  assert.match(lines[0], /户编号.*行号,原因/);
  assert.ok(lines.every((line) => !/(^|,)"?=/.test(line)), 'no cell runs as a formula');
});

scene('T14 a register is entered once, then changed where it differs', options, async (visit) => {
  const { page } = visit;
  const tag = String(Date.now()).slice(-6);
  const roster = (phone) => csv(`户编号,村民小组,户主姓名,联系电话\nI${tag}1,第一村民小组,导一,${phone}\nI${tag}2,第一村民小组,<b>导二</b>,\n`);
  await visit.go('/office/import');
  await upload(visit, roster(''));
  await page.getByRole('button', { name: '下一步：预览' }).click();
  assert.equal(await page.locator('main b').filter({ hasText: '导二' }).count(), 0, 'a name is text');
  await page.getByRole('button', { name: /^确认导入/ }).dblclick();
  await page.waitForURL('**/office/import/done?*');
  assert.match(await page.locator('.result').innerText(), /新增 2，更改 0，不变 0/);
  const done = page.url();
  await page.reload();
  assert.match(await page.locator('.result').innerText(), /新增 2/);
  assert.equal((await visit.ask(done.replace('figures=2', 'figures=9'))).status, 404, 'no link invents an import');

  await visit.go('/office/import');
  await upload(visit, roster('13900001234'));
  await page.getByRole('button', { name: '下一步：预览' }).click();
  const preview = await page.locator('main').innerText();
  assert.match(preview, /1\s*更改/);
  assert.match(preview, /电话：没有填.*13900001234/s);
  await page.getByRole('button', { name: /^确认导入/ }).click();
  await page.waitForURL('**/office/import/done?*');
  assert.match(await page.locator('.result').innerText(), /新增 0，更改 1，不变 1/);

  await visit.go('/office/import');
  await upload(visit, roster('13900001234'));
  await page.getByRole('button', { name: '下一步：预览' }).click();
  assert.match(await page.locator('main').innerText(), /没有要写入的/);
});

scene('T14 columns of another name are chosen by hand', options, async (visit) => {
  const { page } = visit;
  await visit.go('/office/import');
  await page.locator('#file').setInputFiles(csv('牌子,户主,片区\nX1,张三,第一村民小组\nX2,李四,第一村民小组\n'));
  await page.getByRole('button', { name: '读取文件' }).click();
  await page.locator('select[name=header]').selectOption('1');
  await page.locator('select[name=column-1]').selectOption({ label: '户编号 *' });
  await page.locator('select[name=column-2]').selectOption({ label: '户主姓名 *' });
  await page.locator('select[name=column-3]').selectOption({ label: '村民小组' });
  await page.getByRole('button', { name: '下一步：检查' }).click();
  assert.equal(await page.locator('#good').innerText(), '2');
});

scene('T14 what is no table is said in words', options, async (visit) => {
  const { page } = visit;
  await visit.go('/office/import');
  await page.getByRole('button', { name: '读取文件' }).click();
  assert.match(await page.locator('#file-e').innerText(), /请选一个文件/);
  await page.locator('#file').setInputFiles({ name: 'photo.xlsx', mimeType: 'image/png', buffer: Buffer.from('<html></html>') });
  await page.getByRole('button', { name: '读取文件' }).click();
  assert.match(await page.locator('#file-e').innerText(), /不是表格文件/);
});

scene('T14 the village\'s own roster changes nothing', options, async (visit) => {
  const { page } = visit;
  await visit.go('/office/import');
  await upload(visit, GOOD);
  await page.getByRole('button', { name: '下一步：预览' }).click();
  assert.match(await page.locator('main').innerText(), /0\s*新增/);
});

scene('T14 by keyboard alone', options, async (visit) => {
  const { page } = visit;
  const press = async (name) => {
    await tabTo(page, page.getByRole('button', { name }));
    await page.keyboard.press('Enter');
    await page.waitForLoadState();
  };
  const code = `K${String(Date.now()).slice(-6)}`;
  await visit.go('/office/import');
  await tabTo(page, '#file');
  // Which file it is, the device asks in a window of its own.
  await page.locator('#file').setInputFiles(csv(`户编号,村民小组,户主姓名,联系电话\n${code},第一村民小组,键一,\n`));
  await press('读取文件');
  await page.getByRole('button', { name: '下一步：检查' }).waitFor();
  await press('下一步：检查');
  await page.getByRole('button', { name: '下一步：预览' }).waitFor();
  await press('下一步：预览');
  await page.getByRole('button', { name: /^确认导入/ }).waitFor();
  await press(/^确认导入/);
  await page.waitForURL('**/office/import/done?*');
  assert.match(await page.locator('.result').innerText(), /新增 1/);
});
