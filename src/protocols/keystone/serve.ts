// One request from its token to its answer. Headers that say who somebody is (`X-User-Id`, `X-Roles` and their like) are not looked at.

import type { IncomingHttpHeaders } from 'node:http';
import { refuseAuthentication } from '../../core/authentication.ts';
import { type CloudSession, proveCloudToken } from '../../core/cloud-session.ts';
import type { RequestContext } from '../../core/context.ts';
import { execute } from '../../core/execute.ts';
import type { Kms } from '../../core/kms.ts';
import { refuseRequest } from '../../core/operations/refuse-request.ts';
import { KmsError, toKmsError } from '../../domain/errors.ts';
import { readBody } from './body.ts';
import { PROTOCOL_NAME } from './names.ts';
import type { Answer, Call, ProvenCall, Route } from './route.ts';

export interface Incoming {
  readonly requestId: string;
  readonly sourceAddress: string;
  readonly headers: IncomingHttpHeaders;
  readonly params: Readonly<Record<string, string>>;
  /** What follows the question mark. */
  readonly search: string;
  readonly body: Uint8Array | undefined;
}

/** Throws KmsErrors alone, each of them recorded. */
export async function serve(kms: Kms, url: string, route: Route, incoming: Incoming): Promise<Answer> {
  if ('open' in route) return route.open(callOf(kms, url, incoming));
  const caller = await authenticate(kms, incoming);
  const { requestId, sourceAddress } = incoming;
  const { actor, projectId, session } = caller;
  const context: RequestContext = {
    requestId,
    protocol: PROTOCOL_NAME,
    actor,
    projectId,
    session,
    sourceAddress,
  };
  const recorded = new WeakSet<KmsError>();
  const call: ProvenCall = {
    ...callOf(kms, url, incoming),
    caller,
    async perform(operation, place, input) {
      try {
        return await execute(kms, operation, { ...context, projectId: place }, input);
      } catch (thrown) {
        const error = toKmsError(thrown);
        recorded.add(error);
        throw error;
      }
    },
  };
  try {
    return await route.serve(call);
  } catch (thrown) {
    const error = toKmsError(thrown);
    if (recorded.has(error)) throw error;
    const asked = `${route.method} /v3${route.path}`;
    throw await execute(kms, refuseRequest, context, { asked, error }).catch(toKmsError);
  }
}

async function authenticate(
  kms: Kms,
  { requestId, sourceAddress, headers }: Incoming,
): Promise<CloudSession> {
  try {
    const token = headers['x-auth-token'];
    const session = typeof token === 'string' ? await proveCloudToken(kms, token) : undefined;
    if (session !== undefined) return session;
    throw new KmsError('unauthenticated', 'Send a token: X-Auth-Token.');
  } catch (thrown) {
    const error = toKmsError(thrown);
    throw await refuseAuthentication(kms, {
      protocol: PROTOCOL_NAME,
      requestId,
      sourceAddress,
      error,
      unguessable: true,
    });
  }
}

function callOf(kms: Kms, url: string, incoming: Incoming): Call {
  const { requestId, sourceAddress, headers, params, search, body } = incoming;
  const subjectToken = headers['x-subject-token'];
  return {
    kms,
    url,
    requestId,
    sourceAddress,
    subjectToken: typeof subjectToken === 'string' ? subjectToken : undefined,
    params,
    query: new URLSearchParams(search),
    readBody: () => readBody(body),
  };
}
