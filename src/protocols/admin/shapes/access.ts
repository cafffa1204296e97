// Projects, key rings, principals, credentials, and who may do what.

import { z } from 'zod';
import { tableKeys } from '../../../base/table.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { ALL_PERMISSIONS, ALL_ROLES } from '../../../domain/permission.ts';
import { CONDITION_OPERATORS } from '../../../domain/rule.ts';
import { base64Text, id, instant, keyReference, label, pageQuery, pageReply, reference } from './common.ts';

export const projectReply = z.strictObject({
  id,
  name: z.string(),
  accountId: z.string().meta({ description: 'twelve digits' }),
  enabled: z.boolean(),
  createdAt: instant,
  revision: z.int(),
});
export const projectsReply = pageReply(projectReply);
export const createProjectBody = z.strictObject({ name: label });
export const updateProjectBody = z.strictObject({
  name: label.optional(),
  enabled: z.boolean().optional(),
});

export const keyRingReply = z.strictObject({
  id,
  projectId: id,
  name: z.string(),
  owner: z.string().optional().meta({ description: 'the protocol that made it and alone may delete it' }),
  createdBy: z.string().meta({ description: 'id of a principal, or a part of the server' }),
  createdAt: instant,
});
export const keyRingsReply = pageReply(keyRingReply);
export const createKeyRingBody = z.strictObject({ name: label });
export const deleteKeyRingQuery = z.strictObject({
  moveKeys: z
    .stringbool({ truthy: ['true'], falsy: ['false'], case: 'sensitive' })
    .default(false)
    .meta({ description: 'keys that are destroyed or wait for it go to the ring `default`' }),
});

const principalKind = z.enum(['user', 'serviceAccount']);
export const principalReply = z.strictObject({
  id,
  projectId: id.optional().meta({ description: 'the home project; absent for a principal of the system' }),
  kind: principalKind,
  name: z.string(),
  keyRingId: id.optional().meta({ description: 'the ring in which it makes keys; default: `default`' }),
  enabled: z.boolean(),
  createdAt: instant,
  revision: z.int(),
});
export const principalsReply = pageReply(principalReply);
const ownRing = reference
  .optional()
  .meta({ description: 'id or name of the key ring that takes the keys which it makes without naming one' });
export const createPrincipalBody = z.strictObject({
  name: label,
  kind: principalKind.default('serviceAccount'),
  keyRing: ownRing,
});
export const updatePrincipalBody = z.strictObject({
  name: label.optional(),
  enabled: z.boolean().optional(),
  keyRing: ownRing,
});

const issuedKind = z.enum(['apiKey', 'accessKeyPair']);
export const credentialReply = z.strictObject({
  id,
  principalId: id,
  kind: z.enum(['apiKey', 'accessKeyPair', 'certificate', 'password', 'applicationCredential']),
  lookup: z.string().meta({
    description:
      'the access key id, the public part of an API key, the SHA-256 of a certificate in DER, the id of the principal of a password, or that of an application credential',
  }),
  enabled: z.boolean(),
  createdAt: instant,
  expiresAt: instant.optional(),
  certificate: z
    .strictObject({
      subject: z.string(),
      issuer: z.string(),
      serialNumber: z.string(),
      notBefore: instant,
      notAfter: instant,
    })
    .optional()
    .meta({ description: 'what a certificate says of itself' }),
  application: z
    .strictObject({
      name: z.string(),
      description: z.string(),
      projectId: id,
      roles: z.array(z.enum(ALL_ROLES)).readonly(),
    })
    .optional()
    .meta({ description: 'what an application credential is for' }),
});
export const credentialsReply = z.strictObject({ items: z.array(credentialReply).readonly() });
export const issueCredentialBody = z.strictObject({
  kind: issuedKind.default('apiKey'),
  expiresAt: instant.optional(),
});
export const setPasswordBody = z.strictObject({
  password: base64Text.meta({ description: 'the bytes of the password: its text in UTF-8' }),
});
export const addCertificateBody = z.strictObject({
  certificate: z
    .string()
    .max(LIMITS.certificateCharactersMax)
    .meta({ description: 'one X.509 certificate in PEM' }),
  expiresAt: instant
    .optional()
    .meta({ description: 'it counts no longer than the certificate is valid in any case' }),
});
const DAY_MS = 86_400_000;
export const certifyClientBody = z.strictObject({
  publicKey: z
    .string()
    .max(LIMITS.publicKeyCharactersMax)
    .meta({ description: 'SubjectPublicKeyInfo in PEM; the private key stays with the client' }),
  validDays: z
    .int()
    .min(1)
    .max(Math.floor(LIMITS.clientCertificateMsMax / DAY_MS))
    .default(825),
});
export const certifiedClientReply = z.strictObject({
  credential: credentialReply,
  certificate: z.string().meta({ description: 'in PEM' }),
  authority: z.string().meta({ description: 'the certificate of the authority in PEM' }),
});
export const authorityReply = z.strictObject({ certificate: z.string().meta({ description: 'in PEM' }) });
export const rotateTokenKeyBody = z.strictObject({
  revoke: z.boolean().default(false).meta({
    description: 'tokens that are out prove nothing any more, instead of counting to their own end',
  }),
});
export const tokenKeyReply = z.strictObject({ id, createdAt: instant });
export const issuedCredentialReply = z.strictObject({
  credential: credentialReply,
  secret: z.string().meta({ description: 'the API key, or the secret access key. Shown this once.' }),
});

