/**
 * An embedded database with its tables in place, made once for a run of the tests and copied by each file: making one
 * takes seconds, copying it a fraction of one.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { migrateOutbox } from '../../src/delivery/outbox.js';
import { openStorage } from '../../src/entities/storage.js';

declare module 'vitest' {
  interface ProvidedContext {
    embeddedTemplate: string;
  }
}

/** Called by vitest before the first test file of a project that names this file as its `globalSetup`. */
export default async function makeTemplate(project: TestProject): Promise<() => void> {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-template-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    await using storage = await openStorage({ databaseUrl: undefined, dataDirectory: directory, migrate: true });
    await migrateOutbox(storage);
  } catch (error) {
    remove();
    throw error;
  }
  project.provide('embeddedTemplate', directory);
  return remove;
}

/** A data directory of one's own: with the tables in place, or empty. */
export function newDataDirectory({ template: wanted = true } = {}): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'gateway-'));
  const template = inject('embeddedTemplate') as string | undefined;
  if (wanted && template !== undefined) cpSync(join(template, 'postgres'), join(path, 'postgres'), { recursive: true });
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
