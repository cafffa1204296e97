// One HTTP exchange: who asks, of which instance, and what is answered. Every refusal after the caller is known is in the audit log before
// it leaves; the secret of a request is wiped whatever happens.

import type { IncomingHttpHeaders } from 'node:http';
import { type Bytes, EMPTY_BYTES, wipe } from '../../base/bytes.ts';
import type { Actor, RequestContext } from '../../core/context.ts';
import { execute } from '../../core/execute.ts';
import { enterProject, isNoProject } from '../../core/find-project.ts';
import type { Kms } from '../../core/kms.ts';
import { refuseRequest } from '../../core/operations/refuse-request.ts';
import { KmsError, toKmsError } from '../../domain/errors.ts';
import { authenticate } from './authenticate.ts';
import { lacksSubject } from './bearer.ts';
import { type ReadBody, readBody } from './body.ts';
import { KeyProtectRefusal, refusal } from './fault.ts';
import { type Headers, readHeaders } from './headers.ts';
import { PROTOCOL_NAME, parseUuid } from './names.ts';
import { Query } from './query.ts';
import type { KeyProtectRequest } from './request.ts';
import type { Answer, Route } from './route.ts';

export interface ServeParts {
  readonly kms: Kms;
  readonly region: string;
  readonly url: () => string;
}

export interface Incoming {
  readonly requestId: string;
  readonly headers: IncomingHttpHeaders;
  readonly sourceAddress: string;
  readonly params: Readonly<Record<string, string>>;
}

/** A request whose caller is proven: what goes wrong with it from here on is recorded under that name. */
export interface Opened {
  readonly request: KeyProtectRequest;
  readonly headers: Headers;
}

/** Throws the refusal once it is recorded. */
export async function open(parts: ServeParts, route: Route, incoming: Incoming): Promise<Opened> {
  const { kms } = parts;
  const { requestId, sourceAddress } = incoming;
  const { authorization } = incoming.headers;
  const actor = await authenticate(kms, { requestId, sourceAddress, authorization }).catch(
    (thrown: unknown) => {
      const nobodys =
        thrown instanceof KmsError && thrown.code === 'unauthenticated' && lacksSubject(authorization);
      throw nobodys ? refusal('BEARER_SUB_EXTRACTION_ERR') : thrown;
    },
  );
  const home = actor.principal.projectId;
  const context: RequestContext = {
    requestId,
    protocol: PROTOCOL_NAME,
    actor,
    projectId: home,
    sourceAddress,
  };
  try {
    const headers = readHeaders(incoming.headers, route.instance === undefined);
    const named = route.instance === 'inPath' ? parseUuid(incoming.params.instance) : headers.instanceId;
    if (named === undefined && route.instance === 'inPath') throw refusal('UNAUTHORIZED_ERR');
    const projectId = await projectOf(kms, actor, named);
    return { headers, request: requestOf(parts, { ...context, projectId }, headers) };
  } catch (thrown) {
    throw await recordRefusal(kms, context, route, thrown);
  }
}

/** Throws UNAUTHORIZED_ERR for an instance that is not there, or not for this principal: the two are alike. */
async function projectOf(
  kms: Kms,
  { principal }: Actor & { type: 'principal' },
  instanceId: string | undefined,
): Promise<string | undefined> {
  if (instanceId === undefined) return principal.projectId;
  const projectId = await enterProject(kms.store, principal, instanceId);
  if (isNoProject(projectId)) throw refusal('UNAUTHORIZED_ERR');
  return projectId;
}

function requestOf(
  { kms, region, url }: ServeParts,
  context: RequestContext,
  { keyRing }: Headers,
): KeyProtectRequest {
  return {
    kms,
    context,
    instance: { id: context.projectId ?? '', region },
    keyRing,
    url: url(),
    recorded: new WeakSet(),
  };
}

export interface Content {
  readonly params: Readonly<Record<string, string>>;
  /** What follows the question mark. */
  readonly search: string;
  readonly body: Bytes | undefined;
}

/** Throws what was refused, recorded. */
export async function serve(route: Route, { request, headers }: Opened, content: Content): Promise<Answer> {
  const bytes = content.body ?? EMPTY_BYTES;
  let read: ReadBody | undefined;
  try {
    const query = new Query(content.search);
    read = readBody(bytes, typeof route.secret === 'function' ? route.secret(query) : route.secret);
    return await route.serve({
      request,
      params: content.params,
      query,
      body: read.members,
      bodyGiven: read.given,
      secret: read.secret,
      prefer: headers.prefer,
      ifMatch: headers.ifMatch,
    });
  } catch (thrown) {
    if (thrown instanceof KmsError && request.recorded.has(thrown)) throw thrown;
    throw await recordRefusal(request.kms, request.context, route, thrown);
  } finally {
    wipe(bytes);
    if (read?.secret !== undefined) wipe(read.secret);
  }
}

/** The refusal of what no operation could take; the error to answer, in the words that it was refused with. */
export async function recordRefusal(
  kms: Kms,
  context: RequestContext,
  { method, path }: Pick<Route, 'method' | 'path'>,
  thrown: unknown,
): Promise<KmsError> {
  const error = thrown instanceof KeyProtectRefusal ? thrown : toKmsError(thrown);
  return execute(kms, refuseRequest, context, { asked: `${method} ${path}`, error }).catch(toKmsError);
}
