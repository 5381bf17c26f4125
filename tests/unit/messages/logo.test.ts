import { describe, expect, test } from 'vitest';
import { MAX_LOGO_LENGTH, readLogo } from '../../../src/messages/logo.js';
import { GIF, JPEG, PNG, pngOf } from './pictures.js';

const base64 = (bytes: Buffer | string): string => Buffer.from(bytes).toString('base64');
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>';

describe('a logo is what its bytes are', () => {
  test.each([
    ['image/png', PNG],
    ['image/jpeg', JPEG],
    ['image/gif', GIF],
  ])('%s', (type, bytes) => {
    const value = { type, base64: base64(bytes), size: { width: 1, height: 1 } };
    expect(readLogo(base64(bytes))).toEqual({ value });
    expect(readLogo(`data:${type};base64,${base64(bytes)}`)).toEqual({ value });
  });

  test('whatever it is declared as: another type is refused', () => {
    const reason = 'says another type than its bytes, image/gif';
    expect(readLogo(`data:image/png;base64,${base64(GIF)}`)).toEqual({ reason });
    expect(readLogo(`data:text/html;base64,${base64(GIF)}`)).toEqual({ reason });
    expect(readLogo(`data:;base64,${base64(GIF)}`)).toEqual({ reason });
  });

  test('lines of base64, as a command makes them, are joined', () => {
    const lines = base64(PNG).replaceAll(/(.{76})/g, '$1\n');
    expect(readLogo(`${lines}\n`)).toEqual(readLogo(base64(PNG)));
  });
});

describe('refused as a logo', () => {
  test.each([
    ['SVG, which is a program', base64(SVG)],
    ['SVG that says so', `data:image/svg+xml;base64,${base64(SVG)}`],
    ['SVG that says it is a PNG', `data:image/png;base64,${base64(SVG)}`],
    ['SVG behind a byte order mark', base64(`\ufeff${SVG}`)],
    ['HTML', base64('<!doctype html><script>alert(1)</script>')],
    ['WebP', base64(Buffer.from('52494646240000005745425056503820', 'hex'))],
    ['BMP', base64(Buffer.from('424d460000000000', 'hex'))],
    ['ICO', base64(Buffer.from('00000100010010100000', 'hex'))],
    ['PDF', base64('%PDF-1.7')],
    ['a PNG that begins one byte late', base64(Buffer.concat([Buffer.from([0]), PNG]))],
    ['nothing', ''],
    ['nothing behind a type', 'data:image/png;base64,'],
    ['a URL, which would have to be fetched', 'https://evil.example/logo.png'],
    ['a file', 'file:///etc/passwd'],
    ['text that is no base64', '<svg/>'],
    ['base64 without its padding', base64(Buffer.concat([GIF, Buffer.from([0])])).replaceAll('=', '')],
    ['base64 of URLs', 'iVBORw0KGgo_-A=='],
    ['a data URL without base64', 'data:image/png,iVBORw0KGgo'],
    ['base64 with spaces in it', base64(PNG).replace('A', ' A')],
  ])('%s', (_, text) => {
    expect(readLogo(text)).toEqual({ reason: expect.any(String) });
  });

  test('more than 20000 characters', () => {
    const bytes = Buffer.concat([PNG, Buffer.alloc(15_000 - PNG.length)]);
    expect(base64(bytes)).toHaveLength(MAX_LOGO_LENGTH);
    expect(readLogo(base64(bytes))).toHaveProperty('value.type', 'image/png');
    expect(readLogo(`${base64(bytes)}\n`)).toEqual({ reason: 'must be at most 20000 characters of base64' });
  });

  test.each([
    ['PNG', pngOf(20_000, 20_000)],
    ['PNG in one direction', pngOf(1, 4_294_967_295)],
    ['GIF', Buffer.concat([GIF.subarray(0, 6), Buffer.from('ffffffff', 'hex'), GIF.subarray(10)])],
    ['JPEG', Buffer.from(JPEG.toString('hex').replace('0800010001', '08ffffffff'), 'hex')],
  ])('a %s of few bytes that unpacks into a great many', (_, bytes) => {
    expect(readLogo(base64(bytes))).toEqual({ reason: 'must be at most 2000 pixels a side' });
  });
});

test.each([
  ['PNG', PNG.subarray(0, 8)],
  ['PNG without a header', Buffer.concat([PNG.subarray(0, 8), Buffer.alloc(20)])],
  ['GIF', GIF.subarray(0, 6)],
  ['JPEG', JPEG.subarray(0, 3)],
  ['JPEG with filling', Buffer.from('ffd8ffffffffff', 'hex')],
  ['JPEG with a segment that points outside', Buffer.from('ffd8ffe0ffff00', 'hex')],
])('a %s that is cut off has a type and no size', (_, bytes) => {
  const read = readLogo(base64(bytes));
  expect(read).toHaveProperty('value.type');
  expect(read).not.toHaveProperty('value.size');
});
