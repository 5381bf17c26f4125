/** One PostgreSQL server for a run of the tests: every file takes a database of its own on it. */
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
  }
}

/** Called by vitest before the first test file of a project that names this file as its `globalSetup`. */
export default async function sharePostgres(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres({ durable: false });
  project.provide('postgresUrl', server.url);
  return () => server.stop();
}

/** The server of this run. */
export const sharedPostgres = (): string => inject('postgresUrl');
