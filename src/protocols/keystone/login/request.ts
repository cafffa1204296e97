// What a client sends to obtain a token: how it proves itself, and what the token is to hold for.

import { z } from 'zod';
import { domainReference, parseBody, text } from '../body.ts';

const secret = z.string().max(4_096);
const reference = z.object({
  id: text.optional(),
  name: text.optional(),
  domain: domainReference.optional(),
});
type Reference = z.output<typeof reference>;

/** By its id, or by its name in a domain. */
const userReference = reference.refine(isSaid);
const projectReference = reference.refine(isSaid);

function isSaid({ id, name, domain }: Reference): boolean {
  return id !== undefined || (name !== undefined && (domain?.id ?? domain?.name) !== undefined);
}

const identity = z.object({
  methods: z.array(z.string().max(64)).min(1).max(8),
  password: z.object({ user: reference.extend({ password: secret }).refine(isSaid) }).optional(),
  token: z.object({ id: z.string().max(16_384) }).optional(),
  application_credential: z
    .object({ id: text.optional(), name: text.optional(), user: userReference.optional(), secret })
    .optional(),
});

/** One of them, and not several: who asks for two does not mean the wider one. */
const scope = z.union([
  z.literal('unscoped'),
  z
    .object({
      project: projectReference.optional(),
      system: z.object({ all: z.boolean().optional() }).optional(),
      domain: domainReference.optional(),
      unscoped: z.object({}).optional(),
      'OS-TRUST:trust': z.unknown().optional(),
    })
    .refine(asked => Object.keys(asked).length === 1),
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
