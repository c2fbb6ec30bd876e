// The page of all components: its parts are told apart by word and picture, never by colour alone.

import assert from 'node:assert/strict';
import { scene, smallTargets } from './kit.mjs';

scene('every state has a word', { as: 'public' }, async (visit) => {
  const { page } = visit;
  await visit.go('/kit');
  const wordless = await page.locator('.pill, .callout, .banner, .result').evaluateAll((all) => all.filter((state) => state.innerText.trim() === '').length);
  assert.equal(wordless, 0);
  const plain = await page.locator('.pill-ok, .pill-wait, .pill-bad, .pill-info, .callout, .banner').evaluateAll((all) => all.filter((state) => !state.querySelector('svg')).length);
  assert.equal(plain, 0, 'and a picture');
});

scene('each fault stands at its field and in the summary, in the same words', { as: 'public' }, async (visit) => {
  const { page } = visit;
  await visit.go('/kit');
  const links = await page.locator('#summary a').evaluateAll((all) => all.map((link) => [link.getAttribute('href'), link.innerText]));
  assert.equal(links.length, 3);
  for (const [target, text] of links) {
    assert.equal(await page.locator(`${target}`).count(), 1);
    assert.equal((await page.locator(`${target}-e`).innerText()).trim(), text);
  }
});

for (const size of ['normal', 'xlarge']) {
  scene(`what is tapped is large enough, text ${size}`, { as: 'public', look: { size } }, async (visit) => {
  const { page } = visit;
    await visit.go('/kit');
    assert.deepEqual(await smallTargets(page), []);
  });
}

scene('every picture is there', { as: 'public' }, async (visit) => {
  const { page } = visit;
  await visit.go('/kit');
  const names = await page.locator('svg use').evaluateAll((all) => all.map((use) => use.getAttribute('href')));
  const drawn = await page.evaluate(async (address) => {
    const text = await (await fetch(address)).text();
    return [...new DOMParser().parseFromString(text, 'image/svg+xml').querySelectorAll('symbol')].map((symbol) => symbol.id);
  }, names[0].split('#')[0]);
  for (const name of names) assert.ok(drawn.includes(name.split('#')[1]), name);
});
