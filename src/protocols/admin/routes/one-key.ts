// What the routes on one key share.

import { SecretBytes } from '../../../base/secret-bytes.ts';
import type { IncomingMaterial } from '../../../core/operations/keys/incoming-material.ts';
import { invalidInput } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { keySelector } from '../names.ts';
import type { Call } from '../route.ts';
import { keyReply } from '../shapes/keys.ts';

export const namedKey = ({ params }: Call) => ({ key: keySelector(params.key ?? '') });

export const keyOf = ({ key }: KeyWithVersion) => key;

export const ONE_KEY = { path: '/keys/:key', realm: 'project', noun: 'keys', reply: keyReply } as const;

/** A step of one key, such as `/rotate`. */
export const act = (path: string) => ({ ...ONE_KEY, method: 'POST', path: `/keys/:key${path}` }) as const;

/** The bytes of the body's secret, which are wiped with the request. */
export function materialOf({ secret }: Pick<Call, 'secret'>): IncomingMaterial {
  if (secret === undefined) throw invalidInput('material', 'must be base64');
  return { by: 'plain', material: SecretBytes.own(secret) };
}
