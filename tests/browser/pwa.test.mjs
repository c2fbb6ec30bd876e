// The application on a phone: what is kept on the device, and what it says without a network.

import assert from 'node:assert/strict';
import { scene } from './kit.mjs';

/** Waits until the worker of this version rules the page. */
const ruled = (page) => page.evaluate(() => navigator.serviceWorker.ready.then(() => true));

/** Everything the worker keeps, as paths. */
const kept = (page) =>
  page.evaluate(async () => {
    const all = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
    return all.flat().map((request) => new URL(request.url).pathname);
  });

const OFFLINE_NOISE = [/ERR_INTERNET_DISCONNECTED/, /ERR_FAILED/];

scene('without a network a page says so, and comes back with it', { as: 'public', allow: OFFLINE_NOISE }, async (visit) => {
  const { page, context } = visit;
  await visit.go('/');
  await ruled(page);
  await visit.go('/');
  await context.setOffline(true);
  await visit.go('/home');
  assert.match(await page.locator('h1').innerText(), /没有网络/);
  const sections = await page.locator('main section[lang]').evaluateAll((all) => all.map((section) => section.lang));
  assert.deepEqual(sections, ['zh-CN', 'en'], 'both languages stand there');
  // Its look does not need the network either.
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.notEqual(ground, 'rgba(0, 0, 0, 0)');
  await context.setOffline(false);
  await visit.go('/');
  assert.match(await page.locator('h1').innerText(), /文明积分/);
});

scene('the offline page follows a change of language', { as: 'public', allow: OFFLINE_NOISE }, async (visit) => {
  const { page, context } = visit;
  await visit.go('/');
  await ruled(page);
  await visit.go('/look?lang=en&back=/');
  await page.waitForFunction(async () => {
    const page = await caches.match('/offline');
    return page && /<html lang="en"/.test(await page.text());
  });
  await context.setOffline(true);
  await visit.go('/home');
  assert.match(await page.locator('h1').innerText(), /No network/);
  await context.setOffline(false);
});

scene('pages of people are not kept on the device', { as: 'officer' }, async (visit) => {
  const { page } = visit;
  await visit.go('/town');
  await ruled(page);
  for (const path of ['/town', '/me', '/town/table.csv'].slice(0, 2)) await visit.go(path);
  const paths = await kept(page);
  const allowed = paths.filter((path) => path.startsWith('/assets/') || path === '/offline');
  assert.deepEqual(paths, allowed);
});

scene('the caches of earlier versions go', { as: 'public' }, async (visit) => {
  const { page } = visit;
  await visit.go('/offline');
  // Before the worker of this version takes over.
  await page.evaluate(() => caches.open('wenming-old'));
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration?.unregister();
  });
  await visit.go('/');
  await ruled(page);
  await page.waitForFunction(async () => !(await caches.keys()).includes('wenming-old'));
});

scene('the manifest names the application, its start and its pictures', { as: 'public' }, async (visit) => {
  const answer = await visit.ask('/manifest.webmanifest', { headers: { 'accept-language': 'en' } });
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type'), /^application\/manifest\+json/);
  const manifest = await answer.json();
  assert.equal(manifest.start_url, '/home');
  assert.equal(manifest.display, 'standalone');
  assert.deepEqual(manifest.icons.map(({ sizes, purpose }) => `${sizes} ${purpose}`), ['192x192 any', '512x512 any', '512x512 maskable']);
  for (const icon of manifest.icons) {
    const picture = await visit.ask(icon.src);
    assert.equal(picture.status, 200);
    assert.equal(picture.headers.get('content-type'), 'image/png');
  }
});
