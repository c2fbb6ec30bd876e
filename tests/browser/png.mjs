// Makes a screenshot small: the same picture with a palette of at most 256 colours.
// Reads what Chromium writes: 8 bits, RGB or RGBA, not interlaced.

import { deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLOURS = 256;

// zlib has it in newer versions of Node only.
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function chunk(type, data) {
  const out = Buffer.alloc(data.length + 12);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, 'latin1');
  data.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, -4)), out.length - 4);
  return out;
}

function* chunksOf(png) {
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    yield [png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, at + 8 + png.readUInt32BE(at))];
  }
}

/** The filter of PNG that foretells a byte from those left, above and above left. */
function paeth(left, above, corner) {
  const [a, b, c] = [above - corner, left - corner, left + above - 2 * corner].map(Math.abs);
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

/** Width, height, bytes per pixel and the bare bytes of a picture. */
function decode(png) {
  const chunks = [...chunksOf(png)];
  const head = chunks[0][1];
  const [width, height, kind] = [head.readUInt32BE(0), head.readUInt32BE(4), head[9]];
  if (head[8] !== 8 || ![2, 6].includes(kind) || head[12] !== 0) throw new Error('not a picture as Chromium writes it');
  const depth = kind === 6 ? 4 : 3;
  const raw = inflateSync(Buffer.concat(chunks.filter(([type]) => type === 'IDAT').map(([, data]) => data)));
  const row = width * depth;
  const out = Buffer.alloc(row * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (row + 1)];
    for (let x = 0; x < row; x += 1) {
      const at = y * row + x;
      const left = x >= depth ? out[at - depth] : 0;
      const above = y > 0 ? out[at - row] : 0;
      const corner = x >= depth && y > 0 ? out[at - row - depth] : 0;
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter];
      out[at] = raw[y * (row + 1) + 1 + x] + guess;
    }
  }
  return { width, height, depth, bytes: out };
}

const distance = (a, b) => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;

/** The colours that are used most, near ones counted as one, and which of them stands for each. */
function paletteOf({ depth, bytes }) {
  const seen = new Map();
  for (let at = 0; at < bytes.length; at += depth) {
    const colour = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
    seen.set(colour, (seen.get(colour) ?? 0) + 1);
  }
  const parts = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];
  const often = [...seen.keys()].sort((a, b) => seen.get(b) - seen.get(a));
  const palette = [];
  // The less used, the further away a colour must be to get a place of its own.
  for (const apart of [300, 75, 12, 1]) {
    for (const colour of often) {
      if (palette.length === COLOURS) break;
      if (palette.every((taken) => distance(taken, parts(colour)) >= apart)) palette.push(parts(colour));
    }
  }
  const nearest = (colour) => {
    let best = 0;
    palette.forEach((taken, n) => {
      if (distance(taken, colour) < distance(palette[best], colour)) best = n;
    });
    return best;
  };
  return { palette, place: new Map(often.map((colour) => [colour, nearest(parts(colour))])) };
}

/** The same picture with a palette. */
export function paletted(png) {
  const picture = decode(png);
  const { width, height, depth, bytes } = picture;
  const { palette, place } = paletteOf(picture);
  const rows = Buffer.alloc((width + 1) * height);
  for (let n = 0; n < width * height; n += 1) {
    const at = n * depth;
    const y = Math.floor(n / width);
    rows[n + y + 1] = place.get((bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2]);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    chunk('PLTE', Buffer.from(palette.flat())),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
