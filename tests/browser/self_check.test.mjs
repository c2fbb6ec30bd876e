// The checks can fail: each fault, put into a page of our own, must be reported, and a page without faults must pass.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { as, axe, Hand, lookFaults, noOverflow, oneH1, smallTargets, tabThrough, tabTo, untranslated, weigh } from './kit.mjs';

const html = ({ lang = 'zh-CN', title = '积分', head = '', body = '' }) =>
  `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><link rel="icon" href="data:,">${head}</head><body><main><h1>积分</h1>${body}</main></body></html>`;

const PAGES = {
  '/clean': html({ body: '<p>三组12号的积分，<span lang="en">Points of group three</span>，<code>points.booked</code></p><p><button style="min-width:48px;min-height:48px">存好</button></p>' }),
  '/contrast': html({ body: '<p style="color:#ccc;background:#fff">看不清的字</p>' }),
  '/wide': html({ body: '<p style="inline-size:700px;background:#eee">太宽</p>' }),
  '/key': html({ body: '<p>home.title</p>' }),
  '/key-label': html({ body: '<button aria-label="home.go_on">好</button>' }),
  '/unfilled': html({ body: '<p>还有 %{n} 分</p>' }),
  '/han': html({ lang: 'en', body: '<p>Your points 积分</p>' }),
  '/names': html({ lang: 'en', title: 'Points', body: '<p>From <span data-name>李兰</span>, <span lang="zh">清扫村道</span></p>' }).replace('<h1>积分</h1>', '<h1>Points</h1>'),
  '/english': html({ body: '<button>Save</button>' }),
  '/no-h1': html({}).replace(/<h1>.*<\/h1>/, ''),
  '/console': html({ body: '<script>console.error("broken")</script>' }),
  '/throws': html({ body: '<script>absent()</script>' }),
  '/policy': html({ body: '<p style="color:red">红</p>' }),
  '/missing': html({ body: '<img src="/nothing.png" alt="照片">' }),
  '/dark': html({ head: '<style>body{background:#111;color:#eee;font-size:30px}</style>' }),
  '/small': html({ body: '<button style="inline-size:20px;block-size:20px;padding:0">好</button>' }),
  '/no-ring': html({ head: '<style>button:focus{outline:none}</style>', body: '<button>好</button>' }),
  '/trap': html({ body: '<button id="a">甲</button><button id="b">乙</button><script>b.onkeydown=(press)=>{press.preventDefault();a.focus()}</script>' }),
  '/covered': html({ body: '<button>好</button><div style="position:fixed;inset:0;background:#fff">盖住</div>' }),
};

let server;
let address;

before(async () => {
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://local');
    if (pathname === '/enter') response.setHeader('Set-Cookie', '__Host-sid=abc; Path=/; Secure; HttpOnly; SameSite=Lax');
    if (pathname === '/policy') response.setHeader('Content-Security-Policy', "default-src 'self'; img-src 'self' data:");
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    if (pathname === '/cookies' || pathname === '/enter') response.end(html({ body: `<p translate="no">${request.headers.cookie ?? ''}</p>` }));
    else {
      response.statusCode = pathname in PAGES ? 200 : 404;
      response.end(PAGES[pathname] ?? html({ body: '<p>没有</p>' }));
    }
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  address = `http://127.0.0.1:${server.address().port}`;
});

after(() => new Promise((ended) => {
  server.close(ended);
  server.closeAllConnections();
}));

/** Opens a page of the table above. */
async function at(path, use) {
  const visit = await as('public', { address, viewport: 'narrow' });
  try {
    await visit.go(path);
    return await use(visit);
  } finally {
    await visit.close();
  }
}

const check = (name, path, use) => it(name, () => at(path, use));

