// The identity service of OpenStack (Keystone, API version 3) as far as the clients of our services need it: tokens, projects, users, roles
// and application credentials, over the identity of this installation. Where another identity service vouches for tokens, this one is silent.

import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { wipe } from '../../base/bytes.ts';
import type { Logger } from '../../base/logger.ts';
import type { Kms } from '../../core/kms.ts';
import { KmsError, toKmsError } from '../../domain/errors.ts';
import { BodiesOverloaded } from '../../wire/body.ts';
import { takeBodiesAsBytes } from '../../wire/http.ts';
import { BODY_BYTES_MAX } from './body.ts';
import { versionDocument, versionsDocument } from './documents/version.ts';
import { errorBody, statusOf } from './errors.ts';
import { PROTOCOL_NAME } from './names.ts';
import type { Answer } from './route.ts';
import { ROUTES } from './routes.ts';
import { serve } from './serve.ts';

export interface KeystoneOptions {
  readonly url: string;
  readonly logger: Logger;
}

/** At the root, where catalogues of ours say it is, and where installations of OpenStack have it. */
const PREFIXES = ['', '/identity'];

export const keystoneProtocol = {
  name: PROTOCOL_NAME,

  plugin(kms: Kms, options: KeystoneOptions): FastifyPluginAsync {
    return async app => {
      if (kms.tokenAuthority !== undefined) return;
      app.get('/identity', (_request, reply) =>
        send(reply.code(300), versionsDocument(`${options.url}/identity`)),
      );
      for (const prefix of PREFIXES) {
        await app.register(async scope => registerRoutes(scope, prefix, kms, options), {
          prefix: `${prefix}/v3`,
        });
      }
    };
  },
};

function registerRoutes(scope: FastifyInstance, prefix: string, kms: Kms, options: KeystoneOptions): void {
  const { logger } = options;
  scope.removeAllContentTypeParsers();
  takeBodiesAsBytes(scope, '*', BODY_BYTES_MAX);
  scope.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      vary: 'X-Auth-Token',
      'x-openstack-request-id': `req-${request.id}`,
    });
  });
  scope.get('/', (_request, reply) => send(reply, versionDocument(`${options.url}${prefix}`)));
  for (const route of ROUTES) {
    scope.route({
      method: route.method,
      url: route.path,
      handler: async (request, reply) => {
        const body = request.body instanceof Uint8Array ? request.body : undefined;
        try {
          const { id: requestId, ip: sourceAddress, headers } = request;
          const params = request.params as Readonly<Record<string, string>>;
          const search = (request.raw.url ?? '').split('?').slice(1).join('?');
          const incoming = { requestId, sourceAddress, headers, params, search, body };
          return sendAnswer(reply, await serve(kms, options.url, route, incoming));
        } finally {
          // It may hold a password.
          if (body !== undefined) wipe(body);
        }
      },
      errorHandler: async (thrown: Error & { readonly code?: unknown }, request, reply) => {
        const error = ofListener(thrown) ?? toKmsError(thrown);
        if (error.code === 'internal') {
          const fields = { requestId: request.id, protocol: PROTOCOL_NAME };
          logger.log('error', 'request failed', fields, error.cause ?? error);
        }
        return sendError(reply, error, options.url);
      },
    });
  }
  scope.setNotFoundHandler((_request: FastifyRequest, reply) =>
    sendError(reply, new KmsError('notFound', 'The resource could not be found.'), options.url),
  );
}

/** What the listener itself refuses; undefined for everything else. */
function ofListener(thrown: { readonly code?: unknown }): KmsError | undefined {
  const { code } = thrown;
  if (thrown instanceof BodiesOverloaded) return new KmsError('overloaded', thrown.message);
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new KmsError('tooLarge', `The body must have at most ${BODY_BYTES_MAX} bytes.`);
  }
  const ours = typeof code !== 'string' || !code.startsWith('FST_ERR_CTP_');
  return ours ? undefined : new KmsError('invalidInput', 'The body cannot be read.');
}

function sendAnswer(reply: FastifyReply, { status, body, headers = {} }: Answer): FastifyReply {
  reply.code(status).headers(headers);
  return body === undefined ? reply.send() : send(reply, body);
}

const RETRY_AFTER_SECONDS = 1;

function sendError(reply: FastifyReply, error: KmsError, url: string): FastifyReply {
  const status = statusOf(error);
  if (status === 401) reply.header('www-authenticate', `Keystone uri="${url}/v3"`);
  if (status === 429 || status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
  return send(reply.code(status), errorBody(error));
}

/** Without a charset, as clients of OpenStack compare it. */
function send(reply: FastifyReply, body: object): FastifyReply {
  return reply.type('application/json').send(Buffer.from(JSON.stringify(body)));
}
