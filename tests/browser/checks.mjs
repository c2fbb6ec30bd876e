// What every page must be: accessible, within its width, in one language, under one heading.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Violations of WCAG 2.2 AA, a line each: rule, place, what to mend. */
export async function axe(page) {
  // Evaluated, not added as a script: the page's content policy stays as it is.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  return page.evaluate(async (tags) => {
    const { violations } = await window.axe.run(document, {
      runOnly: tags,
      resultTypes: ['violations'],
      preload: false,
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary.replace(/\s+/g, ' ')}`),
    );
  }, TAGS);
}

/** What sticks out to the right, outermost first; nothing if the page does not scroll sideways. */
export function overflow(page) {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.scrollingElement;
    if (scrollWidth <= clientWidth) return [];
    const out = [...document.body.querySelectorAll('*')].filter((element) => {
      const { right, width } = element.getBoundingClientRect();
      return width > 0 && right + scrollX > clientWidth + 0.5;
    });
    const name = (element) => `${element.localName}${element.classList.length ? `.${[...element.classList].join('.')}` : ''}`;
    return [`${scrollWidth} px wide in ${clientWidth}`, ...out.slice(0, 5).map(name)];
  });
}

/** True if the page does not scroll sideways. */
export const noOverflow = async (page) => (await overflow(page)).length === 0;

/** True if there is exactly one first-level heading with words in it. */
export const oneH1 = (page) =>
  page.evaluate(() => {
    const all = document.querySelectorAll('h1');
    return all.length === 1 && all[0].textContent.trim() !== '';
  });

/**
 * Texts that missed translation: keys standing for their sentence, figures not filled in,
 * 汉字 where the language is English, English where it is Chinese.
 * Each text counts in the language of its nearest `lang`; names, codes and what is marked
 * `translate="no"` or `data-name` belong to no language.
 */
export function untranslated(page) {
  return page.evaluate(() => {
    const NO_LANGUAGE = '[translate="no"],[data-name],code,kbd,samp,pre,script,style,template,noscript,textarea';
    const KEY = /(?<![\w@/.])[a-z][a-z_]+(?:\.[a-z][a-z_]+)+(?![\w/.])/g;
    const FILE = /\.(?:csv|xlsx|json|html|pdf|png|txt|toml|sqlite)$/;
    const HAN = /\p{Script=Han}|[\u3001-\u301F\uFF01-\uFF5E]/u;
    const TWO_WORDS = /[A-Za-z]{2,} +[A-Za-z]{2,}/;
    const HALF_WIDTH = /\p{Script=Han}[,;:?!]\p{Script=Han}/u;
    const english = (element) => /^en/.test(element.closest('[lang]')?.lang ?? '');
    const found = [];
    const look = (text, element, where) => {
      const say = (what) => found.push(`${what}: ${where} “${text.slice(0, 60)}”`);
      const keys = (text.match(KEY) ?? []).filter((key) => !FILE.test(key));
      if (keys.length) say(`key ${keys[0]}`);
      if (/%\{|\{\{|\}\}|\bundefined\b|\bNaN\b/.test(text)) say('not filled in');
      if (english(element)) {
        if (HAN.test(text)) say('Chinese in English');
      } else if (TWO_WORDS.test(text) || (!HAN.test(text) && /[a-z]{3,}/.test(text) && !keys.length)) {
        say('English in Chinese');
      } else if (HALF_WIDTH.test(text)) say('half-width punctuation in Chinese');
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      const text = texts.currentNode.data.trim();
      if (text && !element.closest(NO_LANGUAGE)) look(text, element, element.localName);
    }
    const spoken = ['aria-label', 'aria-description', 'title', 'alt', 'placeholder'];
    for (const name of spoken) {
      for (const element of document.body.querySelectorAll(`[${name}]`)) {
        const text = element.getAttribute(name).trim();
        if (text && !element.closest('[translate="no"],[data-name]')) look(text, element, `${element.localName}[${name}]`);
      }
    }
    for (const element of document.body.querySelectorAll('input[type=submit],input[type=button]')) {
      look(element.value, element, 'input[value]');
    }
    look(document.title, document.documentElement, 'title');
    return found;
  });
}

const BODY_SIZE = { normal: 18, large: 24, xlarge: 30 };

/** What of `look` the page does not follow; `light`: this page stays light on purpose. */
export async function lookFaults(page, look, { light = false } = {}) {
  const now = await page.evaluate(() => {
    const { backgroundColor, fontSize } = getComputedStyle(document.body);
    const [r, g, b, alpha = 1] = backgroundColor.match(/[\d.]+/g).map(Number);
    return { lang: document.documentElement.lang, size: parseFloat(fontSize), bright: alpha === 0 ? 255 : (r + g + b) / 3 };
  });
  const faults = [];
  if (!now.lang.startsWith(look.lang)) faults.push(`lang is “${now.lang}”, not ${look.lang}`);
  // Half a pixel less is the rounding of 134 % and 167 %.
  if (now.size < BODY_SIZE[look.size] - 0.5) faults.push(`text of ${now.size} px is not ${look.size}`);
  const dark = (look.theme === 'auto' ? look.scheme : look.theme) === 'dark' && !light;
  if (dark !== now.bright < 96) faults.push(`ground of brightness ${Math.round(now.bright)} is not ${dark ? 'dark' : 'light'}`);
  return faults;
}

/** Things to tap that are smaller than `floor` in CSS pixels; links in running text are exempt. */
export function smallTargets(page, floor = 44) {
  return page.evaluate((floor) => {
    const TARGETS = 'button,select,summary,input:not([type=hidden]),textarea,[role=button],a[href]';
    const inText = (element) => element.localName === 'a' && getComputedStyle(element).display === 'inline';
    return [...document.querySelectorAll(TARGETS)]
      .filter((element) => element.checkVisibility() && !inText(element))
      .map((element) => {
        // A label around or beside the field is tapped just as well.
        const boxes = [element, ...(element.labels ?? [])].map((part) => part.getBoundingClientRect());
        const most = (side) => Math.max(...boxes.map((box) => box[side]));
        return { element, width: most('width'), height: most('height') };
      })
      .filter(({ width, height }) => width > 1 && (width < floor - 0.5 || height < floor - 0.5))
      .map(({ element, width, height }) => {
        const name = (element.innerText || element.getAttribute('aria-label') || element.name || '').trim().slice(0, 20);
        return `${element.localName} “${name}” ${Math.round(width)}×${Math.round(height)}`;
      });
  }, floor);
}
