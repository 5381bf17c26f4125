/** The color of buttons, and the color of the words on them. */
export interface Palette {
  readonly background: string;
  readonly foreground: '#000000' | '#ffffff';
}

const DEFAULT_COLOR = '#1d4ed8';
export const COLOR = /^#[0-9a-f]{6}$/i;

/**
 * Black or white words, whichever stands out more (WCAG 2.2, contrast ratio): at least 4.5 on any color.
 * Anything but `#rrggbb` is the default color: this ends up in a style.
 */
export function paletteOf(color: string = DEFAULT_COLOR): Palette {
  const background = COLOR.test(color) ? color.toLowerCase() : DEFAULT_COLOR;
  const luminance = luminanceOf(background);
  const onBlack = (luminance + 0.05) / 0.05;
  const onWhite = 1.05 / (luminance + 0.05);
  return { background, foreground: onBlack > onWhite ? '#000000' : '#ffffff' };
}

/** Relative luminance, 0 for black to 1 for white. */
export function luminanceOf(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(color.slice(start, start + 2), 16) / 255;
    return channel <= 0.040_45 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
