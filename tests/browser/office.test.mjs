// The committee's face: the register, cards and PINs, staff, the journal.

import assert from 'node:assert/strict';
import { as, demo, scene } from './kit.mjs';

/** A form that comes back to be mended answers 422, a refused page 403. */
const allow = [/status of 4(22|03)/];
const options = { viewport: 'pc', allow, serviceWorkers: 'block' };
/** A code that no other test uses. */
const fresh = () => `T${Date.now().toString(36)}${Math.floor(Math.random() * 1e4)}`.slice(0, 20);

/** Registers a household and stays on its page. */
async function register({ page, go }, head, code = fresh()) {
  await go('/office/households/new');
  await page.locator('#code').fill(code);
  await page.locator('#head').fill(head);
  await page.locator('#group').selectOption({ index: 1 });
  await page.getByRole('button', { name: '登记', exact: true }).click();
  await page.waitForURL(`**/office/households/${code}?op=*`);
  return code;
}

const visitOf = (visit) => ({ page: visit.page, go: (path) => visit.go(path) });

scene('an empty form: focus in the summary, links to fields, entries kept', { as: 'recorder', ...options }, async (visit) => {
  const { page } = visit;
  await visit.go('/office/households/new');
  assert.match(await page.locator('#code').inputValue(), /^\d+$/, 'the next free number is suggested');
  await page.locator('#code').fill('');
  await page.locator('#phone').fill('123');
  await page.locator('#door').fill('7号');
  await page.getByRole('button', { name: '登记', exact: true }).click();
  await page.waitForSelector('#summary');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'summary');
  assert.match(await page.title(), /^有错误：/);
  for (const field of ['code', 'head', 'group', 'phone']) {
    const said = (await page.locator(`#${field}-e`).innerText()).trim();
    const link = page.locator(`#summary a[href="#${field}"]`);
    assert.equal((await link.innerText()).trim(), said, field);
    await link.click();
    assert.equal(await page.evaluate(() => document.activeElement.id), field);
  }
  assert.equal(await page.locator('#phone').inputValue(), '123');
  assert.equal(await page.locator('#door').inputValue(), '7号');
});

scene('names are text, whatever they look like', { as: 'recorder', ...options }, async (visit) => {
  const { page } = visit;
  let dialogs = 0;
  page.on('dialog', (dialog) => (dialogs += 1, dialog.dismiss()));
  const corpus = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "';alert(1)//", '{{7*7}}', '&lt;b&gt;'];
  for (const head of corpus) {
    const code = await register(visitOf(visit), head);
    for (const path of [`/office/households/${code}`, `/office/households?q=${code.slice(0, -1)}`, `/office/households/${code}/change`, `/office/households/${code}/pin`]) {
      await visit.go(path);
      const shown = await page.evaluate((head) => document.body.innerText.includes(head) || [...document.querySelectorAll('input')].some((input) => input.value === head), head);
      assert.ok(shown, `${path} shows ${head}`);
      assert.equal(await page.locator('main script, main img').count(), 0);
    }
  }
  assert.equal(dialogs, 0);
});

scene('a change is shown before and after, and done once', { as: 'recorder', ...options }, async (visit) => {
  const { page } = visit;
  const code = await register(visitOf(visit), '赵改改');
  await visit.go(`/office/households/${code}/change`);
  await page.getByRole('button', { name: '先看改动' }).click();
  assert.match(await page.locator('#summary').innerText(), /没有改动/);
  await page.locator('#phone').fill('139 0000 1234');
  await page.locator('#members').fill('赵一\n赵二');
  await page.locator('#status').selectOption('away');
  await page.getByRole('button', { name: '先看改动' }).click();
  const diff = await page.locator('.diff').innerText();
  assert.match(diff, /没有填.*13900001234/s);
  assert.match(diff, /在村.*外出/s);
  await page.getByRole('button', { name: '返回再改' }).click();
  assert.equal(await page.locator('#phone').inputValue(), '13900001234');
  await page.getByRole('button', { name: '先看改动' }).click();
  await page.getByRole('button', { name: '确认修改' }).dblclick();
  await page.waitForURL(`**/office/households/${code}?op=*`);
  const main = await page.locator('main').innerText();
  assert.match(main, /资料已修改/);
  assert.match(main, /13900001234/);
  assert.match(main, /赵一、赵二/);
  const journal = await as('recorder', { viewport: 'pc' });
  try {
    await journal.go('/office/journal?kind=3');
    const first = journal.page.locator('tbody tr').first();
    await first.locator('a').click();
    assert.match(await journal.page.locator('main').innerText(), new RegExp(code));
  } finally {
    await journal.close();
  }
});

