// What the versions of the protocol write in ways of their own: one row for each that changed something, total by type. Which fields, values
// and attributes a version knows is said by the tables of the codec (wire/ttlv/tables) and of the attributes (attributes/table.ts).

import { VERSIONS, type Version } from '../../wire/ttlv/index.ts';

export interface Dialect {
  /** Attributes stand by name in an Attribute, or each under its own tag. */
  readonly attributes: 'named' | 'tagged';
  /** Names, links and groups have structures and types of their own, or are plain texts and references (objects/plain-forms.ts). */
  readonly values: 'structured' | 'plain';
  /** The type of what identifies an object. */
  readonly identifiers: 'TextString' | 'Identifier';
  /** An identifier that is left out means the ID Placeholder. */
  readonly impliesPlaceholder: boolean;
  /** A header counts the items of its batch, and these have ids of their own. */
  readonly countsItems: boolean;
  /** In which way a client says that it would wait for its answer. */
  readonly asynchronous: 'Boolean' | 'Enumeration';
  /** In which way an item says what its answer leaves out; undefined: not at all. */
  readonly ephemeral: 'Boolean' | 'Enumeration' | undefined;
  /** Every answer to PKCS_11 repeats the value by which the application is known. */
  readonly repeatsCorrelation: boolean;
  /** What the version does not know is refused wherever it stands, and not only where a field is read. */
  readonly refusesUnknownTags: boolean;
}

const OF_1: Dialect = {
  attributes: 'named',
  values: 'structured',
  identifiers: 'TextString',
  impliesPlaceholder: true,
  countsItems: true,
  asynchronous: 'Boolean',
  ephemeral: undefined,
  repeatsCorrelation: false,
  refusesUnknownTags: false,
};
const OF_2: Dialect = { ...OF_1, attributes: 'tagged', asynchronous: 'Enumeration', ephemeral: 'Boolean' };
const OF_3: Dialect = {
  ...OF_2,
  values: 'plain',
  identifiers: 'Identifier',
  impliesPlaceholder: false,
  countsItems: false,
  ephemeral: 'Enumeration',
  repeatsCorrelation: true,
  refusesUnknownTags: true,
};

const DIALECTS: Readonly<Record<Version, Dialect>> = {
  '1.0': OF_1,
  '1.1': OF_1,
  '1.2': OF_1,
  '1.3': OF_1,
  '1.4': OF_1,
  '2.0': OF_2,
  '2.1': OF_2,
  '3.0': OF_3,
};

export function dialectOf(version: Version): Dialect {
  return DIALECTS[version];
}

/** Newest first, as Discover Versions tells them. Of 3.0 a draft is published. */
export const SERVED_VERSIONS: readonly Version[] = VERSIONS.toReversed();
