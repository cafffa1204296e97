// OpenStack Key Manager (Barbican, API version 1) over HTTP, at its natural paths.

import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { Kms } from '../../core/kms.ts';
import type { KmsError } from '../../domain/errors.ts';
import type { HttpExchange } from '../../wire/http.ts';
import { Exchange, type Exchanged, type ExchangeOptions } from './exchange.ts';
import { PROTOCOL_NAME } from './names.ts';
import { type BarbicanRefusal, refusal } from './refusal.ts';
import type { Method, Service } from './route.ts';
import { PATHS, PREFIXES } from './routes.ts';
import { serve } from './serve.ts';
import { versionList } from './versions.ts';

export interface BarbicanOptions extends ExchangeOptions {
  /** Of the keys that hold payloads. */
  readonly location: string;
  /** Hands requests over without the router. */
  serveDirectly(method: string, target: string, exchange: HttpExchange): void;
}

/** What every path is registered with. */
interface Paths {
  readonly app: FastifyInstance;
  readonly service: Service;
  readonly exchange: Exchange;
}

export const barbicanProtocol = {
  name: PROTOCOL_NAME,

  plugin(kms: Kms, options: BarbicanOptions): FastifyPluginAsync {
    return async app => {
      const service: Service = { kms, url: () => options.url, location: options.location };
      const exchange = new Exchange(options);
      const paths = { app, service, exchange };
      // The exchange reads for itself.
      app.removeAllContentTypeParsers();
      app.addContentTypeParser('*', (_request, _payload, done) => done(null));
      app.setErrorHandler((thrown: Error, request, reply) => {
        exchange.refuse(exchangedOf(request, reply), ofRouter(thrown) ?? thrown);
      });
      registerDiscovery(paths, options);
      for (const path of PATHS.keys()) registerPath(paths, path, options);
      for (const prefix of PREFIXES) {
        registerRefusal(paths, `${prefix}/*`, ALL_METHODS, refusal(404, 'There is nothing at this path.'));
      }
    };
  },
};

/** What is told to whoever asks. */
function registerDiscovery({ app, exchange }: Paths, options: BarbicanOptions): void {
  app.get('/', (request, reply) =>
    exchange.answer(exchangedOf(request, reply), async ({ headers, version }) =>
      headers.accept === 'application/json-home'
        ? { status: 302, location: `${options.url}/v1/` }
        : { status: 300, body: versionList(options.url, version) },
    ),
  );
  app.get('/healthcheck', async (_request, reply) =>
    reply.header('x-content-type-options', 'nosniff').type('text/plain').send('OK'),
  );
}

/** Methods that a path does not have are refused with those that it has. */
function registerPath(paths: Paths, path: string, { serveDirectly }: BarbicanOptions): void {
  const { app, service, exchange } = paths;
  const routes = PATHS.get(path) ?? new Map();
  for (const [method, route] of routes) {
    const handle = (exchanged: Exchanged) =>
      exchange.answer(exchanged, incoming => serve(service, route, incoming));
    app.route({ method, url: path, handler: (request, reply) => handle(exchangedOf(request, reply)) });
    if (path.includes(':')) continue;
    serveDirectly(method, path, (request, response, requestId) => handle({ request, response, requestId }));
  }
  const allow = [...routes.keys()].join(', ');
  const others = ALL_METHODS.filter(method => !routes.has(method as Method));
  registerRefusal(paths, path, others, refusal(405, 'The method is not allowed here.'), allow);
}

const ALL_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Also what is not there is told to nobody without a token. */
function registerRefusal(
  { app, service, exchange }: Paths,
  path: string,
  methods: readonly HTTPMethods[],
  refused: BarbicanRefusal,
  allow?: string,
): void {
  const refuse = async () => Promise.reject(refused);
  app.route({
    method: [...methods],
    url: path,
    handler(request, reply) {
      const exchanged = exchangedOf(request, reply);
      if (allow !== undefined) exchanged.response.setHeader('allow', allow);
      const { method } = request;
      return exchange.answer(exchanged, incoming =>
        serve(service, { method, path, answers: 'anything', serve: refuse }, incoming),
      );
    },
  });
}

/** The router has done its part. */
function exchangedOf(request: FastifyRequest, reply: FastifyReply): Exchanged {
  reply.hijack();
  const params = request.params as Readonly<Record<string, string>>;
  return { request: request.raw, response: reply.raw, requestId: request.id, params };
}

/** What the router itself refuses, in our words; undefined for everything else. */
function ofRouter(thrown: Error & { readonly code?: unknown }): KmsError | undefined {
  return thrown.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE'
    ? refusal(415, 'The media type cannot be read.')
    : undefined;
}
