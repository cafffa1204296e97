// The OpenAPI 3.1 document, printed from the table of routes: what is documented is what is checked.

import { z } from 'zod';
import { ERROR_STATUS } from './errors.ts';
import { PLACED_ROUTES, type PlacedRoute } from './routes.ts';
import { errorShape } from './shapes/common.ts';

/** Where the protocol lives on the server. */
export const PREFIX = '/admin/v1';

type Json = Readonly<Record<string, unknown>>;

export function openApiDocument(url: string): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const placed of PLACED_ROUTES) {
    const path = placed.path.replace(/:([A-Za-z]+)/g, '{$1}');
    paths[path] ??= {};
    paths[path][placed.route.method.toLowerCase()] = operationOf(placed);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Keyhold administration',
      version: '1',
      description:
        'Projects, keys, principals, access and the audit log of a Keyhold server. Instants are milliseconds since 1970-01-01T00:00:00Z.',
    },
    servers: [{ url: `${url}${PREFIX}` }],
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'an API key: kh_...' } },
      responses: {
        error: {
          description: `The request was refused. The status follows from the code: ${statusList()}.`,
          content: { 'application/json': { schema: schemaOf(errorShape, 'output') } },
        },
      },
    },
  };
}

function operationOf({ route, path, inProject }: PlacedRoute): Json {
  const lines = route.reply instanceof z.ZodString;
  const { permission, alsoDemands = [] } = route;
  const demanded = permission === undefined ? '' : ` Demands ${[permission, ...alsoDemands].join(' and ')}.`;
  return {
    operationId: operationId(route.method, path),
    tags: [route.noun],
    summary: route.summary,
    description: `${inProject ? 'In a project.' : 'In the system.'}${demanded}`,
    parameters: [...pathParameters(path), ...queryParameters(route.query)],
    ...(route.body === undefined
      ? {}
      : { requestBody: { content: { 'application/json': { schema: schemaOf(route.body, 'input') } } } }),
    responses: {
      [route.status ?? 200]: {
        description: 'Done.',
        content: {
          [lines ? 'application/x-ndjson' : 'application/json']: { schema: schemaOf(route.reply, 'output') },
        },
      },
      default: { $ref: '#/components/responses/error' },
    },
  };
}

function pathParameters(path: string): readonly Json[] {
  return [...path.matchAll(/:([A-Za-z]+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(query: z.ZodObject | undefined): readonly Json[] {
  if (query === undefined) return [];
  const required = new Set((schemaOf(query, 'input').required as readonly string[] | undefined) ?? []);
  return Object.entries(query.shape).map(([name, shape]) => ({
    name,
    in: 'query',
    required: required.has(name),
    schema: schemaOf(shape as z.ZodType, 'input'),
  }));
}

function schemaOf(shape: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(shape, {
    io,
    override({ zodSchema, jsonSchema }) {
      // It says that our arrays are readonly in TypeScript: nothing about the protocol.
      delete jsonSchema.readOnly;
      // The library leaves it out of numbers that arrive as texts.
      if (jsonSchema.type === 'integer' && zodSchema instanceof z.ZodDefault) {
        jsonSchema.default = zodSchema.def.defaultValue;
      }
    },
  });
  return schema;
}

function operationId(method: string, path: string): string {
  const words = path.split(/[/:-]+/).filter(word => word !== '');
  const [first = '', ...rest] = [method.toLowerCase(), ...words];
  return first + rest.map(word => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function statusList(): string {
  const codes = new Map<number, string[]>();
  for (const [code, status] of Object.entries(ERROR_STATUS)) {
    codes.set(status, [...(codes.get(status) ?? []), code]);
  }
  return [...codes]
    .sort(([left], [right]) => left - right)
    .map(([status, names]) => `${status} ${names.join(', ')}`)
    .join('; ');
}
