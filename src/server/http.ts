// The HTTP listener: one port, every protocol at its natural paths, bounds on size and time, and the pages for operators (health,
// readiness, metrics). It knows no operation and no error of any protocol.

import { readFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import Fastify, {
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Logger } from '../base/logger.ts';
import { inNetwork } from '../core/conditions.ts';
import type { Kms, Replacer } from '../core/kms.ts';
import type { ReservedNames } from '../core/reserved-names.ts';
import type { SelfTestResult } from '../crypto/self-test/run.ts';
import { BodiesOverloaded } from '../wire/body.ts';
import { type DirectOptions, type HttpExchange, repeatsSingleField } from '../wire/http.ts';
import { DirectRoutes } from './direct.ts';
import type { Metrics } from './metrics.ts';
import type { RandomSourceState } from './mixed-random.ts';
import type { Settings } from './settings.ts';

/** What each protocol folder exports. */
export interface Protocol {
  readonly name: string;
  /** Names that the services of the protocol keep for themselves. */
  readonly reservedNames?: readonly ReservedNames[] | undefined;
  /** For protocols that plan replacements of keys. */
  readonly replaceDue?: Replacer | undefined;
  plugin(kms: Kms, options: ProtocolOptions): FastifyPluginAsync;
}

export interface ProtocolOptions {
  /** The URL that clients use. */
  readonly url: string;
  /** The location of keys made through protocols that have none. */
  readonly location: string;
  readonly openstackForeign: Settings['openstackForeign'];
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'addGauges'>;
  /** Requests with exactly this method and target pass by the router, with its hooks and its handling of errors. */
  serveDirectly(method: string, target: string, exchange: HttpExchange, options?: DirectOptions): void;
}

const BODY_BYTES_MAX = 1_048_576;
const HEADER_BYTES_MAX = 32_768;
const KEEP_ALIVE_MS = 72_000;
/** Names of ours stand in paths, percent-encoded at worst. */
const PATH_PARAMETER_CHARACTERS_MAX = 8_192;

export interface HttpParts {
  readonly kms: Kms;
  readonly settings: Settings;
  readonly protocols: readonly Protocol[];
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly version: string;
  /** Of the start, which it has passed. */
  readonly selfTest: SelfTestResult;
  /** Undefined where random bytes are the system's alone. */
  readonly randomSource: (() => RandomSourceState) | undefined;
  /** Known before listening when the port is fixed; a free port is known only after. */
  readonly url: () => string;
  readonly isDraining: () => boolean;
}

export async function createHttpServer(parts: HttpParts): Promise<FastifyInstance> {
  const { kms, settings, logger } = parts;
  const app = Fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: settings.requestTimeoutMs,
    connectionTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    genReqId: () => kms.random.uuid(),
    requestIdHeader: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: PATH_PARAMETER_CHARACTERS_MAX },
    return503OnClosing: false,
    exposeHeadRoutes: false,
    frameworkErrors: refuseAtTheRouter,
    clientErrorHandler: refuseUnparsed,
    http: {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: settings.requestTimeoutMs,
      connectionsCheckingInterval: 1_000,
      noDelay: true,
    },
    ...tlsOptions(settings),
  } as Parameters<typeof Fastify>[0]) as unknown as FastifyInstance;
  app.server.maxConnections = settings.connectionsMax;
  // A body is for the protocol that reads it; where none answers it is let go by unread.
  app.removeAllContentTypeParsers();

  app.addHook('onRequest', (request, reply, done) => {
    if (!repeatsSingleField(request.raw.rawHeaders)) return done();
    void reply.code(400).send({ error: statusText(400), requestId: request.id });
  });
  app.addHook('onResponse', (request, reply, done) => {
    const protocol = String(request.routeOptions.config.protocol ?? 'none');
    parts.metrics.observeRequest(protocol, reply.statusCode, reply.elapsedTime);
    done();
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    // Only what no protocol has claimed comes here: malformed HTTP, oversized bodies on unknown paths, our own faults.
    const { statusCode = 500 } = error;
    const status = statusCode < 500 || error instanceof BodiesOverloaded ? statusCode : 500;
    if (status === 500) logger.log('error', 'request failed', { requestId: request.id, status }, error);
    const said = status === 500 ? 'internal error' : statusText(status);
    void reply.code(status).send({ error: said, requestId: request.id });
  });
  app.setNotFoundHandler((request, reply) => {
    void reply.code(404).send({ error: 'no protocol answers at this path', requestId: request.id });
  });

  app.get('/health', async () => ({
    status: 'ok',
    version: parts.version,
    selfTest: { passed: true, ...parts.selfTest },
    ...(parts.randomSource === undefined ? {} : { randomSource: shownSource(parts.randomSource()) }),
  }));
  app.get('/ready', async (_request, reply) => {
    const checks = await readiness(parts);
    const ready = Object.values(checks).every(state => state === 'ok');
    return reply.code(ready ? 200 : 503).send({ ready, checks });
  });
  app.get('/metrics', async (request, reply) => {
    const allowed = settings.metricsNetworks.some(network => inNetwork(request.ip, network));
    if (!allowed) return reply.code(403).send({ error: 'metrics are not served to this address' });
    return reply.type(parts.metrics.registry.contentType).send(await parts.metrics.registry.metrics());
  });

  const direct = new DirectRoutes({ ...parts, random: kms.random });
  for (const protocol of parts.protocols) {
    await app.register(async scope => {
      scope.addHook('onRoute', route => {
        route.config = { ...route.config, protocol: protocol.name };
      });
      const options = {
        get url() {
          return parts.url();
        },
        location: settings.location,
        openstackForeign: settings.openstackForeign,
        logger,
        metrics: parts.metrics,
        serveDirectly: (method: string, target: string, exchange: HttpExchange, chosen?: DirectOptions) =>
          direct.add(protocol.name, method, target, exchange, chosen),
      };
      await scope.register(protocol.plugin(kms, options));
    });
  }
  direct.attend(app.server);
  return app;
}

