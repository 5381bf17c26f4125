import { describe, expect, test } from 'vitest';
import { sessionAt } from '../../../src/entities/server-session.js';

const read = (url: string) => sessionAt(url, { prepared: false });

describe('the URL of a database', () => {
  test('is read once, so that a blank in it leaves the password what it was', () => {
    expect(read('postgres://gate%40way:p%2Fw%25@db.internal:5433/na%20me?application_name=a b')).toEqual({
      host: 'db.internal',
      port: 5433,
      user: 'gate@way',
      password: 'p/w%',
      database: 'na me',
      options: '',
      application_name: 'a b',
    });
  });

  test.each([
    ['postgres://gateway@[::1]:5433/gateway', '::1', 5433],
    ['postgres://gateway@%2Fvar%2Frun/gateway', '/var/run', 0],
    ['postgres://gateway@localhost:5433/gateway?host=/var/run', '/var/run', 5433],
    ['postgres://gateway@db/gateway?port=5434', 'db', 5434],
    ['postgresql:///gateway', '', 0],
  ])('%s is at %j, port %i', (url, host, port) => {
    expect(read(url)).toMatchObject({ host, port });
  });

  test('may name user and password as parameters', () => {
    expect(read('postgres://db/gateway?user=gateway&password=p%2Fw')).toMatchObject({
      user: 'gateway',
      password: 'p/w',
    });
  });
});

describe('TLS', () => {
  test.each([
    ['sslmode=prefer', {}],
    ['sslmode=require', {}],
    ['sslmode=verify-ca', {}],
    ['sslmode=verify-full', {}],
    ['sslmode=verify-full&sslrootcert=system', {}],
    ['ssl=true', {}],
    ['sslnegotiation=direct', {}],
    ['channel_binding=require', {}],
    ['sslmode=no-verify', { rejectUnauthorized: false }],
    ['sslmode=verify-full&ssl=no-verify', {}],
    ['ssl=no-verify', { rejectUnauthorized: false }],
    ['sslmode=disable', false],
    ['sslmode=disable&sslrootcert=/nowhere/ca.pem', false],
    ['ssl=0', false],
    ['application_name=mine', undefined],
  ])('by ?%s: the settings are %j', (query, settings) => {
    expect(read(`postgres://gateway@db.internal/gateway?${query}`).ssl).toEqual(settings);
  });

  test('with an address is told it, or the certificate would be checked for localhost', () => {
    for (const [host, address] of Object.entries({ '127.0.0.1': '127.0.0.1', '[2001:db8::1]': '2001:db8::1' }))
      expect(read(`postgres://gateway@${host}/gateway?sslmode=require`).ssl).toEqual({ host: address });
  });

  test('is not asked for at a socket, where PostgreSQL speaks none', () => {
    expect(read('postgres://gateway@localhost/gateway?host=/run/postgresql&sslmode=require').ssl).toBe(false);
  });

  test('attack: an empty file of authorities trusts none, least of all the public ones', () => {
    expect(() => read('postgres://db/gateway?sslrootcert=/dev/null')).toThrow(
      /^\/dev\/null, the sslrootcert .* no PEM/,
    );
  });

  test('with a file that cannot be read ends the opening, not the process later', () => {
    expect(() => read('postgres://db/gateway?sslrootcert=/nowhere/ca.pem')).toThrow('/nowhere/ca.pem');
  });
});
