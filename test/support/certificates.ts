// Self-signed X.509 certificates (RFC 5280) with fresh keys, put together here so that tests need no other program.

import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { base64, concatBytes, utf8 } from '../../src/base/bytes.ts';

export interface CertificateOptions {
  readonly subject?: string;
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** Object identifiers in DER, as hex; undefined: the certificate says nothing of its purpose. */
  readonly purposes?: readonly string[];
  /** It may issue others. */
  readonly isAuthority?: boolean;
  /** Who signs it; undefined: itself. */
  readonly issuer?: { readonly subject: string; readonly privateKey: KeyObject };
  readonly keys?: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
}

export const CLIENT_AUTHENTICATION = '06082b06010505070302';
export const SERVER_AUTHENTICATION = '06082b06010505070301';

const SIGNATURES: Readonly<Record<string, { readonly digest: string | null; readonly identifier: string }>> =
  {
    ed25519: { digest: null, identifier: '300506032b6570' },
    ec: { digest: 'sha256', identifier: '300a06082a8648ce3d040302' },
    rsa: { digest: 'sha256', identifier: '300d06092a864886f70d01010b0500' },
  };

/** In PEM; the key is Ed25519 unless one is given. Valid from 2020 to 2049 unless told otherwise. */
export function selfSigned(options: CertificateOptions = {}): string {
  const { subject = 'client', notBefore = Date.UTC(2020, 0), notAfter = Date.UTC(2049, 0) } = options;
  const { publicKey, privateKey: ownKey } = options.keys ?? generateKeyPairSync('ed25519');
  const privateKey = options.issuer?.privateKey ?? ownKey;
  const algorithm = SIGNATURES[privateKey.asymmetricKeyType ?? ''];
  if (algorithm === undefined) throw new Error('no signature algorithm for this key');
  const identifier = fromHex(algorithm.identifier);
  const nameOf = (text: string) =>
    sequence(der(0x31, sequence(fromHex('0603550403'), der(0x0c, utf8(text)))));
  const body = sequence(
    der(0xa0, der(0x02, Uint8Array.of(2))),
    der(0x02, concatBytes(Uint8Array.of(1), randomBytes(15))),
    identifier,
    nameOf(options.issuer?.subject ?? subject),
    sequence(utcTime(notBefore), utcTime(notAfter)),
    nameOf(subject),
    publicKey.export({ format: 'der', type: 'spki' }),
    ...extensions(options),
  );
  const signature = sign(algorithm.digest, body, privateKey);
  const encoded = sequence(body, identifier, der(0x03, concatBytes(Uint8Array.of(0), signature)));
  const lines = base64(encoded).match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function extensions({ purposes, isAuthority }: CertificateOptions): readonly Uint8Array[] {
  const all: Uint8Array[] = [];
  if (purposes !== undefined)
    all.push(sequence(fromHex('0603551d25'), der(0x04, sequence(...purposes.map(fromHex)))));
  if (isAuthority === true) all.push(fromHex('300f0603551d130101ff040530030101ff'));
  return all.length === 0 ? [] : [der(0xa3, sequence(...all))];
}

function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return der(0x30, concatBytes(...parts));
}

function der(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content;
  const lengthBytes =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >>> 8, length & 0xff];
  return concatBytes(Uint8Array.of(tag, ...lengthBytes), content);
}

/** YYMMDDHHMMSSZ, up to the year 2049 (RFC 5280 section 4.1.2.5.1). */
function utcTime(instant: number): Uint8Array {
  const digits = new Date(instant).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(0x17, utf8(`${digits}Z`));
}

function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}