const role = z.enum(ALL_ROLES);
const permission = z.enum(ALL_PERMISSIONS);

const scopeReply = z.discriminatedUnion('level', [
  z.strictObject({ level: z.literal('system') }),
  z.strictObject({ level: z.literal('project'), id }),
  z.strictObject({ level: z.literal('keyRing'), id }),
  z.strictObject({ level: z.literal('key'), id }),
]);

/** Neither of both: the project of the path, or the system. */
const onWhat = { keyRing: reference.optional(), key: keyReference.optional() };
export type OnWhat = { readonly keyRing?: string | undefined; readonly key?: string | undefined };

export const bindingReply = z.strictObject({
  id,
  principalId: id,
  role,
  scope: scopeReply,
  createdAt: instant,
});
export const bindingsReply = pageReply(bindingReply);
export const principalBindingsReply = z.strictObject({ items: z.array(bindingReply).readonly() });
export const bindBody = z.strictObject({ principal: reference, role, ...onWhat });
export const scopedListQuery = z.strictObject({ ...pageQuery, ...onWhat });

const permissionOrAll = z.union([permission, z.literal('*')]);
const conditionShape = z.strictObject({
  attribute: z.string(),
  operator: z.enum(tableKeys(CONDITION_OPERATORS)),
  values: z.array(z.string()).max(LIMITS.valuesPerConditionMax).readonly(),
  ifExists: z.boolean().optional(),
});
const ruleMembers = {
  effect: z.enum(['allow', 'deny']),
  principals: z.array(reference).max(LIMITS.principalsPerRuleMax).readonly(),
  permissions: z
    .array(permissionOrAll)
    .max(ALL_PERMISSIONS.length + 1)
    .readonly(),
};
export const ruleReply = z.strictObject({
  id,
  scope: scopeReply,
  ...ruleMembers,
  conditions: z.array(conditionShape).readonly(),
  owner: z.string().optional(),
  createdAt: instant,
});
export const rulesReply = pageReply(ruleReply);
export const createRuleBody = z.strictObject({
  ...ruleMembers,
  conditions: z.array(conditionShape).max(LIMITS.conditionsPerRuleMax).readonly().default([]),
  ...onWhat,
});

export const explainBody = z.strictObject({
  principal: reference,
  permission,
  ...onWhat,
  attributes: z
    .record(z.string(), z.string())
    .optional()
    .meta({ description: 'of the imagined request, such as source.address or context.department' }),
});
export const explainReply = z.strictObject({
  allowed: z.boolean(),
  reason: z.string(),
  principal: principalReply,
  bindings: z.array(bindingReply).readonly(),
  rules: z.array(z.strictObject({ rule: ruleReply, matches: z.boolean() })).readonly(),
});

export const whoamiReply = z.strictObject({
  principal: principalReply,
  credentialId: id,
  project: projectReply.optional(),
  bindings: z.array(bindingReply).readonly(),
});
