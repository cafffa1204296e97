// Changes of one attribute: in the core where the key tells it, in the facet where it is kept, and for names in both.

import { must } from '../../../base/assert.ts';
import { planCryptoperiod } from '../../../core/operations/keys/plan-cryptoperiod.ts';
import { restrictExport } from '../../../core/operations/keys/restrict-export.ts';
import { scheduleReplacement, updateKey } from '../../../core/operations/keys/update-key.ts';
import { limitUsage, type NewUsageLimit } from '../../../core/operations/keys/usage-limit.ts';
import { createName, deleteName } from '../../../core/operations/names/names.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import {
  read,
  readItem,
  readTtlv,
  StructureReader,
  type TtlvField,
  viewOf,
  writeTtlv,
} from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { namespaceOf } from '../names.ts';
import { attributeToKeep, facetOf, factsToKeep, proven } from '../objects/facet.ts';
import { selectorOf } from '../objects/find.ts';
import { instancesOf, type ManagedObject } from '../objects/object.ts';
import { requireKnownPolicy } from '../objects/operation-policy.ts';
import { requireQuantumSafe } from '../objects/quantum-safe.ts';
import { rotationWith } from '../objects/rotation.ts';
import { type KmipRequest, perform } from '../request.ts';
import { USAGE_UNITS } from '../words.ts';
import { heldValues } from './held.ts';
import { isLinkOfCore, unlink } from './links.ts';
import { isExtractable, isSensitive } from './of-key.ts';
import { type AttributeName, attributeRow } from './table.ts';
import { fieldOf, type GivenValue, type HeldValue } from './values.ts';

/** The value as it is kept: a copy, since the message's bytes are wiped. */
export async function addValue(
  request: KmipRequest,
  object: ManagedObject,
  given: GivenValue,
): Promise<HeldValue> {
  const { name } = given;
  const row = attributeRow(name);
  const held = heldValues(object, name).filter(({ isDefault }) => !isDefault);
  if (row.init !== 'client' || (row.kept === 'key' && !row.modify)) throw refusal('readOnlyAttribute');
  requireTrue(object, given);
  if (held.length > 0 && !row.multiple) throw refusal('attributeSingleValued');
  const value: HeldValue = { name, index: nextIndex(object, held, name), field: fieldOf(given) };
  if (row.kept === 'key') return setOnKey(request, object, given);
  if (name === 'Name') await nameKey(request, object, nameOf(given));
  await keep(request, object, name, [...held, value]);
  return value;
}

/** What a client says of an object must hold of it. */
function requireTrue({ facts }: ManagedObject, given: GivenValue): void {
  const { name, item } = given;
  requireKnownPolicy(given);
  if (name === 'QuantumSafe' && readItem(item, read.boolean))
    requireQuantumSafe(facts.algorithm, facts.length);
}

/** An index is not given a second time while any higher one is there. */
function nextIndex(object: ManagedObject, held: readonly HeldValue[], name: AttributeName): number {
  return (
    1 +
    Math.max(-1, ...held.map(({ index }) => index), ...instancesOf(object, name).map(({ index }) => index))
  );
}

/** Puts a value in the place of one that is there. */
export async function replaceValue(
  request: KmipRequest,
  object: ManagedObject,
  old: HeldValue,
  given: GivenValue,
): Promise<HeldValue> {
  const { name } = given;
  const row = attributeRow(name);
  if (!row.modify) throw refusal('attributeReadOnly');
  requireTrue(object, given);
  const value: HeldValue = { name, index: old.index, field: fieldOf(given) };
  if (row.kept === 'key') return setOnKey(request, object, given);
  if (name === 'Name' && nameOfField(old.field) !== nameOf(given)) {
    await nameKey(request, object, nameOf(given));
    await unnameKey(request, nameOfField(old.field));
  }
  if (name === 'Link') await unlink(request, object, old.field);
  const others = heldValues(object, name).filter(({ index }) => index !== old.index);
  await keep(request, object, name, [...others, value]);
  return value;
}

export async function removeValues(
  request: KmipRequest,
  object: ManagedObject,
  name: AttributeName,
  removed: readonly HeldValue[],
): Promise<void> {
  if (!attributeRow(name).remove) throw refusal('attributeReadOnly');
  if (name === 'UsageLimits') return void (await setLimit(request, object, undefined));
  if (name === 'Name') for (const { field } of removed) await unnameKey(request, nameOfField(field));
  if (name === 'Link') for (const { field } of removed) await unlink(request, object, field);
  const gone = new Set(removed.map(({ index }) => index));
  await keep(
    request,
    object,
    name,
    heldValues(object, name).filter(({ index }) => !gone.has(index)),
  );
}

