// A managed object: a key of the core with what this protocol alone knows of it, which is kept in the facet. A key that another protocol
// has made is a managed object as well, where KMIP has a word for it.

import { decodeBase64 } from '../../../base/bytes.ts';
import { KEY_ALGORITHMS } from '../../../domain/algorithms.ts';
import type { FacetDocument } from '../../../domain/facet.ts';
import type { Key, KeyName, KeyVersion } from '../../../domain/key.ts';
import type { KeyLink } from '../../../domain/key-link.ts';
import { readTtlv, type TtlvItem, type ValueName, valueName } from '../../../wire/ttlv/index.ts';
import type { AttributeName } from '../attributes/table.ts';
import { type Algorithm, algorithmOfKey, maskOfUsages } from '../words.ts';
import { identifiedPair } from './forms/algorithms.ts';
import { usualFormat } from './forms/formats.ts';

export type ObjectType = ValueName<'ObjectType'>;
export type KeyFormat = ValueName<'KeyFormatType'>;

/** What the facet holds besides attributes. Numbers are the values of KMIP's enumerations, which never change their meaning. */
export interface ObjectFacts {
  readonly objectType: ObjectType;
  readonly algorithm?: Algorithm | undefined;
  /** In bits, as it was given: for some algorithms not what the material has. */
  readonly length?: number | undefined;
  readonly usageMask?: number | undefined;
  /** In which the object is given where no other format is asked for. */
  readonly keyFormat?: KeyFormat | undefined;
  /** Of a key of a pair: in which the core keeps it, where that is not what it keeps such keys in. */
  readonly heldFormat?: KeyFormat | undefined;
  readonly certificateType?: number | undefined;
  readonly certificateRequestType?: number | undefined;
  readonly pgpKeyVersion?: number | undefined;
  readonly split?: SplitFacts | undefined;
  /** Its Key Value is not here: the client says where. */
  readonly isElsewhere?: boolean | undefined;
  readonly secretDataType?: number | undefined;
  readonly opaqueDataType?: number | undefined;
  readonly isSensitive?: boolean | undefined;
  readonly isExtractable?: boolean | undefined;
  /** They were made otherwise. */
  readonly becameSensitive?: boolean | undefined;
  readonly becameUnextractable?: boolean | undefined;
  /** Of an object that came wrapped. */
  readonly registered?: RegisteredForm | undefined;
}

/** How a wrapped object came, to be had again so; texts are base64. */
export interface RegisteredForm {
  /** Key Wrapping Data in TTLV. */
  readonly data: string;
  /** The wrapped value; undefined where that is what is guarded, since it was never opened. */
  readonly value?: string | undefined;
  readonly isStructure: boolean;
}

/** Which part of a split key an object is (KMIP 1.4 section 2.2.5, 2.1 section 2.6). */
export interface SplitFacts {
  readonly parts: number;
  readonly identifier: number;
  readonly threshold: number;
  /** A value of Split Key Method. */
  readonly method: number;
  /** Of a Big Integer, as hex: the field of polynomial sharing over a prime field. */
  readonly primeFieldSize?: string | undefined;
}

/** One value of an attribute that is kept in the facet. */
export interface Instance {
  /** Stays the same as long as the value is there. */
  readonly index: number;
  /** Under the attribute's own tag, or as an Attribute Value where it has none. */
  readonly item: TtlvItem;
}

export interface ManagedObject {
  readonly key: Key;
  /** Undefined in lists. */
  readonly version?: KeyVersion | undefined;
  readonly facts: ObjectFacts;
  readonly names: readonly KeyName[];
  /** That lead from the key; what clients have linked besides is in the facet. */
  readonly links: readonly KeyLink[];
  readonly facet: FacetDocument;
}

/** Whether an object was taken away with all that described it: the core keeps its key as a witness, and this alone beside it. */
export function isObliterated(facet: FacetDocument | undefined): boolean {
  return facet?.obliterated === true;
}

