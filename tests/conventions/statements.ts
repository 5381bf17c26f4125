/** What a statement says about workspaces, read by PostgreSQL's own parser. */
import pgQuery from 'libpg-query';

type Tree = Readonly<Record<string, unknown>>;

export interface Judgement {
  /** Tables whose rows are found without their workspace being given. */
  readonly unbound: string[];
  /** Functions that all shards would have to agree about. */
  readonly shared: string[];
  /** Different parameters that a workspace is compared with: more than one is two worlds in one statement. */
  readonly worlds: number;
  /** Whether it takes a list of workspaces. */
  readonly isBatch: boolean;
}

const SHARED = /^(nextval|currval|setval|lastval|pg_(try_)?advisory_.*)$/;

/** A table, or what stands in for one, where a statement names it. */
interface Place {
  readonly name: string;
  readonly alias: string;
  readonly isTenant: boolean;
}

type Scope = Readonly<{ places: readonly Place[]; outer: Scope | undefined }>;
type End = Place | `$${number}` | undefined;

const isWorkspace = (node: unknown): boolean => JSON.stringify(node ?? null).includes('"workspace_id"');
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;
const childrenOf = (node: unknown): unknown[] => (Array.isArray(node) ? node : isTree(node) ? Object.values(node) : []);
const at = (node: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((value, name) => (isTree(value) ? value[name] : undefined), node);

/** @param tenants tables whose rows belong to a workspace, that of workspaces included */
export function judge(text: string, tenants: readonly string[]): Judgement {
  const bonds = new Map<Place, Set<End>>();
  const all: Place[] = [];
  const shared: string[] = [];
  const worlds = new Set<End>();
  let isBatch = false;

  /** What stands between `from` and the conditions; what is inside of a subquery has a scope of its own. */
  function placesIn(node: unknown, ctes: ReadonlySet<string>): Place[] {
    if (!isTree(node)) return [];
    if (Array.isArray(node)) return node.flatMap((each) => placesIn(each, ctes));
    const table = isTree(node['RangeVar']) ? node['RangeVar'] : 'relname' in node ? node : undefined;
    if (table) {
      const name = table['relname'] as string;
      const alias = (at(table, 'alias', 'aliasname') as string | undefined) ?? name;
      const isTenant = table['schemaname'] === undefined && !ctes.has(name) && tenants.includes(name);
      return [{ name, alias, isTenant }];
    }
    const join = node['JoinExpr'];
    if (isTree(join)) return [...placesIn(join['larg'], ctes), ...placesIn(join['rarg'], ctes)];
    const other = node['RangeFunction'] ?? node['RangeSubselect'];
    if (node['RangeFunction'] && isWorkspace(at(other, 'alias', 'colnames'))) isBatch = true;
    return isTree(other)
      ? [{ name: '', alias: (at(other, 'alias', 'aliasname') as string) ?? '', isTenant: false }]
      : [];
  }

  /** Whose workspace an expression is. */
  function endOf(node: unknown, scope: Scope): End {
    const parameter = at(node, 'ParamRef', 'number');
    if (typeof parameter === 'number') return `$${parameter}`;
    const cast = at(node, 'TypeCast', 'arg');
    if (cast) return endOf(cast, scope);
    const fields = at(node, 'ColumnRef', 'fields');
    if (!Array.isArray(fields)) return undefined;
    const names = fields.map((field) => at(field, 'String', 'sval') as string);
    const [column, alias] = names.toReversed();
    for (let inside: Scope | undefined = scope; inside; inside = inside.outer) {
      const place = alias === undefined ? inside.places[0] : inside.places.find((each) => each.alias === alias);
      const isKey = column === (place?.name === 'workspace' ? 'id' : 'workspace_id');
      if (place) return isKey || !place.isTenant ? place : undefined;
    }
    return undefined;
  }

  function bind(left: End, right: End): void {
    for (const [one, other] of [
      [left, right],
      [right, left],
    ]) {
      if (typeof one !== 'object') continue;
      bonds.set(one, (bonds.get(one) ?? new Set()).add(other));
      if (typeof other === 'string' && one.isTenant) worlds.add(other);
    }
  }

  // The key of a workspace's own row is its id.
  const isKey = (node: unknown, scope: Scope): boolean => {
    const end = endOf(node, scope);
    return isWorkspace(node) || (typeof end === 'object' && end.name === 'workspace');
  };

  function condition(node: Tree, scope: Scope): void {
    const comparison = at(node, 'A_Expr');
    if (isTree(comparison) && JSON.stringify(comparison['name']).includes('"="')) {
      const [left, right] = [comparison['lexpr'], comparison['rexpr']];
      const rows = [at(left, 'RowExpr', 'args'), at(right, 'RowExpr', 'args')];
      if (Array.isArray(rows[0]) && Array.isArray(rows[1])) bind(endOf(rows[0][0], scope), endOf(rows[1][0], scope));
      else if (isKey(left, scope) || isKey(right, scope)) bind(endOf(left, scope), endOf(right, scope));
    }
    // (workspace_id, …) in (select workspace_id, …): bound by what is selected, which is judged by itself.
    const sublink = at(node, 'SubLink');
    const members = at(sublink, 'testexpr', 'RowExpr', 'args');
    const selected = at(sublink, 'subselect', 'SelectStmt', 'targetList');
    if (Array.isArray(members) && Array.isArray(selected) && isWorkspace(members[0]) && isWorkspace(selected[0])) {
      bind(endOf(members[0], scope), { name: '', alias: 'in', isTenant: false });
    }
  }

  function walk(node: unknown, scope: Scope | undefined, ctes: ReadonlySet<string>): void {
    if (!isTree(node)) return;
    const called = at(node, 'FuncCall', 'funcname');
    if (Array.isArray(called)) {
      const name = at(called.at(-1), 'String', 'sval') as string;
      if (SHARED.test(name)) shared.push(name);
    }
    if (scope && !Array.isArray(node)) condition(node, scope);
    for (const kind of ['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt']) {
      const statement = node[kind];
      if (isTree(statement)) return void enter(kind, statement, scope, ctes);
    }
    for (const child of childrenOf(node)) walk(child, scope, ctes);
  }

  function enter(kind: string, statement: Tree, outer: Scope | undefined, known: ReadonlySet<string>): void {
    const named = (at(statement, 'withClause', 'ctes') ?? []) as unknown[];
    const ctes = new Set([...known, ...named.map((cte) => at(cte, 'CommonTableExpr', 'ctename') as string)]);
    const target = kind === 'InsertStmt' ? [] : placesIn(statement['relation'], ctes);
    const from = [...target, ...placesIn(statement['fromClause'], ctes), ...placesIn(statement['usingClause'], ctes)];
    const scope: Scope = { places: from, outer };
    all.push(...from);
    if (kind === 'InsertStmt') insertion(statement);
    for (const join of joinsIn(statement['fromClause'])) {
      const using = join['usingClause'];
      const [left, right] = [placesIn(join['larg'], ctes)[0], placesIn(join['rarg'], ctes)[0]];
      const mine = (place?: Place) => from.find((each) => each.alias === place?.alias);
      if (isWorkspace(using)) bind(mine(left), mine(right));
    }
    for (const [name, child] of Object.entries(statement)) if (name !== 'relation') walk(child, scope, ctes);
    // A union keeps its halves without a wrapper.
    for (const half of ['larg', 'rarg']) if (isTree(statement[half])) enter('SelectStmt', statement[half], outer, ctes);
  }

  /** A row that is written names its workspace, and collides within it. */
  function insertion(statement: Tree): void {
    const name = at(statement, 'relation', 'relname') as string;
    if (!tenants.includes(name) || at(statement, 'relation', 'schemaname') !== undefined) return;
    const written: Place = { name, alias: name, isTenant: true };
    all.push(written);
    const inferred = at(statement, 'onConflictClause', 'infer');
    const key = name === 'workspace' ? '"id"' : '"workspace_id"';
    const names = (part: unknown) => JSON.stringify(part ?? null).includes(key);
    if (names(statement['cols']) && (inferred === undefined || names(inferred))) bind(written, '$0');
  }

  function joinsIn(node: unknown): Tree[] {
    if (Array.isArray(node)) return node.flatMap(joinsIn);
    const join = at(node, 'JoinExpr');
    return isTree(join) ? [join, ...joinsIn(join['larg']), ...joinsIn(join['rarg'])] : [];
  }

  for (const { stmt } of (pgQuery.parseSync(text) as { stmts: { stmt: unknown }[] }).stmts) {
    walk(stmt, undefined, new Set());
  }
  worlds.delete('$0');
  const isBound = (place: Place, seen: ReadonlySet<Place> = new Set()): boolean =>
    [...(bonds.get(place) ?? [])].some((end) =>
      typeof end === 'object'
        ? !end.isTenant || (!seen.has(end) && isBound(end, new Set([...seen, place])))
        : end !== undefined,
    );
  return {
    unbound: all.filter((place) => place.isTenant && !isBound(place)).map(({ name }) => name),
    shared,
    worlds: worlds.size,
    isBatch,
  };
}
