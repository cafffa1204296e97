import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '../../base/bytes.ts';
import {
  make,
  readTtlv,
  readXml,
  type TtlvField,
  TtlvRefusal,
  type TtlvRefusalKind,
  writeTtlv,
  writeXml,
} from './index.ts';

const xmlOf = (field: TtlvField): string => writeXml(readTtlv(writeTtlv(field)));
/** The message as we would write it. */
const plain = (text: string): string => writeXml(readXml(utf8(text)));

test('the published examples of the encoding are read', () => {
  const examples: Readonly<Record<string, string>> = {
    '<TTLV tag="0x420001" name="ActivationDate" type="DateTime" value="2001-01-01T10:00:00+10:00"/>':
      '<ActivationDate type="DateTime" value="2001-01-01T00:00:00+00:00"/>',
    '<TTLV tag="ActivationDate" type="DateTime" value="2001-01-01T10:00:00.9Z"/>':
      '<ActivationDate type="DateTime" value="2001-01-01T10:00:00+00:00"/>',
    '<ActivationDate xmlns="urn:oasis:tc:kmip:xmlns" type="DateTime" value="2001-01-01T10:00:00"/>':
      '<ActivationDate type="DateTime" value="2001-01-01T10:00:00+00:00"/>',
    '<TTLV tag="0x54FFFF" name="SomeExtension" type="TextString" value="This is"/>':
      '<TTLV tag="0x54FFFF" type="TextString" value="This is"/>',
    '<x540001 type="LongInteger" value="-2"/>': '<TTLV tag="0x540001" type="LongInteger" value="-2"/>',
    '<PrivateKeyTemplateAttribute type="Structure"/>': '<PrivateKeyTemplateAttribute/>',
    '<BatchCount type="Integer" value="10"/>': '<BatchCount type="Integer" value="10"/>',
    '<BatchCount type="Integer" value="0xffffffff"/>': '<BatchCount type="Integer" value="-1"/>',
    '<CryptographicUsageMask type="Integer" value="0x0000100c"/>':
      '<CryptographicUsageMask type="Integer" value="Encrypt Decrypt CertificateSign"/>',
    '<CryptographicUsageMask type="Integer" value="CertificateSign 0x00000004 0x0000008"/>':
      '<CryptographicUsageMask type="Integer" value="Encrypt Decrypt CertificateSign"/>',
    '<CryptographicUsageMask type="Integer" value="Encrypt|Decrypt"/>':
      '<CryptographicUsageMask type="Integer" value="Encrypt Decrypt"/>',
    '<StorageStatusMask type="Integer" value="OnLineStorage 0x80000000"/>':
      '<StorageStatusMask type="Integer" value="OnLineStorage 0x80000000"/>',
    '<StorageStatusMask type="Integer" value="0"/>': '<StorageStatusMask type="Integer" value="0"/>',
    '<UsageLimitsCount type="LongInteger" value="1152921504606846976"/>':
      '<UsageLimitsCount type="LongInteger" value="1152921504606846976"/>',
    '<X type="BigInteger" value="0000000000000000"/>': '<X type="BigInteger" value="0000000000000000"/>',
    '<ObjectType type="Enumeration" value="0x00000002"/>':
      '<ObjectType type="Enumeration" value="SymmetricKey"/>',
    '<ObjectType type="Enumeration" value="2"/>': '<ObjectType type="Enumeration" value="SymmetricKey"/>',
    '<ObjectType type="Enumeration" value="0x80000002"/>':
      '<ObjectType type="Enumeration" value="0x80000002"/>',
    '<AttributeReference type="Enumeration" value="State"/>':
      '<AttributeReference type="Enumeration" value="State"/>',
    '<AttributeReference type="Enumeration" value="0x0042008D"/>':
      '<AttributeReference type="Enumeration" value="State"/>',
    '<BatchOrderOption type="Boolean" value="true"/>': '<BatchOrderOption type="Boolean" value="true"/>',
    '<MACSignature type="ByteString" value="C50F77"/>': '<MACSignature type="ByteString" value="c50f77"/>',
    '<Offset type="Interval" value="27"/>': '<Offset type="Interval" value="27"/>',
    '<SubmissionDate type="DateTimeExtended" value="2001-01-01T10:00:00.123456+00:00"/>':
      '<SubmissionDate type="DateTimeExtended" value="2001-01-01T10:00:00.123456+00:00"/>',
    '<ActivationDate type="DateTime" value="0x7fffffffffffffff"/>':
      '<ActivationDate type="DateTime" value="0x7fffffffffffffff"/>',
  };
  for (const [text, expected] of Object.entries(examples)) assert.equal(plain(text), expected);
});

