// Pictures of every ready page in every look, into a folder:
//   tests/browser/run.sh npm run shots -- FOLDER

import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { as, shutBrowser, VIEWPORTS } from './kit.mjs';
import { nameOf, pathOf, readyPages } from './pages.mjs';

const given = process.argv[2];
if (!given) {
  console.error('give the folder: tests/browser/run.sh npm run shots -- FOLDER');
  process.exit(2);
}
const folder = resolve(given);
mkdirSync(folder, { recursive: true });

const looks = ['zh', 'en'].flatMap((lang) =>
  ['normal', 'xlarge'].flatMap((size) => ['light', 'dark'].map((theme) => ({ lang, size, theme }))),
);

async function shotsOf(row) {
  const visit = await as(row.as);
  try {
    for (const look of looks) {
      await visit.setLook(look);
      await visit.go(pathOf(row));
      for (const viewport of ['phone', 'pc']) {
        await visit.page.setViewportSize(VIEWPORTS[viewport]);
        const name = [nameOf(row), viewport, look.lang, look.size, look.theme].join('.');
        await visit.page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
      }
    }
  } finally {
    await visit.close();
  }
}

try {
  for (const row of readyPages()) {
    await shotsOf(row);
    console.log(row.path);
  }
} finally {
  await shutBrowser();
}
