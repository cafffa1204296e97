// Files of PKCS #12 (RFC 7292): a private key and certificates under one password, written and read. The MAC is checked before anything is opened.

import { createHmac } from 'node:crypto';
import { type Bytes, equalSecret, wipe } from '../../../base/bytes.ts';
import type { Random } from '../../../core/ports/clock.ts';
import {
  childrenOf,
  contentOf,
  type DerElement,
  type DerField,
  DerFields,
  DerRefusal,
  der,
  numberOf,
  objectIdentifierOf,
  readDer,
  textOf,
  writeDer,
} from '../../../wire/der/index.ts';
import { refusal } from '../faults.ts';
import {
  closed,
  decrypt,
  derivePkcs12,
  encrypt,
  type Pkcs12Derivation,
  type Pkcs12Hash,
} from './encryption.ts';

export interface Bundle {
  /** PrivateKeyInfo in DER: its owner wipes it. */
  readonly privateKey: Bytes;
  /** In DER, that of the key first. */
  readonly certificates: readonly Bytes[];
  /** What people call the key. */
  readonly friendlyName?: string | undefined;
}

const DATA = '1.2.840.113549.1.7.1';
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6';
const KEY_BAG = '1.2.840.113549.1.12.10.1.1';
const SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2';
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3';
const X_509 = '1.2.840.113549.1.9.22.1';
const FRIENDLY_NAME = '1.2.840.113549.1.9.20';
const LOCAL_KEY_ID = '1.2.840.113549.1.9.21';
const SHA_256 = '2.16.840.1.101.3.4.2.1';

const DIGESTS: Readonly<Record<string, Pkcs12Hash>> = {
  '1.3.14.3.2.26': 'sha1',
  [SHA_256]: 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

const MAC_SALT_BYTES = 16;
const MAC_ITERATIONS = 2_048;
const MAC_ITERATIONS_MAX = 20_000;
const CERTIFICATES_MAX = 32;
/** The key and the certificates, and the same again for files that keep them apart. */
const OPENED_MAX = 4;

/** What ties the key to its certificate within the file. */
const LOCAL_ID = Uint8Array.of(1);

/** `password`: in UTF-8. */
export async function writeBundle(
  { privateKey, certificates, friendlyName }: Bundle,
  password: Bytes,
  random: Pick<Random, 'bytes'>,
): Promise<Bytes> {
  const key = await encrypt(password, privateKey, random);
  const keyBag = bag(
    SHROUDED_KEY_BAG,
    der.sequence([key.algorithm, der.octetString(key.ciphertext)]),
    attributes(friendlyName, LOCAL_ID),
  );
  const certificateBags = certificates.map((certificate, at) =>
    bag(
      CERTIFICATE_BAG,
      der.sequence([der.objectIdentifier(X_509), der.explicit(0, der.octetString(certificate))]),
      at === 0 ? attributes(friendlyName, LOCAL_ID) : undefined,
    ),
  );
  const sealed = await encrypt(password, writeDer(der.sequence(certificateBags)), random);
  const safe = writeDer(
    der.sequence([
      content(DATA, der.octetString(der.sequence([keyBag]))),
      content(
        ENCRYPTED_DATA,
        der.sequence([
          der.integer(0),
          der.sequence([
            der.objectIdentifier(DATA),
            sealed.algorithm,
            der.implicit(0, der.octetString(sealed.ciphertext)),
          ]),
        ]),
      ),
    ]),
  );
  const salt = random.bytes(MAC_SALT_BYTES);
  const mac = await macOf(safe, { password, salt, iterations: MAC_ITERATIONS, hash: 'sha256' });
  const digest = der.sequence([
    der.sequence([der.objectIdentifier(SHA_256), der.nothing()]),
    der.octetString(mac),
  ]);
  return writeDer(
    der.sequence([
      der.integer(3),
      content(DATA, der.octetString(safe)),
      der.sequence([digest, der.octetString(salt), der.integer(MAC_ITERATIONS)]),
    ]),
  );
}

function content(type: string, field: DerField): DerField {
  return der.sequence([der.objectIdentifier(type), der.explicit(0, field)]);
}

function bag(type: string, field: DerField, told: DerField | undefined): DerField {
  return der.sequence([der.objectIdentifier(type), der.explicit(0, field), told]);
}

function attributes(friendlyName: string | undefined, id: Bytes): DerField {
  const name = Buffer.from(friendlyName ?? '', 'utf16le').swap16();
  const attribute = (type: string, value: DerField) =>
    der.sequence([der.objectIdentifier(type), der.set([value])]);
  return der.set([
    ...(friendlyName === undefined ? [] : [attribute(FRIENDLY_NAME, der.element('bmpString', name))]),
    attribute(LOCAL_KEY_ID, der.octetString(id)),
  ]);
}

const HASH_BYTES = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 } as const satisfies Record<
  Pkcs12Hash,
  number
>;

async function macOf(content: Bytes, parts: Omit<Pkcs12Derivation, 'purpose' | 'length'>): Promise<Bytes> {
  const key = await derivePkcs12({ ...parts, purpose: 3, length: HASH_BYTES[parts.hash] });
  const mac = createHmac(parts.hash, key).update(content).digest();
  key.fill(0);
  return mac;
}

