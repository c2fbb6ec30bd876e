// A visitor's hand: taps, keys and scans are counted, and the keyboard alone must be enough.

import assert from 'node:assert/strict';

const locate = (page, target) => (typeof target === 'string' ? page.locator(target) : target);

/** Does what a person does and counts it. */
export class Hand {
  constructor(page) {
    this.page = page;
    this.reset();
  }

  reset() {
    this.count = { taps: 0, keys: 0, scans: 0 };
  }

  /** A click or a touch. */
  async tap(target) {
    this.count.taps += 1;
    await locate(this.page, target).click();
  }

  /** Keys one after the other, by name: `press('Tab', 'Enter')`. */
  async press(...keys) {
    for (const key of keys) {
      this.count.keys += 1;
      await this.page.keyboard.press(key);
    }
  }

  /** Types into `target`, or where the focus is when there is none. Getting there is not counted. */
  async type(text, target) {
    this.count.keys += [...text].length;
    if (target) await locate(this.page, target).focus();
    await this.page.keyboard.type(text);
  }

  /** Opens a list and takes one of it. */
  async choose(target, value) {
    this.count.taps += 2;
    await locate(this.page, target).selectOption(value);
  }

  /** A barcode scanner: a keyboard that is faster than a person and ends with Enter. */
  async scan(code) {
    this.count.scans += 1;
    await this.page.keyboard.type(code, { delay: 20 });
    await this.page.keyboard.press('Enter');
  }

  /** Fails if more was needed than the page may ask for. */
  within({ taps = 0, keys = 0, scans = 0 }) {
    const { count } = this;
    const fine = count.taps <= taps && count.keys <= keys && count.scans <= scans;
    assert.ok(fine, `${JSON.stringify(count)} is more than ${JSON.stringify({ taps, keys, scans })}`);
  }
}

/** What has the focus: its name for messages, and what is wrong with how it shows. */
function focusNow(page) {
  return page.evaluate(() => {
    const at = document.activeElement;
    if (!at || at === document.body) return { name: 'nothing', faults: [] };
    const name = `${at.localName}${at.id ? `#${at.id}` : ''}${at.getAttribute('name') ? `[name=${at.getAttribute('name')}]` : ''} “${(at.innerText ?? '').trim().slice(0, 20)}”`;
    const faults = [];
    const rings = (element, pseudo) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element, pseudo);
      // `auto` is the browser's own ring, whatever width it says.
      return outlineStyle === 'auto' || (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) || boxShadow !== 'none';
    };
    // A hidden radio button shows its focus on the label or on what follows it.
    const bearers = [at, at.closest('label'), ...(at.labels ?? []), at.nextElementSibling].filter(Boolean);
    if (!bearers.some((bearer) => rings(bearer) || rings(bearer, '::before') || rings(bearer, '::after'))) {
      faults.push('its focus does not show');
    }
    const shown = bearers.find((bearer) => bearer.getClientRects().length && bearer.getBoundingClientRect().width > 2) ?? at;
    const box = shown.getClientRects()[0] ?? shown.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height / 2, innerHeight / 2)];
    if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) faults.push('it is out of sight');
    else {
      const top = document.elementFromPoint(x, y);
      if (top && !shown.contains(top) && !top.contains(shown) && !top.closest('label')?.contains(at)) {
        faults.push(`it is covered by ${top.localName}.${top.className}`);
      }
    }
    return { name, faults };
  });
}

/**
 * Presses Tab until `target` has the focus; every stop on the way must show it and be in sight.
 * Fails with the stops if it is not reached within `most`.
 */
export async function tabTo(page, target, { most = 80, back = false } = {}) {
  const wanted = locate(page, target).first();
  const stops = [];
  for (let n = 0; n < most; n += 1) {
    await page.keyboard.press(back ? 'Shift+Tab' : 'Tab');
    const { name, faults } = await focusNow(page);
    assert.deepEqual(faults, [], `focus on ${name}`);
    stops.push(name);
    if (await wanted.evaluate((element) => element === document.activeElement)) return stops;
  }
  return assert.fail(`${target} is not reached by ${most} times Tab; stops: ${stops.join(' → ')}`);
}

/** Walks the whole page by Tab: every stop shows its focus, and the walk leaves the page again. */
export async function tabThrough(page, { most = 200 } = {}) {
  await page.evaluate(() => document.activeElement?.blur());
  const stops = [];
  for (let n = 0; n < most; n += 1) {
    await page.keyboard.press('Tab');
    const { name, faults } = await focusNow(page);
    if (name === 'nothing') return stops;
    assert.deepEqual(faults, [], `focus on ${name}`);
    stops.push(name);
  }
  return assert.fail(`a trap: still on the page after ${most} times Tab; the last stops: ${stops.slice(-6).join(' → ')}`);
}
