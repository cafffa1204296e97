// The administration protocol: our own REST API under /admin/v1, spoken by the command line and the console.

import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { Logger } from '../../base/logger.ts';
import type { RequestContext } from '../../core/context.ts';
import type { Kms } from '../../core/kms.ts';
import { KmsError, toKmsError } from '../../domain/errors.ts';
import { BodiesOverloaded } from '../../wire/body.ts';
import { takeBodiesAsBytes } from '../../wire/http.ts';
import { PROTOCOL_NAME } from './authenticate.ts';
import { BODY_BYTES_MAX } from './body.ts';
import { openApiDocument, PREFIX } from './openapi.ts';
import { PLACED_ROUTES, type PlacedRoute } from './routes.ts';
import {
  openContext,
  recordRefusal,
  type ServeParts,
  sendError,
  sendJson,
  sendLines,
  serve,
} from './serve.ts';

export const adminProtocol = {
  name: PROTOCOL_NAME,

  plugin(kms: Kms, options: AdminOptions): FastifyPluginAsync {
    return async app => {
      await app.register(async scope => registerRoutes(scope, kms, options), { prefix: PREFIX });
    };
  },
};

interface AdminOptions {
  readonly url: string;
  readonly location: string;
  readonly logger: Logger;
}

function registerRoutes(scope: FastifyInstance, kms: Kms, options: AdminOptions): void {
  const { location, logger } = options;
  const parts: ServeParts = { kms, location };
  /** Of requests whose caller is proven: what goes wrong with them later is recorded under their name. */
  const contexts = new WeakMap<FastifyRequest, { context: RequestContext; placed: PlacedRoute }>();

  scope.removeAllContentTypeParsers();
  // Types are judged behind the proof, where a refusal has a name to be recorded under.
  takeBodiesAsBytes(scope, '*', BODY_BYTES_MAX);
  scope.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': request.id,
    });
  });

  /** Answers that would keep a stopping server waiting. */
  const endless = new Set<Readable>();
  scope.addHook('preClose', async () => {
    for (const lines of endless) lines.destroy();
  });

  for (const placed of PLACED_ROUTES) {
    scope.route({
      method: placed.route.method,
      url: placed.path,
      onRequest: async request => {
        contexts.set(request, { context: await openContext(parts, request, placed), placed });
      },
      handler: async (request, reply) => {
        const known = contexts.get(request);
        if (known === undefined) throw new KmsError('internal', 'The caller of this request is not proven.');
        const answer = await serve(parts, placed, known.context, request);
        if (answer.kind === 'json') return sendJson(reply, placed, answer.body);
        const lines = Readable.from(answer.lines);
        if (placed.route.endless === true) {
          endless.add(lines);
          lines.once('close', () => endless.delete(lines));
        }
        return sendLines(reply, placed, lines);
      },
    });
  }

  // Nobody needs a name to read the manual.
  scope.get('/openapi.json', async () => openApiDocument(options.url));

  scope.setNotFoundHandler((request, reply) => {
    const error = new KmsError(
      'notFound',
      `There is no ${request.method} route of that path. See ${PREFIX}/openapi.json.`,
    );
    return sendError(reply, error, request.id);
  });

  scope.setErrorHandler(async (thrown: Error, request, reply) => {
    const known = contexts.get(request);
    const error =
      thrown instanceof KmsError || known === undefined
        ? refusalOf(thrown)
        : await recordRefusal(kms, known.context, known.placed, refusalOf(thrown));
    if (error.code === 'internal') {
      logger.log('error', 'request failed', { requestId: request.id, protocol: PROTOCOL_NAME }, error);
    }
    return sendError(reply, error, request.id);
  });
}

/** What the listener itself refuses, in our words. */
function refusalOf(thrown: Error & { readonly code?: unknown; readonly statusCode?: unknown }): KmsError {
  if (thrown instanceof KmsError) return thrown;
  if (thrown instanceof BodiesOverloaded) return new KmsError('overloaded', thrown.message);
  if (thrown.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new KmsError('tooLarge', `The body must have at most ${BODY_BYTES_MAX} bytes.`, {
      limit: BODY_BYTES_MAX,
    });
  }
  const ours = typeof thrown.statusCode !== 'number' || thrown.statusCode >= 500;
  return ours ? toKmsError(thrown) : new KmsError('invalidInput', 'The request is malformed.', {}, thrown);
}
