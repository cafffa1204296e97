// What changed frames must not do: to the codec, which reads them or refuses them and nothing else, and to the port for KMIP, which answers
// them or ends the connection, and goes on.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type TLSSocket } from 'node:tls';
import { must } from '../../src/base/assert.ts';
import { equalBytes, hex, utf8 } from '../../src/base/bytes.ts';
import type { Logger } from '../../src/base/logger.ts';
import {
  messageLength,
  readJson,
  readTtlv,
  readXml,
  type TtlvField,
  TtlvRefusal,
  writeJson,
  writeText,
  writeXml,
} from '../../src/wire/ttlv/index.ts';
import { readCases } from '../conformance/kmip/cases.ts';
import { answered, newAes256, openConnection, request } from '../conformance/kmip/support.ts';
import { startKeyhold } from '../support/keyhold.ts';
import { FORMS, type Form, type Frame, FrameSource } from './kmip-frames.ts';

export interface CodecTally {
  readonly frames: Record<Form, number>;
  /** Frames that are messages after all. */
  readonly read: Record<Form, number>;
}

/** One message of so many that can be read is also written in every form, and read again. */
const REWRITTEN_ONE_IN = 8;

export function fuzzCodec(
  seed: number,
  count: number,
  onFrame: (number: number) => void = () => undefined,
): CodecTally {
  const source = new FrameSource(
    readCases().map(({ field }) => field),
    seed,
  );
  const zero = (): Record<Form, number> => ({ binary: 0, XML: 0, JSON: 0 });
  const tally = { frames: zero(), read: zero() };
  for (let number = 0; number < count; number += 1) {
    const frame = source.next();
    tally.frames[frame.form] += 1;
    try {
      if (tryFrame(frame, number % REWRITTEN_ONE_IN === 0)) tally.read[frame.form] += 1;
    } catch (thrown) {
      throw new Error(`frame ${number} of seed ${seed}, ${frame.form}: ${hex(frame.bytes)}`, {
        cause: thrown,
      });
    }
    onFrame(number);
  }
  assert.ok(FORMS.every(form => tally.read[form] > 0));
  return tally;
}

/** Whether the frame could be read. Throws where anything but that and a refusal happens. */
function tryFrame({ form, bytes }: Frame, isRewritten: boolean): boolean {
  try {
    if (form === 'binary') messageLength(bytes);
    const item = form === 'binary' ? readTtlv(bytes) : form === 'XML' ? readXml(bytes) : readJson(bytes);
    if (!isRewritten) return true;
    writeText(item);
    assert.ok(equalBytes(readJson(utf8(writeJson(item))).encoding, item.encoding), 'through JSON');
    assert.ok(equalBytes(readXml(utf8(writeXml(item))).encoding, item.encoding), 'through XML');
    return true;
  } catch (thrown) {
    if (thrown instanceof TtlvRefusal) return thrown.kind === 'inexpressible';
    throw thrown;
  }
}

export interface ListenerTally {
  readonly frames: number;
  readonly connections: number;
  readonly succeeded: number;
  readonly refused: number;
  /** Connections that ended without an answer to their last frame. */
  readonly ended: number;
}

const CONNECTIONS_AT_ONCE = 4;
/** Those who fail again and again are answered late: so much time passes with each frame that it is none too many. */
const STEP_MS = 1_000;

export interface ListenerFuzz {
  send(count: number): Promise<ListenerTally>;
  stop(): Promise<void>;
}

