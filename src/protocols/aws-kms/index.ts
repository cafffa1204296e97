// AWS KMS (API version 2014-11-01) over HTTP: awsJson1_1 at `POST /`. The region of a request is the one that its signature is scoped
// to; one server serves every region.

import type { FastifyPluginAsync } from 'fastify';
import type { Logger } from '../../base/logger.ts';
import type { Kms } from '../../core/kms.ts';
import type { DirectOptions, HttpExchange } from '../../wire/http.ts';
import { createExchange, send } from './exchange.ts';
import type { AwsFault } from './fault.ts';
import { SERVICE_ALIASES } from './names.ts';
import { encodeFault } from './response.ts';

export interface AwsKmsOptions {
  /** Neither is asked for: the region comes with each signature, and every host name is answered to. */
  readonly url: string;
  readonly location: string;
  readonly logger: Logger;
  /** Hands requests over without the router. */
  serveDirectly(method: string, target: string, exchange: HttpExchange, options?: DirectOptions): void;
}

export const awsKmsProtocol = {
  name: 'aws-kms',
  reservedNames: [SERVICE_ALIASES],
  plugin:
    (kms: Kms, { logger, serveDirectly }: AwsKmsOptions): FastifyPluginAsync =>
    async app => {
      const exchange = createExchange(kms, logger);
      serveDirectly('POST', '/', exchange, { refusesRepeatedFields: true });

      // The exchange reads for itself.
      app.removeAllContentTypeParsers();
      app.addContentTypeParser('*', (_request, _payload, done) => done(null));

      // With a query, as presigned requests have one.
      app.route({
        method: 'POST',
        url: '/',
        handler(request, reply) {
          reply.hijack();
          return exchange(request.raw, reply.raw, request.id);
        },
      });

      app.route({
        // GET is another protocol's: a list of versions.
        method: ['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
        url: '/',
        handler(request, reply) {
          reply.hijack();
          reply.raw.setHeader('allow', 'POST');
          send(kms, reply.raw, request.id, { status: 405, body: encodeFault(WRONG_METHOD) });
        },
      });
    },
};

const WRONG_METHOD: AwsFault = {
  type: 'UnknownOperationException',
  message: 'AWS KMS is asked by POST, with the operation in the header X-Amz-Target.',
};
