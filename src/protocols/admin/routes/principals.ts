// Principals and their credentials, in a project or in the system.

import { SecretBytes } from '../../../base/secret-bytes.ts';
import { listPrincipalBindings } from '../../../core/operations/access/bindings.ts';
import { certifyClient, readAuthority } from '../../../core/operations/identity/certify-client.ts';
import {
  addCertificate,
  issueCredential,
  listCredentials,
  revokeCredential,
} from '../../../core/operations/identity/credentials.ts';
import { setPassword } from '../../../core/operations/identity/passwords.ts';
import {
  createPrincipal,
  deletePrincipal,
  listPrincipals,
  readPrincipal,
  updatePrincipal,
} from '../../../core/operations/identity/principals.ts';
import { whoAmI } from '../../../core/operations/identity/who-am-i.ts';
import { rotateTokenKey } from '../../../core/operations/system/token-keys.ts';
import { invalidInput } from '../../../domain/errors.ts';
import { type Call, cursorOf, pageOf, type Route, route } from '../route.ts';
import {
  addCertificateBody,
  authorityReply,
  certifiedClientReply,
  certifyClientBody,
  createPrincipalBody,
  credentialReply,
  credentialsReply,
  issueCredentialBody,
  issuedCredentialReply,
  principalBindingsReply,
  principalReply,
  principalsReply,
  rotateTokenKeyBody,
  setPasswordBody,
  tokenKeyReply,
  updatePrincipalBody,
  whoamiReply,
} from '../shapes/access.ts';
import { listQuery } from '../shapes/common.ts';

const DAY_MS = 86_400_000;

const named = ({ params }: Call) => ({ principal: params.principal ?? '' });

const ALL = { path: '/principals', realm: 'either', noun: 'principals' } as const;
const ONE = { ...ALL, path: '/principals/:principal' } as const;
const CREDENTIALS = {
  path: '/principals/:principal/credentials',
  realm: 'either',
  noun: 'credentials',
} as const;

export const PRINCIPAL_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/whoami',
    realm: 'caller',
    noun: 'principals',
    summary: 'Shows who the caller is and which roles are bound to it.',
    permission: undefined,
    reply: whoamiReply,
    operation: whoAmI,
    decode: () => undefined,
    encode: output => output,
  }),
  route({
    method: 'GET',
    path: '/authority',
    realm: 'caller',
    noun: 'credentials',
    summary: 'Shows the certificate of the authority, by which clients know the KMIP port.',
    permission: undefined,
    reply: authorityReply,
    operation: readAuthority,
    decode: () => undefined,
    encode: certificate => ({ certificate }),
  }),
  route({
    ...ALL,
    method: 'POST',
    summary: 'Makes a principal. It may do nothing until a role is bound to it.',
    permission: 'principal.create',
    status: 201,
    body: createPrincipalBody,
    reply: principalReply,
    operation: createPrincipal,
    decode: ({ body }) => body,
    encode: principal => principal,
  }),
  route({
    ...ALL,
    method: 'GET',
    summary: 'Lists principals.',
    permission: 'principal.read',
    query: listQuery,
    reply: principalsReply,
    operation: listPrincipals,
    decode: call => ({ page: pageOf(call) }),
    encode: ({ items, next }, call) => ({ items, ...cursorOf(call, next) }),
  }),
  route({
    ...ONE,
    method: 'GET',
    summary: 'Shows a principal.',
    permission: 'principal.read',
    reply: principalReply,
    operation: readPrincipal,
    decode: named,
    encode: principal => principal,
  }),
  route({
    ...ONE,
    method: 'PATCH',
    summary: 'Renames, disables or enables a principal. Disabling counts from the next request on.',
    permission: 'principal.update',
    body: updatePrincipalBody,
    reply: principalReply,
    operation: updatePrincipal,
    decode: call => ({ ...named(call), ...call.body }),
    encode: principal => principal,
  }),
  route({
    ...ONE,
    method: 'DELETE',
    summary: 'Deletes a principal with its credentials and role bindings.',
    permission: 'principal.delete',
    reply: principalReply,
    operation: deletePrincipal,
    decode: named,
    encode: principal => principal,
  }),
  route({
    ...CREDENTIALS,
    method: 'POST',
    summary:
      'Issues a credential and shows its secret this once. Demands everything that the principal itself may do.',
    permission: 'credential.create',
    status: 201,
    body: issueCredentialBody,
    reply: issuedCredentialReply,
    plainSecret: true,
    operation: issueCredential,
    decode: call => ({ ...named(call), ...call.body }),
    encode: output => output,
  }),
  route({
    ...CREDENTIALS,
    method: 'POST',
    path: '/principals/:principal/password',
    summary:
      'Sets the password, in place of the one before. Demands everything that the principal itself may do.',
    permission: 'credential.create',
    body: setPasswordBody,
    secret: 'password',
    reply: credentialReply,
    operation: setPassword,
    decode(call) {
      if (call.secret === undefined) throw invalidInput('password', 'must be base64');
      return { ...named(call), password: SecretBytes.own(call.secret) };
    },
    encode: credential => credential,
  }),
  route({
    ...CREDENTIALS,
    method: 'POST',
    path: '/principals/:principal/certificates',
    summary:
      'Makes an X.509 client certificate a credential. Demands everything that the principal itself may do.',
    permission: 'credential.create',
    status: 201,
    body: addCertificateBody,
    reply: credentialReply,
    operation: addCertificate,
    decode: call => ({ ...named(call), ...call.body }),
    encode: credential => credential,
  }),
  route({
    ...CREDENTIALS,
    method: 'POST',
    path: '/principals/:principal/certified-keys',
    summary:
      'Certifies a public key by the authority of the installation, and makes the certificate a credential. Demands everything that the principal itself may do.',
    permission: 'credential.create',
    status: 201,
    body: certifyClientBody,
    reply: certifiedClientReply,
    operation: certifyClient,
    decode: call => ({
      ...named(call),
      publicKey: call.body.publicKey,
      validMs: call.body.validDays * DAY_MS,
    }),
    encode: output => output,
  }),
  route({
    ...CREDENTIALS,
    method: 'GET',
    summary: 'Lists the credentials of a principal, never their secrets.',
    permission: 'credential.read',
    reply: credentialsReply,
    operation: listCredentials,
    decode: named,
    encode: output => output,
  }),
  route({
    ...CREDENTIALS,
    method: 'DELETE',
    path: `${CREDENTIALS.path}/:credential`,
    summary: 'Revokes a credential, from the next request on.',
    permission: 'credential.revoke',
    reply: credentialReply,
    operation: revokeCredential,
    decode: call => ({ ...named(call), credentialId: call.params.credential ?? '' }),
    encode: credential => credential,
  }),
  route({
    ...ONE,
    path: '/principals/:principal/bindings',
    method: 'GET',
    summary: 'Lists the roles of a principal: in the project, or in the system all of them.',
    permission: 'access.read',
    reply: principalBindingsReply,
    operation: listPrincipalBindings,
    decode: named,
    encode: output => output,
  }),
  route({
    method: 'POST',
    path: '/system/token-keys',
    realm: 'system',
    noun: 'system',
    summary: 'Makes a new key that signs tokens, in place of the one before.',
    permission: 'system.rotateTokenKey',
    status: 201,
    body: rotateTokenKeyBody,
    reply: tokenKeyReply,
    operation: rotateTokenKey,
    decode: ({ body }) => body,
    encode: key => key,
  }),
];
