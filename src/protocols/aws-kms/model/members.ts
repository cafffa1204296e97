// Members that many inputs share, with the bounds of AWS's model. Bounds that its documentation narrows are the narrow ones.

import {
  FLAG,
  integer,
  listOf,
  notOffered,
  oneOf,
  optional,
  required,
  structure,
  TEXT_MAP,
  text,
} from './shapes.ts';

export const KEY_ID = text(1, 2048);
export const ALIAS_NAME = text(1, 256, /^[a-zA-Z0-9:/_-]+$/);
export const DESCRIPTION = text(0, 8192);
const MARKER = text(1, 1024);

export const TAGS = listOf(
  structure({ TagKey: required(text(1, 128)), TagValue: required(text(0, 256)) }),
  0,
  200,
);
export const TAG_KEYS = listOf(text(1, 128), 0, 200);

export const ENCRYPTION_ALGORITHM = oneOf([
  'SYMMETRIC_DEFAULT',
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'SM2PKE',
]);

export const DRY_RUN = optional(FLAG);

export const DRY_RUN_MODIFIERS = optional(listOf(oneOf(['IGNORE_CIPHERTEXT']), 0, 1));

/** No grant has been made here, so no token is of one; an empty list asks for nothing. */
export const GRANT_TOKENS = notOffered(
  listOf(text(1, 8192), 0, 10),
  tokens => tokens.length === 0,
  'InvalidGrantTokenException',
);

/** Attested enclaves need a root of trust that is not here. */
export const RECIPIENT = notOffered(
  structure({
    KeyEncryptionAlgorithm: optional(oneOf(['RSAES_OAEP_SHA_256'])),
    AttestationDocument: optional({ type: 'blob', min: 1, max: 262_144 }),
  }),
);

export const ENCRYPTION_CONTEXT = optional(TEXT_MAP);

export const page = (limitMax: number) => ({
  Limit: optional(integer(1, limitMax)),
  Marker: optional(MARKER),
});
