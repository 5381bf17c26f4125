import { expect, test } from 'vitest';
import { runTold, told } from '../../../src/entities/told.js';
import { fakeConnection } from '../fake-connection.js';

const statement = told(
  ({ guard, telling, select }) =>
    `with v as (update t set a = 1 where true ${guard}) ${telling(', tell as (x)')} ${select('select a from v')}`,
);
const kindOf = ({ sql }: { readonly sql: string }) => (sql.includes('tell as') ? 'telling' : 'quiet');

test('the quiet form does its work only where nobody listens, and the other tells', () => {
  expect(statement.quiet).toMatch(/where true and not exists \(select from webhook_endpoint/);
  expect(statement.quiet).not.toContain('tell as');
  expect(statement.telling).toMatch(/where true \).*tell as/);
});

test('who listens costs one statement more once, and none when it ends', async () => {
  let watched = false;
  const { pool, statements } = fakeConnection(() => [{ watched, a: 1 }]);
  const kinds = async (world: string) => {
    statements.length = 0;
    await runTold(pool, statement, [world, 'TEST']);
    return statements.map(kindOf);
  };
  expect(await kinds('one')).toEqual(['quiet']);
  watched = true;
  expect(await kinds('one')).toEqual(['quiet', 'telling']);
  expect(await kinds('one')).toEqual(['telling']);
  expect(await kinds('two')).toEqual(['quiet', 'telling']);
  watched = false;
  expect(await kinds('one')).toEqual(['telling']);
  expect(await kinds('one')).toEqual(['quiet']);
});
