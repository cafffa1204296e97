// Sealing and unsealing. Shares of the root key come in as bytes that are wiped, and are shown once.

import { SecretBytes } from '../../../base/secret-bytes.ts';
import { checkHardware, eraseOrphans } from '../../../core/operations/system/hardware-check.ts';
import {
  forgetShares,
  giveShare,
  makeShares,
  readCustody,
  readSeal,
  seal,
} from '../../../core/operations/system/sealing.ts';
import { invalidInput } from '../../../domain/errors.ts';
import { type Call, type Route, route } from '../route.ts';
import {
  custodyReply,
  hardwareReply,
  madeSharesReply,
  makeSharesBody,
  sealReply,
  sweepReply,
  unsealBody,
} from '../shapes/sealing.ts';

const SYSTEM = { realm: 'system', noun: 'system' } as const;

export const SEALING_ROUTES: readonly Route[] = [
  route({
    ...SYSTEM,
    method: 'GET',
    path: '/system/seal',
    summary:
      'Says whether the server is sealed, why, and which shares have been given. A sealed server answers it too.',
    permission: 'system.read',
    reply: sealReply,
    operation: readSeal,
    decode: () => undefined,
    encode: state => state,
  }),
  route({
    ...SYSTEM,
    method: 'POST',
    path: '/system/seal',
    summary: 'Has this server forget the root key and all that it has opened.',
    permission: 'system.seal',
    reply: sealReply,
    operation: seal,
    decode: () => undefined,
    encode: state => state,
  }),
  route({
    ...SYSTEM,
    method: 'POST',
    path: '/system/unseal',
    summary: 'Gives a sealed server one share of its root key, or has it try again.',
    permission: 'system.unseal',
    body: unsealBody,
    secret: 'share',
    reply: sealReply,
    operation: giveShare,
    decode: call => ({ share: shareIn(call) }),
    encode: state => state,
  }),
  route({
    ...SYSTEM,
    method: 'DELETE',
    path: '/system/unseal',
    summary: 'Has a sealed server forget the shares that it was given.',
    permission: 'system.unseal',
    reply: sealReply,
    operation: forgetShares,
    decode: () => undefined,
    encode: state => state,
  }),
  route({
    ...SYSTEM,
    method: 'POST',
    path: '/system/root-shares',
    summary:
      'Makes a root key in shares and shows them this once. It comes into service by a rotation to `shares`.',
    permission: 'system.rotateRoot',
    status: 201,
    body: makeSharesBody,
    reply: madeSharesReply,
    plainSecret: true,
    operation: makeShares,
    decode: call => call.body,
    encode: output => output,
  }),
  route({
    ...SYSTEM,
    method: 'GET',
    path: '/system/custody',
    summary: 'Shows what protects what, from the root key down. A sealed server answers it too.',
    permission: 'system.read',
    reply: custodyReply,
    operation: readCustody,
    decode: () => undefined,
    encode: overview => overview,
  }),
  route({
    ...SYSTEM,
    method: 'GET',
    path: '/system/hardware',
    summary: 'Looks for objects of the token that no key knows, and no generation of the root key.',
    permission: 'system.read',
    reply: hardwareReply,
    operation: checkHardware,
    decode: () => undefined,
    encode: report => report,
  }),
  route({
    ...SYSTEM,
    method: 'POST',
    path: '/system/hardware/orphans',
    summary:
      'Erases objects of the token that no key knows and that are older than a minute, and tells which it has erased.',
    permission: 'system.eraseHardware',
    reply: sweepReply,
    operation: eraseOrphans,
    decode: () => undefined,
    encode: report => report,
  }),
];

/** The bytes are wiped with the call. */
function shareIn({ secret, body }: Call<unknown, { readonly share?: string | undefined }>) {
  if (secret !== undefined) return SecretBytes.own(secret);
  if (body.share !== undefined) throw invalidInput('share', 'must be base64 of the text of a share');
  return undefined;
}
