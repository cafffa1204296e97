// One exchange on node's own request and response: the body is read, the request is served, and the answer leaves in one piece. The bytes of a
// payload are wiped once nobody will read them any more.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Bytes } from '../../base/bytes.ts';
import type { Logger } from '../../base/logger.ts';
import { KmsError, toKmsError } from '../../domain/errors.ts';
import {
  BOUNDS_OF_MANY,
  BodiesOverloaded,
  BodyNotWhole,
  BodyTooLarge,
  createBodyReader,
} from '../../wire/body.ts';
import { announcesBody, wipeOnceSent } from '../../wire/http.ts';
import { faultOf } from './errors.ts';
import { PROTOCOL_NAME } from './names.ts';
import { BarbicanRefusal, earlyBody, refusal, refusalBody, unauthorizedBody } from './refusal.ts';
import { encodePayload } from './response.ts';
import type { Answer } from './route.ts';
import type { Incoming } from './serve.ts';
import { readMicroversion, versionText } from './versions.ts';

export interface ExchangeOptions {
  /** The URL that clients use. */
  readonly url: string;
  /** What is told of objects of other projects. */
  readonly openstackForeign: 'hidden' | 'forbidden';
  readonly logger: Logger;
}

/** A request as node has read it, with what the path has named. */
export interface Exchanged {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly params?: Incoming['params'] | undefined;
}

/** The answer of a route, or one that tells where there are routes. */
interface Sent extends Omit<Answer, 'status'> {
  readonly status: number;
}

type Headers = Readonly<Record<string, string | number>>;

/** Longer bodies are no requests of this protocol; what of shorter ones is too long, the routes say. */
const BODY_BYTES_MAX = 1_048_576;

export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #read = createBodyReader({ bytesMax: BODY_BYTES_MAX, ...BOUNDS_OF_MANY });

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** Answers with what the work makes of the request, or says why it does not. Never rejects. */
  async answer(exchanged: Exchanged, work: (incoming: Incoming) => Promise<Sent>): Promise<void> {
    const { request, requestId, params = {} } = exchanged;
    const { headers, socket, url = '' } = request;
    let said: Headers = {};
    try {
      const version = readMicroversion(headers['openstack-api-version']?.toString());
      said = { 'openstack-api-version': versionText(version), vary: 'openstack-api-version' };
      const body = await this.#bodyOf(exchanged);
      const sourceAddress = socket.remoteAddress ?? '';
      const search = url.split('?').slice(1).join('?');
      send(exchanged, said, await work({ requestId, sourceAddress, headers, params, search, body, version }));
    } catch (thrown) {
      this.refuse(exchanged, thrown, said);
    }
  }

  /** `said`: headers that go with the refusal. */
  refuse(exchanged: Exchanged, thrown: unknown, said: Headers = {}): void {
    const { url, openstackForeign, logger } = this.#options;
    const { request, requestId } = exchanged;
    const error = ofReading(thrown) ?? toKmsError(thrown);
    if (error.code === 'internal') {
      logger.log('error', 'request failed', { requestId, protocol: PROTOCOL_NAME }, error.cause ?? error);
    }
    const { status, description } = faultOf(error, openstackForeign);
    const headers = {
      ...said,
      ...((status === 429 || status === 503) && { 'retry-after': RETRY_AFTER_SECONDS }),
      ...(status === 401 && { 'www-authenticate': `Keystone uri="${url}/v3"` }),
    };
    const early = error instanceof BarbicanRefusal && error.early;
    if (early && request.headers.accept !== JSON_TYPE) {
      end(exchanged, status, headers, 'text/plain', description);
    } else {
      end(exchanged, status, headers, JSON_TYPE, bodyOf(status, description, early));
    }
  }

  /** Undefined where none is announced, and for methods that have none. */
  async #bodyOf({ request, response }: Exchanged): Promise<Bytes | undefined> {
    const { method, headers } = request;
    if (method === 'GET' || method === 'HEAD' || !announcesBody(headers)) return undefined;
    try {
      return await this.#read(request);
    } catch (thrown) {
      // What is left of the body would be taken for the next request.
      response.setHeader('connection', 'close');
      throw thrown;
    }
  }
}

const JSON_TYPE = 'application/json';
const RETRY_AFTER_SECONDS = 1;

/** What of the body alone is refused, in our words; undefined for everything else. */
function ofReading(thrown: unknown): KmsError | undefined {
  if (thrown instanceof BodiesOverloaded) return new KmsError('overloaded', thrown.message);
  if (thrown instanceof BodyTooLarge || thrown instanceof BodyNotWhole) return refusal(400, 'Malformed JSON');
  return undefined;
}

function bodyOf(status: number, description: string, early: boolean): string {
  if (status === 401) return unauthorizedBody();
  return early ? earlyBody(status, description) : refusalBody(status, description);
}

function send(exchanged: Exchanged, said: Headers, { status, location, payload, body }: Sent): void {
  const headers = location === undefined ? said : { ...said, location };
  if (payload !== undefined) sendPayload(exchanged, status, said, payload);
  else if (body === undefined) end(exchanged, status, headers);
  else end(exchanged, status, headers, JSON_TYPE, JSON.stringify(body));
}

function sendPayload(
  exchanged: Exchanged,
  status: number,
  said: Headers,
  payload: NonNullable<Answer['payload']>,
): void {
  const { response } = exchanged;
  const { type, bytes } = encodePayload(payload);
  wipeOnceSent(response, bytes);
  end(exchanged, status, { ...said, 'cache-control': 'no-store' }, type, bytes);
}

/** All headers at once, which costs less than one after the other; those that are set on the response already go with them. */
function end(
  { response, requestId }: Exchanged,
  status: number,
  headers: Headers,
  type?: string,
  body: string | Uint8Array = '',
): void {
  response.writeHead(status, {
    'x-openstack-request-id': `req-${requestId}`,
    'x-content-type-options': 'nosniff',
    ...headers,
    ...(type !== undefined && { 'content-type': type }),
    ...(status !== 204 && { 'content-length': Buffer.byteLength(body) }),
  });
  response.end(body);
}
