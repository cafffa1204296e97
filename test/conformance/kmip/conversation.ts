// Plays a published conversation against a server: what a request names by a variable is what an earlier answer has bound to it, and an
// answer is compared as the OASIS profiles say, which leaves to a server what is its own.

import { hex, utf8 } from '../../../src/base/bytes.ts';
import { type TtlvField, type TtlvItem, viewOf } from '../../../src/wire/ttlv/index.ts';
import { fieldOfXml } from '../../../src/wire/ttlv/read-xml.ts';
import { readXmlDocument, type XmlElement } from '../../../src/wire/ttlv/xml-document.ts';

export interface Step {
  readonly request: XmlElement;
  readonly response: XmlElement;
}

const LIMITS = { bytesMax: 16_777_216, depthMax: 34, itemsMax: 100_000 };

/** The requests of a file with their answers; what the server would have to ask is in `others`. */
export function readConversation(text: string): { readonly steps: readonly Step[]; readonly others: number } {
  const plain = text.replace(/<!--[\s\S]*?-->/g, '').replace(/(<(?:[^<>"]|"[^"]*")*>)[^<]*/g, '$1');
  const messages = readXmlDocument(utf8(plain), LIMITS).children;
  const steps: Step[] = [];
  for (let at = 0; at + 1 < messages.length; at += 2) {
    const [request, response] = [messages[at], messages[at + 1]];
    if (request !== undefined && response !== undefined) steps.push({ request, response });
  }
  return { steps, others: messages.length % 2 };
}

/** The names of the operations that a request asks for. */
export function operationsOf({ request }: Step): readonly string[] {
  return elements(request, 'Operation').map(({ attributes }) => attributes.get('value') ?? '');
}

export function elements(element: XmlElement, name: string): readonly XmlElement[] {
  const own = element.name === name ? [element] : [];
  return [...own, ...element.children.flatMap(child => elements(child, name))];
}

const VARIABLE = /^\$([A-Z_0-9]+?)([+-]\d+)?$/;

export class Variables {
  readonly #texts = new Map<string, string>();
  /** Every value that the client has sent: what an answer prints beside these was made by the server that printed it. */
  readonly sent = new Set<string>();
  readonly #now: number;

  /** `now`: seconds, of the server's clock at the beginning. */
  constructor(now: number) {
    this.#now = now;
  }

  /** What a variable stands for by now; of those that nobody has bound, something of the right shape. */
  textOf(value: string, type: string): string {
    const other = this.#texts.get(`= ${value.toLowerCase()}`);
    if (other !== undefined && (type === 'ByteString' || type === 'DateTime')) return other;
    const [, name = '', shift = '0'] = VARIABLE.exec(value) ?? [];
    if (name === '') return value;
    if (name === 'NOW') return new Date((this.#now + Number(shift)) * 1000).toISOString();
    const bound = this.#texts.get(name);
    if (bound !== undefined) return bound;
    return type === 'ByteString'
      ? '00'
      : type === 'DateTime'
        ? new Date(this.#now * 1000).toISOString()
        : name;
  }

  /** What was printed where the published run made something of its own; later requests mean ours. */
  standsFor(printed: string, made: string, name: string | undefined): void {
    this.#texts.set(`= ${printed.toLowerCase()}`, made);
    // One file prints what was made, and asks for it by a variable afterwards.
    const variable = name === 'Data' ? 'DATA_0' : name === 'IVCounterNonce' ? 'IV_COUNTER_NONCE' : undefined;
    if (variable !== undefined && !this.#texts.has(variable)) this.#texts.set(variable, made);
  }

  /** True once it is bound to that, or was. */
  bind(value: string, actual: TtlvItem): boolean {
    const [, name = ''] = VARIABLE.exec(value) ?? [];
    if (name === 'NOW') return true;
    const text = actual.type === 'ByteString' ? hex(actual.content) : actual.text;
    // Each client has an id of its own for a message; what was made from randomness is new each time.
    if (!this.#texts.has(name) || !/^(SHORT_)?UNIQUE_IDENTIFIER/.test(name)) this.#texts.set(name, text);
    return this.#texts.get(name) === text;
  }

  copy(): Variables {
    const copy = new Variables(this.#now);
    for (const [name, text] of this.#texts) copy.#texts.set(name, text);
    for (const text of this.sent) copy.sent.add(text);
    return copy;
  }

  take(other: Variables): void {
    for (const [name, text] of other.#texts) this.#texts.set(name, text);
  }
}

/** The message with its variables replaced. */
export function fieldWith(element: XmlElement, variables: Variables): TtlvField {
  return fieldOfXml(replaced(element, variables, element.name === 'RequestMessage'));
}

function replaced(element: XmlElement, variables: Variables, isRequest: boolean): XmlElement {
  if (isRequest) variables.sent.add(`<${element.name}>`);
  const value = element.attributes.get('value');
  const type = element.attributes.get('type') ?? '';
  const attributes = new Map(element.attributes);
  if (value !== undefined) {
    // Some files have broken their lines within names.
    const text = element.name === 'AttributeName' ? value.replace(/\s+/g, ' ') : value;
    attributes.set('value', variables.textOf(text, type));
    if (isRequest) variables.sent.add(value.toLowerCase());
  }
  return {
    ...element,
    attributes,
    children: element.children.map(child => replaced(child, variables, isRequest)),
  };
}

/** A server's own to decide, wherever they stand. */
const IGNORED: ReadonlySet<string> = new Set([
  'TimeStamp',
  'ServerCorrelationValue',
  'ResultMessage',
  'ServerInformation',
  'VendorIdentification',
  'RandomNumberGenerator',
  'RNGParameters',
  // Of the published functions only C_GetInfo gives any: who has made the module.
  'PKCS_11OutputParameters',
  'DigestValue',
  'TemplateAttribute',
]);

/** What may be there besides what is expected. */
const MAY_BE_MORE: ReadonlySet<string> = new Set([
  ...IGNORED,
  'ClientCorrelationValue',
  'Attribute',
  'AttributeName',
  'AttributeReference',
  'AttributeIndex',
  'Operation',
  'ObjectType',
  'ApplicationNamespace',
  'ExtensionInformation',
  'KeyFormatType',
  'LocatedItems',
  'ProtocolVersion',
]);

/** Where the answer differs from the expected one: a path and what is wrong there; undefined where it does not. */
export function difference(expected: XmlElement, actual: TtlvItem, variables: Variables): string | undefined {
  const shape = viewOf(fieldWith(expected, variables));
  return differs(expected, shape, actual, variables);
}

function differs(
  element: XmlElement,
  expected: TtlvItem,
  actual: TtlvItem,
  variables: Variables,
): string | undefined {
  if (expected.tag !== actual.tag) return `${actual.path}: expected ${expected.name}`;
  if (IGNORED.has(expected.name ?? '')) return undefined;
  if (isGenerator(expected)) return undefined;
  if (variables.sent.has('certify') && nameOf(expected) === 'Attribute Certificate Length') return undefined;
  if (expected.type !== actual.type) return `${actual.path}: is a ${actual.type}, expected ${expected.type}`;
  const value = element.attributes.get('value');
  if (value !== undefined && VARIABLE.test(value)) {
    return variables.bind(value, actual) ? undefined : `${actual.path}: is not ${value}`;
  }
  if (expected.name === 'AsynchronousCorrelationValue') {
    variables.standsFor(value ?? '', hex(actual.content), expected.name);
    return undefined;
  }
  if (expected.type !== 'Structure') {
    if (isOfServer(expected, value, variables)) {
      if (expected.type === 'ByteString')
        variables.standsFor(value ?? '', hex(actual.content), expected.name);
      if (expected.type === 'DateTime')
        variables.standsFor(value ?? '', new Date(Number(actual.int64) * 1000).toISOString(), expected.name);
      return undefined;
    }
    // Cases differ in whether a serial number has the head of its DER, and one has both forms.
    if (expected.name === 'CertificateSerialNumber' && hex(actual.content).endsWith(hex(expected.content)))
      return undefined;
    if (expected.name === 'SerialNumber' && plainSerial(actual.text) === plainSerial(expected.text))
      return undefined;
    const isSame = hex(expected.encoding) === hex(actual.encoding);
    return isSame ? undefined : `${actual.path}: is ${shown(actual)}, expected ${value}`;
  }
  return childrenDiffer(element, expected, actual, variables);
}

/** Key material, and the numbers that it consists of in transparent forms. */
const MATERIAL: ReadonlySet<string> = new Set([
  'KeyMaterial',
  'Key',
  'Modulus',
  'PrivateExponent',
  'P',
  'Q',
  'PrimeExponentP',
  'PrimeExponentQ',
  'CRTCoefficient',
  'D',
  'QString',
]);

/** What follows from a key that was made by a server is that server's own. */
const OF_MADE_KEYS: ReadonlySet<string> = new Set([
  'Data',
  'MACData',
  'IVCounterNonce',
  'AuthenticatedEncryptionTag',
]);

/** What follows from the authority of a server, whose certificates are no other's. */
const OF_CERTIFICATES: ReadonlySet<string> = new Set([
  'CertificateValue',
  'CertificateLength',
  'Issuer',
  'SerialNumber',
  'CertificateIssuerDistinguishedName',
  'IssuerDistinguishedName',
  'CertificateSerialNumber',
]);

/** Which generator a server has is its own. */
function isGenerator(expected: TtlvItem): boolean {
  return expected.children.some(({ name }) => name === 'RNGAlgorithm');
}

/** Material that no client has brought, instants that none has named, how long a lease is, and the hash of an id that was made, are the server's own. */
function isOfServer(expected: TtlvItem, value: string | undefined, { sent }: Variables): boolean {
  if (expected.name === 'LeaseTime' || expected.name === 'ShortUniqueIdentifier') return true;
  const isMade =
    expected.type === 'DateTime' ||
    MATERIAL.has(expected.name ?? '') ||
    (sent.has('certify') && OF_CERTIFICATES.has(expected.name ?? '')) ||
    ((sent.has('create') || sent.has('<RandomIV>') || isRandomized(sent)) &&
      OF_MADE_KEYS.has(expected.name ?? ''));
  return isMade && !sent.has(value?.toLowerCase() ?? '');
}

/** OAEP takes randomness of its own: what it encrypts is another ciphertext each time. */
function isRandomized(sent: ReadonlySet<string>): boolean {
  return sent.has('oaep') && sent.has('encrypt');
}

function plainSerial(text: string): string {
  return text.toLowerCase().replace(/^(00)+/, '');
}

function shown(item: TtlvItem): string {
  if (item.type === 'Enumeration' || item.type === 'Integer') return `0x${item.uint32.toString(16)}`;
  return item.type === 'TextString' ? item.text : hex(item.content);
}

/**
 * Operations that go from a server to its client, and the frame of the tests: Query of a server tells of them or not, as the profiles leave every
 * operation to it that they do not require.
 */
export const OF_OTHER_SERVERS: ReadonlySet<string> = new Set(['Notify', 'Put', 'SetEndpointRole', 'Interop']);

function isToldOfOthers(wanted: TtlvItem, { attributes }: XmlElement): boolean {
  return wanted.name === 'Operation' && OF_OTHER_SERVERS.has(attributes.get('value') ?? '');
}

function childrenDiffer(
  element: XmlElement,
  expected: TtlvItem,
  actual: TtlvItem,
  variables: Variables,
): string | undefined {
  const left = new Set(actual.children);
  for (const [at, wanted] of expected.children.entries()) {
    const wantedElement = element.children[at];
    if (wantedElement === undefined || IGNORED.has(wanted.name ?? '')) continue;
    if (wanted.name === 'AttributeIndex' && wanted.int32 === 0) continue;
    if (isToldOfOthers(wanted, wantedElement)) continue;
    let closest: string | undefined;
    const found = [...left].find(candidate => {
      if (candidate.tag !== wanted.tag) return false;
      const trial = variables.copy();
      const wrong = differs(wantedElement, wanted, candidate, trial);
      if (wrong === undefined) variables.take(trial);
      // Of several attributes the one of that name says what is wrong.
      else if (closest === undefined || isSameAttribute(wanted, candidate)) closest = wrong;
      return wrong === undefined;
    });
    if (found === undefined) return closest ?? `${actual.path}: has no ${nameOf(wanted)}`;
    left.delete(found);
  }
  const isAttributes = actual.name === 'Attributes';
  const extra = [...left].find(({ name }) => !isAttributes && !MAY_BE_MORE.has(name ?? ''));
  return extra === undefined ? undefined : `${extra.path}: is not expected`;
}

function nameOf(item: TtlvItem): string {
  const name = item.children.find(child => child.name === 'AttributeName');
  return name === undefined ? (item.name ?? '') : `${item.name} ${name.text}`;
}

function isSameAttribute(a: TtlvItem, b: TtlvItem): boolean {
  return nameOf(a) === nameOf(b) && nameOf(a) !== a.name;
}
