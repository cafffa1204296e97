// OASIS KMIP 1.0 to 3.0: messages over a connection of its own (src/server/kmip.ts), and the HTTPS profile at `POST /kmip` in TTLV, XML
// and JSON, where the caller proves itself by an API key as a bearer token.

import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import { EMPTY_BYTES, utf8, wipe } from '../../base/bytes.ts';
import type { Logger } from '../../base/logger.ts';
import type { Kms } from '../../core/kms.ts';
import { takeBodiesAsBytes, wipeOnceSent } from '../../wire/http.ts';
import {
  DEFAULT_TTLV_LIMITS,
  readJson,
  readTtlv,
  readXml,
  type TtlvField,
  type TtlvItem,
  type Version,
  viewOf,
  writeJson,
  writeTtlv,
  writeXml,
} from '../../wire/ttlv/index.ts';
import type { Peer } from './authenticate.ts';
import { PROTOCOL_NAME } from './names.ts';
import { rotateDue } from './rotate-due.ts';
import { refuseUnreadable, type ServeParts, serveMessage, type Write } from './serve.ts';

export interface KmipOptions {
  /** Of keys that are made here, for protocols that have locations. */
  readonly location: string;
  /** Whether marks of tests are taken; undefined: they are not. */
  readonly takesInterop?: boolean | undefined;
  readonly logger: Logger;
}

export type { Peer, PeerProof } from './authenticate.ts';

export const kmipProtocol = {
  name: PROTOCOL_NAME,
  replaceDue: rotateDue,

  plugin(kms: Kms, options: KmipOptions): FastifyPluginAsync {
    return async app => {
      const parts = serveParts(kms, options);
      app.removeAllContentTypeParsers();
      for (const form of FORMS) takeBodiesAsBytes(app, form.mediaTypes, BODY_BYTES_MAX);
      app.post('/kmip', async (request, reply) => {
        const mediaType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
        const form = FORMS.find(({ mediaTypes }) => mediaTypes.includes(mediaType));
        if (form === undefined) return reply.code(415).send();
        const body = request.body instanceof Uint8Array ? request.body : EMPTY_BYTES;
        const peer: Peer = {
          requestId: request.id,
          sourceAddress: request.ip,
          prove: async () => {
            const apiKey = BEARER.exec(request.headers.authorization ?? '')?.[1];
            return apiKey === undefined ? undefined : kms.identity.proveApiKey(apiKey, kms.clock.now());
          },
        };
        return send(reply, form.mediaTypes[0] ?? '', await answer(parts, form, body, peer));
      });
    };
  },
};

/** The answer to the bytes of one message on a connection. The message is wiped. */
export function answerTtlv(
  kms: Kms,
  options: KmipOptions,
  message: Uint8Array,
  peer: Peer,
): Promise<Uint8Array> {
  return answer(serveParts(kms, options), TTLV, message, peer);
}

/** The answer to what cannot be the beginning of a message. */
export function answerUnreadable(kms: Kms, thrown: unknown): Uint8Array {
  return refuseUnreadable(kms, thrown, TTLV.write);
}

/** XML and JSON take more bytes than TTLV for the same. */
const BODY_BYTES_MAX = 4 * DEFAULT_TTLV_LIMITS.bytesMax;
const BEARER = /^Bearer +([\x21-\x7e]{1,1024})$/i;

interface Form {
  /** The first is the one of answers. */
  readonly mediaTypes: string[];
  read(body: Uint8Array): TtlvItem;
  readonly write: Write<Uint8Array>;
}

const TTLV: Form = {
  mediaTypes: ['application/octet-stream'],
  read: body => readTtlv(body),
  write: response => writeTtlv(response),
};

const TEXT_LIMITS = { ...DEFAULT_TTLV_LIMITS, bytesMax: BODY_BYTES_MAX };

const FORMS: readonly Form[] = [
  TTLV,
  {
    mediaTypes: ['text/xml', 'application/xml'],
    read: body => readXml(body, TEXT_LIMITS),
    write: textOf(writeXml),
  },
  { mediaTypes: ['application/json'], read: body => readJson(body, TEXT_LIMITS), write: textOf(writeJson) },
];

function textOf(write: (message: TtlvItem, version: Version) => string): Write<Uint8Array> {
  return (response: TtlvField, version: Version) => utf8(write(viewOf(response), version));
}

async function answer(parts: ServeParts, form: Form, body: Uint8Array, peer: Peer): Promise<Uint8Array> {
  try {
    let message: TtlvItem;
    try {
      message = form.read(body);
    } catch (thrown) {
      return refuseUnreadable(parts.kms, thrown, form.write);
    }
    return await serveMessage(parts, message, peer, form.write);
  } finally {
    wipe(body);
  }
}

function serveParts(kms: Kms, { location, logger, takesInterop = false }: KmipOptions): ServeParts {
  return {
    kms,
    location,
    takesInterop,
    onFault(requestId, error) {
      logger.log('error', 'request failed', { requestId, protocol: PROTOCOL_NAME }, error.cause ?? error);
    },
  };
}

function send(reply: FastifyReply, mediaType: string, body: Uint8Array): FastifyReply {
  // They may hold a key.
  wipeOnceSent(reply.raw, body);
  return reply
    .code(200)
    .header('cache-control', 'no-cache')
    .type(mediaType)
    .send(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
}
