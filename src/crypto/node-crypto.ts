// What node:crypto calls our digests, and the types of two of its calls that the published type package does not know yet
// (createMac and mgf1Hash, both in the pinned runtime).

import type { Digest } from '../domain/algorithms.ts';

declare module 'node:crypto' {
  interface Mac {
    update(message: NodeJS.ArrayBufferView): this;
    final(): NonSharedBuffer;
  }
  function createMac(algorithm: 'cmac', key: KeyObject, options: { readonly cipher: string }): Mac;
  interface PublicEncryptOptions {
    mgf1Hash?: string | undefined;
  }
}

export const NODE_DIGESTS = {
  'sha-1': 'sha1',
  'sha-224': 'sha224',
  'sha-256': 'sha256',
  'sha-384': 'sha384',
  'sha-512': 'sha512',
  'sha3-224': 'sha3-224',
  'sha3-256': 'sha3-256',
  'sha3-384': 'sha3-384',
  'sha3-512': 'sha3-512',
} as const satisfies Record<Digest, string>;
