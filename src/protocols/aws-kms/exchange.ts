// One exchange on node's own request and response: the body is read, served, and answered in one piece. The bytes of an answer with a
// plaintext are wiped once nobody will read them any more.

import type { ServerResponse } from 'node:http';
import type { Logger } from '../../base/logger.ts';
import type { Kms } from '../../core/kms.ts';
import { toKmsError } from '../../domain/errors.ts';
import { BodiesOverloaded, BodyNotWhole, BodyTooLarge, createBodyReader } from '../../wire/body.ts';
import { type HttpExchange, headerList, httpDate, wipeOnceSent } from '../../wire/http.ts';
import type { AwsFault } from './fault.ts';
import { BODY_BYTES_MAX } from './model/read-input.ts';
import { encodeFault } from './response.ts';
import { type Answer, MEDIA_TYPE, serve } from './serve.ts';

/** An ordinary request has a few kilobytes; a longer one is rare, and anybody may send it. */
const BODY_BOUNDS = { bytesMax: BODY_BYTES_MAX, shortBytes: 65_536, pooledBytesMax: 134_217_728 };

export function createExchange(kms: Kms, logger: Logger): HttpExchange {
  const read = createBodyReader(BODY_BOUNDS);
  return async (request, response, requestId) => {
    let answer: Answer;
    try {
      const body = await read(request);
      const { method = '', url: target = '/', rawHeaders, socket } = request;
      const signed = { method, target, headers: headerList(rawHeaders), body };
      answer = await serve(kms, signed, { requestId, sourceAddress: socket.remoteAddress });
    } catch (thrown) {
      answer = refusalOfReading(thrown);
      // What is left of the body would be taken for the next request.
      response.setHeader('connection', 'close');
    }
    if (answer.failure !== undefined) logFailure(logger, requestId, answer);
    send(kms, response, requestId, answer);
  };
}

const TOO_LARGE: AwsFault = {
  type: 'SerializationException',
  message: `A request has at most ${BODY_BYTES_MAX} bytes.`,
};

const OVERLOADED: AwsFault = { type: 'ThrottlingException', message: 'Rate exceeded' };

/** Nobody is there to hear it, but for a proxy in between. */
const NOT_WHOLE: AwsFault = {
  type: 'SerializationException',
  message: 'The body did not arrive whole.',
};

const INTERNAL: AwsFault = {
  type: 'KMSInternalException',
  message: 'An internal error occurred. The request can be retried.',
};

function refusalOfReading(thrown: unknown): Answer {
  if (thrown instanceof BodyTooLarge) return { status: 413, body: encodeFault(TOO_LARGE) };
  if (thrown instanceof BodiesOverloaded) return { status: 400, body: encodeFault(OVERLOADED) };
  if (thrown instanceof BodyNotWhole) return { status: 400, body: encodeFault(NOT_WHOLE) };
  return { status: 500, body: encodeFault(INTERNAL), failure: toKmsError(thrown) };
}

/** Headers that are set on the response already go with it. */
export function send(
  { clock }: Pick<Kms, 'clock'>,
  response: ServerResponse,
  requestId: string,
  { status, body }: Answer,
): void {
  if (body instanceof Uint8Array) wipeOnceSent(response, body);
  response.writeHead(status, {
    'content-type': MEDIA_TYPE,
    'x-amzn-requestid': requestId,
    // The one clock of the house, by which clients correct theirs.
    date: httpDate(clock.now()),
    'cache-control': 'no-cache, no-store, must-revalidate, private',
    pragma: 'no-cache',
    expires: '0',
    'content-length': typeof body === 'string' ? Buffer.byteLength(body) : body.length,
  });
  response.end(body);
}

function logFailure(logger: Logger, requestId: string, { status, failure }: Answer): void {
  const fields = { requestId, protocol: 'aws-kms', code: failure?.code, status };
  logger.log('error', 'request failed', fields, failure?.cause ?? failure);
}
