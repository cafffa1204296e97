// How wrapping keys wrap: docs/formats/wrapped-material.md and docs/formats/root-key.md. Wrapped bytes open only where they were made for:
// the binding is authenticated, and no two uses of a wrapping key share a label.

import type { KeyObject } from 'node:crypto';
import { BrokenInvariant } from '../base/assert.ts';
import { type Bytes, base64, concatBytes, readUint32, uint32, utf8 } from '../base/bytes.ts';
import { revealSecretBytes, type SecretBytes } from '../base/secret-bytes.ts';
import type { Random } from '../core/ports/clock.ts';
import type { MaterialBinding } from '../core/ports/custody.ts';
import { encodeContext } from '../crypto/context.ts';
import { SALT_BYTES, type SealFormat, seal, unseal } from '../crypto/message-seal.ts';
import type { MessageContext } from '../domain/message-context.ts';

const FORMAT_VERSION = 0x01;
const GENERATION_OFFSET = 1;
const SALT_OFFSET = 5;
const HEADER_BYTES = SALT_OFFSET + SALT_BYTES;

export const WRAPPING_KEY_BYTES = 32;

/** The project whose wrapping key serves principals of the system. */
export const SYSTEM_PROJECT_ID = 'system';

export const WRAP_FORMATS = {
  projectKey: { label: utf8('keyhold root wrap v1'), headerBytes: HEADER_BYTES },
  material: { label: utf8('keyhold material wrap v1'), headerBytes: HEADER_BYTES },
  secret: { label: utf8('keyhold secret wrap v1'), headerBytes: HEADER_BYTES },
} as const satisfies Record<string, SealFormat>;

export function projectKeyBinding(projectId: string, generation: number): Bytes {
  return encodeContext({ kind: 'list', items: ['project wrapping key', projectId, String(generation)] });
}

export function materialBinding(binding: MaterialBinding): Bytes {
  return encodeContext(bindingContext(binding));
}

/** The same as the context of a message. */
export function bindingContext(binding: MaterialBinding): MessageContext {
  const { projectId, keyId, version, algorithm, hardwareWrapped } = binding;
  const place = ['key material', projectId, keyId, String(version), algorithm, natureOf(binding)];
  return { kind: 'list', items: hardwareWrapped ? [...place, 'wrapped in hardware'] : place };
}

function natureOf({ exportable, publicOnly, hardware }: MaterialBinding): string {
  if (hardware) return 'hardware';
  if (publicOnly) return 'public';
  return exportable ? 'exportable' : 'kept';
}

export function secretBinding(projectId: string, label: string): Bytes {
  return encodeContext({ kind: 'list', items: ['secret', projectId, label] });
}

/** One generation of a wrapping key, opened. */
export interface WrappingKey {
  readonly generation: number;
  readonly key: KeyObject;
}

export function wrapUnder(
  format: SealFormat,
  { generation, key }: WrappingKey,
  random: Random,
  binding: Bytes,
  secret: SecretBytes,
): Bytes {
  const salt = random.publicBytes(SALT_BYTES);
  const header = concatBytes(Uint8Array.of(FORMAT_VERSION), uint32(generation), salt);
  return seal(format, key, header, binding, revealSecretBytes(secret));
}

/** `what` names the row in the log. Throws {@link BrokenInvariant}: what we wrapped ourselves opens unless it was damaged or moved. */
export function unwrapUnder(
  format: SealFormat,
  { generation, key }: WrappingKey,
  wrapped: Bytes,
  binding: Bytes,
  what: string,
): SecretBytes {
  const secret =
    wrappingGeneration(wrapped) === generation ? unseal(format, key, wrapped, binding) : undefined;
  if (secret === undefined) throw doesNotUnwrap(what);
  return secret;
}

/** The generation of the wrapping key that wrapped this; 0, which no key has, when the bytes are no wrapping of ours. */
export function wrappingGeneration(wrapped: Bytes): number {
  if (wrapped.length < HEADER_BYTES || wrapped[0] !== FORMAT_VERSION) return 0;
  return readUint32(wrapped, GENERATION_OFFSET);
}

/** Differs for every wrapping: names one in a cache. */
export function wrappingName(wrapped: Bytes): string {
  return base64(wrapped.subarray(SALT_OFFSET, HEADER_BYTES));
}

export function doesNotUnwrap(what: string): BrokenInvariant {
  return new BrokenInvariant(`${what} opens where it is stored: it was damaged or moved`);
}
