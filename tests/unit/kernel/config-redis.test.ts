import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../../../src/kernel/config.js';

const redis = (REDIS_URL: string) => loadConfig({ REDIS_URL }).redis;

describe('REDIS_URL', () => {
  test.each([
    ['redis://localhost', { nodes: [{ host: 'localhost', port: 6379 }], isCluster: false, tls: false, database: 0 }],
    ['rediss://cache.example:6380/2', { nodes: [{ host: 'cache.example', port: 6380 }], tls: true, database: 2 }],
    ['redis://u:p%40ss@h', { username: 'u', password: 'p@ss' }],
    ['redis://:only@h', { username: undefined, password: 'only' }],
    ['redis://[::1]:7000', { nodes: [{ host: '::1', port: 7000 }] }],
    ['redis://h:7000?cluster=true', { nodes: [{ host: 'h', port: 7000 }], isCluster: true }],
    ['redis://a:1,redis://b:2', { nodes: [node('a', 1), node('b', 2)], isCluster: true }],
    [
      'rediss://u:p@a:1, b:2,c:3',
      { nodes: [node('a', 1), node('b', 2), node('c', 3)], isCluster: true, tls: true, username: 'u', password: 'p' },
    ],
  ])('%s is read', (text, settings) => {
    expect(redis(text)).toMatchObject(settings);
  });

  test('is not needed', () => {
    expect(loadConfig({}).redis).toBeUndefined();
  });

  test.each([
    'http://h',
    'redis://',
    'h:6379',
    'redis://a,rediss://b',
    'redis://u:p@a,redis://v:q@b',
    'redis://a/1,redis://b',
    'redis://a,b/1',
    'redis://a/x',
    'redis://a?db=1',
    'redis://a?cluster=yes',
    'redis://a?cluster=true&cluster=false',
    'redis://a,b?cluster=false',
    'redis://a,',
    'redis://a#x',
    'redis://:a%zz@h',
    'redis://a%ff:p@h',
  ])('%s is refused, and not repeated', (text) => {
    expect(() => redis(text)).toThrow(ConfigError);
    expect(() => redis(text)).toThrow(/REDIS_URL must be a URL such as/);
    expect(() => redis('redis://hunter2:hunter2@a?hunter2')).toThrow(/^((?!hunter2)[\s\S])*$/);
  });
});

function node(host: string, port: number) {
  return { host, port };
}
