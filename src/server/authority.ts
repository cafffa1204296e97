// The authority of the installation (core/ports/certificate-authority.ts), and the certificate of its KMIP port where none is configured.
// Its keys are made on first need and wrapped by custody; its certificates hold for whoever trusts this installation, and nobody else is
// asked to.

import { createHash, createPublicKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Bytes } from '../base/bytes.ts';
import type { SecretBytes } from '../base/secret-bytes.ts';
import type { CertificateAuthority, ClientToCertify } from '../core/ports/certificate-authority.ts';
import { generateKeyMaterial } from '../crypto/key-material.ts';
import { invalidInput } from '../domain/errors.ts';
import { writeDer } from '../wire/der/index.ts';
import { certificateBody, signedWhole } from '../wire/x509/certificate.ts';
import {
  authorityKeyIdentifier,
  basicConstraints,
  keyUsage,
  type NewExtension,
  purposes,
  subjectAlternativeNames,
  subjectKeyIdentifier,
} from '../wire/x509/extensions.ts';
import { writeName } from '../wire/x509/names.ts';
import { writePem } from '../wire/x509/pem.ts';
import { getOrPut, type InstallationParts, installationId, openInstallationKey } from './installation.ts';

/** Certificate and key in PEM, as TLS takes them. */
export interface ServerIdentity {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface Authority extends CertificateAuthority {
  /** Stays the same until it comes near its end, or a name is asked for that it does not have: some clients trust nothing but the one they saw. */
  serverIdentity(names: readonly string[], at: number): Promise<ServerIdentity>;
}

/** RSA, since old arrays verify nothing else; 128 bits of strength for what lasts, 112 for what is renewed (SP 800-57 part 1, table 2). */
const AUTHORITY_KEY = 'rsa-3072';
const SERVER_KEY = 'rsa-2048';
const SIGNATURE = 'rsa-sha-256';

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 20 * 365;
const SERVER_DAYS = 2 * 365;
const SERVER_RENEWED_DAYS = 60;
/** Clocks of clients that are a little behind. */
const EARLIER_MS = DAY_MS;
const SERIAL_BYTES = 16;

const KEPT = {
  authorityKey: 'authority.key',
  authorityCertificate: 'authority.certificate',
  serverKey: 'kmip.serverKey',
  serverCertificate: 'kmip.serverCertificate',
} as const;

interface Opened {
  readonly privateKey: KeyObject;
  /** In PEM. */
  readonly certificate: string;
  readonly subject: Bytes;
  readonly keyIdentifier: Bytes;
}

/** `now`: of the clock, for the authority's own certificate. */
export function createAuthority(parts: InstallationParts, now: () => number): Authority {
  /** Opened for each certificate: a key that stayed would outlive the sealing of the server. */
  async function open(): Promise<Opened> {
    const privateKey = await openInstallationKey(parts, KEPT.authorityKey, 'certificate authority key', () =>
      freshKey(AUTHORITY_KEY),
    );
    const id = (await installationId(parts)).slice(0, 8);
    const subject = writeDer(
      writeName([
        ['O', 'Keyhold'],
        ['CN', `Keyhold authority ${id}`],
      ]),
    );
    const publicKey = spkiOf(createPublicKey(privateKey));
    const keyIdentifier = identifierOf(publicKey);
    const certificate = await getOrPut(parts.store, KEPT.authorityCertificate, async () =>
      writePem(
        'CERTIFICATE',
        signed(privateKey, {
          issuer: subject,
          subject,
          publicKey,
          notBefore: now() - EARLIER_MS,
          notAfter: now() + AUTHORITY_DAYS * DAY_MS,
          extensions: [
            basicConstraints(0),
            keyUsage('keyCertSign', 'cRLSign'),
            subjectKeyIdentifier(keyIdentifier),
          ],
        }),
      ),
    );
    return { privateKey, certificate, subject, keyIdentifier };
  }

  function signed(
    key: KeyObject,
    body: Omit<Parameters<typeof certificateBody>[0], 'algorithm' | 'serialNumber'>,
  ): Bytes {
    const serialNumber = parts.random.bytes(SERIAL_BYTES);
    // RFC 5280 section 4.1.2.2: positive, and never zero.
    serialNumber[0] = ((serialNumber[0] ?? 0) & 0x7f) | 0x40;
    const whole = certificateBody({ ...body, serialNumber, algorithm: SIGNATURE });
    return signedWhole(whole, SIGNATURE, sign('sha256', whole, key));
  }

  async function issue(
    subject: Bytes,
    publicKey: Bytes,
    extensions: readonly NewExtension[],
    validity: { readonly notBefore: number; readonly notAfter: number },
  ): Promise<string> {
    const issuer = await open();
    const end = new X509Certificate(issuer.certificate).validToDate.getTime();
    return writePem(
      'CERTIFICATE',
      signed(issuer.privateKey, {
        issuer: issuer.subject,
        subject,
        publicKey,
        notBefore: validity.notBefore,
        notAfter: Math.min(validity.notAfter, end),
        extensions: [
          basicConstraints(undefined),
          ...extensions,
          subjectKeyIdentifier(identifierOf(publicKey)),
          authorityKeyIdentifier(issuer.keyIdentifier),
        ],
      }),
    );
  }

  return {
    certificate: async () => (await open()).certificate,

    certifyClient({ name, publicKey, notBefore, notAfter }: ClientToCertify) {
      const subject = writeDer(writeName([['CN', name]]));
      const extensions = [keyUsage('digitalSignature'), purposes('clientAuth')];
      return issue(subject, readPublicKey(publicKey), extensions, {
        notBefore: notBefore - EARLIER_MS,
        notAfter,
      });
    },

    async serverIdentity(names, at) {
      const privateKey = await openInstallationKey(parts, KEPT.serverKey, 'kmip server key', () =>
        freshKey(SERVER_KEY),
      );
      const kept = await parts.store.settings.get(KEPT.serverCertificate);
      const isFit = kept !== undefined && fits(kept, names, at);
      const certificate = isFit ? kept : await replaceServerCertificate(privateKey, names, at);
      return {
        certificate: certificate + (await open()).certificate,
        privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      };
    },
  };

  async function replaceServerCertificate(
    privateKey: KeyObject,
    names: readonly string[],
    at: number,
  ): Promise<string> {
    const subject = writeDer(writeName([['CN', names[0] ?? 'localhost']]));
    const extensions = [
      keyUsage('digitalSignature', 'keyEncipherment'),
      purposes('serverAuth'),
      subjectAlternativeNames(names),
    ];
    const validity = { notBefore: at - EARLIER_MS, notAfter: at + SERVER_DAYS * DAY_MS };
    const made = await issue(subject, spkiOf(createPublicKey(privateKey)), extensions, validity);
    await parts.store.transaction(tx => tx.settings.put(KEPT.serverCertificate, made));
    return made;
  }
}

async function freshKey(algorithm: typeof AUTHORITY_KEY | typeof SERVER_KEY): Promise<SecretBytes> {
  return (await generateKeyMaterial(algorithm)).material;
}

function fits(pem: string, names: readonly string[], at: number): boolean {
  const certificate = new X509Certificate(pem);
  const isLasting = certificate.validToDate.getTime() - at > SERVER_RENEWED_DAYS * DAY_MS;
  const isNamed = (name: string): boolean =>
    (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
  return isLasting && names.every(isNamed);
}

function spkiOf(key: KeyObject): Bytes {
  return key.export({ format: 'der', type: 'spki' });
}

/** RFC 7093 section 2, method 1: the first 160 bits of a SHA-256, here of the whole SubjectPublicKeyInfo. */
function identifierOf(publicKey: Bytes): Bytes {
  return createHash('sha256').update(publicKey).digest().subarray(0, 20);
}

const PUBLIC_KEY =
  /^\s*-----BEGIN PUBLIC KEY-----\r?\n(?:[A-Za-z0-9+/=]+[ \t]*\r?\n)+-----END PUBLIC KEY-----\s*$/;

/** Whether it is strong enough is judged where the certificate is registered. */
function readPublicKey(pem: string): Bytes {
  const refused = invalidInput('publicKey', 'must be one public key in PEM, and nothing besides');
  if (!PUBLIC_KEY.test(pem)) throw refused;
  try {
    return spkiOf(createPublicKey(pem));
  } catch {
    throw refused;
  }
}
