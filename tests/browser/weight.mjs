// What a page weighs on the wire, and slow networks.

import { gzipSync } from 'node:zlib';

const TEXT = /^(?:text\/|application\/(?:json|javascript|manifest\+json)|image\/svg\+xml)/;

/**
 * Opens `path` in a new page with an empty cache and weighs what came, in bytes by type:
 * `{ document, stylesheet, script, image, font, other, total }`. Text counts as gzipped.
 */
export async function weigh(visit, path) {
  const page = await visit.context.newPage();
  const weight = { document: 0, stylesheet: 0, script: 0, image: 0, font: 0, other: 0, total: 0 };
  const came = [];
  const count = async (response) => {
    const body = await response.body().catch(() => Buffer.alloc(0));
    const text = TEXT.test(response.headers()['content-type'] ?? '');
    const size = text ? gzipSync(body).length : body.length;
    const type = response.request().resourceType();
    weight[type in weight && type !== 'total' ? type : 'other'] += size;
    weight.total += size;
  };
  page.on('response', (response) => {
    // A stream of events has no end to wait for.
    if (!/event-stream/.test(response.headers()['content-type'] ?? '')) came.push(count(response));
  });
  try {
    const cdp = await visit.context.newCDPSession(page);
    await cdp.send('Network.setCacheDisabled', { cacheDisabled: true });
    await page.goto(new URL(path, visit.address).href, { waitUntil: 'load' });
    await Promise.all(came);
    return weight;
  } finally {
    await page.close();
  }
}

const kbit = (n) => (n * 1000) / 8;
/** Networks and processors of real phones; times are milliseconds. */
export const PROFILES = {
  edge: { latency: 840, downloadThroughput: kbit(280), uploadThroughput: kbit(100), cpu: 4 },
  slow4g: { latency: 150, downloadThroughput: kbit(1600), uploadThroughput: kbit(750), cpu: 4 },
};

/** Makes a visit as slow as `profile` says, from the next request on. */
export async function throttle(visit, { cpu, ...network }) {
  const cdp = await visit.context.newCDPSession(visit.page);
  await cdp.send('Network.enable');
  await cdp.send('Network.emulateNetworkConditions', { offline: false, ...network });
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: cpu });
}

/** When things showed, in milliseconds after the page was asked for, and how much they moved. */
export function timings(page) {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const out = { text: 0, largest: 0, shift: 0 };
        const watch = (type, take) =>
          new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
        watch('paint', (entry) => {
          if (entry.name === 'first-contentful-paint') out.text = entry.startTime;
        });
        watch('largest-contentful-paint', (entry) => (out.largest = entry.startTime));
        watch('layout-shift', (entry) => (out.shift += entry.hadRecentInput ? 0 : entry.value));
        // Buffered entries come in a later turn.
        setTimeout(() => resolve(out), 200);
      }),
  );
}