scene('a card: issued, replaced, stopped', { as: 'recorder', ...options }, async (visit) => {
  const { page } = visit;
  const code = await register(visitOf(visit), '钱卡卡');
  await visit.go(`/office/households/${code}`);
  await page.getByRole('link', { name: '发卡' }).click();
  await page.getByRole('button', { name: '发卡' }).click();
  assert.match(await page.locator('.result').innerText(), /旧卡从现在起不能用/);
  assert.equal(await page.getByRole('link', { name: '打印这张卡' }).getAttribute('href'), `/print/cards?h=${code}`);
  await page.reload();
  assert.match(await page.locator('.result').innerText(), /旧卡从现在起不能用/);
  await visit.go(`/office/households/${code}/card`);
  assert.match(await page.locator('.callout').innerText(), /旧卡马上不能用/);
  await page.getByRole('button', { name: '停用这张卡' }).click();
  assert.match(await page.locator('.result').innerText(), /卡已停用/);
  await visit.go(`/office/households?q=${code}`);
  assert.match(await page.locator('main').innerText(), /没有卡/);
});

scene('the first PIN by one, a reset by two', { as: 'recorder', ...options }, async (visit) => {
  const { page } = visit;
  const { password } = demo().logins.find((login) => login.role === 'reviewer');
  const code = await register(visitOf(visit), '孙密密');
  const path = `/office/households/${code}/pin`;
  const set = async (fields) => {
    await visit.go(path);
    for (const [name, value] of Object.entries(fields)) await page.locator(`#${name}`).fill(value);
    await page.getByRole('button', { name: '设密码' }).click();
    await page.waitForLoadState();
  };
  await set({ pin: '111111', again: '111111' });
  assert.ok(await page.locator('#pin-e').innerText(), 'a weak PIN is refused');
  await set({ pin: '748159', again: '748158' });
  assert.match(await page.locator('#again-e').innerText(), /不一样/);
  assert.equal(await page.locator('#pin').inputValue(), '', 'a PIN is never filled in again');
  await set({ pin: '748159', again: '748159' });
  await page.waitForURL('**op=*');
  assert.match(await page.locator('main').innerText(), /密码已设好/);

  const pins = { pin: '390627', again: '390627' };
  await set(pins);
  assert.match(await page.locator('#second_username-e').innerText(), /一个人不能重设密码/);
  await set({ ...pins, second_username: 'recorder', second_password: password });
  assert.ok(await page.locator('#second_username-e').innerText(), 'nobody stands by oneself');
  await set({ ...pins, second_username: 'reviewer', second_password: 'not the password' });
  assert.match(await page.locator('#second_password-e').innerText(), /不对/);
  await set({ ...pins, second_username: 'reviewer', second_password: password });
  await page.waitForURL('**op=*');
  assert.match(await page.locator('main').innerText(), /密码已设好/);
});

scene('each sees only what their role carries', { as: 'reviewer', ...options }, async (visit) => {
  for (const path of ['/office/households/new', '/office/import', '/office/staff', `/office/households/${demo().household}/pin`]) {
    assert.equal((await visit.ask(path)).status, 403, `a reviewer at ${path}`);
  }
  await visit.go('/office');
  assert.equal(await visit.page.getByRole('link', { name: '新户' }).count(), 0);
  const others = [['recorder', '/office/staff/new'], ['manager', '/office/staff/new'], ['officer', '/office'], ['officer', '/office/households'], ['clerk', '/office/journal'], ['admin', `/office/households/${demo().household}/card`]];
  for (const [role, path] of others) {
    const other = await as(role);
    try {
      assert.equal((await other.ask(path)).status, 403, `${role} at ${path}`);
    } finally {
      await other.close();
    }
  }
});

scene('without script: seek, turn pages, pick, change', { as: 'recorder', js: false, viewport: 'phone', allow }, async (visit) => {
  const { page } = visit;
  await visit.go('/office/households');
  const first = await page.locator('tbody th').first().innerText();
  await page.getByRole('link', { name: '下一页' }).click();
  assert.match(await page.locator('main').innerText(), /21–40，共/);
  await page.getByRole('link', { name: '全选本页' }).click();
  assert.equal(await page.locator('input[name=h]:checked').count(), 20);
  await visit.go('/office');
  await page.locator('#q').fill(demo().household);
  await page.getByRole('button', { name: '查' }).click();
  assert.ok(page.url().endsWith(`/office/households/${demo().household}`), 'a whole card number opens its household');
  assert.equal((await page.locator('h1').innerText()).split(' ')[0], first.trim());
  await page.getByRole('link', { name: '修改资料' }).click();
  await page.getByRole('button', { name: '先看改动' }).click();
  assert.match(await page.locator('#summary').innerText(), /没有改动/);
});

