// What stands in a QR code as it is drawn.

import jsQR from 'jsqr';
import { PNG } from 'pngjs';

/** The text of the code at a place of the page; `undefined` when none can be read. */
export async function decoded(code) {
  const { data, width, height } = PNG.sync.read(await code.screenshot());
  return jsQR(new Uint8ClampedArray(data), width, height)?.data;
}
