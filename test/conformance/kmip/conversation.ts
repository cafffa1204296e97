// Plays a published conversation against a server: what a request names by a variable is what an earlier answer has bound to it, and an
// answer is compared as the OASIS profiles say, which leaves to a server what is its own.

import { hex, utf8 } from '../../../src/base/bytes.ts';
import { type TtlvField, type TtlvItem, viewOf } from '../../../src/wire/ttlv/index.ts';
import { fieldOfXml } from '../../../src/wire/ttlv/read-xml.ts';
import { readXmlDocument, type XmlElement } from '../../../src/wire/ttlv/xml-document.ts';
import { type Erratum, mended } from './errata.ts';
import { VARIABLE, type Variables } from './variables.ts';

export interface Step {
  readonly request: XmlElement;
  readonly response: XmlElement;
}

const LIMITS = { bytesMax: 16_777_216, depthMax: 34, itemsMax: 100_000 };

/** The requests of a file with their answers, misprints mended; what the server would have to ask is in `others`. */
export function readConversation(
  text: string,
  errata: readonly Erratum[] = [],
): { readonly steps: readonly Step[]; readonly others: number } {
  const plain = text.replace(/<!--[\s\S]*?-->/g, '').replace(/(<(?:[^<>"]|"[^"]*")*>)[^<]*/g, '$1');
  const messages = readXmlDocument(utf8(mended(plain, errata)), LIMITS).children;
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

/** A server's own to decide, wherever they stand (KMIP 2.1 profiles, section 4.1.1; of 1.x the same section of KMIP 1.2 to 1.4). */
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
export function difference(step: Step, actual: TtlvItem, variables: Variables): string | undefined {
  variables.located = locatedBy(step);
  const shape = viewOf(fieldWith(step.response, variables));
  const wrong = differs(step.response, shape, actual, variables);
  const items = actual.children.filter(({ name }) => name === 'BatchItem');
  for (const [at, asked] of elements(step.request, 'BatchItem').entries()) {
    const [given, ...more] = elements(asked, 'Attribute').filter(isTestIdentifier);
    const made = items[at]?.children.find(({ name }) => name === 'ResponsePayload');
    if (given !== undefined && more.length === 0 && made !== undefined)
      variables.noteTestIdentifier(idIn(made), printedIn(given.children.at(-1)) ?? '');
  }
  return wrong;
}

/**
 * KMIP 1.x leaves the order of what Locate finds to the server (1.4 section 4.9; 2.0 is the first to name one), and Unique Identifiers vary
 * (profiles, section 4.1.1): which object is printed in which place says nothing. All of them must be found, and each on one page.
 */
function locatedBy(step: Step): Variables['located'] {
  const [major] = elements(step.request, 'ProtocolVersionMajor');
  if (printedIn(major) !== '1' || !operationsOf(step).includes('Locate')) return undefined;
  return elements(step.request, 'MaximumItems').length > 0 ? 'page' : 'all';
}

function printedIn(element: XmlElement | undefined): string | undefined {
  return element?.attributes.get('value');
}

function isTestIdentifier({ children }: XmlElement): boolean {
  return printedIn(children[0]) === 'x-ID';
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

/**
 * Material that no client has brought and its digests, instants that none has named, and the hash of an id that was made, are the server's own
 * (KMIP 2.1 profiles, section 4.1.1, items 1 and 7 to 11).
 */
function isOfServer(expected: TtlvItem, value: string | undefined, { sent }: Variables): boolean {
  if (expected.name === 'ShortUniqueIdentifier') return true;
  if (expected.name === 'DigestValue')
    return sent.has('create') || sent.has('createkeypair') || !isBrought(sent);
  const isMade =
    expected.type === 'DateTime' ||
    MATERIAL.has(expected.name ?? '') ||
    (sent.has('certify') && OF_CERTIFICATES.has(expected.name ?? '')) ||
    ((sent.has('create') || sent.has('<RandomIV>') || isRandomized(sent)) &&
      OF_MADE_KEYS.has(expected.name ?? ''));
  return isMade && !sent.has(value?.toLowerCase() ?? '');
}

/** What a digest is of comes from the client: nobody has made it. */
function isBrought(sent: ReadonlySet<string>): boolean {
  return sent.has('register') || sent.has('import');
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
 * Operations that go from a server to its client: which operations Query tells of may vary (section 4.1.1, item 17) but for those that a profile
 * requires, and none is claimed here that requires these.
 */
export const OF_OTHER_SERVERS: ReadonlySet<string> = new Set(['Notify', 'Put', 'SetEndpointRole']);

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
    if (isToldOfOthers(wanted, wantedElement)) continue;
    let closest: string | undefined;
    const own = isTestIdentifier(wantedElement) ? variables.testIdentifierOf(idIn(actual)) : undefined;
    const found = [...left].find(candidate => {
      if (candidate.tag !== wanted.tag) return false;
      if (own !== undefined)
        return nameOf(candidate) === nameOf(wanted) && candidate.children[1]?.text === own;
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

function idIn(payload: TtlvItem): string {
  return payload.children.find(({ name }) => name === 'UniqueIdentifier')?.text ?? '';
}

function nameOf(item: TtlvItem): string {
  const name = item.children.find(child => child.name === 'AttributeName');
  return name === undefined ? (item.name ?? '') : `${item.name} ${name.text}`;
}

function isSameAttribute(a: TtlvItem, b: TtlvItem): boolean {
  return nameOf(a) === nameOf(b) && nameOf(a) !== a.name;
}
