// The body of a request: at most one secret member is taken from its bytes before anything reads them as text.

import { type Bytes, wipe } from '../../base/bytes.ts';
import { JsonRefusal, type JsonValue, readJson } from '../../wire/json.ts';
import { readBase64, takeSecretMember } from '../../wire/secret-base64.ts';
import { COLLECTIONS, type CollectionNoun } from './collections.ts';
import { fieldRefusal, refusal } from './fault.ts';
import { Members, NO_MEMBERS } from './members.ts';

export const BODY_BYTES_MAX = 1_048_576;
const JSON_LIMITS = { bytesMax: BODY_BYTES_MAX, depthMax: 12, membersMax: 20_000 };

/** Where in a body the secret stands: in the outermost object, or in a resource of a collection. */
export interface SecretPlace {
  readonly name: string;
  readonly inResource?: boolean | undefined;
}

export interface ReadBody {
  /** Empty, `null` and `{}` are alike. */
  readonly members: Members;
  /** Whether there is anything but empty bytes. */
  readonly given: boolean;
  /** The secret that was taken; undefined where there is none, or an empty one. */
  readonly secret: Bytes | undefined;
}

const DEPTH_OF_RESOURCES = 3;

/** Throws BAD_BODY_ERR, or INVALID_FIELD_ERR for a secret that is no base64. The bytes are changed: the secret is taken out of them. */
export function readBody(bytes: Bytes, place?: SecretPlace): ReadBody {
  if (bytes.length === 0) return { members: NO_MEMBERS(), given: false, secret: undefined };
  const ascii =
    place === undefined
      ? undefined
      : takeSecretMember(bytes, place.name, {
          depth: place.inResource ? DEPTH_OF_RESOURCES : 1,
          anyCase: true,
        });
  const secret = ascii === undefined ? undefined : readBase64(ascii);
  if (ascii !== undefined) wipe(ascii);
  try {
    const members = membersOf(readStrictJson(bytes));
    if (ascii !== undefined && secret === undefined) {
      throw fieldRefusal(place?.name ?? '', 'must be base64 encoded');
    }
    return { members, given: true, secret: secret?.length === 0 ? undefined : secret };
  } catch (thrown) {
    if (secret !== undefined) wipe(secret);
    throw thrown;
  }
}

function readStrictJson(bytes: Bytes): JsonValue {
  try {
    return readJson(bytes, JSON_LIMITS);
  } catch (thrown) {
    if (!(thrown instanceof JsonRefusal)) throw thrown;
    throw refusal('BAD_BODY_ERR', `json: ${thrown.message} (byte ${thrown.offset})`);
  }
}

function membersOf(value: JsonValue): Members {
  if (value === null) return NO_MEMBERS();
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw refusal('BAD_BODY_ERR', 'json: the body must be an object');
  }
  return new Members(value as Exclude<typeof value, readonly unknown[]>);
}

/**
 * The resources of a collection in a body. Throws BAD_BODY_ERR where it is none, INVALID_FIELD_ERR for another type, and
 * COLLECTION_TOTAL_MISMATCH_ERR.
 */
export function readCollection(body: Members, noun: CollectionNoun): readonly Members[] {
  const metadata = body.object('metadata');
  const resources = body.objects('resources');
  body.end();
  if (metadata === undefined || resources === undefined) {
    throw refusal(
      'BAD_BODY_ERR',
      'The body must be a collection: an object with `metadata` and `resources`.',
    );
  }
  const type = metadata.text('collectionType');
  const total = metadata.integer('collectionTotal', 0, Number.MAX_SAFE_INTEGER);
  metadata.end();
  if (type !== COLLECTIONS[noun])
    throw fieldRefusal('metadata.collectionType', `must be ${COLLECTIONS[noun]}`);
  if (total !== resources.length) throw refusal('COLLECTION_TOTAL_MISMATCH_ERR');
  return resources;
}

/** The one resource of a collection; NUM_COLLECTION_RESOURCE_ERR for none or several. */
export function readResource(body: Members, noun: CollectionNoun): Members {
  const [resource, ...others] = readCollection(body, noun);
  if (resource === undefined || others.length > 0) throw refusal('NUM_COLLECTION_RESOURCE_ERR');
  return resource;
}
