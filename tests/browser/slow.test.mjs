// UX section 6: what a household waits for on a slow network and a slow telephone.

import assert from 'node:assert/strict';
import { as } from './kit.mjs';
import { test } from 'node:test';
import { PROFILES, throttle, timings } from './weight.mjs';

const LOOKS = { viewport: 'phone', fresh: true, serviceWorkers: 'block' };

test('on a slow network the balance can be read within six seconds, and again within four', { timeout: 90_000 }, async () => {
  const visit = await as('household', LOOKS);
  try {
    await throttle(visit, PROFILES.edge);
    for (const most of [6_000, 4_000]) {
      await visit.go('/home');
      await visit.page.locator('.balance').waitFor();
      const { text: fcp } = await timings(visit.page);
      assert.ok(fcp > 0 && fcp <= most, `${Math.round(fcp)} ms of ${most}`);
    }
  } finally {
    await visit.close();
  }
});

test('on a usual one the largest part is there within two and a half, and nothing jumps', { timeout: 90_000 }, async () => {
  const visit = await as('household', LOOKS);
  try {
    await throttle(visit, PROFILES.slow4g);
    await visit.go('/home');
    await visit.page.waitForTimeout(500);
    const { largest: lcp, shift: cls } = await timings(visit.page);
    assert.ok(lcp > 0 && lcp <= 2_500, `${Math.round(lcp)} ms`);
    assert.ok(cls <= 0.1, `shifts ${cls}`);
  } finally {
    await visit.close();
  }
});
