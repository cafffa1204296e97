// What a key may be used for: the closed list behind rules of keys, permissions and every protocol's usage masks.

export const KEY_USAGES = {
  encrypt: 'protect a message',
  decrypt: 'open a message',
  sign: 'sign with the private key',
  verify: 'verify with the public key',
  certify: 'sign certificates that the server has written, and no message',
  mac: 'compute a message authentication code',
  verifyMac: 'verify a message authentication code',
  wrap: 'protect key material',
  unwrap: 'open wrapped key material',
  agree: 'agree on a shared secret with the public key of a peer',
  derive: 'derive key material',
  encapsulate: 'make a shared secret and its ciphertext with the public key',
  decapsulate: 'open an encapsulated shared secret with the private key',
} as const satisfies Record<string, string>;

export type KeyUsage = keyof typeof KEY_USAGES;

/** Those that a key has only where they are asked for by name. */
export const USAGES_TO_ASK_FOR: readonly KeyUsage[] = ['certify'];

/** What the public half of a pair is enough for. */
export const PUBLIC_KEY_USAGES: readonly KeyUsage[] = ['encrypt', 'wrap', 'encapsulate', 'verify'];

export const ALL_KEY_USAGES = Object.freeze(Object.keys(KEY_USAGES)) as readonly KeyUsage[];
