// What Locate asks the store for: the kinds and marks (objects/facet-marks.ts) that every object has which is sought. Whether an object is one of them
// is said by match.ts; here none that is may be passed over.

import { isKeyOf } from '../../../base/table.ts';
import { KEY_ALGORITHMS } from '../../../domain/algorithms.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { enumerationValue, readTtlv, type TtlvItem, valueName, writeTtlv } from '../../../wire/ttlv/index.ts';
import { factsToKeep } from '../objects/facet.ts';
import {
  isMarked,
  type MarkedFact,
  markOfAny,
  marksOfValue,
  type ObjectKind,
  readKind,
} from '../objects/facet-marks.ts';
import { formatIn } from '../objects/forms/formats.ts';
import { factsOfKey } from '../objects/object.ts';
import type { Sought } from './match.ts';
import { type AttributeName, attributeRow, isStandard } from './table.ts';
import { fieldOf, type GivenValue } from './values.ts';

/** A sought object has at least one of each. */
export function soughtMarks(sought: Sought): readonly (readonly string[])[] {
  const marks = [...sought].flatMap(([name, wanted]) => (isMarked(name) ? marksOfAll(name, wanted) : []));
  return marks.slice(0, LIMITS.marksSoughtMax);
}

function marksOfAll(name: AttributeName, wanted: readonly GivenValue[]): readonly (readonly string[])[] {
  if (isByTime(wanted)) return [];
  return wanted
    .filter(({ item }) => item.type !== 'DateTime')
    .flatMap(value => marksOfValue(name, readTtlv(writeTtlv(fieldOf(value)))))
    .map(mark => [mark, markOfAny(name)]);
}

/** Instants may be the ends of a range, which an object without the attribute may be in. */
function isByTime([first]: readonly GivenValue[]): boolean {
  return first?.item.type === 'DateTime';
}

/** Whether objects of a kind may be sought; undefined where kinds do not tell. */
export function soughtKinds(sought: Sought): ((kind: string) => boolean) | undefined {
  const judges = [...sought].flatMap(([name, wanted]) => {
    const judge = isByTime(wanted) ? undefined : judgeOf(name, wanted);
    return judge === undefined ? [] : [judge];
  });
  if (judges.length === 0) return undefined;
  return kind => kindsOf(kind)?.some(each => judges.every(judge => judge(each))) ?? true;
}

/** Whether objects of the kind were brought with an Initial Date that is not that of their making here. */
export function suppliesInitialDate(kind: string): boolean {
  return readKind(kind)?.attributes?.has('InitialDate') ?? false;
}

/** What objects of the kind may be; undefined where nobody knows. */
function kindsOf(kind: string): readonly ObjectKind[] | undefined {
  const object = readKind(kind);
  if (object !== undefined) return [object];
  if (!isKeyOf(KEY_ALGORITHMS, kind)) return undefined;
  const { usages } = KEY_ALGORITHMS[kind];
  return [true, false].map(publicOnly => ({
    facts: factsToKeep(factsOfKey({ algorithm: kind, usages, publicOnly })) as ObjectKind['facts'],
    attributes: undefined,
  }));
}

type Judge = (kind: ObjectKind) => boolean;

const FACTS: Readonly<Partial<Record<AttributeName, MarkedFact>>> = {
  ObjectType: 'objectType',
  CryptographicAlgorithm: 'algorithm',
  CryptographicLength: 'length',
  CryptographicUsageMask: 'usageMask',
  KeyFormatType: 'keyFormat',
  CertificateType: 'certificateType',
  OpaqueDataType: 'opaqueDataType',
};

/** What is kept of these is not all that an object has. */
const SAID_OTHERWISE: ReadonlySet<AttributeName> = new Set<AttributeName>([
  'Name',
  'Link',
  'OperationPolicyName',
  'OriginalCreationDate',
]);

function judgeOf(name: AttributeName, wanted: readonly GivenValue[]): Judge | undefined {
  const fact = FACTS[name];
  if (fact !== undefined) {
    const numbers = wanted.map(({ item }) => (item.type === 'Integer' ? item.int32 : item.uint32));
    return ({ facts }) => numbers.every(number => isFact(fact, facts[fact], number));
  }
  if (isMarked(name) || !isStandard(name) || attributeRow(name).kept !== 'facet') return undefined;
  if (SAID_OTHERWISE.has(name) || (name === 'Fresh' && wanted.some(({ item }) => !isTrue(item))))
    return undefined;
  return ({ attributes }) => attributes?.has(name) ?? true;
}

function isTrue(item: TtlvItem): boolean {
  return item.type === 'Boolean' && item.int64 === 1n;
}

function isFact(fact: MarkedFact, held: number | undefined, wanted: number): boolean {
  if (held === undefined) return false;
  if (fact === 'usageMask') return (held & wanted) === wanted;
  return (fact === 'keyFormat' ? shownFormat(held) : held) === wanted;
}

/** As the attribute has it, which is one of 2.0. */
function shownFormat(value: number): number {
  const format = valueName('KeyFormatType', value);
  return format === undefined ? value : enumerationValue('KeyFormatType', formatIn('2.0', format));
}
