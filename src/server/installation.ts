// What an installation has once and for all its nodes: its id, and the key that signs the checkpoints of its audit log. Both are made by
// the first node that starts; the signing key is wrapped by custody and has nothing else in common with the root key.

import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { type NoteSigner, noteSigner } from '../audit/signed-note.ts';
import { must } from '../base/assert.ts';
import { base64, decodeBase64 } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import type { Random } from '../core/ports/clock.ts';
import type { Custody } from '../core/ports/custody.ts';
import type { Store } from '../core/ports/store.ts';

const INSTALLATION_ID = 'installation.id';
const AUDIT_SIGNING_KEY = 'audit.signingKey';
const AUDIT_SIGNING_KEY_LABEL = 'audit signing key';

interface InstallationParts {
  readonly store: Store;
  readonly custody: Custody;
  readonly random: Random;
}

/** The signer of the audit log, made on the first start. */
export async function openAuditSigner({ store, custody, random }: InstallationParts): Promise<NoteSigner> {
  const id = await getOrPut(store, INSTALLATION_ID, async () => random.uuid());
  const wrapped = await getOrPut(store, AUDIT_SIGNING_KEY, async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    using secret = SecretBytes.own(privateKey.export({ format: 'der', type: 'pkcs8' }));
    return base64(await custody.wrapSecret(undefined, AUDIT_SIGNING_KEY_LABEL, secret));
  });
  const bytes = must(decodeBase64(wrapped), 'the stored signing key is base64');
  using secret = await custody.unwrapSecret(undefined, AUDIT_SIGNING_KEY_LABEL, bytes);
  const der = revealSecretBytes(secret);
  // A view, not a copy: what it shows is wiped with the secret.
  const key = Buffer.from(der.buffer, der.byteOffset, der.byteLength);
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  return noteSigner(`keyhold/${id}`, privateKey);
}

/** The stored value, or a new one: of two nodes that start at once the first one's counts for both. */
async function getOrPut(store: Store, name: string, make: () => Promise<string>): Promise<string> {
  const present = await store.settings.get(name);
  if (present !== undefined) return present;
  const made = await make();
  return store.transaction(async tx => {
    const meanwhile = await tx.settings.get(name);
    if (meanwhile !== undefined) return meanwhile;
    await tx.settings.put(name, made);
    return made;
  });
}
