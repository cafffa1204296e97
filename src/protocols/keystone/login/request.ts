// What a client sends to obtain a token: how it proves itself, and what the token is to hold for.

import { z } from 'zod';
import { domainReference, parseBody, text } from '../body.ts';

const secret = z.string().max(4_096);
const userReference = z.object({
  id: text.optional(),
  name: text.optional(),
  domain: domainReference.optional(),
});
const projectReference = z.object({
  id: text.optional(),
  name: text.optional(),
  domain: domainReference.optional(),
});

const identity = z.object({
  methods: z.array(z.string().max(64)).min(1).max(8),
  password: z.object({ user: userReference.extend({ password: secret }) }).optional(),
  token: z.object({ id: z.string().max(16_384) }).optional(),
  application_credential: z
    .object({ id: text.optional(), name: text.optional(), user: userReference.optional(), secret })
    .optional(),
});

const scope = z.union([
  z.literal('unscoped'),
  z.object({
    project: projectReference.optional(),
    system: z.object({ all: z.boolean().optional() }).optional(),
    domain: domainReference.optional(),
    unscoped: z.object({}).optional(),
    'OS-TRUST:trust': z.unknown().optional(),
  }),
]);

const request = z.object({ auth: z.object({ identity, scope: scope.optional() }) });

export type LoginIdentity = z.output<typeof identity>;
export type LoginScope = z.output<typeof scope>;
export type UserReference = z.output<typeof userReference>;
export type ProjectReference = z.output<typeof projectReference>;

/** Throws `invalidInput`. */
export function readLogin(body: unknown): {
  readonly identity: LoginIdentity;
  readonly scope?: LoginScope | undefined;
} {
  return parseBody(request, body).auth;
}

/** What of it may stand in the log: who it claims to be. */
export function claimOf({
  password,
  application_credential: application,
}: LoginIdentity): string | undefined {
  return password?.user.name ?? password?.user.id ?? application?.id ?? application?.name;
}