interface Identity {
  readonly host: string;
  readonly port: number;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A whole server, and a client that is known to it, whose frames name keys that are there. */
export async function startListenerFuzz(seed: number): Promise<ListenerFuzz> {
  const faults: string[] = [];
  const logger: Logger = {
    log(level, message, _fields, error) {
      if (level === 'error') faults.push(`${message}: ${error instanceof Error ? error.stack : error}`);
    },
  };
  const keyhold = await startKeyhold({ settings: { kmip: 'on', kmipPort: '0' }, logger });
  const { certFile, keyFile, caFile, port } = must(keyhold.credentials.kmip, 'KMIP is on');
  const identity: Identity = {
    host: '127.0.0.1',
    port,
    ca: readFileSync(caFile, 'utf8'),
    cert: readFileSync(certFile, 'utf8'),
    key: readFileSync(keyFile, 'utf8'),
  };
  const ids = await makeObjects(identity);
  const requests = readCases().filter(({ element }) => element.name === 'RequestMessage');
  const source = new FrameSource(
    requests.map(({ field }) => about(field, ids)),
    seed,
  );
  const tally = { frames: 0, connections: 0, succeeded: 0, refused: 0, ended: 0 };

  /** Frames over one connection, until one of them is not whole. */
  async function converse(left: { count: number }): Promise<void> {
    const socket = connect(identity);
    tally.connections += 1;
    await once(socket, 'secureConnect');
    const answers = new Answers(socket);
    try {
      while (left.count > 0) {
        left.count -= 1;
        tally.frames += 1;
        keyhold.clock.advance(STEP_MS);
        const frame = source.nextBinary();
        const isWhole = isWholeMessage(frame);
        socket.write(frame);
        if (!isWhole) socket.end();
        const answer = await answers.next();
        if (answer === undefined) {
          tally.ended += 1;
          return;
        }
        // What is told to the client as a General Failure is some cases' own answer: a fault is what the log has as one.
        assert.deepEqual(faults, [], `by ${hex(frame)} or one sent beside it`);
        if (answer === 'succeeded') tally.succeeded += 1;
        else tally.refused += 1;
        if (!isWhole) return;
      }
    } finally {
      socket.destroy();
    }
  }

  return {
    async send(count) {
      const left = { count };
      const lane = async (): Promise<void> => {
        while (left.count > 0) await converse(left);
      };
      await Promise.all(Array.from({ length: CONNECTIONS_AT_ONCE }, lane));
      assert.deepEqual(faults, []);
      return { ...tally };
    },
    stop: () => keyhold.stop(),
  };
}

function isWholeMessage(frame: Uint8Array): boolean {
  try {
    return messageLength(frame) === frame.length;
  } catch {
    return false;
  }
}

/** The answers on a connection, and undefined at its end. */
class Answers {
  #buffered = Buffer.alloc(0);
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(socket: TLSSocket) {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      this.#buffered = Buffer.concat([this.#buffered, chunk]);
      this.#wake?.();
    });
    socket.on('close', () => {
      this.#isOver = true;
      this.#wake?.();
    });
  }

  async next(): Promise<Outcome | undefined> {
    for (;;) {
      const length = messageLength(this.#buffered);
      if (length !== undefined && this.#buffered.length >= length) {
        const message = Uint8Array.from(this.#buffered.subarray(0, length));
        this.#buffered = this.#buffered.subarray(length);
        return outcomeOf(message);
      }
      if (this.#isOver) return undefined;
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
  }
}

type Outcome = 'succeeded' | 'refused';

function outcomeOf(message: Uint8Array): Outcome {
  const items = readTtlv(message).children.filter(({ name }) => name === 'BatchItem');
  const isRefused = items.some(({ children }) => children.some(({ name }) => name === 'ResultReason'));
  return isRefused ? 'refused' : 'succeeded';
}

const OBJECTS = 8;

async function makeObjects({ port, cert, key }: Identity): Promise<readonly string[]> {
  const connection = await openConnection(port, { certificate: cert, privateKey: key });
  const ids: string[] = [];
  while (ids.length < OBJECTS) {
    const made = await connection.ask(request('1.4', [{ operation: 'Create', payload: newAes256() }]));
    ids.push(must(answered(made).ids[0], 'a key'));
  }
  connection.close();
  return ids;
}

/** The same message about an object that is there. */
function about(message: TtlvField, ids: readonly string[]): TtlvField {
  if (message.type === 'Structure')
    return { ...message, fields: message.fields.map(field => about(field, ids)) };
  const named = message.type === 'TextString' ? /^\$UNIQUE_IDENTIFIER_(\d+)$/.exec(message.value) : null;
  const id = named === null ? undefined : ids[Number(named[1]) % ids.length];
  return message.type !== 'TextString' || id === undefined ? message : { ...message, value: id };
}
