// Sees every secret that is made while it watches, and tells which of them are still readable afterwards.

import type { TestContext } from 'node:test';
import { revealSecretBytes, SecretBytes } from '../../src/base/secret-bytes.ts';

export function isReadable(secret: SecretBytes): boolean {
  try {
    revealSecretBytes(secret);
    return true;
  } catch {
    return false;
  }
}

/** `stop` returns those that were made since and are not wiped. Watch one thing at a time. */
export function watchSecrets(): { stop(): readonly SecretBytes[] } {
  const { own, copyOf } = SecretBytes;
  const made: SecretBytes[] = [];
  const watched = (make: (bytes: Uint8Array) => SecretBytes) => (bytes: Uint8Array) => {
    const secret = make.call(SecretBytes, bytes);
    made.push(secret);
    return secret;
  };
  SecretBytes.own = watched(own);
  SecretBytes.copyOf = watched(copyOf);
  return {
    stop() {
      Object.assign(SecretBytes, { own, copyOf });
      return made.filter(isReadable);
    },
  };
}

/** Every buffer that the method gives out while the test runs. */
export function outputsOf(t: TestContext, prototype: object, method: string): readonly Buffer[] {
  const given: Buffer[] = [];
  const original = Reflect.get(prototype, method);
  Reflect.set(prototype, method, function (this: unknown, ...args: readonly unknown[]) {
    const output: unknown = Reflect.apply(original, this, args);
    if (Buffer.isBuffer(output)) given.push(output);
    return output;
  });
  t.after(() => Reflect.set(prototype, method, original));
  return given;
}

export const isWiped = (bytes: Uint8Array): boolean => bytes.every(byte => byte === 0);