test('the values of 1.x attributes have the names of the attribute that stands before them', () => {
  const attribute = (name: string, value: string): string =>
    `<Attribute><AttributeName type="TextString" value="${name}"/><AttributeValue ${value}/></Attribute>`;
  const named = attribute('State', 'type="Enumeration" value="PreActive"');
  assert.equal(plain(named), named);
  assert.equal(plain(attribute('State', 'type="Enumeration" value="0x00000001"')), named);
  const mask = attribute('Cryptographic Usage Mask', 'type="Integer" value="Encrypt Decrypt"');
  assert.equal(plain(mask), mask);
  const own = attribute('x-State', 'type="Enumeration" value="0x00000001"');
  assert.equal(plain(own), own);
  const vendors = own
    .replace('x-State', 'State')
    .replace('<Attribute>', '<Attribute><VendorIdentification type="TextString" value="x"/>');
  assert.equal(plain(vendors), vendors);
  refused(attribute('x-State', 'type="Enumeration" value="PreActive"'), 'unknownValue');
});

test('any text that XML has is written so that it comes back', () => {
  for (const value of [
    '',
    ' a  b ',
    '<&>"\'',
    'a\tb\nc\rd\r\n',
    '\u{1f511} größe',
    ']]>',
    '&amp;',
    '\u0085\u2028',
  ])
    assert.equal(readXml(utf8(xmlOf(make.textString('Comment', value)))).text, value);
  for (const value of ['\u0000', 'a\u001b[0m', '\uffff'])
    assert.throws(() => xmlOf(make.textString('Comment', value)), { kind: 'inexpressible', path: 'Comment' });
});

test('white space of attributes, declarations and comments are read as XML has them', () => {
  assert.equal(readXml(utf8('<Comment type="TextString" value="a\r\nb\tc&#10;"/>')).text, 'a b c\n');
  const texts = [
    '\ufeff<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<!-- a - b -->\n<Name/>\n<!---->\n',
    "<?xml version='1.0' ?><Name ></Name >",
    '<Name\n\ttype = "Structure"\n><!-- none --></Name>',
  ];
  for (const text of texts) assert.equal(plain(text), '<Name/>');
});

const refused = (text: string, kind: TtlvRefusalKind = 'malformed'): void => {
  assert.throws(
    () => readXml(utf8(text)),
    (thrown: unknown) => {
      assert.ok(thrown instanceof TtlvRefusal, `${text}: ${String(thrown)}`);
      assert.equal(thrown.kind, kind, `${text}: ${thrown.message}`);
      assert.doesNotMatch(thrown.message, /secret/);
      return true;
    },
    text,
  );
};

test('what XML offers beyond elements and attributes is refused', () => {
  const texts = [
    '<!DOCTYPE Name [<!ENTITY secret "x">]><Name/>',
    '<!DOCTYPE Name SYSTEM "file:///secret"><Name/>',
    '<?xml version="1.0"?><?php secret ?><Name/>',
    '<Name><?secret?></Name>',
    '<?xml version="1.1"?><Name/>',
    '<?xml version="1.0" encoding="UTF-16"?><Name/>',
    ' <?xml version="1.0"?><Name/>',
    '<Name><![CDATA[secret]]></Name>',
    '<Name>secret</Name>',
    '<Comment type="TextString" value="&secret;"/>',
    '<Comment type="TextString" value="a & b"/>',
    '<Comment type="TextString" value="&#0;"/>',
    '<Comment type="TextString" value="&#xD800;"/>',
    '<Comment type="TextString" value="&#1114112;"/>',
    '<Comment type="TextString" value="&#99999999999;"/>',
    '<Comment type="TextString" value="<"/>',
    '<Comment type="TextString" value="a" value="b"/>',
    '<Comment type="TextString"value="a"/>',
    '<Comment type=TextString value="a"/>',
    '<Comment type="TextString" value="a/>',
    '<Comment type="TextString" value="\u0001"/>',
    '<Comment type="TextString" value="a" secret="b"/>',
    '<Name xmlns="urn:secret"/>',
    '<k:Name xmlns:k="urn:oasis:tc:kmip:xmlns"/>',
    '<Name><!-- a -- b --></Name>',
    '<Name><!-- a',
    '<Name>',
    '<Name></Names>',
    '</Name>',
    '<Name/><Name/>',
    '<Name/>secret',
    'secret<Name/>',
    '<',
    '',
  ];
  for (const text of texts) refused(text);
});

