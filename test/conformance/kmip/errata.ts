// Misprints of published cases, and what one server's policy has put into them. Each is taken from a later publication of the same case by OASIS, which differs from the earlier one in
// that alone: what a case asks of a server is never made less by it.

export interface Erratum {
  readonly printed: string;
  readonly meant: string;
  /** How often it stands there, where not once. */
  readonly times?: number;
}

interface Errata {
  /** The case that prints what is meant. */
  readonly asIn: string;
  readonly errata: readonly Erratum[];
}

const text = (name: string, value: string): string => `<${name} type="TextString" value="${value}"/>`;
const enumeration = (name: string, value: string): string => `<${name} type="Enumeration" value="${value}"/>`;
const id = (number: number): string => text('UniqueIdentifier', `$UNIQUE_IDENTIFIER_${number}`);

const lease = (seconds: number): string => `<LeaseTime type="Interval" value="${seconds}"/>`;

/** The key that unwraps is registered for wrapping alone. */
const UNWRAPS = { printed: '"WrapKey"', meant: '"WrapKey UnwrapKey"' };

/** A Key Value that is wrapped is a Byte String (KMIP 1.4 section 2.1.4). */
const WRAPPED = '"ByteString" value="1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"/>';
const WRAPPED_VALUE = {
  printed: `<KeyValue><KeyMaterial type=${WRAPPED}</KeyValue>`,
  meant: `<KeyValue type=${WRAPPED}`,
  times: 3,
};

const FOURTH_PART =
  '<SplitKey><SplitKeyParts type="Integer" value="4"/><KeyPartIdentifier type="Integer" value="4"/>';

const link = (type: string, to: number): string =>
  `<AttributeValue>${enumeration('LinkType', type)}${text('LinkedObjectIdentifier', `$UNIQUE_IDENTIFIER_${to}`)}`;
const SECOND = '<AttributeIndex type="Integer" value="1"/>';
const linkAttribute = (at: string, value: string): string =>
  `${text('AttributeName', 'Link')}${at}${value}</AttributeValue></Attribute>`;
const links = (first: string, second: string): string =>
  `${linkAttribute('', first)}<Attribute>${linkAttribute(SECOND, second)}`;

const nameAttribute = (at: string, name: string): string =>
  `${text('AttributeName', 'Name')}${at}<AttributeValue>${text('NameValue', name)}${enumeration('NameType', 'UninterpretedTextString')}</AttributeValue></Attribute>`;
const names = (first: string, second: string): string =>
  `${nameAttribute('', first)}<Attribute>${nameAttribute(SECOND, second)}`;

const [REPLACED, OF_KEY] = [link('ReplacedObjectLink', 2), link('PublicKeyLink', 0)];
const [BEFORE, RENEWED] = ['TC-134-10-certificate1', 'TC-134-10-certificate2'];

export const ERRATA: Readonly<Record<string, Errata>> = {
  'TC-RNG-ATTR-2-13': {
    asIn: 'TC-RNG-ATTR-2-14',
    errata: [{ printed: id(1), meant: id(0) }],
  },
  TC_SJ_2_12_Register_and_Split_Join: {
    asIn: 'TC-SJ-2-14',
    errata: [{ printed: `${id(1)}${FOURTH_PART}`, meant: `${id(4)}${FOURTH_PART}` }],
  },
  'TC-WRAP-2-14': { asIn: 'TC-WRAP-2-20', errata: [UNWRAPS] },
  'TC-WRAP-3-14': { asIn: 'TC-WRAP-3-20', errata: [{ ...UNWRAPS, times: 2 }, WRAPPED_VALUE] },
  // How long the leases of that server were.
  TC_95_10_Obtain_Lease_for_Expired_Key: {
    asIn: 'TC_95_12_Obtain_Lease_for_Expired_Key',
    errata: [
      { printed: lease(16), meant: lease(3_600) },
      { printed: lease(0), meant: lease(3_600) },
    ],
  },
  // Which of two values has which index.
  TC_134_10_Register_Key_Pair_Certify_and_Re_certify_Public_Key: {
    asIn: 'TC_134_12_Register_Key_Pair_Certify_and_Re_certify_Public_Key',
    errata: [
      { printed: links(REPLACED, OF_KEY), meant: links(OF_KEY, REPLACED) },
      { printed: names(BEFORE, RENEWED), meant: names(RENEWED, BEFORE) },
    ],
  },
};

/** The text with what was meant. Throws where a misprint does not stand as often as is said. */
export function mended(content: string, errata: readonly Erratum[]): string {
  let result = content;
  for (const { printed, meant, times = 1 } of errata) {
    const parts = result.split(printed);
    if (parts.length !== times + 1) throw new Error(`stands there ${parts.length - 1} times: ${printed}`);
    result = parts.join(meant);
  }
  return result;
}
