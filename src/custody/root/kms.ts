// The root key wrapped by a key of another KMS: docs/formats/root-key.md. The wrapped bytes stand in the row; the other KMS is asked once
// for each opening, and never sees a key of ours besides this one. How it is spoken to is none of custody's business.

import { z } from 'zod';
import { canonicalJson } from '../../base/canonical-json.ts';
import { SecretBytes } from '../../base/secret-bytes.ts';
import type { Random } from '../../core/ports/clock.ts';
import type { RootKeyRow } from '../../core/ports/store.ts';
import { KmsError } from '../../domain/errors.ts';
import type { RootKeyProvider } from './root-key.ts';
import { ROOT_KEY_BYTES, SoftwareRootKey } from './software-root-key.ts';

const KMS = 'kms';

/** By which protocol the other KMS is spoken to. */
export type KmsService = 'aws' | 'vault';

export interface WrappedByKms {
  /** What the other KMS calls the key. */
  readonly key: string;
  /** As the other KMS writes it. */
  readonly wrapped: string;
}

/** A key of another KMS. Both throw `sealed`, with a message for the operator, when it does not answer or refuses. */
export interface RemoteKey {
  readonly service: KmsService;
  /** `context` is authenticated, and must be the same on unwrapping. */
  wrap(secret: SecretBytes, context: Readonly<Record<string, string>>): Promise<WrappedByKms>;
  unwrap(wrapped: WrappedByKms, context: Readonly<Record<string, string>>): Promise<SecretBytes>;
}

const parametersSchema = z.strictObject({
  key: z.string().min(1).max(2_048),
  service: z.enum(['aws', 'vault']),
  wrapped: z.string().min(1).max(16_384),
});

type KmsParameters = z.infer<typeof parametersSchema>;

export interface KmsRootKeyOptions {
  readonly remote: RemoteKey;
  readonly random: Random;
}

export function kmsRootKeyProvider({ remote, random }: KmsRootKeyOptions): RootKeyProvider {
  return {
    name: KMS,
    whenSealed: 'retry',
    describe(row) {
      const { service, key } = parseParameters(row);
      return `key ${key} of ${service === 'aws' ? 'an AWS-compatible KMS' : 'a Vault transit server'}`;
    },
    async create(generation) {
      using material = SecretBytes.own(random.bytes(ROOT_KEY_BYTES));
      const { key, wrapped } = await remote.wrap(material, contextOf(generation));
      const parameters = parametersSchema.parse({ key, service: remote.service, wrapped });
      return {
        root: new SoftwareRootKey(material, generation, random),
        parameters: canonicalJson(parameters),
      };
    },
    async open(row) {
      const { service, ...wrapped } = parseParameters(row);
      const { generation } = row;
      if (service !== remote.service) {
        const message = `Root key generation ${generation} is wrapped by a key of the service "${service}", but "${remote.service}" is configured.`;
        throw new KmsError('sealed', message, { generation });
      }
      using material = await remote.unwrap(wrapped, contextOf(generation));
      if (material.length === ROOT_KEY_BYTES) return new SoftwareRootKey(material, generation, random);
      throw new KmsError('sealed', 'What the other KMS has unwrapped is no root key.', { generation });
    },
    async remove() {
      // The wrapped bytes go with what reads the row. The key of the other KMS is not ours to remove.
    },
  };
}

function contextOf(generation: number): Readonly<Record<string, string>> {
  return { keyhold: 'root key', generation: String(generation) };
}

function parseParameters({ parameters, generation }: RootKeyRow): KmsParameters {
  try {
    return parametersSchema.parse(JSON.parse(parameters));
  } catch (cause) {
    const message = `The parameters of root key generation ${generation} are damaged: they are not those of a KMS.`;
    throw new KmsError('sealed', message, { generation }, cause);
  }
}
