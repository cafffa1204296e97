// One request from its proof to its answer, for every route alike. Whatever is refused behind the proof passes the one door as well, so
// that it is recorded before the caller hears of it.

import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Bytes, wipe } from '../../base/bytes.ts';
import type { RequestContext } from '../../core/context.ts';
import { execute } from '../../core/execute.ts';
import { enterProject } from '../../core/find-project.ts';
import type { Kms } from '../../core/kms.ts';
import { refuseRequest } from '../../core/operations/refuse-request.ts';
import { invalidInput, type KmsError, toKmsError } from '../../domain/errors.ts';
import { announcesBody, wipeOnceSent } from '../../wire/http.ts';
import { authenticate, PROTOCOL_NAME } from './authenticate.ts';
import { readBody, writeBody } from './body.ts';
import { ERROR_STATUS, errorReply } from './errors.ts';
import type { Answer, Call, Route } from './route.ts';
import type { PlacedRoute } from './routes.ts';
import { ruleOf } from './rule-of.ts';

export interface ServeParts {
  readonly kms: Kms;
  readonly location: string;
}

/** Proves the caller; the rest of the request is looked at only then. */
export async function openContext(
  { kms }: ServeParts,
  request: FastifyRequest,
  placed: PlacedRoute,
): Promise<RequestContext> {
  const { route, inProject } = placed;
  const actor = await authenticate(kms, {
    requestId: request.id,
    authorization: request.headers.authorization,
    sourceAddress: request.ip,
  });
  const context: RequestContext = {
    requestId: request.id,
    protocol: PROTOCOL_NAME,
    actor,
    sourceAddress: request.ip,
  };
  if (route.realm === 'caller') return { ...context, projectId: actor.principal.projectId };
  if (!inProject) return context;
  const { project = '' } = request.params as Record<string, string>;
  try {
    return { ...context, projectId: await enterProject(kms.store, actor.principal, project) };
  } catch (thrown) {
    throw await recordRefusal(kms, context, placed, thrown);
  }
}

/** Throws KmsErrors alone, each of them recorded. */
export async function serve(
  parts: ServeParts,
  placed: PlacedRoute,
  context: RequestContext,
  request: FastifyRequest,
): Promise<Answer> {
  let call: Call | undefined;
  try {
    let run: () => Promise<Answer>;
    try {
      call = readCall(parts, placed, context, request);
      run = placed.route.plan(call);
    } catch (thrown) {
      throw await recordRefusal(parts.kms, context, placed, thrown);
    }
    return await run();
  } finally {
    if (call?.secret !== undefined) wipe(call.secret);
  }
}

/** The refusal of what no operation could take; the error to answer. */
export async function recordRefusal(
  kms: Kms,
  context: RequestContext,
  { route, path }: PlacedRoute,
  thrown: unknown,
): Promise<KmsError> {
  const input = { asked: `${route.method} ${path}`, error: toKmsError(thrown) };
  return execute(kms, refuseRequest, context, input).catch(toKmsError);
}

function readCall(
  { kms, location }: ServeParts,
  { route, path }: PlacedRoute,
  context: RequestContext,
  request: FastifyRequest,
): Call {
  const params = request.params as Readonly<Record<string, string>>;
  const query = checked('query', route.query, request.query);
  const { body, secret } = readCallBody(route, request);
  const list = [path, context.projectId ?? 'system', params.key ?? params.principal ?? ''].join(' ');
  return { kms, context, location, params, query, body, secret, list };
}

function readCallBody(route: Route, request: FastifyRequest): { body: unknown; secret: Bytes | undefined } {
  const bytes = request.body as Buffer | undefined | null;
  const empty = bytes === undefined || bytes === null || bytes.length === 0;
  if (route.body === undefined) {
    // That of a GET is read by nobody: node lets it go by before the next request.
    const given = route.method === 'GET' ? announcesBody(request.headers) : !empty;
    if (given) throw invalidInput('body', 'must be empty: this route takes none');
    return { body: undefined, secret: undefined };
  }
  const { value, secret } = empty
    ? { value: {}, secret: undefined }
    : readBody(bytes, request.headers['content-type'], route.secret);
  return { body: checked('body', route.body, value), secret };
}

function checked(part: 'query' | 'body', shape: z.ZodObject | undefined, value: unknown): unknown {
  const outcome = (shape ?? NOTHING).safeParse(value);
  if (outcome.success) return outcome.data;
  const [issue] = outcome.error.issues;
  const path = issue?.path.join('.') ?? '';
  if (issue?.code === 'unrecognized_keys') {
    throw invalidInput([path, issue.keys[0]].filter(Boolean).join('.'), `is not known here (${part})`);
  }
  const rule = issue === undefined ? 'does not fit' : ruleOf(issue, value);
  throw invalidInput(path === '' ? part : path, rule);
}

const NOTHING = z.strictObject({});

export function sendJson(
  reply: FastifyReply,
  { route }: PlacedRoute,
  answer: Readonly<Record<string, unknown>>,
): FastifyReply {
  const body = writeBody(answer, route.plainSecret === true);
  // They may hold a secret.
  wipeOnceSent(reply.raw, body);
  return reply
    .code(route.status ?? 200)
    .type('application/json; charset=utf-8')
    .send(body);
}

export function sendLines(reply: FastifyReply, { route }: PlacedRoute, lines: Readable): FastifyReply {
  return reply
    .code(route.status ?? 200)
    .type('application/x-ndjson; charset=utf-8')
    .send(lines);
}

const RETRY_AFTER_SECONDS = 1;

export function sendError(reply: FastifyReply, error: KmsError, requestId: string): FastifyReply {
  if (error.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer');
  if (error.code === 'throttled') reply.header('retry-after', RETRY_AFTER_SECONDS);
  return reply
    .code(ERROR_STATUS[error.code])
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(errorReply(error, requestId)));
}
