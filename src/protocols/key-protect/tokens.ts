// The token endpoints of IBM's identity service, as far as clients of Key Protect need them: an API key, or a refresh token, for an access
// token; and the public keys by which anybody may verify one.

import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { EMPTY_BYTES, wipe } from '../../base/bytes.ts';
import type { Logger } from '../../base/logger.ts';
import type { Kms } from '../../core/kms.ts';
import { KmsError, toKmsError } from '../../domain/errors.ts';
import { BodiesOverloaded } from '../../wire/body.ts';
import { isMediaType, takeBodiesAsBytes, wipeOnceSent } from '../../wire/http.ts';
import { printJwkSet } from '../../wire/jwt/jwk.ts';
import { PROTOCOL_NAME } from './names.ts';
import { httpRefusal, type TokenRefusal, tokenFaultBody, tokenRefusalOf } from './token-faults.ts';
import { grantTokens } from './token-grant.ts';

const TOKEN_PATHS = ['/identity/token', '/oidc/token'] as const;
const KEYS_PATH = '/identity/keys';
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const BODY_BYTES_MAX = 65_536;
const MEDIA_TYPE = 'application/x-www-form-urlencoded';
const RETRY_AFTER_SECONDS = 1;

export interface TokenOptions {
  /** The URL that clients use. */
  readonly url: string;
  readonly logger: Logger;
}

/** Its own scope of the listener: bodies are forms here. */
export function tokenPlugin(kms: Kms, options: TokenOptions): FastifyPluginAsync {
  const refuse = (request: FastifyRequest, reply: FastifyReply, refusal: TokenRefusal): FastifyReply => {
    if (refusal.status === 429) reply.header('retry-after', RETRY_AFTER_SECONDS);
    return reply
      .code(refusal.status)
      .type('application/json')
      .send(tokenFaultBody(refusal, { requestId: request.id, url: options.url }));
  };

  return async app => {
    app.removeAllContentTypeParsers();
    takeBodiesAsBytes(app, '*', BODY_BYTES_MAX);
    app.addHook('onRequest', async (_request, reply) => {
      reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache', 'x-content-type-options': 'nosniff' });
    });
    app.setErrorHandler(async (reason: Error & { readonly statusCode?: number }, request, reply) => {
      const overloaded = reason instanceof BodiesOverloaded;
      const thrown = overloaded ? new KmsError('overloaded', reason.message) : reason;
      // What the listener itself refuses, such as a body that is too large.
      const { statusCode = 500 } = overloaded ? {} : reason;
      const refusal = statusCode < 500 ? httpRefusal(statusCode) : tokenRefusalOf(toKmsError(thrown));
      if (refusal.status === 500) {
        options.logger.log(
          'error',
          'request failed',
          { requestId: request.id, protocol: PROTOCOL_NAME },
          thrown,
        );
      }
      return refuse(request, reply, refusal);
    });

    for (const url of TOKEN_PATHS) {
      app.post(url, async (request, reply) => {
        const body = request.body instanceof Uint8Array ? request.body : EMPTY_BYTES;
        try {
          if (!isMediaType(request.headers['content-type'], MEDIA_TYPE)) {
            return refuse(request, reply, httpRefusal(415));
          }
          const answer = await grantTokens(kms, {
            requestId: request.id,
            sourceAddress: request.ip,
            authorization: request.headers.authorization,
            body,
            issuer: `${options.url}/identity`,
          });
          wipeOnceSent(reply.raw, answer);
          return reply.type('application/json').send(answer);
        } finally {
          wipe(body);
        }
      });
    }

    // Public: whoever verifies tokens has proven nothing here.
    app.get(KEYS_PATH, async (_request, reply) => {
      const keys = await kms.identity.tokenVerificationKeys(kms.clock.now());
      const set = printJwkSet(
        keys.map(({ id, algorithm, publicKey }) => ({ kid: id, alg: algorithm, publicKey })),
      );
      return reply.type('application/json').send(set);
    });

    for (const [url, served] of [
      ...TOKEN_PATHS.map(path => [path, 'POST'] as const),
      [KEYS_PATH, 'GET'] as const,
    ]) {
      app.route({
        method: METHODS.filter(method => method !== served),
        url,
        handler: async (request, reply) => refuse(request, reply.header('allow', served), httpRefusal(405)),
      });
    }
  };
}