async function keep(
  request: KmipRequest,
  object: ManagedObject,
  name: AttributeName,
  values: readonly HeldValue[],
): Promise<void> {
  if (name === 'RotateAutomatic' || name === 'RotateInterval') {
    const [value] = values;
    await perform(request, scheduleReplacement, {
      key: selectorOf(object.key.id),
      replacement: rotationWith(object, name, value && viewOf(value.field)),
      facet: facetOf({ ...attributeToKeep(name, values), ...proven('changedByCredential', request.context) }),
    });
    return;
  }
  const kept = name === 'Link' ? values.filter(({ field }) => !isLinkOfCore(object, field)) : values;
  await perform(request, updateKey, {
    key: selectorOf(object.key.id),
    facet: facetOf({ ...attributeToKeep(name, kept), ...proven('changedByCredential', request.context) }),
  });
}

async function nameKey(request: KmipRequest, { key }: ManagedObject, text: string): Promise<void> {
  await perform(request, createName, {
    key: selectorOf(key.id),
    namespace: namespaceOf(request.context),
    text,
  });
}

async function unnameKey(request: KmipRequest, text: string): Promise<void> {
  await perform(
    request,
    deleteName,
    { namespace: namespaceOf(request.context), text },
    { notFound: 'attributeInstanceNotFound' },
  );
}

function nameOf({ item }: GivenValue): string {
  return new StructureReader(item).one('NameValue', read.textString);
}

function nameOfField(field: TtlvField): string {
  return new StructureReader(readTtlv(writeTtlv(field))).one('NameValue', read.textString);
}

const PLANNED = {
  ActivationDate: 'activateAt',
  ProcessStartDate: 'processStartAt',
  ProtectStopDate: 'protectStopAt',
  DeactivationDate: 'deactivateAt',
} as const;

const MS = 1_000;

const RESTRICTIONS = {
  Sensitive: { to: true, leaves: 'wrapped', facts: { isSensitive: true, becameSensitive: true } },
  Extractable: { to: false, leaves: 'never', facts: { isExtractable: false, becameUnextractable: true } },
} as const;

/** There is a way in only: what may not leave any more is bound to the material. Throws `attributeReadOnly` for the way back. */
async function restrict(
  request: KmipRequest,
  object: ManagedObject,
  name: keyof typeof RESTRICTIONS,
  wanted: boolean,
): Promise<void> {
  const { to, leaves, facts } = RESTRICTIONS[name];
  const current = name === 'Sensitive' ? isSensitive(object) : isExtractable(object);
  if (wanted === current) return;
  if (wanted !== to) throw refusal('attributeReadOnly');
  const facet = facetOf(factsToKeep(facts));
  await perform(request, restrictExport, { key: selectorOf(object.key.id), leaves, facet });
}

/** The value as the key tells it then. */
async function setOnKey(request: KmipRequest, object: ManagedObject, given: GivenValue): Promise<HeldValue> {
  const { name, item } = given;
  if (name === 'Sensitive' || name === 'Extractable') {
    await restrict(request, object, name, readItem(item, read.boolean));
    return { name, index: 0, field: fieldOf(given) };
  }
  const { key } = await changeKey(request, object, given);
  const [value] = heldValues({ ...object, key }, given.name);
  return must(value, 'what was set is there');
}

/** Once something of a limit is used it stays as it is. */
function setLimit(
  request: KmipRequest,
  { key }: ManagedObject,
  limit: NewUsageLimit | undefined,
): Promise<KeyWithVersion> {
  return perform(request, limitUsage, { key: selectorOf(key.id), limit }, { conflict: 'attributeReadOnly' });
}

function changeKey(
  request: KmipRequest,
  object: ManagedObject,
  { name, item }: GivenValue,
): Promise<KeyWithVersion> {
  const selector = selectorOf(object.key.id);
  if (name === 'UsageLimits') {
    const fields = new StructureReader(item);
    const total = Number(fields.one('UsageLimitsTotal', read.longInteger));
    const unit = USAGE_UNITS[fields.one('UsageLimitsUnit', read.enumeration('UsageLimitsUnit'))];
    return setLimit(request, object, { total, unit });
  }
  const instant = must(
    PLANNED[name as keyof typeof PLANNED],
    'what the key tells and clients change is planned',
  );
  return perform(request, planCryptoperiod, { key: selector, [instant]: readItem(item, read.dateTime) * MS });
}
