// The listener for KMIP: messages of TTLV over TLS, where every client shows a certificate. It knows the framing of messages and nothing
// of what they say. What a peer may cost is bounded: bytes before a message is whole, time until it is, and connections.

import type { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Logger } from '../base/logger.ts';
import type { Kms } from '../core/kms.ts';
import { answerTtlv, answerUnreadable, type Peer, type PeerProof } from '../protocols/kmip/index.ts';
import { messageLength } from '../wire/ttlv/index.ts';
import type { ServerIdentity } from './authority.ts';
import { ClientAuthority } from './kmip-client-authority.ts';
import type { Metrics } from './metrics.ts';
import { ReceivedBytes } from './received-bytes.ts';
import type { KmipSettings } from './settings.ts';

export interface KmipListenerParts {
  readonly kms: Kms;
  readonly settings: KmipSettings;
  /** The certificate of the port, asked for again from time to time. */
  identity(): Promise<ServerIdentity>;
  readonly host: string;
  readonly location: string;
  readonly requestTimeoutMs: number;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'addGauges'>;
}

export interface KmipListener {
  readonly port: number;
  /** Messages under way are answered, for so long at most; idle connections are closed at once. */
  stop(drainMs: number): Promise<void>;
}

/** A proven client's connection without a message for so long is given up: storage arrays hold theirs for hours. */
const IDLE_MS = 4 * 3_600_000;
/** Bytes of messages that are not whole yet, over all connections. */
const UNFINISHED_BYTES_MAX = 134_217_728;
/** Tag, type and length of a message: TTLV (KMIP 2.1 section 9.1). */
const HEADER_BYTES = 8;
const RENEWAL_MS = 12 * 3_600_000;
/** How soon a list of revoked certificates counts. */
const LOOK_MS = 1_000;

/** What old arrays need besides: CBC suites, and such as have no forward secrecy. */
const LEGACY_CIPHERS =
  'ECDHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-SHA384:AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES256-SHA256:AES128-SHA:AES256-SHA';
const CIPHERS =
  'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305';

export async function listenForKmip(parts: KmipListenerParts): Promise<KmipListener> {
  const { settings, requestTimeoutMs } = parts;
  const connections = new Set<Connection>();
  const pool = { free: UNFINISHED_BYTES_MAX };
  const context = {
    minVersion: 'TLSv1.2',
    ciphers: settings.legacyCiphers ? `${CIPHERS}:${LEGACY_CIPHERS}` : CIPHERS,
    honorCipherOrder: true,
  } as const;
  const authority = settings.clientAuthority && new ClientAuthority(settings.clientAuthority);
  const first = await parts.identity();
  let current = first;
  const server = createServer({
    ...context,
    ...authority?.verification,
    ...tlsPair(first),
    // Certificates are trusted for themselves, message by message, unless the settings name an authority: see kmip-client-authority.ts.
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: requestTimeoutMs,
    noDelay: true,
  });
  server.maxConnections = settings.connectionsMax;
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('secureConnection', socket => {
    const connection = new Connection({ ...parts, authority }, socket, pool);
    connections.add(connection);
    void connection.run().finally(() => connections.delete(connection));
  });
  parts.metrics.addGauges('keyhold_kmip_connections', 'Open connections of KMIP clients', [], () => [
    { labels: {}, value: connections.size },
  ]);
  await listen(server, parts.host, settings.port);
  const { port } = server.address() as AddressInfo;
  const renewal = setInterval(() => {
    void renew().catch(error =>
      parts.logger.log('error', 'the certificate of the KMIP port could not be read', {}, error),
    );
  }, RENEWAL_MS).unref();
  const look = setInterval(() => {
    try {
      if (authority?.hasChanged()) verifyAnew();
    } catch (error) {
      parts.logger.log('error', 'the authority of KMIP clients could not be read', {}, error);
    }
  }, LOOK_MS).unref();
  return {
    port,
    stop(drainMs) {
      clearInterval(renewal);
      clearInterval(look);
      return stop(server, connections, drainMs);
    },
  };

  /** Certificates come to their end while servers run: new connections get the newest one. */
  async function renew(): Promise<void> {
    const newest = await parts.identity();
    if (newest.certificate === current.certificate) return;
    current = newest;
    server.setSecureContext({ ...context, ...authority?.verification, ...tlsPair(newest) });
  }

  /** Whom the authority has known so far may be among those that it knows no more: they come again. */
  function verifyAnew(): void {
    server.setSecureContext({ ...context, ...authority?.verification, ...tlsPair(current) });
    for (const connection of connections) if (connection.isVerified) connection.finish();
  }
}

function tlsPair({ certificate, privateKey }: ServerIdentity): {
  readonly cert: string;
  readonly key: string;
} {
  return { cert: certificate, key: privateKey };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function stop(server: Server, connections: ReadonlySet<Connection>, drainMs: number): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()));
  for (const connection of connections) connection.finish();
  const deadline = setTimeout(() => {
    for (const connection of connections) connection.destroy();
  }, drainMs);
  await closed;
  clearTimeout(deadline);
}

type ConnectionParts = KmipListenerParts & { readonly authority: ClientAuthority | undefined };

