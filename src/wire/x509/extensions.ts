// Extensions of certificates (RFC 5280 section 4.2), as far as certificates are issued and judged here.

import { type Bytes, decodeHex, utf8 } from '../../base/bytes.ts';
import {
  booleanOf,
  type DerElement,
  type DerField,
  DerFields,
  der,
  objectIdentifierOf,
  primitiveContextTag,
} from '../der/index.ts';

const EXTENSIONS = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const;

/** An extension that is to be written. */
export interface NewExtension {
  readonly identifier: string;
  readonly isCritical: boolean;
  readonly value: DerField;
}

/** One that was read. */
export interface Extension {
  readonly identifier: string;
  readonly isCritical: boolean;
  /** The DER of its value. */
  readonly value: Bytes;
}

/** Named bits of section 4.2.1.3. */
const KEY_USAGE_BITS = {
  digitalSignature: 0,
  keyEncipherment: 2,
  keyCertSign: 5,
  cRLSign: 6,
} as const;

export type CertificateKeyUsage = keyof typeof KEY_USAGE_BITS;

const PURPOSES = { serverAuth: '1.3.6.1.5.5.7.3.1', clientAuth: '1.3.6.1.5.5.7.3.2' } as const;

export type CertificatePurpose = keyof typeof PURPOSES;

export function keyUsage(...usages: readonly CertificateKeyUsage[]): NewExtension {
  return {
    identifier: EXTENSIONS.keyUsage,
    isCritical: true,
    value: der.namedBits(usages.map(usage => KEY_USAGE_BITS[usage])),
  };
}

export function purposes(...all: readonly CertificatePurpose[]): NewExtension {
  return {
    identifier: EXTENSIONS.extendedKeyUsage,
    isCritical: false,
    value: der.sequence(all.map(purpose => der.objectIdentifier(PURPOSES[purpose]))),
  };
}

/** `pathLength`: how many authorities may stand below this one. Undefined: it is no authority. */
export function basicConstraints(pathLength: number | undefined): NewExtension {
  const value = pathLength === undefined ? [] : [der.boolean(true), der.integer(pathLength)];
  return { identifier: EXTENSIONS.basicConstraints, isCritical: true, value: der.sequence(value) };
}

export function subjectKeyIdentifier(identifier: Bytes): NewExtension {
  return {
    identifier: EXTENSIONS.subjectKeyIdentifier,
    isCritical: false,
    value: der.octetString(identifier),
  };
}

export function authorityKeyIdentifier(identifier: Bytes): NewExtension {
  return {
    identifier: EXTENSIONS.authorityKeyIdentifier,
    isCritical: false,
    value: der.sequence([der.implicit(0, der.octetString(identifier))]),
  };
}

/** Host names, and addresses in the text of RFC 4291 or dotted. */
export function subjectAlternativeNames(names: readonly string[]): NewExtension {
  return {
    identifier: EXTENSIONS.subjectAlternativeName,
    isCritical: false,
    value: der.sequence(
      names.map(name => {
        const address = addressBytes(name);
        return address === undefined
          ? { typeOctet: primitiveContextTag(2), parts: [utf8(name)] }
          : { typeOctet: primitiveContextTag(7), parts: [address] };
      }),
    ),
  };
}

function addressBytes(name: string): Bytes | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(name)) return Uint8Array.from(name.split('.').map(Number));
  if (!name.includes(':')) return undefined;
  const [head = '', tail] = name.split('::');
  const groups = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
  const before = groups(head);
  const after = groups(tail ?? '');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  const all = [...before, ...(tail === undefined ? [] : zeros), ...after];
  return decodeHex(all.map(group => group.padStart(4, '0')).join(''));
}

export function writeExtension({ identifier, isCritical, value }: NewExtension): DerField {
  return der.sequence([
    der.objectIdentifier(identifier),
    isCritical ? der.boolean(true) : undefined,
    der.octetString(value),
  ]);
}

/** Of a SEQUENCE OF Extension. Throws DerRefusal. */
export function readExtensions(list: DerElement): readonly Extension[] {
  return new DerFields(list).rest().map(element => {
    const fields = new DerFields(element);
    const identifier = objectIdentifierOf(fields.one('objectIdentifier'));
    const critical = fields.optional('boolean');
    const value = fields.one('octetString').content;
    fields.refuseOthers();
    return { identifier, isCritical: critical !== undefined && booleanOf(critical), value };
  });
}

/** The one of that kind; undefined where there is none. */
export function extensionNamed(
  extensions: readonly Extension[],
  name: keyof typeof EXTENSIONS,
): Extension | undefined {
  return extensions.find(({ identifier }) => identifier === EXTENSIONS[name]);
}

const UNDERSTOOD: ReadonlySet<string> = new Set(Object.values(EXTENSIONS));

/** RFC 5280 section 4.2: a certificate with a critical extension that is not understood is not taken. */
export function hasUnknownCritical(extensions: readonly Extension[]): boolean {
  return extensions.some(({ identifier, isCritical }) => isCritical && !UNDERSTOOD.has(identifier));
}
