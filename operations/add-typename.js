// Adds __typename below the root before an operation is hashed, where Apollo Client would add it: its cache needs the
// field, and a text that is changed later no longer has the hash under which it is published.
import { Kind, visit } from 'graphql';

const TYPENAME = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };
const isTypename = (selection) => selection.kind === Kind.FIELD && selection.name.value === '__typename';

export function transform({ documents }) {
  return documents.map((file) => ({ ...file, document: file.document && visit(file.document, { SelectionSet }) }));
}

function SelectionSet(node, _key, parent) {
  const ofObject = parent.kind === Kind.FIELD || parent.kind === Kind.FRAGMENT_DEFINITION;
  if (!ofObject || node.selections.some(isTypename)) return undefined;
  return { ...node, selections: [TYPENAME, ...node.selections] };
}
