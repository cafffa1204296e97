// What the routes on one key share.

import type { z } from 'zod';
import { type Bytes, decodeBase64 } from '../../../base/bytes.ts';
import { SecretBytes } from '../../../base/secret-bytes.ts';
import type { EncryptionParameters } from '../../../core/operations/crypto/encrypt-by.ts';
import type { IncomingMaterial } from '../../../core/operations/keys/incoming-material.ts';
import { invalidInput } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { keySelector } from '../names.ts';
import type { Call } from '../route.ts';
import { keyReply } from '../shapes/keys.ts';
import type { encryptionParameters, wrappedMaterial } from '../shapes/mechanisms.ts';
import type { transported } from '../shapes/transport-keys.ts';

export const namedKey = ({ params }: Call) => ({ key: keySelector(params.key ?? '') });

export const keyOf = ({ key }: KeyWithVersion) => key;

export const ONE_KEY = { path: '/keys/:key', realm: 'project', noun: 'keys', reply: keyReply } as const;

/** A step of one key, such as `/rotate`. */
export const act = (path: string) => ({ ...ONE_KEY, method: 'POST', path: `/keys/:key${path}` }) as const;

/** The bytes of the body's secret, which are wiped with the request; or what is wrapped under a transport key, or under a key. */
export function materialOf({ secret, body }: Call<unknown, MaterialBody>): IncomingMaterial {
  const { material, transported, wrapped } = body;
  const given = Object.entries({ material, transported, wrapped }).filter(([, form]) => form !== undefined);
  const [, second] = given;
  if (second !== undefined) throw invalidInput(second[0], `must not be given with ${given[0]?.[0]}`);
  if (transported !== undefined) return transportedOf(transported);
  if (wrapped !== undefined) return wrappedOf(wrapped);
  if (secret === undefined) throw invalidInput('material', 'must be base64');
  return { by: 'plain', material: SecretBytes.own(secret) };
}

interface MaterialBody {
  readonly material?: unknown;
  readonly transported?: z.output<typeof transported>;
  readonly wrapped?: z.output<typeof wrappedMaterial>;
}

function wrappedOf(wrapped: NonNullable<MaterialBody['wrapped']>): IncomingMaterial {
  const { under, underVersion, mechanism } = wrapped;
  return {
    by: 'wrapped',
    under: keySelector(under),
    underVersion,
    mechanism,
    wrapped: bytesOf('wrapped.wrapped', wrapped.wrapped),
    parameters: encryptionParametersOf(wrapped, 'wrapped.'),
  };
}

type EncryptionBody = z.output<z.ZodObject<typeof encryptionParameters>>;

/** `within` is put before the names of fields. */
export function encryptionParametersOf(
  { iv, associatedData, tagBytes, counterBits, label, mgf1Digest }: EncryptionBody,
  within = '',
): EncryptionParameters {
  return {
    iv: optionalBytes(`${within}iv`, iv),
    associatedData: optionalBytes(`${within}associatedData`, associatedData),
    tagBytes,
    counterBits,
    label: optionalBytes(`${within}label`, label),
    mgf1Digest,
  };
}

function transportedOf({
  owner,
  wrapped,
  encryptedNonce,
  iv,
}: NonNullable<MaterialBody['transported']>): IncomingMaterial {
  if ((encryptedNonce === undefined) !== (iv === undefined)) {
    throw invalidInput('transported.iv', 'must be given with encryptedNonce, and only then');
  }
  const proof =
    encryptedNonce === undefined || iv === undefined
      ? undefined
      : {
          encryptedNonce: bytesOf('transported.encryptedNonce', encryptedNonce),
          iv: bytesOf('transported.iv', iv),
        };
  return { by: 'transport', owner, wrapped: bytesOf('transported.wrapped', wrapped), proof };
}

export function optionalBytes(field: string, text: string | undefined): Bytes | undefined {
  return text === undefined ? undefined : bytesOf(field, text);
}

/** Throws `invalidInput`. */
export function bytesOf(field: string, text: string): Bytes {
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw invalidInput(field, 'must be base64');
  return bytes;
}
