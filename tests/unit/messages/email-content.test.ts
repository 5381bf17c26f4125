import { describe, expect, test } from 'vitest';
import { parseEmailContent, readEmailContent, TEXT_LIMITS } from '../../../src/messages/email-content.js';
import { GIF } from './pictures.js';

describe('email content', () => {
  test('is read slot by slot; what is absent or null stays absent', () => {
    const content = parseEmailContent('input.content', {
      subject: ' Welcome ',
      primaryColor: '#6981FF',
      logo: GIF.toString('base64'),
      headerText: null,
      bodyText: undefined,
    });
    expect(content).toEqual({
      subject: 'Welcome',
      primaryColor: '#6981ff',
      logo: { type: 'image/gif', base64: GIF.toString('base64'), size: { width: 1, height: 1 } },
    });
  });

  test('survives a JSON column', () => {
    const content = parseEmailContent('c', { subject: 'Hi', logo: GIF.toString('base64'), footerText: 'Bye' });
    expect(JSON.parse(JSON.stringify(content))).toEqual(content);
  });

  test('has no slot that nobody knows', () => {
    const input = { subject: 'Hi', html: '<b>', toString: 'x' };
    expect(parseEmailContent('c', input)).toEqual({ subject: 'Hi' });
  });

  test.each(Object.entries(TEXT_LIMITS))('%s may have %i characters and not one more', (slot, limit) => {
    expect(parseEmailContent('c', { [slot]: 'a'.repeat(limit) })).toEqual({ [slot]: 'a'.repeat(limit) });
    expect(readEmailContent('c', { [slot]: 'a'.repeat(limit + 1) })).toEqual({
      faults: [{ argument: `c.${slot}`, reason: `must be at most ${limit} characters` }],
    });
  });

  test.each([
    'red',
    '#fff',
    '#12345',
    '#1234567',
    '#12345g',
    ' #123456',
    '#123456;background:url(x)',
    'rgb(0,0,0)',
    '#123456\n',
    '',
    '＃123456',
  ])('the color %j is refused', (primaryColor) => {
    expect(readEmailContent('c', { primaryColor })).toEqual({
      faults: [{ argument: 'c.primaryColor', reason: 'must be a color such as #1d4ed8' }],
    });
  });

  test('tells all faults at once, and names the first', () => {
    const input = {
      headerText: 'evil.com',
      footerText: 'Call 555 0199',
      primaryColor: 'red',
      logo: '!',
      subject: 'Fine',
    };
    const read = readEmailContent('input.content', input);
    const faults = 'faults' in read ? read.faults.map(({ argument }) => argument) : [];
    expect(faults).toEqual(['headerText', 'footerText', 'primaryColor', 'logo'].map((slot) => `input.content.${slot}`));
    expect(() => parseEmailContent('input.content', input)).toThrow(
      expect.objectContaining({
        code: 'BAD_USER_INPUT',
        details: {
          argument: 'input.content.headerText',
          reason: [
            'must have no link, domain, IP address or email address',
            'input.content.footerText must have no more than four digits in a row',
            'input.content.primaryColor must be a color such as #1d4ed8',
            'input.content.logo must be base64 (RFC 4648), padded',
          ].join('; '),
        },
      }),
    );
  });
});
