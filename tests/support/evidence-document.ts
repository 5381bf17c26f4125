/** docs/evidence.md, made of docs/evidence/*.json. */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import type { Evidence } from './evidence.js';

const HEAD = `# Evidence

What the gateway keeps under faults, load and attack, as \`npm run evidence\` measured it. \`npm run evidence -- --only <part>\` measures one part again, and \`npm test\` runs a short form of each. A test compares this page with the files in \`docs/evidence\`.
`;

export const evidenceDocument = (): string =>
  [
    HEAD,
    ...globSync('docs/evidence/*.json')
      .sort()
      .map((path) => section(JSON.parse(readFileSync(path, 'utf8')) as Evidence)),
  ].join('\n');

function section({ part, title, size, figures, date, commit, machine }: Evidence): string {
  const rows = figures.map(({ name, value, goal }) => `| ${name} | ${value} | ${goal ?? ''} |`);
  return `## ${title}

${size}

| | measured | goal |
|---|---|---|
${rows.join('\n')}

\`${part}\`, ${date}, commit ${commit}, ${machine}
`;
}

/** Called by vitest around `npm run evidence`: when all is measured, the page is written. */
export default () => () => writeFileSync('docs/evidence.md', evidenceDocument());
