import { describe, expect, test } from 'vitest';
import { summaryOf } from '../../../src/entities/statement-summary.js';

describe('a statement is told by', () => {
  test.each([
    ['select 1', 'SELECT'],
    ["select a from customer where name = 'Ada'", 'SELECT customer'],
    [
      'select extract(epoch from v.expires_at) from unnest($1::uuid[]) n join verification v on true',
      'SELECT verification',
    ],
    ['insert into k as t (a) values ($1) on conflict (a) do update set a = 1', 'INSERT k'],
    [
      'with v as (update verification set a = 1), s as (insert into step (a) select 1) select 1 from v',
      'UPDATE verification INSERT step',
    ],
    ['select a from g order by a for update of g', 'SELECT g'],
    ['with gone as (delete from t where a = $1) delete from t where b = $2', 'DELETE t'],
  ])('%s: %s', (text, summary) => {
    expect(summaryOf(text).summary).toBe(summary);
    expect(summaryOf(text)).toBe(summaryOf(text));
  });

  test('its operation and table where there is one of them', () => {
    expect(summaryOf('delete from session where id = $1')).toEqual({
      summary: 'DELETE session',
      operation: 'DELETE',
      table: 'session',
    });
    expect(summaryOf('with a as (insert into x (b) values (1)) update y set b = 1').operation).toBeUndefined();
  });
});