describe('the checks of a page', () => {
  check('a clean page passes all of them', '/clean', async (visit) => {
    assert.deepEqual(await axe(visit.page), []);
    assert.ok(await noOverflow(visit.page));
    assert.ok(await oneH1(visit.page));
    assert.deepEqual(await untranslated(visit.page), []);
    assert.deepEqual(await smallTargets(visit.page), []);
    assert.equal((await tabThrough(visit.page)).length, 1);
    visit.quiet();
  });
  check('low contrast', '/contrast', async ({ page }) => {
    assert.match((await axe(page)).join(), /^color-contrast: p: /);
  });
  check('too wide', '/wide', async ({ page }) => assert.equal(await noOverflow(page), false));
  check('a key in the text', '/key', async ({ page }) => assert.match((await untranslated(page)).join(), /^key home\.title/));
  check('a key in a label', '/key-label', async ({ page }) => assert.match((await untranslated(page)).join(), /^key home\.go_on/));
  check('a figure not filled in', '/unfilled', async ({ page }) => assert.match((await untranslated(page)).join(), /^not filled in/));
  check('Chinese in English', '/han', async ({ page }) => assert.match((await untranslated(page)).join(), /Chinese in English: p/));
  check('names and marked Chinese in English are fine', '/names', async ({ page }) => assert.deepEqual(await untranslated(page), []));
  check('English in Chinese', '/english', async ({ page }) => assert.match((await untranslated(page)).join(), /English in Chinese: button/));
  check('no heading', '/no-h1', async ({ page }) => assert.equal(await oneH1(page), false));
  check('a small target', '/small', async ({ page }) => assert.deepEqual(await smallTargets(page), ['button “好” 20×20']));
  check('a look not followed', '/dark', async ({ page }) => {
    const dark = { lang: 'zh', size: 'xlarge', theme: 'dark', scheme: 'light' };
    assert.deepEqual(await lookFaults(page, dark), []);
    assert.equal((await lookFaults(page, { ...dark, theme: 'light' })).length, 1);
    assert.equal((await lookFaults(page, { ...dark, theme: 'auto' })).length, 1);
    assert.equal((await lookFaults(page, { ...dark, lang: 'en' })).length, 1);
    await page.evaluate(() => document.body.style.setProperty('font-size', '18px'));
    assert.equal((await lookFaults(page, dark)).length, 1);
  });
});

describe('a page that is not quiet', () => {
  const loud = (name, path, pattern) =>
    check(name, path, (visit) => {
      assert.match(visit.faults.join(), pattern);
      assert.throws(() => visit.quiet({ allow: [/something else/] }), /quiet/);
      assert.doesNotThrow(() => visit.quiet());
    });
  loud('an error on the console', '/console', /console: broken/);
  loud('a script that throws', '/throws', /script: absent is not defined/);
  loud('a violation of the content policy', '/policy', /console: .*Content Security Policy/);
  loud('a picture that is not there', '/missing', /404/);
});

describe('keyboard and hand', () => {
  check('focus that does not show', '/no-ring', ({ page }) => assert.rejects(tabTo(page, 'button'), /focus on button/));
  check('focus under something else', '/covered', ({ page }) => assert.rejects(tabTo(page, 'button'), /focus on button/));
  check('a trap', '/trap', ({ page }) => assert.rejects(tabThrough(page, { most: 12 }), /a trap/));
  check('what is not reached', '/clean', ({ page }) => assert.rejects(tabTo(page, 'h1', { most: 5 }), /not reached/));
  check('taps and keys are counted', '/clean', async ({ page }) => {
    const hand = new Hand(page);
    await hand.tap('button');
    await hand.type('123');
    await hand.press('Tab', 'Enter');
    await hand.scan('690');
    assert.deepEqual(hand.count, { taps: 1, keys: 5, scans: 1 });
    hand.within({ taps: 1, keys: 5, scans: 1 });
    assert.throws(() => hand.within({ taps: 0, keys: 5, scans: 1 }));
    assert.throws(() => hand.within({ taps: 1, keys: 4, scans: 1 }));
  });
});

describe('visits', () => {
  check('looks arrive as cookies', '/clean', async (visit) => {
    await visit.setLook({ lang: 'en', size: 'xlarge', theme: 'dark' });
    await visit.go('/cookies');
    assert.equal(await visit.page.innerText('p'), 'lang=en; size=xlarge; theme=dark');
  });
  check('a secure session cookie is kept on loopback and can be carried over', '/enter', async (visit) => {
    await visit.go('/cookies');
    assert.match(await visit.page.innerText('p'), /__Host-sid=abc/);
    const storageState = await visit.context.storageState();
    const other = await as('public', { address, storageState });
    try {
      await other.go('/cookies');
      assert.match(await other.page.innerText('p'), /__Host-sid=abc/);
      assert.match(await (await other.ask('/cookies')).text(), /__Host-sid=abc/);
    } finally {
      await other.close();
    }
  });
  check('weights are of what came', '/clean', async (visit) => {
    const weight = await weigh(visit, '/clean');
    assert.ok(weight.document > 100 && weight.document < PAGES['/clean'].length, JSON.stringify(weight));
    assert.equal(weight.total, weight.document);
  });
  it('without scripts nothing runs', async () => {
    const visit = await as('public', { address, js: false });
    try {
      await visit.go('/console');
      visit.quiet();
    } finally {
      await visit.close();
    }
  });
});
