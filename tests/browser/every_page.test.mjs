// Every page, in every look: it opens, is accessible, fits, keeps quiet, speaks one language, and is refused to others.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { as, axe, lookFaults, oneH1, overflow, untranslated, VIEWPORTS } from './kit.mjs';
import { pathOf, readyPages } from './pages.mjs';

// Two at a time keeps two processors busy; each visit has its own cookies.
const options = { concurrency: 2 };
const pages = readyPages();

const looks = ['zh', 'en'].flatMap((lang) =>
  ['normal', 'large', 'xlarge'].flatMap((size) => ['light', 'dark'].map((theme) => ({ lang, size, theme, scheme: 'light' }))),
);

/** All that is wrong with the page that is open. */
async function faultsOf(page, look, row) {
  const faults = [...(await lookFaults(page, look, row)), ...(await untranslated(page))];
  if ((await page.title()).trim() === '') faults.push('no title');
  if (!(await oneH1(page))) faults.push('not exactly one h1');
  return [...faults, ...(await fitFaults(page))];
}

async function fitFaults(page) {
  const wide = await overflow(page);
  return [...(wide.length ? [`sticks out: ${wide.join(', ')}`] : []), ...(await axe(page))];
}

async function lookAt(visit, row, look) {
  const { page } = visit;
  await visit.setLook(look);
  const response = await visit.go(pathOf(row));
  assert.equal(response.status(), 200, `${row.path} answers ${response.status()}`);
  const faults = await faultsOf(page, look, row);
  // Text size changes nothing on a wide screen that the narrow one does not show first.
  if (look.size === 'normal') {
    await page.setViewportSize(VIEWPORTS.pc);
    faults.push(...(await fitFaults(page)).map((fault) => `on a PC: ${fault}`));
    await page.setViewportSize(VIEWPORTS.narrow);
  }
  return [...faults, ...visit.faults.splice(0)];
}

/** All faults of a page, each once with the looks that have it. */
async function lookAtAll(visit, row) {
  const found = new Map();
  for (const look of looks) {
    for (const fault of new Set(await lookAt(visit, row, look))) {
      found.set(fault, [...(found.get(fault) ?? []), `${look.lang} ${look.size} ${look.theme}`]);
    }
  }
  const where = (some) => (some.length === looks.length ? 'every look' : some.join(', '));
  return [...found].map(([fault, some]) => `${fault} [${where(some)}]`);
}

describe('every page in every look', { ...options, skip: pages.length === 0 && 'no page is ready' }, () => {
  for (const row of pages) {
    it(`${row.path} as ${row.as}`, { timeout: 120_000 }, async () => {
      const visit = await as(row.as, { viewport: 'narrow' });
      try {
        const faults = await lookAtAll(visit, row);
        if (faults.length) assert.fail(`${faults.length} faults\n${faults.join('\n')}`);
      } finally {
        await visit.close();
      }
    });
  }
});

/** Refused is a clear no, or the way to the sign-in. */
async function assertRefused(row, role) {
  const visit = await as(role);
  try {
    const answer = await visit.ask(pathOf(row));
    const to = answer.headers.get('location') ?? '';
    const sent = [302, 303, 307].includes(answer.status) && new URL(to, visit.address).pathname.startsWith('/signin');
    const refused = sent || [401, 403, 404].includes(answer.status);
    assert.ok(refused, `${row.path} answers ${answer.status} ${to} to ${role}`);
  } finally {
    await visit.close();
  }
}

const refusals = pages.flatMap((row) => row.not.map((role) => [row, role]));

describe('wrong role', { ...options, skip: refusals.length === 0 && 'no page that needs a role is ready' }, () => {
  for (const [row, role] of refusals) {
    it(`${row.path} is refused to ${role}`, { timeout: 30_000 }, () => assertRefused(row, role));
  }
});
