// Takes the payload of a secret out: a right of its own, apart from the export of keys, and for what is kept as a secret alone.

import { SecretBytes } from '../../../base/secret-bytes.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import type { Secret } from '../../../domain/secret.ts';
import type { UseOperation } from '../../operation.ts';
import { requireExportable } from '../keys/export-key.ts';
import { findSecret, objectRecord, type Reached, readDemands } from './reach.ts';

export interface RevealSecretInput {
  readonly id: string;
}

interface Revealable extends Reached<Secret> {
  /** Undefined until the payload has come. */
  readonly of: KeyWithVersion | undefined;
}

export interface RevealedSecret {
  readonly secret: Secret;
  /** Raw bytes; for the form `pem` PKCS#8 (RFC 5958), or SubjectPublicKeyInfo of a public key, in DER. The receiver disposes of them. */
  readonly material: SecretBytes;
}

/** Throws `notFound` also where there is no payload, and by the state of its key. */
export const revealSecret: UseOperation<RevealSecretInput, Revealable, RevealedSecret> = {
  name: 'secret.reveal',
  kind: 'use',
  disclosure: 'denied',
  async find(reads, context, { id }, kms) {
    const reached = await findSecret(reads, context, id, kms.clock.now());
    return { ...reached, of: await reads.keys.findWithVersion(reached.object.id) };
  },
  demands: (target, _input, context) => readDemands('secret.reveal', target, context, target.of?.key),
  allow({ of }, _input, at) {
    const { key, version } = requirePayload(of);
    if (!key.publicOnly) requireExportable(key);
    requireUsable(key, version, 'release', at);
  },
  async run(kms, { target: { object: secret, of } }) {
    const { key, version } = requirePayload(of);
    if (!key.publicOnly) return { secret, material: await kms.custody.exportMaterial(key, version) };
    using handle = await kms.custody.open(key, version);
    return { secret, material: SecretBytes.copyOf(await handle.publicKey()) };
  },
  record: ({ id }, target) => {
    const record = objectRecord({ noun: 'secret', id }, target);
    if (target?.of === undefined) return record;
    const { key, version } = target.of;
    return { ...record, targets: [...record.targets, { type: 'key', id: key.id, version: version.number }] };
  },
  discard: ({ material }) => material[Symbol.dispose](),
};

function requirePayload(of: KeyWithVersion | undefined): KeyWithVersion {
  if (of === undefined) throw new KmsError('notFound', 'The secret has no payload yet.', { noun: 'payload' });
  return of;
}
