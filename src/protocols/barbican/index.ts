// OpenStack Key Manager (Barbican, API version 1) over HTTP, at its natural paths.

import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { wipe } from '../../base/bytes.ts';
import type { Logger } from '../../base/logger.ts';
import type { Kms } from '../../core/kms.ts';
import { KmsError, toKmsError } from '../../domain/errors.ts';
import { BodiesOverloaded } from '../../wire/body.ts';
import { takeBodiesAsBytes } from '../../wire/http.ts';
import { faultOf } from './errors.ts';
import { PROTOCOL_NAME } from './names.ts';
import { BarbicanRefusal, earlyBody, refusal, refusalBody, unauthorizedBody } from './refusal.ts';
import { encodePayload } from './response.ts';
import type { Answer, Method, Route, Service } from './route.ts';
import { PATHS, PREFIXES } from './routes.ts';
import { serve } from './serve.ts';
import { type Microversion, readMicroversion, versionList, versionText } from './versions.ts';

export interface BarbicanOptions {
  /** The URL that clients use. */
  readonly url: string;
  /** Of the keys that hold payloads. */
  readonly location: string;
  /** What is told of objects of other projects. */
  readonly openstackForeign: 'hidden' | 'forbidden';
  readonly logger: Logger;
}

/** Longer bodies are no requests of this protocol; what of shorter ones is too long, the routes say. */
const HTTP_BODY_BYTES_MAX = 1_048_576;

export const barbicanProtocol = {
  name: PROTOCOL_NAME,

  plugin(kms: Kms, options: BarbicanOptions): FastifyPluginAsync {
    return async app => {
      const service: Service = { kms, url: () => options.url, location: options.location };
      app.removeAllContentTypeParsers();
      takeBodiesAsBytes(app, '*', HTTP_BODY_BYTES_MAX);
      app.addHook('onRequest', async (request, reply) => {
        reply.headers({ 'x-openstack-request-id': `req-${request.id}`, 'x-content-type-options': 'nosniff' });
      });
      app.setErrorHandler((thrown: Error, request, reply) => {
        const error = ofListener(thrown) ?? toKmsError(thrown);
        if (error.code === 'internal') {
          const fields = { requestId: request.id, protocol: PROTOCOL_NAME };
          options.logger.log('error', 'request failed', fields, error.cause ?? error);
        }
        return sendRefusal(options, request, reply, error);
      });
      registerDiscovery(app, options);
      for (const [path, routes] of PATHS) registerPath(app, path, routes, service);
      for (const prefix of PREFIXES) {
        registerRefusal(
          app,
          service,
          `${prefix}/*`,
          ALL_METHODS,
          refusal(404, 'There is nothing at this path.'),
        );
      }
    };
  },
};

/** What is told to whoever asks. */
function registerDiscovery(app: FastifyInstance, options: BarbicanOptions): void {
  app.get('/', async (request, reply) => {
    if (request.headers.accept === 'application/json-home') {
      return reply.code(302).header('location', `${options.url}/v1/`).send();
    }
    const version = versionOf(request, reply);
    return sendJson(reply.code(300), versionList(options.url, version));
  });
  app.get('/healthcheck', async (_request, reply) => reply.type('text/plain').send('OK'));
}

/** Methods that a path does not have are refused with those that it has. */
function registerPath(
  app: FastifyInstance,
  path: string,
  routes: ReadonlyMap<Method, Route>,
  service: Service,
): void {
  for (const [method, route] of routes) {
    app.route({
      method,
      url: path,
      handler: async (request, reply) => sendAnswer(reply, await answer(service, route, request, reply)),
    });
  }
  const allow = [...routes.keys()].join(', ');
  const others = ALL_METHODS.filter(method => !routes.has(method as Method));
  registerRefusal(app, service, path, others, refusal(405, 'The method is not allowed here.'), { allow });
}

const ALL_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Also what is not there is told to nobody without a token. */
function registerRefusal(
  app: FastifyInstance,
  service: Service,
  path: string,
  methods: readonly HTTPMethods[],
  refused: BarbicanRefusal,
  headers: Readonly<Record<string, string>> = {},
): void {
  const refuse = async () => Promise.reject(refused);
  app.route({
    method: [...methods],
    url: path,
    handler: async (request, reply) => {
      reply.headers(headers);
      await answer(
        service,
        { method: request.method, path, answers: 'anything', serve: refuse },
        request,
        reply,
      );
    },
  });
}

async function answer(
  service: Service,
  route: Omit<Route, 'method'> & { readonly method: string },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Answer> {
  const version = versionOf(request, reply);
  return serve(service, route, {
    requestId: request.id,
    sourceAddress: request.ip,
    headers: request.headers,
    params: request.params as Readonly<Record<string, string>>,
    search: (request.raw.url ?? '').split('?').slice(1).join('?'),
    body: request.body instanceof Uint8Array ? request.body : undefined,
    version,
  });
}

/** Throws 400 and 406. */
function versionOf(request: FastifyRequest, reply: FastifyReply): Microversion {
  const header = request.headers['openstack-api-version'];
  const version = readMicroversion(typeof header === 'string' ? header : undefined);
  reply.headers({ 'openstack-api-version': versionText(version), vary: 'openstack-api-version' });
  return version;
}

/** What the listener itself refuses, in our words; undefined for everything else. */
function ofListener(thrown: Error & { readonly code?: unknown }): KmsError | undefined {
  if (thrown instanceof BodiesOverloaded) return new KmsError('overloaded', thrown.message);
  if (thrown.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return refusal(415, 'The media type cannot be read.');
  const ours = typeof thrown.code !== 'string' || !thrown.code.startsWith('FST_ERR_CTP_');
  return ours ? undefined : refusal(400, 'Malformed JSON');
}

function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  reply.code(answer.status);
  if (answer.location !== undefined) reply.header('location', answer.location);
  if (answer.payload !== undefined) {
    const { type, bytes } = encodePayload(answer.payload);
    // Once they are sent, or the client is gone, nothing of them stays.
    reply.raw.once('close', () => wipe(bytes));
    return reply.headers({ 'cache-control': 'no-store', 'content-type': type }).send(bytes);
  }
  return answer.body === undefined ? reply.send() : sendJson(reply, answer.body);
}

/** As bytes: a text would be given a charset. */
function sendJson(reply: FastifyReply, body: unknown): FastifyReply {
  return reply.header('content-type', 'application/json').send(Buffer.from(JSON.stringify(body)));
}

const RETRY_AFTER_SECONDS = 1;

function sendRefusal(
  { url, openstackForeign }: BarbicanOptions,
  { headers }: FastifyRequest,
  reply: FastifyReply,
  thrown: unknown,
): FastifyReply {
  const { status, description } = faultOf(thrown, openstackForeign);
  reply.code(status);
  if (status === 429 || status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
  if (status === 401) {
    reply.header('www-authenticate', `Keystone uri="${url}/v3"`);
    return sendText(reply, 'application/json', unauthorizedBody());
  }
  if (!(thrown instanceof BarbicanRefusal) || !thrown.early) {
    return sendText(reply, 'application/json', refusalBody(status, description));
  }
  return headers.accept === 'application/json'
    ? sendText(reply, 'application/json', earlyBody(status, description))
    : sendText(reply, 'text/plain', description);
}

function sendText(reply: FastifyReply, type: string, text: string): FastifyReply {
  return reply.header('content-type', type).send(Buffer.from(text));
}
