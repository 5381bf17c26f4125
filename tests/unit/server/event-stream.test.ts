import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createEventStream, HEARTBEAT_MS, STALLED_MS } from '../../../src/server/event-stream.js';

function streaming() {
  const time = { now: 0 };
  return { time, stream: createEventStream(() => time.now) };
}

describe('a stream of events', () => {
  test('writes results as next, and ends with complete', async () => {
    const { stream } = streaming();
    void stream.next('{"data":1}');
    stream.complete();
    expect(await stream.body.toArray().then((chunks) => chunks.join(''))).toBe(
      ':\n\nevent: next\ndata: {"data":1}\n\nevent: complete\ndata:\n\n',
    );
    expect(stream.signal.aborted).toBe(true);
  });

  test('that is closed ends without complete', async () => {
    const { stream } = streaming();
    stream.close();
    stream.complete();
    expect((await stream.body.toArray()).join('')).toBe(':\n\n');
  });

  test('waits for a client that is slow: nothing is kept for it but what was written last', async () => {
    const { stream } = streaming();
    let isTaken = false;
    const taken = stream.next('1').then(() => {
      isTaken = true;
    });
    await nextTurn();
    expect(isTaken).toBe(false);
    stream.body.resume();
    await taken;
    stream.close();
  });

  test('shows that it lives where nothing happens, and not beside what has', async () => {
    const { stream, time } = streaming();
    const written: string[] = [];
    stream.body.on('data', (chunk) => written.push(String(chunk)));
    await nextTurn();
    time.now = HEARTBEAT_MS - 1;
    stream.beat();
    await stream.next('1');
    time.now += HEARTBEAT_MS - 1;
    stream.beat();
    expect(written).toEqual([':\n\n', 'event: next\ndata: 1\n\n']);
    time.now += 1;
    stream.beat();
    await nextTurn();
    expect(written.at(-1)).toBe(':\n\n');
    expect(written).toHaveLength(3);
    stream.close();
  });

  test('a client that reads slowly is waited for, however long a great answer takes', async () => {
    const { stream, time } = streaming();
    const answer = JSON.stringify('é'.repeat(200_000));
    const sent = stream.next(answer);
    stream.complete();
    const read: Buffer[] = [];
    for (let piece: Buffer | null = stream.body.read(1); piece !== null; piece = stream.body.read(60_000)) {
      read.push(piece);
      time.now += STALLED_MS - 1;
      stream.beat();
      expect(stream.body.destroyed).toBe(false);
    }
    for (let rest = stream.body.read(); rest !== null; rest = stream.body.read()) read.push(rest);
    await sent;
    expect(Buffer.concat(read).toString()).toBe(`:\n\nevent: next\ndata: ${answer}\n\nevent: complete\ndata:\n\n`);
  });

  test('attack: a client that never reads is given up, and what waits for it is let go', async () => {
    const { stream, time } = streaming();
    const waiting = stream.next('1');
    time.now = STALLED_MS - 1;
    stream.beat();
    expect(stream.signal.aborted).toBe(false);
    time.now = STALLED_MS;
    stream.beat();
    await waiting;
    expect(stream.signal.aborted).toBe(true);
    expect(stream.body.destroyed).toBe(true);
  });
});
