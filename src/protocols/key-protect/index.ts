// IBM Key Protect (API version 2) over HTTP: `/api/v2` for keys and all that belongs to them, and the endpoints where tokens come from.

import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../base/logger.ts';
import type { Kms } from '../../core/kms.ts';
import { KmsError, toKmsError } from '../../domain/errors.ts';
import { BodiesOverloaded } from '../../wire/body.ts';
import { takeBodiesAsBytes, wipeOnceSent } from '../../wire/http.ts';
import { BODY_BYTES_MAX } from './body.ts';
import { COLLECTIONS } from './collections.ts';
import { faultOf } from './errors.ts';
import { faultBody, KeyProtectRefusal, refusal, statusOf } from './fault.ts';
import { ApiGauges, type GaugeRegistry } from './gauges.ts';
import { correlationId } from './headers.ts';
import { PROTOCOL_NAME } from './names.ts';
import { encodeAnswer } from './response.ts';
import type { Answer, Route } from './route.ts';
import { PREFIXES, ROUTES } from './routes.ts';
import { type Opened, open, recordRefusal, type ServeParts, serve } from './serve.ts';
import { tokenPlugin } from './tokens.ts';

export interface KeyProtectOptions {
  readonly url: string;
  /** The region of every instance. */
  readonly location: string;
  readonly logger: Logger;
  readonly metrics: GaugeRegistry;
}

export const keyProtectProtocol = {
  name: PROTOCOL_NAME,

  plugin(kms: Kms, options: KeyProtectOptions): FastifyPluginAsync {
    return async app => {
      await app.register(tokenPlugin(kms, options));
      const gauges = new ApiGauges(kms, options.location, options.metrics);
      for (const prefix of PREFIXES) {
        await app.register(async scope => registerRoutes(scope, prefix, kms, options, gauges), { prefix });
      }
    };
  },
};

function registerRoutes(
  scope: FastifyInstance,
  prefix: string,
  kms: Kms,
  options: KeyProtectOptions,
  gauges: ApiGauges,
): void {
  const { logger, location: region } = options;
  const parts: ServeParts = { kms, region, url: () => options.url };
  const known = new WeakMap<FastifyRequest, Opened>();

  scope.removeAllContentTypeParsers();
  // IBM's clients send media types of many kinds, or none, and bodies are read alike.
  takeBodiesAsBytes(scope, '*', BODY_BYTES_MAX);
  scope.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'correlation-id': correlationOf(request),
    });
  });

  for (const route of ROUTES.filter(candidate => candidate.path.startsWith(`${prefix}/`))) {
    scope.route({
      method: route.method,
      url: route.path.slice(prefix.length),
      onRequest: async request => {
        const { headers, ip: sourceAddress } = request;
        const requestId = correlationOf(request);
        const params = request.params as Readonly<Record<string, string>>;
        known.set(request, await open(parts, route, { requestId, headers, sourceAddress, params }));
      },
      onResponse: async (request, reply) => {
        const opened = known.get(request);
        if (opened === undefined) return;
        const { elapsedTime: durationMs, statusCode: status } = reply;
        const { id: instanceId } = opened.request.instance;
        await gauges.observe({ instanceId, api: `${route.method} ${route.path}`, status, durationMs });
      },
      handler: async (request, reply) => {
        const opened = known.get(request);
        if (opened === undefined) throw new Error('the caller of this request is not proven');
        const answer = await serve(route, opened, {
          params: request.params as Readonly<Record<string, string>>,
          search: (request.raw.url ?? '').split('?').slice(1).join('?'),
          body: request.body instanceof Uint8Array ? request.body : undefined,
        });
        return sendAnswer(reply, answer);
      },
      errorHandler: async (reason: Error, request, reply) => {
        const thrown =
          reason instanceof BodiesOverloaded ? new KmsError('overloaded', reason.message) : reason;
        const opened = known.get(request);
        const ofListener = listenerRefusal(thrown);
        const error =
          opened === undefined || ofListener === undefined
            ? (ofListener ?? toKmsError(thrown))
            : await recordRefusal(kms, opened.request.context, route, ofListener);
        if (error.code === 'internal') {
          const fields = { requestId: correlationOf(request), protocol: PROTOCOL_NAME };
          logger.log('error', 'request failed', fields, error.cause ?? error);
        }
        return sendFault(reply, route, error);
      },
    });
  }

  scope.setNotFoundHandler((_request, reply) => {
    const error = new KeyProtectRefusal({
      kind: 'bare',
      status: 404,
      message: 'There is no operation of this method and path.',
    });
    return sendFault(reply, { failed: '' }, error);
  });
}

const correlations = new WeakMap<FastifyRequest, string>();

/** The client's own id where it has sent one, else the one that the listener has made. */
function correlationOf(request: FastifyRequest): string {
  const found = correlations.get(request) ?? correlationId(request.headers) ?? request.id;
  correlations.set(request, found);
  return found;
}

/** What the listener itself refuses, in our words; undefined for everything else. */
function listenerRefusal(thrown: Error & { readonly code?: unknown }): KeyProtectRefusal | undefined {
  if (thrown.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return refusal('BAD_BODY_ERR', `The body must have at most ${BODY_BYTES_MAX} bytes.`);
  }
  const ours = typeof thrown.code !== 'string' || !thrown.code.startsWith('FST_ERR_CTP_');
  return ours ? undefined : refusal('BAD_BODY_ERR');
}

/** As a collection names itself: IBM's Python client gives its callers another thing for `application/json`. */
function mediaType({ body, noun }: Pick<Answer, 'body' | 'noun'>): string {
  const { collectionType } = (body?.metadata ?? {}) as { readonly collectionType?: string };
  return collectionType ?? (noun === undefined ? 'application/json' : COLLECTIONS[noun]);
}

function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  const body = encodeAnswer(answer);
  // They may hold a secret.
  wipeOnceSent(reply.raw, body);
  reply.code(answer.status).headers(answer.headers ?? {});
  return answer.body === undefined ? reply.send() : reply.type(mediaType(answer)).send(body);
}

const RETRY_AFTER_SECONDS = 1;

function sendFault(reply: FastifyReply, route: Pick<Route, 'failed'>, thrown: unknown): FastifyReply {
  const fault = faultOf(thrown);
  const status = statusOf(fault);
  if (status === 429 || status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
  return reply
    .code(status)
    .type(COLLECTIONS.error)
    .send(Buffer.from(JSON.stringify(faultBody(fault, route.failed))));
}
