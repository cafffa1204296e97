// Keys and their versions. `findWithVersion` is the read of nearly every operation.

import type { StoreReads, StoreTransaction } from '../../core/ports/store.ts';
import type { KeyWithVersion } from '../../domain/key.ts';
import { changeOne, findOne, insertOne, reviseOne } from '../outcomes.ts';
import { afterNumber, pageOf, rowsFor } from '../paging.ts';
import { argument, argumentsOf, type QueryBuilder } from '../query.ts';
import type { ReadSession, Row, Session } from '../session.ts';
import { keyLists } from './key-lists.ts';
import {
  KEY_COLUMNS,
  keyFromRow,
  rowOfKey,
  rowOfVersion,
  VERSION_COLUMNS,
  versionFromRow,
} from './key-rows.ts';
import { PROJECT_COLUMNS, projectFromRow } from './projects.ts';

function keyWithVersionFromRow(row: Row): KeyWithVersion {
  return {
    key: keyFromRow(row),
    version: versionFromRow(row, KEY_COLUMNS.length),
    project: projectFromRow(row, KEY_COLUMNS.length + VERSION_COLUMNS.length),
  };
}

export function keyRepository(query: QueryBuilder) {
  const { db } = query;
  const lists = keyLists(query);
  const find = query.prepare(db.selectFrom('keys').select(KEY_COLUMNS).where('id', '=', argument(0)));

  // Columns are told apart by their place alone, so that their names may repeat.
  const withProject = db
    .selectFrom('keys')
    .innerJoin('key_versions', 'key_versions.key_id', 'keys.id')
    .innerJoin('projects', 'projects.id', 'keys.project_id')
    .select(KEY_COLUMNS.map(column => `keys.${column}` as const))
    .select(VERSION_COLUMNS.map(column => `key_versions.${column}` as const))
    .select(PROJECT_COLUMNS.map(column => `projects.${column}` as const))
    .where('keys.id', '=', argument(0));
  const findWithPrimary = query.prepare(
    withProject.whereRef('key_versions.number', '=', 'keys.primary_version'),
  );
  const findWithVersion = query.prepare(withProject.where('key_versions.number', '=', argument(1)));

  const versions = query.prepare(
    db
      .selectFrom('key_versions')
      .select(VERSION_COLUMNS)
      .where('key_id', '=', argument(0))
      .where('number', '>', argument(1))
      .orderBy('number')
      .limit(argument<number>(2)),
  );

  const insertKey = query.insert('keys', [...KEY_COLUMNS, 'kind']);
  const insertVersion = query.insert('key_versions', VERSION_COLUMNS);
  const value = argumentsOf(KEY_COLUMNS);
  const update = query.prepare(
    db
      .updateTable('keys')
      .set(row => ({
        key_ring_id: value('key_ring_id'),
        location: value('location'),
        algorithm: value('algorithm'),
        usages: value('usages'),
        origin: value('origin'),
        exportable: value('exportable'),
        wrapped_only: value('wrapped_only'),
        service_owner: value('service_owner'),
        label: value('label'),
        description: value('description'),
        tags: value('tags'),
        state: value('state'),
        activate_at: value('activate_at'),
        deactivate_at: value('deactivate_at'),
        suspended_at: value('suspended_at'),
        primary_version: value('primary_version'),
        latest_version: value('latest_version'),
        rotation_period_ms: value('rotation_period_ms'),
        rotation_next_at: value('rotation_next_at'),
        rotated_at: value('rotated_at'),
        destroy_at: value('destroy_at'),
        destruction_requested_at: value('destruction_requested_at'),
        destruction_requested_by: value('destruction_requested_by'),
        state_before_destruction: value('state_before_destruction'),
        dual_control: value('dual_control'),
        process_start_at: value('process_start_at'),
        protect_stop_at: value('protect_stop_at'),
        revocation: value('revocation'),
        usage_unit: value('usage_unit'),
        usage_total: value('usage_total'),
        usage_left: value('usage_left'),
        archived_at: value('archived_at'),
        replace_at: value('replace_at'),
        replace_by: value('replace_by'),
        updated_at: value('updated_at'),
        revision: row('revision', '+', 1),
      }))
      .where('id', '=', value('id'))
      .where('revision', '=', value('revision')),
  );
  // No revision: it counts what was changed of the key, and a use changes nothing that a change could be made from.
  const spendUsage = query.prepare(
    db
      .updateTable('keys')
      .set(row => ({ usage_left: row('usage_left', '-', argument<number>(2)) }))
      .where('id', '=', argument(0))
      .where('usage_unit', '=', argument(1))
      .where('usage_left', '>=', argument(2)),
  );
  const part = argumentsOf(VERSION_COLUMNS);
  const updateVersion = query.prepare(
    db
      .updateTable('key_versions')
      .set({
        state: part('state'),
        material_id: part('material_id'),
        material_bytes: part('material_bytes'),
        wrapped: part('wrapped'),
        public_key: part('public_key'),
        destroyed_at: part('destroyed_at'),
      })
      .where('key_id', '=', part('key_id'))
      .where('number', '=', part('number')),
  );

  const reads = (session: ReadSession): StoreReads['keys'] => ({
    find: id => findOne(session, find, [id], keyFromRow),
    findWithVersion: (id, version) =>
      version === undefined
        ? findOne(session, findWithPrimary, [id], keyWithVersionFromRow)
        : findOne(session, findWithVersion, [id, version], keyWithVersionFromRow),
    versions: async (keyId, page) => {
      const rows = await session.rows(versions, [keyId, afterNumber(page), rowsFor(page)]);
      return pageOf(rows, page, versionFromRow, version => String(version.number));
    },
    list: async (filter, page) =>
      pageOf(await lists.list(session, filter, page), page, keyFromRow, key => key.id),
    dueForRotation: async (at, limit) =>
      (await lists.dueForRotation(session, at, limit)).map(row => keyFromRow(row)),
    dueForReplacement: async (at, limit) =>
      (await lists.dueForReplacement(session, at, limit)).map(row => keyFromRow(row)),
    dueForActivation: async (at, limit) =>
      (await lists.dueForActivation(session, at, limit)).map(row => keyFromRow(row)),
    dueForDeactivation: async (at, limit) =>
      (await lists.dueForDeactivation(session, at, limit)).map(row => keyFromRow(row)),
    dueForDestruction: async (at, limit) =>
      (await lists.dueForDestruction(session, at, limit)).map(row => keyFromRow(row)),
  });
  const writes = (session: Session): StoreTransaction['keys'] => ({
    ...reads(session),
    insert: async (key, version, kind = key.algorithm) => {
      await insertOne(session, insertKey, [...rowOfKey(key), kind], 'key');
      await insertOne(session, insertVersion, rowOfVersion(version), 'key version');
    },
    update: key => reviseOne(session, update, rowOfKey(key), 'key', () => reads(session).find(key.id)),
    spendUsage: async (id, unit, amount) => (await session.run(spendUsage, [id, unit, amount])) > 0,
    insertVersion: version => insertOne(session, insertVersion, rowOfVersion(version), 'key version'),
    updateVersion: version => changeOne(session, updateVersion, rowOfVersion(version), 'key version'),
  });
  return { reads, writes };
}
