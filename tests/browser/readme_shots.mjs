// The four pictures of the README, into assets/readme:
//   tests/browser/run.sh npm run readme

import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { as, shutBrowser } from './kit.mjs';
import { paletted } from './png.mjs';

const PICTURES = [
  { name: 'home', as: 'household', path: '/home', viewport: 'phone' },
  { name: 'sheet', as: 'recorder', path: '/office/sheets/new?rule=TD02', viewport: 'pc', quantities: ['1', '1', '', '1', '1'] },
  { name: 'till', as: 'clerk', path: '/till?h=010001&l=CL001*1&l=CL003*2', viewport: { width: 820, height: 740 } },
  { name: 'town', as: 'officer', path: '/town', viewport: 'pc' },
];

const folder = fileURLToPath(new URL('../../assets/readme/', import.meta.url));

async function take({ name, as: role, path, viewport, quantities }) {
  const visit = await as(role, { viewport, deviceScaleFactor: 1 });
  try {
    const response = await visit.go(path);
    if (response.status() !== 200) throw new Error(`${path} answers ${response.status()}`);
    for (const [place, quantity] of (quantities ?? []).entries()) {
      await visit.page.locator('input[data-code]').nth(place).fill(quantity);
    }
    visit.quiet();
    const picture = paletted(await visit.page.screenshot());
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}${name}.png`, picture);
    console.log(`${name}.png ${Math.ceil(picture.length / 1024)} KB`);
  } finally {
    await visit.close();
  }
}

try {
  for (const picture of PICTURES) await take(picture);
} finally {
  await shutBrowser();
}