/** Throws `cryptographicFailure` for another password, `invalidField` for what is no such file or has no key, or several. */
export async function readBundle(encoded: Bytes, password: Bytes): Promise<Bundle> {
  const found: Found = { keys: [], certificates: [], opened: 0 };
  try {
    const safe = await checkedSafe(encoded, password);
    for (const info of childrenOf(readDer(safe))) await readContent(info, password, found);
    const [privateKey, another] = found.keys;
    if (privateKey === undefined || another !== undefined || found.certificates.length > CERTIFICATES_MAX)
      throw refusal('invalidField', 'The PKCS #12 file must have one private key, and few certificates.');
    return { privateKey, certificates: found.certificates, friendlyName: found.name };
  } catch (thrown) {
    for (const key of found.keys) wipe(key);
    if (thrown instanceof DerRefusal) throw refusal('invalidField', 'The PKCS #12 file cannot be read.');
    throw thrown;
  }
}

interface Found {
  readonly keys: Bytes[];
  readonly certificates: Bytes[];
  name?: string | undefined;
  /** How many encrypted parts were opened. */
  opened: number;
}

/** Throws `invalidField` for one too many: each costs what its rounds do. */
function open(password: Bytes, algorithm: DerElement, ciphertext: Bytes, found: Found): Promise<Bytes> {
  if (found.opened === OPENED_MAX)
    throw refusal('invalidField', `A PKCS #12 file has at most ${OPENED_MAX} encrypted parts.`);
  found.opened += 1;
  return decrypt(password, algorithm, ciphertext);
}

async function checkedSafe(encoded: Bytes, password: Bytes): Promise<Bytes> {
  const file = new DerFields(readDer(encoded));
  if (numberOf(file.one('integer')) !== 3) throw new DerRefusal('The file is of another version.');
  const info = new DerFields(file.one('sequence'));
  if (objectIdentifierOf(info.one('objectIdentifier')) !== DATA)
    throw refusal('featureNotSupported', 'Signed PKCS #12 files are not taken.');
  const safe = octets(info.explicit(0));
  const data = new DerFields(file.one('sequence'));
  const digest = new DerFields(data.one('sequence'));
  const hash = DIGESTS[objectIdentifierOf(new DerFields(digest.one('sequence')).one('objectIdentifier'))];
  const stated = digest.one('octetString').content;
  const salt = data.one('octetString').content;
  const count = data.optional('integer');
  const iterations = count === undefined ? 1 : numberOf(count);
  if (hash === undefined || iterations < 1 || iterations > MAC_ITERATIONS_MAX)
    throw refusal('featureNotSupported', 'The MAC of the PKCS #12 file is not known.');
  if (!equalSecret(stated, await macOf(safe, { password, salt, iterations, hash }))) throw closed();
  return safe;
}

async function readContent(info: DerElement, password: Bytes, found: Found): Promise<void> {
  const fields = new DerFields(info);
  const type = objectIdentifierOf(fields.one('objectIdentifier'));
  const inner = fields.explicit(0);
  if (type === DATA) return readBags(octets(inner), password, found);
  if (type !== ENCRYPTED_DATA || inner === undefined)
    throw refusal('featureNotSupported', 'PKCS #12 files for public keys are not taken.');
  const data = new DerFields(inner);
  data.one('integer');
  const sealed = new DerFields(data.one('sequence'));
  sealed.one('objectIdentifier');
  const algorithm = sealed.one('sequence');
  const ciphertext = sealed.implicit(0, 'octetString');
  if (ciphertext === undefined) throw new DerRefusal('The content is not there.');
  const opened = await open(password, algorithm, ciphertext.content, found);
  try {
    await readBags(opened, password, found);
  } finally {
    // What was found in it are copies: a key may stand there in the clear.
    wipe(opened);
  }
}

async function readBags(safe: Bytes, password: Bytes, found: Found): Promise<void> {
  for (const element of childrenOf(readDer(safe))) {
    const fields = new DerFields(element);
    const type = objectIdentifierOf(fields.one('objectIdentifier'));
    const value = fields.explicit(0);
    if (value === undefined) throw new DerRefusal('A bag is empty.');
    const told = fields.optional('set');
    if (told !== undefined && (type === KEY_BAG || type === SHROUDED_KEY_BAG)) found.name = nameIn(told);
    if (type === KEY_BAG) found.keys.push(Uint8Array.from(value.whole));
    if (type === SHROUDED_KEY_BAG) {
      const shrouded = new DerFields(value);
      const algorithm = shrouded.one('sequence');
      found.keys.push(await open(password, algorithm, shrouded.one('octetString').content, found));
    }
    if (type === CERTIFICATE_BAG) {
      const certificate = new DerFields(value);
      if (objectIdentifierOf(certificate.one('objectIdentifier')) === X_509)
        found.certificates.push(Uint8Array.from(octets(certificate.explicit(0))));
    }
  }
}

function nameIn(told: DerElement): string | undefined {
  for (const element of childrenOf(told)) {
    const attribute = new DerFields(element);
    if (objectIdentifierOf(attribute.one('objectIdentifier')) !== FRIENDLY_NAME) continue;
    const [value] = childrenOf(attribute.one('set'));
    return value === undefined ? undefined : textOf(value);
  }
  return undefined;
}

function octets(element: DerElement | undefined): Bytes {
  if (element === undefined) throw new DerRefusal('A content is missing.');
  return contentOf(element, 'octetString');
}
