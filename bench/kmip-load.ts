// Load over TLS connections of KMIP: each sends its next request when the answer to the last one is complete. Answers are not read but for
// their length and whether they say that the operation succeeded, so that the generator costs the machine little.

import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import {
  make,
  messageLength,
  readTtlv,
  type TtlvField,
  type TtlvItem,
  type ValueName,
  writeTtlv,
} from '../src/wire/ttlv/index.ts';
import type { Measurement } from './http-load.ts';
import { summaryOf } from './latencies.ts';

export interface KmipTarget {
  readonly host: string;
  readonly port: number;
  /** PEM. */
  readonly certificate: string;
  readonly privateKey: string;
}

/** A message of 1.4 with one operation. */
export function kmipRequest(
  operation: ValueName<'Operation'>,
  payload: readonly (TtlvField | undefined)[],
): Uint8Array {
  return writeTtlv(
    make.structure('RequestMessage', [
      make.structure('RequestHeader', [
        make.structure('ProtocolVersion', [
          make.integer('ProtocolVersionMajor', 1),
          make.integer('ProtocolVersionMinor', 4),
        ]),
        make.integer('BatchCount', 1),
      ]),
      make.structure('BatchItem', [
        make.enumeration('Operation', operation),
        make.structure('RequestPayload', payload),
      ]),
    ]),
  );
}

async function open({ host, port, certificate, privateKey }: KmipTarget): Promise<TLSSocket> {
  const socket = connect({ host, port, cert: certificate, key: privateKey, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  return socket.setNoDelay(true);
}

const LIMITS = { bytesMax: 1 << 28, depthMax: 32, itemsMax: 1_000_000 };

/** The payload of the answer. Throws where the operation is refused. */
export async function askOnce(target: KmipTarget, request: Uint8Array): Promise<readonly TtlvItem[]> {
  const socket = await open(target);
  try {
    const answer = await new Promise<Uint8Array>((resolve, reject) => {
      converse(socket, request, message => {
        resolve(message.slice());
        return false;
      }).catch(reject);
    });
    const item = readTtlv(answer, LIMITS).children.find(({ name }) => name === 'BatchItem');
    const field = (name: string) => item?.children.find(child => child.name === name);
    if (field('ResultStatus')?.uint32 !== 0) throw new Error(field('ResultMessage')?.text);
    return field('ResponsePayload')?.children ?? [];
  } finally {
    socket.destroy();
  }
}

export async function measureKmip(
  target: KmipTarget,
  request: Uint8Array,
  { connections, seconds }: { readonly connections: number; readonly seconds: number },
): Promise<Measurement> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(target)));
  const latenciesMs: number[] = [];
  let refused = 0;
  const begun = performance.now();
  const end = begun + seconds * 1000;
  await Promise.all(
    sockets.map(socket =>
      converse(socket, request, (message, latencyMs) => {
        latenciesMs.push(latencyMs);
        if (!hasSucceeded(message)) refused += 1;
        return performance.now() < end;
      }),
    ),
  );
  const elapsed = (performance.now() - begun) / 1000;
  return { ...summaryOf(latenciesMs, elapsed), refused };
}

/** Asks again for as long as it is told to, and then ends the connection. The message is good until the next one. */
async function converse(
  socket: TLSSocket,
  request: Uint8Array,
  onAnswer: (message: Uint8Array, latencyMs: number) => boolean,
): Promise<void> {
  let pending: Buffer = Buffer.alloc(0);
  let sentAt = performance.now();
  const closed = once(socket, 'close');
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const length = messageLength(pending, LIMITS);
    if (length === undefined || pending.length < length) return;
    const now = performance.now();
    const goesOn = onAnswer(pending.subarray(0, length), now - sentAt);
    pending = pending.subarray(length);
    sentAt = performance.now();
    if (goesOn) socket.write(request);
    else socket.end();
  });
  socket.write(request);
  await closed;
}

/** Result Status, an Enumeration, is Success. */
const SUCCESS = Buffer.from('42007f05000000040000000000000000', 'hex');

function hasSucceeded(message: Uint8Array): boolean {
  return Buffer.from(message.buffer, message.byteOffset, message.length).includes(SUCCESS);
}
