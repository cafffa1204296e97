// One HTTP exchange: who asks, in which version, and what is answered. Every refusal after the caller is known is in the audit log before
// it leaves; the body of a request is wiped whatever happens.

import type { IncomingHttpHeaders } from 'node:http';
import { type Bytes, EMPTY_BYTES, wipe } from '../../base/bytes.ts';
import { decider, deniedError } from '../../core/authorize.ts';
import { openCloudRequest } from '../../core/cloud-session.ts';
import type { RequestContext } from '../../core/context.ts';
import { execute } from '../../core/execute.ts';
import { refuseRequest } from '../../core/operations/refuse-request.ts';
import { readContainer } from '../../core/operations/secrets/containers.ts';
import { readSecret } from '../../core/operations/secrets/read-secret.ts';
import { KmsError, toKmsError } from '../../domain/errors.ts';
import { isMediaType } from '../../wire/http.ts';
import { isObjectId, PROTOCOL_NAME } from './names.ts';
import { Query } from './query.ts';
import { absent, BarbicanRefusal, refusal } from './refusal.ts';
import type { Answer, Route, Service } from './route.ts';
import type { Microversion } from './versions.ts';

export interface Incoming {
  readonly requestId: string;
  readonly sourceAddress: string;
  readonly headers: IncomingHttpHeaders;
  readonly params: Readonly<Record<string, string>>;
  /** What follows the question mark. */
  readonly search: string;
  readonly body: Bytes | undefined;
  readonly version: Microversion;
}

/** Throws what was refused, recorded. */
export async function serve(
  service: Service,
  route: Omit<Route, 'method'> & { readonly method: string },
  incoming: Incoming,
): Promise<Answer> {
  const { requestId, sourceAddress, headers, params, version, body = EMPTY_BYTES } = incoming;
  const { kms } = service;
  try {
    const context = await openCloudRequest(kms, {
      protocol: PROTOCOL_NAME,
      requestId,
      sourceAddress,
      token: single(headers['x-auth-token']),
      serviceToken: single(headers['x-service-token']),
    });
    try {
      if (route.answers === undefined && !takesJson(headers.accept)) {
        throw refusal(406, 'The answer is given as application/json.');
      }
      const contentType = headers['content-type'];
      if (route.takes === 'json' && !isMediaType(contentType, 'application/json')) {
        throw refusal(415, 'The media type must be application/json.');
      }
      return await route.serve({
        ...service,
        context,
        params,
        query: new Query(incoming.search),
        version,
        accept: headers.accept,
        contentType,
        contentEncoding: headers['content-encoding'],
        body,
      });
    } catch (thrown) {
      // What an operation has refused is recorded by the one door.
      if (thrown instanceof KmsError && !(thrown instanceof BarbicanRefusal)) throw thrown;
      const asked = `${route.method} ${route.path}`;
      const sooner =
        (await unreached(service, route, context, params)) ?? (await lacking(service, route, context));
      const error = toKmsError(sooner ?? thrown);
      throw await execute(kms, refuseRequest, context, { asked, error }).catch((refused: unknown) => refused);
    }
  } finally {
    wipe(body);
  }
}

/** As Barbican weighs it, which is not at all: a word without a media type in it wishes for nothing. */
function takesJson(accept: string | undefined): boolean {
  if (accept === undefined || accept === 'application/json') return true;
  return !accept.includes('/') || /\*\/\*|application\/(?:\*|json)/.test(accept);
}

/** The refusal of an id that there cannot be. Throws what is told of one that is not there, or not for the caller: it is recorded. */
async function unreached(
  { kms }: Service,
  { about }: Pick<Route, 'about'>,
  context: RequestContext,
  { id = '' }: Incoming['params'],
): Promise<KmsError | undefined> {
  if (about === undefined) return undefined;
  if (!isObjectId(id)) return absent(about);
  if (about === 'secret') await execute(kms, readSecret, context, { id });
  else await execute(kms, readContainer, context, { id });
  return undefined;
}

/** The refusal of a caller who lacks what the route needs. */
async function lacking(
  { kms }: Service,
  { needs }: Pick<Route, 'needs'>,
  context: RequestContext,
): Promise<KmsError | undefined> {
  if (needs === undefined) return undefined;
  const { projectId } = context;
  const { allowed, reason } = await decider(kms.store, context)({ permission: needs, place: { projectId } });
  return allowed ? undefined : deniedError(reason, needs);
}

function single(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
