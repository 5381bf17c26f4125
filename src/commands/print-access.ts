/** Prints who may use which root field; `npm run access` writes it to `docs/access.md`. */
import { buildGatewaySchema } from '../resolvers/schema.js';
import { ACCESS_CALLERS, type AccessCaller, type AccessOutcome, accessTable } from '../schema/access-table.js';
import { say } from './say.js';

const WORDS: Record<AccessOutcome, string> = {
  ALLOWED: 'yes',
  NOTHING: 'nothing',
  UNAUTHENTICATED: '`UNAUTHENTICATED`',
  FORBIDDEN: '`FORBIDDEN`',
};

const INTRODUCTION = `# Access

Who may use which root field. \`npm run access\` writes this file from the guards; a test compares it with them, and holds a running gateway to every cell.

The calls are about an object of one workspace and mode. "nothing" is the answer for an object that does not exist: \`NOT_FOUND\`, null or an empty page, whether or not somebody else has it. Fields that name no object answer every caller about their own world.`;

/** The document, from the schema. */
export function accessDocument(): string {
  const callers = Object.keys(ACCESS_CALLERS) as AccessCaller[];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rows = accessTable(buildGatewaySchema()).map(({ field, rule, outcomes }) => {
    const sets = rule.scopes.map((allOf) => allOf.map((scope) => `\`${scope}\``).join(' and '));
    const cells = callers.map((caller) => WORDS[outcomes[caller]]);
    return line([`\`${field}\``, sets.join(' or ') || 'any credential', ...cells]);
  });
  const heading = line(['Field', 'Needs', ...callers.map((caller) => ACCESS_CALLERS[caller])]);
  const rule = line(['---', '---', ...callers.map(() => '---')]);
  return `${INTRODUCTION}\n\n${[heading, rule, ...rows].join('\n')}\n`;
}

if (import.meta.main) say(accessDocument().trimEnd());