/** Undefined for keys of services, and for what was obliterated. */
export function managedObject(
  key: Key,
  facet: FacetDocument | undefined,
  names: readonly KeyName[],
  version?: KeyVersion,
  links: readonly KeyLink[] = [],
): ManagedObject | undefined {
  const facts = facet?.objectType === undefined ? factsOfKey(key) : factsOfFacet(facet);
  if (facts === undefined || key.serviceOwner !== undefined || isObliterated(facet)) return undefined;
  return { key, version, facts, names, links, facet: facet ?? {} };
}

/** What a facet says, in the form in which `factsToKeep` has put it. */
function factsOfFacet(facet: FacetDocument): ObjectFacts | undefined {
  const number = (name: string): number | undefined => {
    const value = facet[name];
    return typeof value === 'number' ? value : undefined;
  };
  const objectType = valueName('ObjectType', number('objectType') ?? 0);
  if (objectType === undefined) return undefined;
  return {
    objectType,
    algorithm: valueName('CryptographicAlgorithm', number('algorithm') ?? 0),
    length: number('length'),
    usageMask: number('usageMask'),
    keyFormat: valueName('KeyFormatType', number('keyFormat') ?? 0),
    heldFormat: valueName('KeyFormatType', number('heldFormat') ?? 0),
    certificateType: number('certificateType'),
    certificateRequestType: number('certificateRequestType'),
    pgpKeyVersion: number('pgpKeyVersion'),
    split: facet.split as SplitFacts | undefined,
    registered: facet.registered as RegisteredForm | undefined,
    isElsewhere: facet.isElsewhere === true ? true : undefined,
    secretDataType: number('secretDataType'),
    opaqueDataType: number('opaqueDataType'),
    isSensitive: facet.isSensitive === true,
    isExtractable: typeof facet.isExtractable === 'boolean' ? facet.isExtractable : undefined,
    becameSensitive: facet.becameSensitive === true,
    becameUnextractable: facet.becameUnextractable === true,
  };
}

/** What is told by the key of another protocol. */
export function factsOfKey(key: Pick<Key, 'algorithm' | 'usages' | 'publicOnly'>): ObjectFacts {
  const { kind, lengthBits } = KEY_ALGORITHMS[key.algorithm];
  if (kind === 'opaque') return { objectType: 'OpaqueObject', opaqueDataType: OPAQUE_DATA_TYPE };
  const usageMask = maskOfUsages(key.usages);
  if (kind === 'asymmetric') return factsOfPair(key, usageMask);
  const algorithm = algorithmOfKey(key);
  const objectType = algorithm === undefined ? 'SecretData' : 'SymmetricKey';
  const secretDataType = algorithm === undefined ? SEED : undefined;
  return { objectType, algorithm, length: lengthBits, usageMask, keyFormat: 'Raw', secretDataType };
}

/** Where another protocol has both halves in one key, it is the private one here. */
function factsOfPair(
  { algorithm, publicOnly }: Pick<Key, 'algorithm' | 'publicOnly'>,
  usageMask: number,
): ObjectFacts {
  const objectType = publicOnly ? 'PublicKey' : 'PrivateKey';
  const pair = identifiedPair(algorithm);
  const { length } = pair;
  return {
    objectType,
    algorithm: pair.algorithm,
    length,
    usageMask,
    keyFormat: usualFormat(objectType, pair),
  };
}

/** The first value that is nobody's: the specification names none. */
const OPAQUE_DATA_TYPE = 0x8000_0000;
export const SEED = 0x02;

/** The values of an attribute that is kept in the facet. */
export function instancesOf(
  { facet }: Pick<ManagedObject, 'facet'>,
  name: AttributeName,
): readonly Instance[] {
  const stored = facet[name];
  return Array.isArray(stored) ? stored.flatMap(instanceOf) : [];
}

function instanceOf(stored: unknown): readonly Instance[] {
  const { i: index, v: text } = stored as { readonly i?: unknown; readonly v?: unknown };
  const bytes = typeof text === 'string' ? decodeBase64(text) : undefined;
  if (typeof index !== 'number' || bytes === undefined) return [];
  return [{ index, item: readTtlv(bytes) }];
}
