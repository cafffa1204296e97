// The Unique Identifier of a request: a text, or what stands for one in a batch (KMIP 1.4 section 4, 2.1 section 9.13 and 11.60).

import {
  make,
  type StructureReader,
  type TtlvField,
  type TtlvItem,
  valueName,
  viewOf,
} from '../../wire/ttlv/index.ts';
import type { GivenValue } from './attributes/values.ts';
import { dialectOf } from './dialects.ts';
import { refusal } from './faults.ts';
import { identifierField } from './identifier-form.ts';
import type { KmipRequest, OperationName } from './request.ts';

const IDENTIFIER = {
  types: ['TextString', 'Identifier', 'Reference', 'Enumeration', 'Integer'],
  take: (item: TtlvItem) => item,
} as const;

/** Left out it is the ID Placeholder, where the version implies it. Throws `emptyPlaceholder` where that is empty, and `missingData`. */
export function readIdentifier(
  fields: StructureReader,
  request: KmipRequest,
  tag: 'UniqueIdentifier' | 'PrivateKeyUniqueIdentifier' = 'UniqueIdentifier',
): string {
  const item = fields.optional(tag, IDENTIFIER);
  if (item !== undefined) return identifierOf(item, request);
  if (dialectOf(request.version).impliesPlaceholder) return placeholder(request);
  throw refusal('missingData', `${tag} is required.`);
}

/** As many as a key has parts at the most. */
const IDENTIFIERS_MAX = 255;

/** One or more, in their order. Throws `missingData` for none, `invalidField` for too many, and `emptyPlaceholder`. */
export function readIdentifiers(fields: StructureReader, request: KmipRequest): readonly string[] {
  const items = fields.many('UniqueIdentifier', IDENTIFIER);
  if (items.length === 0) throw refusal('missingData', 'A Unique Identifier is required.');
  if (items.length > IDENTIFIERS_MAX)
    throw refusal('invalidField', `A request names at most ${IDENTIFIERS_MAX} objects.`);
  return items.map(item => identifierOf(item, request));
}

/** What an identifier stands for. Throws `emptyPlaceholder` for a result that is not there. */
export function identifierOf(item: TtlvItem, request: KmipRequest): string {
  const { identifiers } = dialectOf(request.version);
  if (item.type === 'TextString' || item.type === identifiers) return item.text;
  if (item.type === 'Reference' && identifiers === 'Identifier') return item.text;
  if (request.version < '2.0') throw refusal('invalidMessage', `${item.path}: must be a TextString`);
  if (item.type === 'Integer') return answeredAt(request, item.int32);
  const name = valueName('UniqueIdentifier', item.uint32);
  if (name === 'IDPlaceholder') return placeholder(request);
  const { operation: answering, at } = OF_PAIRS[name ?? ''] ?? { operation: name, at: 0 };
  const latest = request.memory.answered.findLast(({ operation }) => operation === answering);
  return required(latest?.ids[at]);
}

interface OfPair {
  readonly operation: OperationName;
  readonly at: 0 | 1;
}

/** What names one of both keys of a pair. */
const OF_PAIRS: Readonly<Record<string, OfPair>> = {
  CreateKeyPairPrivateKey: { operation: 'CreateKeyPair', at: 0 },
  CreateKeyPairPublicKey: { operation: 'CreateKeyPair', at: 1 },
  ReKeyKeyPairPrivateKey: { operation: 'ReKeyKeyPair', at: 0 },
  ReKeyKeyPairPublicKey: { operation: 'ReKeyKeyPair', at: 1 },
};

function placeholder({ memory }: KmipRequest): string {
  return required(memory.placeholder);
}

/** The n-th id that the items of this message have answered with so far; a negative number counts from the latest. */
function answeredAt({ memory }: KmipRequest, index: number): string {
  const all = memory.answered.flatMap(({ ids }) => ids);
  return required(all.at(index));
}

function required(id: string | undefined): string {
  if (id === undefined || id === '') throw refusal('emptyPlaceholder');
  return id;
}

/** A value of a Link as it is kept: what it leads to is named by its id, whatever stands for that in the request. */
export function withIdentifier(request: KmipRequest, given: GivenValue): GivenValue {
  if (given.name !== 'Link') return given;
  const fields = given.item.children.map(child =>
    child.name === 'LinkedObjectIdentifier' && child.type !== 'TextString'
      ? make.textString('LinkedObjectIdentifier', identifierOf(child, request))
      : make.copy(child),
  );
  return { ...given, item: viewOf(make.structure('Link', fields)) };
}

/** The id that an operation answers with, which later items may mean without naming it. */
export function answered(request: KmipRequest, operation: OperationName, id: string): TtlvField {
  request.memory.answered.push({ operation, ids: [id] });
  return identifierField(request.version, 'UniqueIdentifier', id);
}

/** The same for a new object, which the ID Placeholder then means. */
export function created(request: KmipRequest, operation: OperationName, id: string): TtlvField {
  request.memory.placeholder = id;
  return answered(request, operation, id);
}

/** Both ids of a new pair; the ID Placeholder then means the private key. */
export function createdPair(
  request: KmipRequest,
  operation: OperationName,
  privateId: string,
  publicId: string,
): readonly TtlvField[] {
  request.memory.placeholder = privateId;
  request.memory.answered.push({ operation, ids: [privateId, publicId] });
  return [
    identifierField(request.version, 'PrivateKeyUniqueIdentifier', privateId),
    identifierField(request.version, 'PublicKeyUniqueIdentifier', publicId),
  ];
}
