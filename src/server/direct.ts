// The way past the router: a request to the one path of a protocol that has one path is handed over as node has read it. What else the
// router would add costs as much as node's own part. While the server drains, every request takes the router, which closes connections.

import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { must } from '../base/assert.ts';
import type { Random } from '../core/ports/clock.ts';
import { type DirectOptions, type HttpExchange, repeatsSingleField } from '../wire/http.ts';
import type { Metrics } from './metrics.ts';

export interface DirectRoutesParts {
  readonly random: Pick<Random, 'uuid'>;
  readonly metrics: Pick<Metrics, 'observeRequest'>;
  readonly isDraining: () => boolean;
}

interface DirectRoute extends DirectOptions {
  readonly protocol: string;
  readonly exchange: HttpExchange;
}

export class DirectRoutes {
  readonly #parts: DirectRoutesParts;
  /** By method and target, exactly as they stand on the request line. */
  readonly #routes = new Map<string, DirectRoute>();

  constructor(parts: DirectRoutesParts) {
    this.#parts = parts;
  }

  add(
    protocol: string,
    method: string,
    target: string,
    exchange: HttpExchange,
    options: DirectOptions = {},
  ): void {
    this.#routes.set(`${method} ${target}`, { protocol, exchange, ...options });
  }

  /** Stands in front of the router, which is the one listener of the server so far. */
  attend(server: Server): void {
    const router = must(server.listeners('request')[0], 'a router listens') as RequestListener;
    server.off('request', router);
    server.on('request', (request, response) => {
      const route = this.#routes.get(`${request.method} ${request.url}`);
      if (route === undefined || this.#parts.isDraining() || isForRouter(route, request))
        router(request, response);
      else this.#exchange(route, request, response);
    });
  }

  #exchange({ protocol, exchange }: DirectRoute, request: IncomingMessage, response: ServerResponse): void {
    const { random, metrics } = this.#parts;
    const begun = performance.now();
    response.on('finish', () => {
      metrics.observeRequest(protocol, response.statusCode, performance.now() - begun);
    });
    void exchange(request, response, random.uuid());
  }
}

/** It refuses fields that are given twice, where the exchange does not do so in the words of its vendor. */
function isForRouter({ refusesRepeatedFields }: DirectRoute, { rawHeaders }: IncomingMessage): boolean {
  return refusesRepeatedFields !== true && repeatsSingleField(rawHeaders);
}
