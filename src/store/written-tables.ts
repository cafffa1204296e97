// Which tables a statement changes, told from the tree that Kysely compiles it from: nobody has to remember to say it.

import { type OperationNode, type RootOperationNode, TableNode } from 'kysely';
import { assert } from '../base/assert.ts';
import { isKeyOf, tableKeys } from '../base/table.ts';
import { PRIMARY_KEYS, type TableName } from './schema.ts';

export const ALL_TABLES: readonly TableName[] = tableKeys(PRIMARY_KEYS);

/** Where rows go together with those that they refer to (`ON DELETE CASCADE`). */
export const CASCADES: Partial<Record<TableName, readonly TableName[]>> = {
  principals: ['credentials', 'bindings'],
  secrets: ['contained_secrets'],
  containers: ['contained_secrets'],
  access_lists: ['access_list_principals'],
};

const NONE: readonly TableName[] = [];

/** Undefined where it cannot be told: then it may be any. */
export function tablesWrittenBy(statement: RootOperationNode): readonly TableName[] | undefined {
  switch (statement.kind) {
    case 'SelectQueryNode':
      return NONE;
    case 'InsertQueryNode':
      return [tableOf(statement.into)];
    case 'UpdateQueryNode':
      return [tableOf(statement.table)];
    case 'DeleteQueryNode': {
      const table = tableOf(...statement.from.froms);
      return [table, ...(CASCADES[table] ?? NONE)];
    }
    default:
      return undefined;
  }
}

function tableOf(...nodes: readonly (OperationNode | undefined)[]): TableName {
  const [node] = nodes;
  assert(
    node !== undefined && TableNode.is(node) && nodes.length === 1,
    'a statement changes one table, which it names',
  );
  const { name } = node.table.identifier;
  assert(isKeyOf(PRIMARY_KEYS, name), 'a table that is changed is one of the schema');
  return name;
}