class Connection {
  /** TLS has verified the client by the authority of the settings. */
  readonly isVerified: boolean;
  readonly #parts: ConnectionParts;
  readonly #socket: TLSSocket;
  readonly #pool: { free: number };
  /** As the handshake has proven it. To ask the socket each time takes a fifth of the time of a message. */
  readonly #certificate: X509Certificate | undefined;
  readonly #encoded: Uint8Array | undefined;
  readonly #received = new ReceivedBytes();
  #reserved = 0;
  #isAnswering = false;
  #isFinishing = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: ConnectionParts, socket: TLSSocket, pool: { free: number }) {
    this.#parts = parts;
    this.#socket = socket;
    this.#pool = pool;
    this.isVerified = socket.authorized;
    this.#certificate = socket.getPeerX509Certificate();
    this.#encoded = this.#certificate?.raw;
    socket.disableRenegotiation();
    // What goes wrong on a connection ends it, and the loop that reads it.
    socket.on('error', () => socket.destroy());
  }

  /** Answers message after message in their order, until the connection is over. Never rejects. */
  run(): Promise<void> {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    this.#socket.once('close', () => {
      this.#end();
      resolve();
    });
    this.#socket.once('end', () => this.finish());
    if (this.#certificate === undefined) {
      this.#socket.destroySoon();
    } else {
      this.#allow(this.#idleMs());
      this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    }
    return over;
  }

  /** A peer that sends on while a message is answered waits: one piece more is taken in, and nothing is read then. */
  #take(chunk: Buffer): void {
    this.#received.add(chunk);
    if (this.#isAnswering) this.#socket.pause();
    else void this.#answerAll();
  }

  async #answerAll(): Promise<void> {
    let goesOn = false;
    try {
      goesOn = (await this.#answerWhole()) && !this.#isFinishing;
    } catch {
      // The peer has gone, and nobody is left to be told.
    }
    if (this.#socket.destroyed) this.#end();
    else if (goesOn) this.#socket.resume();
    else this.#socket.destroySoon();
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#release();
    this.#received.wipe();
  }

  /** Closes once the message under way is answered. */
  finish(): void {
    this.#isFinishing = true;
    if (!this.#isAnswering) this.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Answers every message that is there whole; false where the connection cannot go on. */
  async #answerWhole(): Promise<boolean> {
    for (;;) {
      let length: number | undefined;
      try {
        length = messageLength(this.#received.head(HEADER_BYTES));
      } catch (thrown) {
        this.#isAnswering = true;
        await this.#send(answerUnreadable(this.#parts.kms, thrown));
        return false;
      }
      if (length !== undefined && !this.#reserve(length)) return false;
      if (length === undefined || this.#received.length < length) {
        // From its first byte on a message has as long as any other request.
        const ms = this.#received.length === 0 ? this.#idleMs() : this.#parts.requestTimeoutMs;
        this.#allow(ms, this.#received.length > 0);
        return true;
      }
      this.#isAnswering = true;
      const message = this.#received.cut(length);
      this.#release();
      clearTimeout(this.#timer);
      this.#timer = undefined;
      const { kms, location, logger, settings } = this.#parts;
      const { takesInterop } = settings;
      const answer = await answerTtlv(kms, { location, logger, takesInterop }, message, this.#peer());
      await this.#send(answer);
      this.#isAnswering = false;
      if (this.#isFinishing) return false;
    }
  }

  #peer(): Peer {
    const { kms } = this.#parts;
    return {
      requestId: kms.random.uuid(),
      sourceAddress: this.#socket.remoteAddress,
      proven: () => {
        this.#isProven = true;
      },
      prove: () => this.#prove(),
    };
  }

  async #prove(): Promise<PeerProof | undefined> {
    const { kms, authority } = this.#parts;
    if (this.#certificate === undefined || this.#encoded === undefined) return undefined;
    const proof = await kms.identity.proveCertificate(this.#encoded, kms.clock.now());
    if (proof !== undefined || !this.isVerified) return proof;
    return authority?.prove(kms, this.#certificate);
  }

  /** The bytes of a message that has begun count until it is whole. */
  #reserve(length: number): boolean {
    if (this.#reserved > 0) return true;
    if (length > this.#pool.free) return false;
    this.#pool.free -= length;
    this.#reserved = length;
    return true;
  }

  #release(): void {
    this.#pool.free += this.#reserved;
    this.#reserved = 0;
  }

  /** So long until the connection is given up. `keep`: a time that is running already goes on. */
  #allow(ms: number, keep = false): void {
    if (keep && this.#timer !== undefined && this.#isTimedMessage) return;
    clearTimeout(this.#timer);
    this.#isTimedMessage = keep;
    this.#timer = setTimeout(() => this.#socket.destroy(), ms).unref();
  }

  #isTimedMessage = false;
  #isProven = false;

  /** Any certificate opens a connection: whoever has proven nothing by it holds none for long. */
  #idleMs(): number {
    return this.#isProven ? IDLE_MS : this.#parts.requestTimeoutMs;
  }

  /** A peer that does not take its answer in time is given up. The answer may hold a key, and is wiped once it has left. */
  async #send(answer: Uint8Array): Promise<void> {
    const timer = setTimeout(() => this.#socket.destroy(), this.#parts.requestTimeoutMs).unref();
    try {
      await new Promise<void>((resolve, reject) => {
        this.#socket.write(answer, error => (error ? reject(error) : resolve()));
      });
    } finally {
      clearTimeout(timer);
      answer.fill(0);
    }
  }
}
