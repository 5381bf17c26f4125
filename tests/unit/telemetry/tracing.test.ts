import { describe, expect, test, vi } from 'vitest';

/** The module as a process has it that was started now. */
async function fresh() {
  vi.resetModules();
  const [tracing, spans] = await Promise.all([
    import('../../../src/telemetry/tracing.js'),
    import('../../support/spans.js'),
  ]);
  return { ...tracing, ...spans };
}

describe('without an SDK', () => {
  test('a traced call is the call: its result, its error, and nothing of a trace', async () => {
    const { isTracing, openSpan, traceCarrier, traced } = await fresh();
    expect(isTracing()).toBe(false);
    expect(openSpan('any', {})).toBeUndefined();
    expect(await traced('any', {}, async () => 7)).toBe(7);
    await expect(traced('any', {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    // One object for all: a statement or a job without a trace costs none.
    expect(traceCarrier()).toBe(traceCarrier());
    expect(traceCarrier()).toEqual({});
  });
});

describe('with an SDK', () => {
  test('spans are of each other, and end however the work ends', async () => {
    const { recordSpans, traced } = await fresh();
    const spans = recordSpans();
    await traced('outer', { attributes: { a: 1 } }, () => traced('inner', {}, async () => 1));
    const [inner, outer] = spans.all();
    expect(inner).toMatchObject({ name: 'inner', parentId: outer?.id, traceId: outer?.traceId });
    expect(outer).toMatchObject({ attributes: { a: 1 }, isFailed: false, parentId: undefined });
  });

  test('a carrier takes the trace to another process, and nothing that a caller wrote', async () => {
    const { recordSpans, traceCarrier, traced } = await fresh();
    const spans = recordSpans();
    const carrier = await traced('here', {}, async () => traceCarrier());
    expect(Object.keys(carrier)).toEqual(['traceparent']);
    await traced('there', { from: carrier }, async () => {});
    await traced('elsewhere', { from: {} }, async () => {});
    const here = spans.all().find(({ name }) => name === 'here');
    expect(spans.all().find(({ name }) => name === 'there')).toMatchObject({
      traceId: here?.traceId,
      parentId: here?.id,
    });
    expect(spans.all().find(({ name }) => name === 'elsewhere')?.traceId).not.toBe(here?.traceId);
  });

  test('attack: an error whose message holds a contact is told by its code or class alone', async () => {
    const { recordSpans, traced } = await fresh();
    const spans = recordSpans();
    const failing = (error: unknown) => traced('failing', {}, () => Promise.reject(error)).catch(() => {});
    await failing(Object.assign(new Error('Key (value)=(ada@example.com)'), { code: '23505' }));
    await failing(new TypeError('ada@example.com is none'));
    await failing(Object.assign(new Error('x'), { code: 'ada@example.com' }));
    await failing('ada@example.com');
    expect(spans.all().map(({ attributes }) => attributes['error.type'])).toEqual([
      ...['23505', 'TypeError', 'Error', 'string'],
    ]);
    expect(spans.all().every(({ isFailed }) => isFailed)).toBe(true);
    expect(spans.text()).not.toContain('ada');
  });
});
