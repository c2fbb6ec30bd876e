// What every page weighs on the wire (UX section 6), in KB as gzip makes them. Runs before the tests
// that register more households.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { as, weigh } from './kit.mjs';
import { pathOf, readyPages } from './pages.mjs';

const KB = 1024;
const SCRIPT_AT_THE_TILL = 45;
const BUDGET = { stylesheet: 12, script: 24, document: 14 };
/** Everything the first visit to the own page brings. */
const FIRST_HOME = 55;

const pages = readyPages();

/** The parts of a page that are heavier than they may be. */
function tooHeavy(row, weight) {
  const budget = { ...BUDGET, ...(row.path.startsWith('/till') && { script: SCRIPT_AT_THE_TILL }) };
  if (row.path === '/home') budget.total = FIRST_HOME;
  return Object.entries(budget)
    .filter(([part, most]) => weight[part] > most * KB)
    .map(([part, most]) => `${part} ${(weight[part] / KB).toFixed(1)} KB, at most ${most}`);
}

describe('weights', { concurrency: 2, skip: pages.length === 0 && 'no page is ready' }, () => {
  for (const row of pages) {
    it(`${row.path} as ${row.as}`, { timeout: 60_000 }, async () => {
      // What is kept on the device would hide what the first visit costs.
      const visit = await as(row.as, { serviceWorkers: 'block' });
      try {
        const weight = await weigh(visit, pathOf(row));
        assert.ok(weight.document > 0 && weight.stylesheet > 0, 'the page and its stylesheet came');
        assert.deepEqual(tooHeavy(row, weight), []);
      } finally {
        await visit.close();
      }
    });
  }
});
