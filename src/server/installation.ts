// What an installation has once and for all its nodes: its id, and private keys of its own, such as the one that signs the checkpoints of
// its audit log. They are made by the first node that needs them, wrapped by custody, and have nothing else in common with the root key.

import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
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

export interface InstallationParts {
  readonly store: Store;
  readonly custody: Custody;
  readonly random: Random;
}

/** The id that all nodes share. */
export function installationId({
  store,
  random,
}: Pick<InstallationParts, 'store' | 'random'>): Promise<string> {
  return getOrPut(store, INSTALLATION_ID, async () => random.uuid());
}

/** The signer of the audit log, made on the first start. */
export async function openAuditSigner(parts: InstallationParts): Promise<NoteSigner> {
  const id = await installationId(parts);
  const privateKey = await openInstallationKey(parts, AUDIT_SIGNING_KEY, AUDIT_SIGNING_KEY_LABEL, async () =>
    SecretBytes.own(generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' })),
  );
  return noteSigner(`keyhold/${id}`, privateKey);
}

/**
 * A private key of the installation, which the first node that asks for it makes (PKCS #8 in DER) and custody wraps under the label.
 * `name`: of the setting in the store.
 */
export async function openInstallationKey(
  { store, custody }: InstallationParts,
  name: string,
  label: string,
  make: () => Promise<SecretBytes>,
): Promise<KeyObject> {
  const wrapped = await getOrPut(store, name, async () => {
    using made = await make();
    return base64(await custody.wrapSecret(undefined, label, made));
  });
  const bytes = must(decodeBase64(wrapped), 'a stored key is base64');
  using secret = await custody.unwrapSecret(undefined, label, bytes);
  const der = revealSecretBytes(secret);
  // A view, not a copy: what it shows is wiped with the secret.
  const key = Buffer.from(der.buffer, der.byteOffset, der.byteLength);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

/** The stored value, or a new one: of two nodes that start at once the first one's counts for both. */
export async function getOrPut(store: Store, name: string, make: () => Promise<string>): Promise<string> {
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
