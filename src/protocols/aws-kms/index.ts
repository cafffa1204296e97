// AWS KMS (API version 2014-11-01) over HTTP: awsJson1_1 at `POST /`. The region of a request is the one that its signature is scoped
// to; one server serves every region.

import type { IncomingMessage } from 'node:http';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { EMPTY_BYTES, wipe } from '../../base/bytes.ts';
import type { Logger } from '../../base/logger.ts';
import type { Kms } from '../../core/kms.ts';
import { BodiesOverloaded, BodyNotWhole, BodyTooLarge, createBodyReader } from '../../wire/body.ts';
import { headerList } from '../../wire/http.ts';
import type { AwsFault } from './fault.ts';
import { BODY_BYTES_MAX } from './model/read-input.ts';
import { SERVICE_ALIASES } from './names.ts';
import { encodeFault } from './response.ts';
import { type Answer, MEDIA_TYPE, serve } from './serve.ts';

export interface AwsKmsOptions {
  /** Neither is asked for: the region comes with each signature, and every host name is answered to. */
  readonly url: string;
  readonly location: string;
  readonly logger: Logger;
}

export const awsKmsProtocol = {
  name: 'aws-kms',
  reservedNames: [SERVICE_ALIASES],
  plugin:
    (kms: Kms, { logger }: AwsKmsOptions): FastifyPluginAsync =>
    async app => {
      const read = createBodyReader(BODY_BOUNDS);
      app.removeAllContentTypeParsers();
      app.addContentTypeParser('*', (_request: FastifyRequest, payload: IncomingMessage) => read(payload));

      app.route({
        method: 'POST',
        url: '/',
        async handler(request, reply) {
          const signed = {
            method: request.method,
            target: request.raw.url ?? '/',
            headers: headerList(request.raw.rawHeaders),
            body: request.body instanceof Uint8Array ? request.body : EMPTY_BYTES,
          };
          const answer = await serve(kms, signed, { requestId: request.id, sourceAddress: request.ip });
          if (answer.failure !== undefined) logFailure(logger, request.id, answer);
          return send(kms, reply, answer);
        },
        errorHandler(error, _request, reply) {
          // Thrown by the reading of the body alone: the handler answers for itself.
          const [status, fault] = faultOfReading(error);
          void reply.header('connection', 'close');
          void send(kms, reply, { status, body: encodeFault(fault) });
        },
      });

      app.route({
        // GET is another protocol's: a list of versions.
        method: ['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
        url: '/',
        handler: async (_request, reply) =>
          send(kms, reply.header('allow', 'POST'), { status: 405, body: encodeFault(WRONG_METHOD) }),
      });
    },
};

/** An ordinary request has a few kilobytes; a longer one is rare, and anybody may send it. */
const BODY_BOUNDS = { bytesMax: BODY_BYTES_MAX, shortBytes: 65_536, pooledBytesMax: 134_217_728 };

const TOO_LARGE: AwsFault = {
  type: 'SerializationException',
  message: `A request has at most ${BODY_BYTES_MAX} bytes.`,
};

const WRONG_TYPE: AwsFault = {
  type: 'UnknownOperationException',
  message: `The Content-Type of this protocol is ${MEDIA_TYPE}.`,
};

const OVERLOADED: AwsFault = { type: 'ThrottlingException', message: 'Rate exceeded' };

/** Nobody is there to hear it, but for a proxy in between. */
const NOT_WHOLE: AwsFault = {
  type: 'SerializationException',
  message: 'The body did not arrive whole.',
};

/** Throws what is no fault of the caller. */
function faultOfReading(error: Error & { readonly code?: unknown }): readonly [status: number, AwsFault] {
  if (error instanceof BodyTooLarge) return [413, TOO_LARGE];
  if (error instanceof BodiesOverloaded) return [400, OVERLOADED];
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return [400, WRONG_TYPE];
  if (error instanceof BodyNotWhole) return [400, NOT_WHOLE];
  throw error;
}

const WRONG_METHOD: AwsFault = {
  type: 'UnknownOperationException',
  message: 'AWS KMS is asked by POST, with the operation in the header X-Amz-Target.',
};

function send(kms: Kms, reply: FastifyReply, { status, body }: Answer): FastifyReply {
  // By then they have left, or never will.
  if (body instanceof Uint8Array) reply.raw.once('close', () => wipe(body));
  return reply
    .code(status)
    .headers({
      'content-type': MEDIA_TYPE,
      'x-amzn-requestid': reply.request.id,
      // The one clock of the house, by which clients correct theirs.
      date: new Date(kms.clock.now()).toUTCString(),
      'cache-control': 'no-cache, no-store, must-revalidate, private',
      pragma: 'no-cache',
      expires: '0',
    })
    .serializer(asItIs)
    .send(body);
}

/** With a serializer of its own a text is given no charset, which AWS's media type does not have. */
const asItIs = (body: unknown): string => String(body);

function logFailure(logger: Logger, requestId: string, { status, failure }: Answer): void {
  const fields = { requestId, protocol: 'aws-kms', code: failure?.code, status };
  logger.log('error', 'request failed', fields, failure?.cause ?? failure);
}
