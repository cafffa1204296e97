// Resources that depend on keys.

import { z } from 'zod';
import { LIMITS } from '../../../domain/limits.ts';
import { id, instant, pageQuery, pageReply } from './common.ts';

const resource = z
  .string()
  .min(1)
  .max(LIMITS.resourceCharactersMax)
  .meta({ description: 'what the resource is called where it lives' });
const preventsDestruction = z.boolean().meta({ description: 'while it is there, nobody destroys the key' });
const description = z.string().max(LIMITS.descriptionCharactersMax);
const metadata = z
  .string()
  .max(LIMITS.registrationMetadataCharactersMax)
  .meta({ description: 'a text that is kept and given back' });
const keyVersion = z
  .int()
  .min(1)
  .max(LIMITS.keyVersionsMax)
  .meta({ description: 'the version that the resource uses' });
const revision = z.int().min(1).optional().meta({ description: 'refuse when it is at another one' });

export const registrationReply = z.strictObject({
  projectId: id,
  keyId: id,
  resource: z.string(),
  preventsDestruction: z.boolean(),
  description: z.string(),
  metadata: z.string(),
  keyVersion: z.int(),
  createdBy: z.string(),
  createdAt: instant,
  updatedBy: z.string(),
  updatedAt: instant,
  revision: z.int(),
});
export const registrationsReply = pageReply(registrationReply);

export const createRegistrationBody = z.strictObject({
  resource,
  preventsDestruction: preventsDestruction.optional(),
  description: description.optional(),
  metadata: metadata.optional(),
  keyVersion: keyVersion.optional().meta({ description: 'default: the primary version' }),
});
export const updateRegistrationBody = z.strictObject({
  preventsDestruction: preventsDestruction.optional(),
  description: description.optional(),
  metadata: metadata.optional(),
  keyVersion: keyVersion.optional(),
  revision,
});
export const replaceRegistrationBody = z.strictObject({
  preventsDestruction: preventsDestruction.default(false),
  description: description.default(''),
  metadata: metadata.default(''),
  keyVersion: keyVersion.optional().meta({ description: 'default: the primary version' }),
  revision,
});
export const listRegistrationsQuery = z.strictObject({
  ...pageQuery,
  resource: resource.optional().meta({ description: 'all of it; `<beginning>*`; or `*<end>`' }),
  preventsDestruction: z.enum(['true', 'false']).optional(),
});
