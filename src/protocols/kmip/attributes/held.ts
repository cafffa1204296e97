// The attributes that an object has, whether its key tells them or the facet keeps them.

import { make, read, StructureReader } from '../../../wire/ttlv/index.ts';
import { type Instance, instancesOf, type ManagedObject } from '../objects/object.ts';
import { DEFAULT_POLICY } from '../objects/operation-policy.ts';
import type { KmipRequest } from '../request.ts';
import { secondsOf } from '../words.ts';
import { digestsOf, mayHaveDigest } from './digest.ts';
import { linksOfCore } from './links.ts';
import { KEY_ATTRIBUTES, type KeyAttribute } from './of-key.ts';
import { isShownBy, isView, keptAs, nameField } from './plain-forms.ts';
import { ATTRIBUTES, type AttributeName, isAttributeIn, isStandard, STANDARD_ATTRIBUTES } from './table.ts';
import { type HeldValue, isSameField } from './values.ts';

/** A template has no life, and nothing to hide. */
const NOT_OF_TEMPLATES: ReadonlySet<AttributeName> = new Set<AttributeName>([
  'State',
  'LeaseTime',
  'Sensitive',
  'AlwaysSensitive',
  'Extractable',
  'NeverExtractable',
]);

/** The values of one attribute, but for digests; none where the object does not have it. */
export function heldValues(object: ManagedObject, name: AttributeName): readonly HeldValue[] {
  if (name === 'Digest' || (object.facts.objectType === 'Template' && NOT_OF_TEMPLATES.has(name))) return [];
  if (isView(name)) return heldValues(object, keptAs(name)).filter(({ field }) => isShownBy(name, field));
  if (isKeyAttribute(name)) {
    const field = KEY_ATTRIBUTES[name](object);
    return field === undefined ? [] : [{ name, index: 0, field }];
  }
  const kept = instancesOf(object, name).map(instance => ({
    name,
    index: instance.index,
    field: make.copy(instance.item),
  }));
  if (name === 'OriginalCreationDate' && kept.length === 0)
    return object.key.origin === 'generated' ? [createdHere(object)] : [];
  if (name === 'OperationPolicyName' && kept.length === 0) return [ofEveryObject];
  if (name === 'Link') return linked(object, kept);
  return name === 'Name' ? reconciled(object, kept) : kept;
}

/** The policy of objects that are made without one (KMIP 1.4 section 3.18.2). */
const ofEveryObject: HeldValue = {
  name: 'OperationPolicyName',
  index: 0,
  field: make.textString('OperationPolicyName', DEFAULT_POLICY),
  isDefault: true,
};

/** An object whose material was made here was created then; of others their owners say it, or nobody. */
function createdHere({ key }: ManagedObject): HeldValue {
  const field = make.dateTime('OriginalCreationDate', secondsOf(key.createdAt));
  return { name: 'OriginalCreationDate', index: 0, field };
}

function isKeyAttribute(name: AttributeName): name is KeyAttribute {
  return isStandard(name) && ATTRIBUTES[name].kept === 'key' && name !== 'Digest';
}

/** Names are made and taken away by other protocols too: what the core says counts, while the key has names. */
function reconciled(object: ManagedObject, kept: readonly HeldValue[]): readonly HeldValue[] {
  if (object.key.state === 'destroyed') return kept;
  const texts = new Map(instancesOf(object, 'Name').map(instance => [instance.index, nameText(instance)]));
  const current = new Set(object.names.map(({ text }) => text));
  const shown = kept.filter(({ index }) => current.has(texts.get(index) ?? ''));
  const known = new Set(texts.values());
  let next = Math.max(-1, ...kept.map(({ index }) => index));
  const others = object.names
    .filter(({ text }) => !known.has(text))
    .map(({ text }) => {
      next += 1;
      return { name: 'Name', index: next, field: nameField(text) } as const;
    });
  return [...shown, ...others];
}

/** Links that clients have set, and behind them those that the core has made. */
function linked(object: ManagedObject, kept: readonly HeldValue[]): readonly HeldValue[] {
  const first = 1 + Math.max(-1, ...kept.map(({ index }) => index));
  const others = linksOfCore(object).filter(own => !kept.some(({ field }) => isSameField(field, own)));
  return [...kept, ...others.map((field, at) => ({ name: 'Link', index: first + at, field }) as const)];
}

function nameText({ item }: Pick<Instance, 'item'>): string {
  return new StructureReader(item).one('NameValue', read.textString);
}

/** Every attribute that the object has and the version knows, in the order of the table. */
export function namesHeld(
  object: ManagedObject,
  request: Pick<KmipRequest, 'version'>,
): readonly AttributeName[] {
  const custom = Object.keys(object.facet).filter(name => name.includes('-')) as AttributeName[];
  const known = [...STANDARD_ATTRIBUTES, ...custom].filter(name => isAttributeIn(request.version, name));
  return known.filter(name =>
    name === 'Digest' ? mayHaveDigest(object) : heldValues(object, name).length > 0,
  );
}

/** The values of one attribute, digests included where the caller may see it. */
export async function valuesOf(
  request: KmipRequest,
  object: ManagedObject,
  name: AttributeName,
): Promise<readonly HeldValue[]> {
  if (name !== 'Digest') return heldValues(object, name);
  return (await digestsOf(request, object)).map((field, index) => ({ name, index, field }));
}