scene('by the keyboard alone: seek and open', { as: 'manager', ...options }, async (visit) => {
  const { page, hand } = visit;
  await visit.go('/office');
  await hand.type('010002', '#q');
  await hand.press('Enter');
  await page.waitForURL('**/office/households/010002');
  hand.within({ keys: 7 });
});

scene('the journal: whole, filtered, verified, and an entry undone once', { as: 'reviewer', ...options }, async (visit) => {
  const { page } = visit;
  await visit.go('/office/journal');
  assert.match(await page.locator('#top').innerText(), /全部 [\d,]+ 条都在证据树里/);
  await page.locator('#kind').selectOption({ label: '登记奖扣分' });
  await page.getByRole('button', { name: '查' }).click();
  for (const kind of await page.locator('tbody th a').allInnerTexts()) assert.equal(kind, '登记奖扣分');
  const rows = page.locator('tbody tr').filter({ hasNot: page.locator('.pill') });
  const paths = await rows.locator('th a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  for (const path of paths.slice(0, 10)) {
    await visit.go(path);
    assert.match(await page.locator('#proof').innerText(), /已验证/);
    await page.getByRole('button', { name: '冲销这一笔' }).click();
    assert.match(await page.locator('#reason-e').innerText(), /请写/);
    await page.locator('#reason').fill('登记重复');
    await page.getByRole('button', { name: '冲销这一笔' }).click();
    await page.waitForLoadState();
    // An award of the reviewer's kin, or one that was refused, is not theirs to undo.
    if (await page.locator('#summary').count()) continue;
    assert.equal(await page.locator('h1').innerText(), '冲销');
    assert.match(await page.locator('#proof').innerText(), /已验证/);
    await visit.go(path);
    assert.match(await page.locator('main').innerText(), /已被冲销/);
    assert.equal(await page.locator('#undo').count(), 0);
    return;
  }
  assert.fail('no award could be undone');
});

scene('staff: the administrator adds and declares, the manager reads', { as: 'admin', ...options }, async (visit) => {
  const { page } = visit;
  const username = fresh();
  await visit.go('/office/staff/new');
  await page.getByRole('button', { name: '添加工作人员' }).click();
  for (const field of ['name', 'username', 'password', 'role']) assert.ok(await page.locator(`#${field}-e`).innerText(), field);
  await page.locator('#name').fill('周新新');
  await page.locator('#username').fill(username);
  await page.locator('#password').fill('qinghe-2027-mountain');
  await page.getByLabel('记分员').check();
  await page.locator('#own').fill('no-such');
  await page.getByRole('button', { name: '添加工作人员' }).click();
  assert.match(await page.locator('#own-e').innerText(), /no-such/);
  await page.locator('#own').fill('010003');
  await page.locator('#password').fill('qinghe-2027-mountain');
  await page.getByRole('button', { name: '添加工作人员' }).click();
  await page.waitForURL('**/office/staff?op=*');
  const row = page.locator('tr', { hasText: username });
  assert.match(await row.innerText(), /记分员[\s\S]*自家[\s\S]*010003/);
  await row.getByRole('link', { name: '申报亲属' }).click();
  await page.locator('#kin').fill('010004\n010005');
  await page.getByRole('button', { name: '申报' }).click();
  await page.waitForURL('**/office/staff?op=*');
  assert.match(await row.innerText(), /亲属[\s\S]*010005/);
  await row.getByRole('link', { name: '修改' }).click();
  await page.getByLabel('审核员').check();
  await page.getByLabel('停用，不能再登录').check();
  await page.getByRole('button', { name: '保存' }).click();
  await page.waitForURL('**/office/staff?op=*');
  assert.match(await row.innerText(), /审核员[\s\S]*已停用/);
  const manager = await as('manager');
  try {
    await manager.go('/office/staff');
    assert.match(await manager.page.locator('main').innerText(), new RegExp(username));
    assert.equal(await manager.page.getByRole('link', { name: '添加工作人员' }).count(), 0);
  } finally {
    await manager.close();
  }
});