test('items that break a rule of the encoding are refused, values never quoted', () => {
  const cases: Readonly<Record<string, TtlvRefusalKind>> = {
    '<secret/>': 'unknownValue',
    '<TTLV type="Structure"/>': 'unknownValue',
    '<TTLV tag="secret"/>': 'unknownValue',
    '<TTLV tag="0x430000"/>': 'unknownValue',
    '<x430000/>': 'unknownValue',
    '<Name tag="0x420054"/>': 'unknownValue',
    '<Name type="secret"/>': 'malformed',
    '<Name type="constructor"/>': 'malformed',
    '<Name value="secret"/>': 'malformed',
    '<Comment type="TextString"/>': 'malformed',
    '<Comment type="TextString" value=""><Name/></Comment>': 'malformed',
    '<Operation type="Enumeration" value="secret"/>': 'unknownValue',
    '<Operation type="Enumeration" value="0x1"/>': 'unknownValue',
    '<Operation type="Enumeration" value="4294967296"/>': 'unknownValue',
    '<AttributeReference type="Enumeration" value="secret"/>': 'unknownValue',
    '<BatchCount type="Integer" value="2147483648"/>': 'malformed',
    '<BatchCount type="Integer" value="-2147483649"/>': 'malformed',
    '<BatchCount type="Integer" value="0xfffffff"/>': 'malformed',
    '<BatchCount type="Integer" value="1e3"/>': 'malformed',
    '<BatchCount type="Integer" value="Encrypt"/>': 'malformed',
    '<BatchCount type="Integer" value=""/>': 'malformed',
    '<CryptographicUsageMask type="Integer" value="Encrypt secret"/>': 'malformed',
    '<UsageLimitsCount type="LongInteger" value="9223372036854775808"/>': 'malformed',
    '<X type="BigInteger" value="00"/>': 'malformed',
    '<X type="BigInteger" value=""/>': 'malformed',
    '<BatchOrderOption type="Boolean" value="TRUE"/>': 'malformed',
    '<Data type="ByteString" value="0"/>': 'malformed',
    '<Data type="ByteString" value="secret"/>': 'malformed',
    '<Offset type="Interval" value="-1"/>': 'malformed',
    '<Offset type="Interval" value="4294967296"/>': 'malformed',
    '<TimeStamp type="DateTime" value="2001-02-29T00:00:00Z"/>': 'malformed',
    '<TimeStamp type="DateTime" value="2001-01-01T24:00:00Z"/>': 'malformed',
    '<TimeStamp type="DateTime" value="2001-01-01T00:00:60Z"/>': 'malformed',
    '<TimeStamp type="DateTime" value="2001-01-01T00:00:00+15:00"/>': 'malformed',
    '<TimeStamp type="DateTime" value="2001-01-01"/>': 'malformed',
    '<TimeStamp type="DateTime" value="0000-01-01T00:00:00Z"/>': 'malformed',
  };
  for (const [text, kind] of Object.entries(cases)) refused(text, kind);
  assert.throws(
    () =>
      readXml(
        utf8(
          '<RequestMessage><BatchItem/><BatchItem><Operation type="Enumeration" value="x"/></BatchItem></RequestMessage>',
        ),
      ),
    {
      message:
        'RequestMessage/BatchItem[1]/Operation: must be a name of the enumeration or a number of 32 bits',
    },
  );
});

test('each limit holds exactly', () => {
  const limits = { bytesMax: 200, depthMax: 4, itemsMax: 10 };
  const nested = (depth: number) => '<Name>'.repeat(depth) + '</Name>'.repeat(depth);
  const many = (count: number) => `<Name>${'<Name/>'.repeat(count - 1)}</Name>`;
  const long = (bytes: number) => '<Name/>'.padEnd(bytes, ' ');
  for (const text of [nested(4), many(10), long(200)]) readXml(utf8(text), limits);
  const beyond: Readonly<Record<string, TtlvRefusalKind>> = {
    [nested(5)]: 'tooDeep',
    [many(11)]: 'tooManyItems',
    [long(201)]: 'tooLarge',
  };
  for (const [text, kind] of Object.entries(beyond))
    assert.throws(() => readXml(utf8(text), limits), { name: 'TtlvRefusal', kind });
});
