import { describe, expect, test } from 'vitest';
import { luminanceOf, paletteOf } from '../../../src/messages/color.js';

const contrast = (left: string, right: string): number => {
  const [dark = 0, light = 0] = [luminanceOf(left), luminanceOf(right)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};

describe('the words on a button', () => {
  test.each([
    ['#ffffff', '#000000'],
    ['#facc15', '#000000'],
    ['#6981ff', '#000000'],
    ['#1d4ed8', '#ffffff'],
    ['#0f766e', '#ffffff'],
    ['#000000', '#ffffff'],
    ['#ff0000', '#000000'],
  ])('on %s are %s', (color, foreground) => {
    expect(paletteOf(color)).toEqual({ background: color, foreground });
  });

  test('stand out by 4.5 to 1 on every color (WCAG 2.2, 1.4.3)', () => {
    for (let red = 0; red < 256; red += 17)
      for (let green = 0; green < 256; green += 17)
        for (let blue = 0; blue < 256; blue += 17) {
          const color = `#${[red, green, blue].map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
          const { background, foreground } = paletteOf(color);
          expect(contrast(background, foreground), color).toBeGreaterThanOrEqual(4.5);
        }
  });

  test('have the default color where there is none', () => {
    expect(paletteOf()).toEqual(paletteOf(undefined));
    expect(paletteOf().background).toMatch(/^#[0-9a-f]{6}$/);
  });

  test.each(['red', '#fff', '#123456;background:url(//evil)', '#12345g', '', '#123456\n'])(
    'never have a color that is something else: %j',
    (color) => {
      expect(paletteOf(color)).toEqual(paletteOf());
    },
  );
});

test('luminance is that of the standard', () => {
  expect(luminanceOf('#000000')).toBe(0);
  expect(luminanceOf('#ffffff')).toBeCloseTo(1, 10);
  expect(luminanceOf('#777777')).toBeCloseTo(0.184, 3);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});
