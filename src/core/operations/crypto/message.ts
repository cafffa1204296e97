// What the operations on messages share: bounds, fit of usage, and what the audit log keeps of a context.

import type { Bytes } from '../../../base/bytes.ts';
import type { KeyUsage } from '../../../domain/algorithms.ts';
import type { AuditDetails } from '../../../domain/audit-entry.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Key } from '../../../domain/key.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { MessageContext } from '../../../domain/message-context.ts';

export function invalidCiphertext(): KmsError {
  return new KmsError('invalidCiphertext', 'The ciphertext cannot be opened.');
}

export function requireUsage(key: Key, usage: KeyUsage): void {
  if (!key.usages.includes(usage)) {
    throw new KmsError('incompatibleUsage', `Key ${key.id} may not ${usage}.`, { keyId: key.id, usage });
  }
}

export function requirePlaintext(plaintext: Bytes): void {
  if (plaintext.length > LIMITS.plaintextBytesMax) {
    throw new KmsError('tooLarge', `plaintext must have at most ${LIMITS.plaintextBytesMax} bytes`, {
      field: 'plaintext',
      limit: LIMITS.plaintextBytesMax,
    });
  }
}

/** Before rules look at its texts: what is longer than this is refused when it is encoded anyway. Throws `tooLarge`. */
export function requireContext(context: MessageContext): void {
  if (context.kind !== 'map') return;
  const bytesMax = LIMITS.associatedDataBytesMax;
  let characters = 0;
  for (const name in context.entries) characters += name.length + (context.entries[name] ?? '').length;
  if (characters <= bytesMax) return;
  throw new KmsError('tooLarge', `context must have at most ${bytesMax} bytes in all`, {
    field: 'context',
    bytesMax,
  });
}

/** The entries of a map for the conditions of rules, such as `context.department`; other kinds have no names to go by. */
export function contextAttributes(context: MessageContext): Readonly<Record<string, string>> {
  if (context.kind !== 'map') return {};
  return Object.fromEntries(
    Object.entries(context.entries).map(([name, value]) => [`context.${name}`, value]),
  );
}

/** Contexts are not secret: maps are kept as they are, so that auditors can search them; other kinds by their size. */
export function contextDetails(context: MessageContext | undefined): AuditDetails {
  switch (context?.kind) {
    case undefined:
    case 'none':
      return {};
    case 'map': {
      const text = JSON.stringify(context.entries);
      return text.length > LIMITS.auditDetailCharactersMax
        ? { contextCharacters: text.length }
        : { context: context.entries };
    }
    case 'bytes':
      return { contextBytes: context.bytes.length };
    case 'list':
      return { contextItems: context.items.length };
  }
}
