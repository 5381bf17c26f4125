/**
 * Three later versions of this one, as patches: `verification.locale` becomes `language_tag`. The first adds it, writes
 * both and moves what is old; the second leaves the old one alone; the third takes it away.
 */
import type { Edit } from './patched-copy.js';

interface LaterVersion {
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly added: Readonly<Record<string, string>>;
}

const MIGRATIONS = 'src/entities/migrations';
const INSERT = 'src/verification/insert.ts';
const SWEEPS = 'src/app/sweeps.ts';

/** And what nothing uses yet: a column elsewhere, and a table with a key to one in use, whose locks a migration needs too. */
const EXPAND = migration('20270101000000-language-tag', 'LanguageTag', [
  'alter table "customer" add column "language_tag" varchar(35) null',
  'alter table "verification" add column "language_tag" varchar(35) null',
  `create table "language_fallback" ("workspace_id" uuid not null, "language_tag" varchar(35) not null, "fallback" varchar(35) not null default 'en', primary key ("workspace_id", "language_tag"))`,
  'alter table "language_fallback" add constraint "language_fallback_workspace_fk" foreign key ("workspace_id") references "workspace" ("id")',
]);
const LEAVE = migration('20270201000000-locale-is-left', 'LocaleIsLeft', [
  'alter table "verification" alter column "locale" drop not null',
]);
const CONTRACT = migration('20270301000000-locale-is-gone', 'LocaleIsGone', [
  'alter table "verification" drop column "locale"',
]);

/** No index tells it what is left to move: these tables are small. */
const MOVE = `/** Verifications of the version before, which wrote no language tag. */
import { type Connection, run } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';

export const MOVED_AT_ONCE = 500;

const MOVE = prepared(\`
  update verification v set language_tag = v.locale from (
    select workspace_id, mode, id from verification where language_tag is null limit $1 for update skip locked
  ) old
  where v.workspace_id = old.workspace_id and v.mode = old.mode and v.id = old.id
  returning v.id\`);

export const moveLanguageTags = async (pool: Connection): Promise<number> =>
  (await run(pool, MOVE, [MOVED_AT_ONCE])).length;
`;

const MOVING: readonly Edit[] = [
  {
    file: SWEEPS,
    find: `import { IDEMPOTENCY_KEY_SWEEP_LIMIT`,
    replace: `import { MOVED_AT_ONCE, moveLanguageTags } from '../verification/language-tags.js';\nimport { IDEMPOTENCY_KEY_SWEEP_LIMIT`,
  },
  {
    file: SWEEPS,
    find: `    { name: 'limit counters'`,
    replace: `    { name: 'language tags', limit: MOVED_AT_ONCE, batch: () => moveLanguageTags(pool) },\n    { name: 'limit counters'`,
  },
  { file: SWEEPS, find: 'UPKEEP_EVERY_MS = 60_000', replace: 'UPKEEP_EVERY_MS = 5_000' },
];

export const LATER_VERSIONS: readonly LaterVersion[] = [
  {
    name: 'both are written',
    edits: [
      ...writes('locale, language_tag', 'n.locale, n.locale'),
      ...reads('coalesce(v.language_tag, v.locale)'),
      ...MOVING,
      ...registers(EXPAND),
    ],
    added: { ...EXPAND.file, 'src/verification/language-tags.ts': MOVE },
  },
  {
    name: 'the old one is left',
    edits: [...writes('language_tag', 'n.locale'), ...reads('v.language_tag'), ...registers(EXPAND, LEAVE)],
    added: { ...EXPAND.file, ...LEAVE.file },
  },
  {
    name: 'the old one is gone',
    edits: [...writes('language_tag', 'n.locale'), ...reads('v.language_tag'), ...registers(EXPAND, LEAVE, CONTRACT)],
    added: { ...EXPAND.file, ...LEAVE.file, ...CONTRACT.file },
  },
];

interface NewMigration {
  readonly name: string;
  readonly className: string;
  readonly file: Readonly<Record<string, string>>;
}

function migration(name: string, className: string, statements: readonly string[]): NewMigration {
  const text = `import { Migration } from '@mikro-orm/migrations';

export class ${className} extends Migration {
  override up(): void {
${statements.map((statement) => `    this.addSql(\`${statement}\`);`).join('\n')}
  }
}
`;
  return { name, className, file: { [`${MIGRATIONS}/${name}.ts`]: text } };
}

function registers(...added: readonly NewMigration[]): Edit[] {
  const file = `${MIGRATIONS}/index.ts`;
  const imports = added.map(({ name, className }) => `import { ${className} } from './${name}.js';\n`).join('');
  const rows = added.map(({ name, className }) => `  { name: '${name}', class: ${className} },\n`).join('');
  return [
    { file, find: '\n/** Every migration', replace: `${imports}\n/** Every migration` },
    { file, find: '\n];', replace: `\n${rows}];` },
  ];
}

function writes(columns: string, values: string): Edit[] {
  return [
    {
      file: INSERT,
      find: 'kind, contact_kind, locale, code_length',
      replace: `kind, contact_kind, ${columns}, code_length`,
    },
    { file: INSERT, find: 'n.contact_kind, n.locale, ', replace: `n.contact_kind, ${values}, ` },
  ];
}

function reads(locale: string): Edit[] {
  return ['record', 'step-store', 'delivery-report', 'inbox'].map((name) => ({
    file: `src/verification/${name}.ts`,
    find: ' v.locale,',
    replace: ` ${locale} as locale,`,
  }));
}
