// Import (KMIP 1.4 section 4.42, 2.1 section 6.1.27): an object under the identity that it had here or elsewhere, with the attributes that it
// had. What the server itself knows of an object (its digest, its dates, who may take it out) is told by what is here now.

import { compromiseKey } from '../../../core/operations/keys/compromise-key.ts';
import { destroyKey } from '../../../core/operations/keys/destroy-key.ts';
import { KmsError } from '../../../domain/errors.ts';
import { read, readItem, type StructureReader, type ValueName } from '../../../wire/ttlv/index.ts';
import { attributeRow } from '../attributes/table.ts';
import { attributeReader, type GivenValue, readAttributesOf } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { created, identifierOf } from '../identifier.ts';
import { hasOwnTags } from '../names.ts';
import { mergedAttributes, readBrought, typeOfBrought } from '../objects/brought.ts';
import { findStored, performIn, selectorOf } from '../objects/find.ts';
import { type Identity, importObject } from '../objects/import-object.ts';
import { asSupplied, lastChangeToKeep } from '../objects/imported.ts';
import type { ManagedObject } from '../objects/object.ts';
import { type ObjectPlan, planObject } from '../objects/plan.ts';
import { operation } from '../operation.ts';
import { inOne, type KmipRequest } from '../request.ts';
import type { State } from '../words.ts';
import { openBrought } from '../wrapping/open-wrapped.ts';
import { DESTRUCTIBLE, revocationReader } from './life.ts';

export const IMPORT = operation({
  since: '1.4',
  decode(payload, request) {
    const { version } = request;
    const id = identifierOf(payload.one('UniqueIdentifier', read.item), request);
    // A message of 1.4 has no field for it; some clients send one.
    const isStated = hasOwnTags(version) || payload.has('ObjectType');
    const objectType = isStated
      ? payload.one('ObjectType', read.enumeration('ObjectType'))
      : typeOfBrought(payload);
    const replaces = payload.optional('ReplaceExisting', read.boolean) ?? false;
    // What is wrapped is opened where its wrapping key may, and can be had as it came: whichever of both is named.
    payload.optional('KeyWrapType', read.enumeration('KeyWrapType'));
    const given = readGiven(payload, request);
    return { id, replaces, given, brought: readBrought(payload, objectType, version) };
  },

  async run(request, { id, replaces, given, brought: closed }) {
    const before = await findExisting(request, id);
    if (before !== undefined && !replaces) throw refusal('objectAlreadyExists');
    const brought = await openBrought(request, closed);
    const attributes = mergedAttributes(given, brought.block.attributes);
    const state = stateOf(attributes);
    const ofClient = attributes.filter(isOfClient);
    const planned = await planObject(request, brought.objectType, ofClient, 'imported');
    const now = request.kms.clock.now();
    const plan = asSupplied(inState(request, planned, state), attributes, now);
    const identity: Identity = { id, isAgain: before !== undefined };
    // What is destroyed for its replacement comes back where that one is refused, and what was compromised protects nothing in between.
    await inOne(request, async together => {
      const revision = 1 + (before === undefined ? 0 : await revisionDestroyed(together, before));
      const kept = { ...plan.kept, ...lastChangeToKeep(attributes, revision, now) };
      await importObject(together, brought, { ...plan, kept }, identity);
      if (state === 'Compromised') await compromise(together, id, attributes);
    });
    return [created(request, 'Import', id)];
  },
});

function readGiven(payload: StructureReader, { version }: KmipRequest): readonly GivenValue[] {
  if (hasOwnTags(version)) return readAttributesOf(payload, version);
  const template = readAttributesOf(payload, version);
  return [...template, ...payload.many('Attribute', attributeReader(version))];
}

/** The others are stated again by the server, of the object as it is here. */
function isOfClient({ name }: GivenValue): boolean {
  return attributeRow(name).init === 'client';
}

async function findExisting(request: KmipRequest, id: string): Promise<ManagedObject | undefined> {
  try {
    return await findStored(request, id);
  } catch (thrown) {
    if (thrown instanceof KmsError && thrown.code === 'notFound') return undefined;
    throw thrown;
  }
}

function stateOf(given: readonly GivenValue[]): State | undefined {
  const state = given.find(({ name }) => name === 'State');
  return state === undefined ? undefined : readItem(state.item, read.enumeration('State'));
}

const SECOND_MS = 1_000;

/** An object that was over elsewhere is over here: from the next second on. Throws `invalidField` for one that was destroyed. */
function inState(request: KmipRequest, plan: ObjectPlan, state: State | undefined): ObjectPlan {
  const { activateAt, deactivateAt } = plan.key;
  const now = request.kms.clock.now();
  const isOver = state === 'Deactivated' || (deactivateAt !== undefined && deactivateAt <= now);
  if (state === 'Destroyed' || state === 'DestroyedCompromised')
    throw refusal('invalidField', 'A destroyed object has nothing to be imported.');
  const hasBegun: readonly ValueName<'State'>[] = ['Active', 'Deactivated', 'Compromised'];
  const begins = activateAt !== undefined || (state !== undefined && hasBegun.includes(state));
  return {
    ...plan,
    key: {
      ...plan.key,
      state: begins ? undefined : plan.key.state,
      deactivateAt: isOver ? now + SECOND_MS : deactivateAt,
    },
  };
}

/** What is replaced goes as by Destroy: an active object is deactivated first. The revision of its key then. */
async function revisionDestroyed(request: KmipRequest, { key }: ManagedObject): Promise<number> {
  if (key.state === 'destroyed') return key.revision;
  const input = { key: selectorOf(key.id) };
  const { key: destroyed } = await performIn(request, destroyKey, DESTRUCTIBLE, input);
  return destroyed.revision;
}

/** As it is told of the object, where that is told. */
async function compromise(request: KmipRequest, id: string, given: readonly GivenValue[]): Promise<void> {
  const itemOf = (wanted: GivenValue['name']) => given.find(({ name }) => name === wanted)?.item;
  const [why, since] = [itemOf('RevocationReason'), itemOf('CompromiseOccurrenceDate')];
  const { reason = 'keyCompromise', message } = why === undefined ? {} : readItem(why, revocationReader);
  const input = {
    key: selectorOf(id),
    reason: reason === 'caCompromise' ? reason : 'keyCompromise',
    message,
    occurredAt: since && readItem(since, read.dateTime) * SECOND_MS,
  } as const;
  await performIn(request, compromiseKey, ['PreActive', 'Active', 'Deactivated'], input);
}
