// Credentials. `findHolder` is the read of every authentication, by id for tokens.

import { assert } from '../../base/assert.ts';
import { canonicalJson } from '../../base/canonical-json.ts';
import { isKeyOf } from '../../base/table.ts';
import type { StoreReads, StoreTransaction } from '../../core/ports/store.ts';
import { ROLES } from '../../domain/permission.ts';
import type {
  ApplicationFacts,
  Credential,
  CredentialHolder,
  CredentialKind,
} from '../../domain/principal.ts';
import { bytes, flag, integer, oneOf, optionalInteger, text } from '../columns.ts';
import { changeOne, findOne, insertOne } from '../outcomes.ts';
import { argument, type QueryBuilder } from '../query.ts';
import type { ReadSession, Row, Session } from '../session.ts';
import { PRINCIPAL_COLUMNS, principalFromRow } from './principals.ts';

const COLUMNS = [
  'id',
  'principal_id',
  'kind',
  'lookup',
  'verifier',
  'enabled',
  'created_at',
  'expires_at',
  'application',
] as const;

const KINDS = {
  apiKey: true,
  accessKeyPair: true,
  certificate: true,
  password: true,
  applicationCredential: true,
} as const satisfies Record<CredentialKind, true>;

function fromRow(row: Row): Credential {
  return {
    id: text(row[0]),
    principalId: text(row[1]),
    kind: oneOf(KINDS, row[2]),
    lookup: text(row[3]),
    verifier: bytes(row[4]),
    enabled: flag(row[5]),
    createdAt: integer(row[6]),
    expiresAt: optionalInteger(row[7]),
    ...(row[8] !== null && { application: applicationOf(text(row[8])) }),
  };
}

/** Written by {@link rowOf} alone. */
function applicationOf(stored: string): ApplicationFacts {
  const facts = JSON.parse(stored) as ApplicationFacts;
  assert(
    facts.roles.every(role => isKeyOf(ROLES, role)),
    'an application credential has roles of the closed list',
  );
  return facts;
}

function rowOf(credential: Credential): Row {
  const { id, principalId, kind, lookup, verifier, enabled, createdAt, expiresAt, application } = credential;
  const facts = application === undefined ? null : canonicalJson({ ...application });
  return [id, principalId, kind, lookup, verifier, Number(enabled), createdAt, expiresAt ?? null, facts];
}

function holderFromRow(row: Row): CredentialHolder {
  const enabled = row[COLUMNS.length + PRINCIPAL_COLUMNS.length];
  return {
    credential: fromRow(row),
    principal: principalFromRow(row, COLUMNS.length),
    // A principal of the system has no project that could be disabled.
    projectEnabled: enabled === null ? true : flag(enabled),
  };
}

export function credentialRepository(query: QueryBuilder) {
  const { db } = query;
  const select = db.selectFrom('credentials').select(COLUMNS);
  const find = query.prepare(select.where('id', '=', argument(0)));
  const holders = db
    .selectFrom('credentials')
    .innerJoin('principals', 'principals.id', 'credentials.principal_id')
    .leftJoin('projects', 'projects.id', 'principals.project_id')
    .select(COLUMNS.map(column => `credentials.${column}` as const))
    .select(PRINCIPAL_COLUMNS.map(column => `principals.${column}` as const))
    .select('projects.enabled');
  const findHolder = query.prepare(
    holders.where('credentials.lookup', '=', argument(0)).where('credentials.kind', '=', argument(1)),
  );
  const findHolderById = query.prepare(holders.where('credentials.id', '=', argument(0)));
  const list = query.prepare(select.where('principal_id', '=', argument(0)).orderBy('id'));
  const insert = query.insert('credentials', COLUMNS);
  const setEnabled = query.prepare(
    db
      .updateTable('credentials')
      .set({ enabled: argument(1) })
      .where('id', '=', argument(0)),
  );
  const remove = query.prepare(db.deleteFrom('credentials').where('id', '=', argument(0)));

  const reads = (session: ReadSession): StoreReads['credentials'] => ({
    find: id => findOne(session, find, [id], fromRow),
    findHolder: (kind, lookup) => findOne(session, findHolder, [lookup, kind], holderFromRow),
    findHolderById: id => findOne(session, findHolderById, [id], holderFromRow),
    list: async principalId => (await session.rows(list, [principalId])).map(row => fromRow(row)),
  });
  const writes = (session: Session): StoreTransaction['credentials'] => ({
    ...reads(session),
    insert: credential => insertOne(session, insert, rowOf(credential), 'credential'),
    setEnabled: (id, enabled) => changeOne(session, setEnabled, [id, Number(enabled)], 'credential'),
    delete: id => changeOne(session, remove, [id], 'credential'),
  });
  return { reads, writes };
}
