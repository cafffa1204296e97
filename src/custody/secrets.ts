// Secrets that are no keys, such as the secret half of an access-key pair, under the wrapping key of their project:
// docs/formats/wrapped-material.md.

import type { Bytes } from '../base/bytes.ts';
import type { SecretBytes } from '../base/secret-bytes.ts';
import type { Random } from '../core/ports/clock.ts';
import type { ProjectKeys } from './project-keys.ts';
import {
  doesNotUnwrap,
  SYSTEM_PROJECT_ID,
  secretBinding,
  unwrapUnder,
  WRAP_FORMATS,
  wrappingGeneration,
  wrapUnder,
} from './wrapping.ts';

/** Without a project the secret is one of the system. */
export async function wrapSecret(
  { projectKeys, random }: { readonly projectKeys: ProjectKeys; readonly random: Random },
  projectId: string | undefined,
  label: string,
  secret: SecretBytes,
): Promise<Bytes> {
  const home = projectId ?? SYSTEM_PROJECT_ID;
  const wrappingKey = await projectKeys.latest(home);
  return wrapUnder(WRAP_FORMATS.secret, wrappingKey, random, secretBinding(home, label), secret);
}

/** Throws BrokenInvariant when the bytes were wrapped elsewhere or under another label. */
export async function unwrapSecret(
  projectKeys: ProjectKeys,
  projectId: string | undefined,
  label: string,
  wrapped: Bytes,
): Promise<SecretBytes> {
  const home = projectId ?? SYSTEM_PROJECT_ID;
  const what = `the secret "${label}" of ${home}`;
  const wrappingKey = await projectKeys.find(home, wrappingGeneration(wrapped));
  if (wrappingKey === undefined) throw doesNotUnwrap(what);
  return unwrapUnder(WRAP_FORMATS.secret, wrappingKey, wrapped, secretBinding(home, label), what);
}