/** A path that cannot be decoded, or a name in it that is longer than any of ours: nothing of it is repeated. */
function refuseAtTheRouter(
  error: Error & { readonly statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const status = error.statusCode ?? 400;
  void reply.code(status).send({ error: statusText(status), requestId: request.id });
}

/** What node gives up reading: the connection cannot be used any more, and there is no request to speak of. */
const UNPARSED_STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function refuseUnparsed(error: Error & { readonly code?: string }, socket: Socket): void {
  if (socket.writable && error.code !== 'ECONNRESET') {
    const status = UNPARSED_STATUS[error.code ?? ''] ?? 400;
    const body = JSON.stringify({ error: statusText(status) });
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\n`;
    socket.write(`${head}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
  }
  socket.destroySoon();
}

function statusText(status: number): string {
  return (STATUS_CODES[status] ?? 'refused').toLowerCase();
}

declare module 'fastify' {
  interface FastifyContextConfig {
    protocol?: string;
  }
}

function shownSource({ source: name, fresh, mixedAt }: RandomSourceState): object {
  return { name, fresh, ...(mixedAt === undefined ? {} : { mixedAt: new Date(mixedAt).toISOString() }) };
}

type Readiness = Readonly<Record<'serving' | 'rootKey' | 'store' | 'auditLog', string>>;

/** Red when draining, sealed, without a store, or without an audit log that can be written. */
async function readiness({ kms, isDraining }: HttpParts): Promise<Readiness> {
  const state = async (check: () => Promise<void> | void): Promise<string> => {
    try {
      await check();
      return 'ok';
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : 'failed';
    }
  };
  return {
    serving: isDraining() ? 'draining' : 'ok',
    rootKey: await state(() => kms.custody.requireReady()),
    store: await state(() => kms.store.probe()),
    auditLog: await state(() => kms.auditLog.probe()),
  };
}

function tlsOptions({ tls }: Settings): { https?: { cert: Buffer; key: Buffer; minVersion: 'TLSv1.2' } } {
  if (tls === undefined) return {};
  return {
    https: { cert: readFileSync(tls.certificateFile), key: readFileSync(tls.keyFile), minVersion: 'TLSv1.2' },
  };
}
