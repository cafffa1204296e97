// Where this server answers otherwise than PyKMIP's on purpose, by the reason. What is not told here is alike.

import type { Case } from './compare.ts';
import { DIFFERENCES_OF_CRYPTOGRAPHY, PARAMETERS } from './differences-of-cryptography.ts';

const ANY = /.*/s;
const NEW = ['2.0'] as const;
const OLD = ['1.0', '1.1', '1.2', '1.3', '1.4'] as const;
const UNREAD = 'Message: InvalidMessage';

export const DIFFERENCES: Readonly<Record<string, readonly Case[]>> = {
  'a message is read as a whole there; here an item that cannot be read fails by itself, and says why': [
    [
      ANY,
      UNREAD,
      /\w+: (?:Invalid\w+|OperationNotSupported|AttributeReadOnly|ReadOnlyAttribute|AuthenticationNotSuccessful)/,
    ],
    [/an identifier in a number|activate by a number/, UNREAD, /\w+: ItemNotFound/, NEW],
  ],
  'a message says in which order its fields come, and no client minds that another one is taken': [
    [/fields in another order|attributes before the type/, UNREAD, /\w+: Success/],
  ],
  'the operation was understood, so it is told which one has no room for its answer': [
    [/an answer of (?:16|fewer than no) bytes/, 'Message: ResponseTooLarge', 'Query: ResponseTooLarge'],
  ],
  'no answer fits into no bytes': [[/an answer of no bytes/, 'Query: Success', 'Query: ResponseTooLarge']],
  'messages are answered later, and batches undone': [
    [/later|on error Undo/, UNREAD, 'Query: Success'],
    [/wrong, then right, undoing/, UNREAD, /Get: (?:Item|Object)NotFound/],
  ],
  'a server may look at the time of a client (1.4 section 6.5), and this one does not: connections are not repeated':
    [[/an hour ago|in an hour/, UNREAD, 'Query: Success']],
  'credentials are proven, where PyKMIP looks at the certificate alone; none is none': [
    [/as somebody with(?:out)? a password/, 'Query: Success', 'Message: AuthenticationNotSuccessful'],
    [/with no credential/, UNREAD, 'Query: Success'],
  ],
  'a later version is told in its own words that it is not spoken': [
    [/in version 9\.9/, UNREAD, 'Message: UnsupportedProtocolVersion'],
  ],
  'a message has a batch of as many items as it counts (1.4 section 7.1), and not an empty answer': [
    [/a header alone|a count that is too low/, '', UNREAD],
  ],
  'an identifier is left out by clients that mean what stands for it (1.4 section 4), which PyKMIP cannot read':
    [
      [/made, activated and revoked/, UNREAD, 'Create: Success, Activate: Success, Revoke: Success'],
      [/what an earlier message has made/, UNREAD, 'Activate: ItemNotFound'],
    ],
  'what stands for an identifier ends with its message (1.4 section 4), and with it an empty identifier names nothing':
    [
      [/nothing to destroy/, 'Destroy: Success', 'Destroy: ItemNotFound'],
      [/an empty identifier/, 'Get: Success', /Get: (?:Item|Object)NotFound/],
    ],
  'message extensions (1.4 section 6.16) are read': [
    [/a message extension that need not be understood/, UNREAD, 'Query: Success'],
    [
      /a message extension that must be understood/,
      UNREAD,
      /Query: (?:FeatureNotSupported|UnknownMessageExtension)/,
    ],
  ],
  'more is offered, and told': [
    [/Query 1/, '', /(?:Operation 0x[0-9a-f]+(?:; )?)+/],
    [/Query 2/, '', /(?:ObjectType 0x[0-9a-f]+(?:; )?)+/],
    [/Query (?:8|10|11|12)/, '', /(?:RNG|Profile|Capability|ClientRegistration)\w+.*/, ['1.3', '1.4', '2.0']],
    [/Check of nobody/, 'Check: OperationNotSupported', /Check: (?:Item|Object)NotFound/],
    [/(?:ObtainLease|Archive|Recover|Validate) of nobody/, UNREAD, /\w+: (?:Item|Object)NotFound/],
    [/Discover Versions/, '', /(?:ProtocolVersion(?:M\w+ \d)?(?:; )?)+/],
  ],
  'whoever does not know the versions yet may ask in any': [
    [/Discover Versions.*/, 'DiscoverVersions: OperationNotSupported', 'DiscoverVersions: Success', ['1.0']],
  ],
  'versions come in the order of the server’s preference, each once (1.4 section 4.26)': [
    [/Discover Versions: those that both know/, /Operation.*/, /Operation.*/],
    [/Discover Versions: one twice/, 'ProtocolVersion; ProtocolVersionMajor 1; ProtocolVersionMinor 1', ''],
  ],
  '2.0 has reasons of its own, of which PyKMIP uses few (2.0 section 10)': [
    [ANY, /\w+: ItemNotFound(?:, .*)?/, /\w+: ObjectNotFound(?:, .*)?/, NEW],
    [
      /all of it, going on behind what is wrong/,
      ANY,
      'Create: Success, Get: ObjectNotFound, Destroy: Success',
      NEW,
    ],
    [/under nobody/, 'Get: ItemNotFound', 'Get: WrappingObjectNotFound', NEW],
    [/with two (?:algorithms|lengths)/, 'Create: IndexOutOfBounds', 'Create: AttributeSingleValued', NEW],
    [/with one name twice/, 'Create: InvalidField', 'Create: NonUniqueNameAttribute', NEW],
    [/with an? (?:state|initial date|identifier)/, 'Create: InvalidField', 'Create: AttributeReadOnly', NEW],
    [
      /an object that is a \w+|derive a certificate|derive from an opaque object/,
      /\w+: InvalidField/,
      /\w+: InvalidObjectType/,
      NEW,
    ],
    [/under an? (?:secret|opaque object)/, 'Get: IllegalOperation', 'Get: InvalidObjectType', NEW],
    [/(?:change|delete) .*/, /\w+: PermissionDenied/, /\w+: AttributeReadOnly/, NEW],
    [
      /change a name that there is not/,
      'ModifyAttribute: AttributeNotFound',
      'ModifyAttribute: AttributeInstanceNotFound',
      NEW,
    ],
    [
      /in another mode|(?:en|de)crypt .*|sign by .*|MAC by RSA .*/,
      /\w+: InvalidField/,
      /\w+: UnsupportedCryptographicParameters/,
      NEW,
    ],
    [/derive from a key that derives nothing/, 'DeriveKey: InvalidField', 'DeriveKey: PermissionDenied', NEW],
  ],
  'what is not there fails there without saying so (General Failure)': [
    [/change one into another|delete a name.*/, /\w+: GeneralFailure/, /\w+: AttributeInstanceNotFound/, NEW],
    [/delete what nobody knows/, 'DeleteAttribute: GeneralFailure', 'DeleteAttribute: ItemNotFound', OLD],
    [
      /a wrapped (?:opaque object|certificate)/,
      /Get: (?:General|Cryptographic)Failure/,
      /Get: Invalid(?:Field|ObjectType)/,
    ],
    [
      /a key without algorithm and length|a key of another length than it has/,
      'Register: GeneralFailure',
      'Register: InvalidField',
    ],
    [/a private key in X\.509/, 'Register: GeneralFailure', 'Register: KeyFormatTypeNotSupported'],
    [/decrypt .*/, 'Decrypt: GeneralFailure', 'Decrypt: CryptographicFailure'],
    [/decrypt .* by CBC and (?:ANSIX9_23|OAEP)/, 'Decrypt: GeneralFailure', PARAMETERS],
    [/derive without parameters/, 'DeriveKey: GeneralFailure', PARAMETERS],
    [/derive no times/, 'DeriveKey: GeneralFailure', 'DeriveKey: CryptographicFailure'],
    [/somebody’s own/, 'Locate: GeneralFailure', 'Locate: Success', OLD],
    [
      /a key without a length|a key as opaque|a public key without algorithm|a certificate of PGP/,
      'Register: GeneralFailure',
      'Register: Success',
    ],
    [/without parameters/, 'Get: GeneralFailure', 'Get: Success'],
  ],
  'in 2.0 PyKMIP does not answer at all where there is nothing to tell': [
    [/one that it does not have|how they are linked/, 'no answer', 'GetAttributes: Success', NEW],
  ],
  'attributes of one value have one: the value is wrong, and no index (1.4 section 11.3)': [
    [/with two (?:algorithms|lengths)/, 'Create: IndexOutOfBounds', 'Create: InvalidField', OLD],
  ],
  'what the server alone sets is not for the client to set': [
    [/with an? (?:state|initial date|identifier)/, 'Create: InvalidField', 'Create: PermissionDenied', OLD],
    [
      /delete (?:CertificateType|a certificate type of a key)/,
      'DeleteAttribute: ItemNotFound',
      'DeleteAttribute: PermissionDenied',
      OLD,
    ],
  ],
  'names are of one object, and not empty': [
    [
      /with a name that another one has|RSA with a common name/,
      /\w+: Success/,
      /\w+: (?:InvalidField|NonUniqueNameAttribute)/,
    ],
    [/with an empty name/, 'Create: Success', 'Create: InvalidField'],
    [
      /change a name to that of another/,
      'ModifyAttribute: Success',
      'ModifyAttribute: IllegalOperation',
      OLD,
    ],
  ],
  'more attributes are kept, also without an index': [
    [
      /with (?:two names|an object type|an activation date|contact information|parameters|an attribute of its own)/,
      'Create: InvalidField',
      'Create: Success',
    ],
    [/with a comment/, UNREAD, 'Create: Success', ['1.4', '2.0']],
    [/by a certificate type/, UNREAD, 'Locate: Success', NEW],
    [/an opaque object with (?:a mask|an algorithm)/, 'Register: InvalidField', 'Register: Success'],
  ],
  'what a client leaves out is chosen here, where PyKMIP wants it said': [
    [/without a (?:length|mask)/, 'Create: InvalidField', 'Create: Success'],
    [/RSA with(?:out a length|out masks| one mask)/, 'CreateKeyPair: InvalidField', 'CreateKeyPair: Success'],
    [/without an encoding/, 'Get: EncodingOptionError', 'Get: Success'],
    [
      /encrypt (?:without an algorithm|without a mode|without parameters|with empty parameters|by GCM without a length of tag)/,
      'Encrypt: InvalidField',
      'Encrypt: Success',
    ],
    [/decrypt without parameters/, 'Decrypt: InvalidField', 'Decrypt: Success'],
    [
      /decrypt (?:without an algorithm|without a mode|by GCM without a tag)/,
      'Decrypt: InvalidField',
      'Decrypt: CryptographicFailure',
    ],
    [
      /sign (?:by \w+ without padding|without .*|with empty parameters)/,
      'Sign: InvalidField',
      'Sign: Success',
    ],
    [/verify without parameters/, 'SignatureVerify: InvalidField', 'SignatureVerify: Success'],
    [/derive without a (?:length|salt)/, 'DeriveKey: InvalidField', 'DeriveKey: Success'],
  ],
  'more is made, brought and given': [
    [
      /(?:DES3|DES|HMAC_SHA256|Twofish|SKIPJACK) of \d+ bits|an object that is a SecretData/,
      'Create: InvalidField',
      'Create: Success',
    ],
    [/ECDSA/, 'CreateKeyPair: InvalidField', 'CreateKeyPair: Success'],
    [/a transparent key|a secret of an unknown type|a template/, UNREAD, 'Register: Success'],
    [/.* as \w+/, 'Get: KeyFormatTypeNotSupported', 'Get: Success'],
    [/encoded as TTLV/, 'Get: EncodingOptionError', 'Get: Success'],
    [/encrypt with a random IV/, UNREAD, 'Encrypt: Success'],
    [
      /(?:en|de)crypt 16 bytes by (?:CBC|ECB) and (?:None|undefined)/,
      /\w+crypt: InvalidField/,
      /\w+crypt: Success/,
    ],
    [/delete all (?:names|groups)/, UNREAD, 'DeleteAttribute: Success', NEW],
  ],
  'a part of a key in a prime field is kept as it came, also without the prime': [
    [/a part of a key without its prime/, UNREAD, 'Register: Success'],
  ],
  'keys are not weak: 512 and 1000 bits of RSA, 64 of triple DES': [
    [/RSA of (?:512|1000) bits/, 'CreateKeyPair: Success', 'CreateKeyPair: InvalidField'],
    [/DES3 of 64 bits/, 'Create: Success', 'Create: InvalidField'],
  ],
  'a length that no key has is a wrong value, and no failure of cryptography': [
    [/RSA of no bits/, 'CreateKeyPair: CryptographicFailure', 'CreateKeyPair: InvalidField'],
    [/derive more than there is/, 'DeriveKey: CryptographicFailure', PARAMETERS],
  ],
  'there is one operation policy, and it is named': [
    [/with a policy that there is not/, 'Create: Success', 'Create: InvalidField', OLD],
  ],
  'a private key of RSA is in PKCS #1 where no format is named (1.4 section 4.11)': [
    [/the private one/, 'KeyFormatType 0x4', 'KeyFormatType 0x3'],
  ],
  'what is said to be a key is one': [
    [
      /a private key (?:in another form than it says|that is none)|a public key that is none/,
      'Register: Success',
      'Register: InvalidField',
    ],
  ],
  'nothing is kept of no bytes': [
    [
      /a key of no bytes|no bytes as a password|an opaque object of no bytes/,
      'Register: Success',
      'Register: InvalidField',
    ],
  ],
  'a mask that nobody has given is none': [
    [
      /.* without a mask, its attributes|a certificate that is none, its attributes/,
      /.*Cryptographic ?UsageMask.* 0.*|.*"Cryptographic Usage Mask", AttributeValue 0 }/,
      '',
    ],
  ],
  'a certificate tells its key': [
    [
      /a certificate.*, its attributes/,
      ANY,
      /.*Cryptographic ?Algorithm.* 0x4.*Cryptographic ?Length.* 2048.*/,
    ],
  ],
  'what a secret was brought with is told': [
    [/a password of an algorithm.*/, '', /.*Cryptographic ?Algorithm.* 0x3.*/],
    [/a raw password, given/, 'KeyFormatType 0x2', 'KeyFormatType 0x1'],
  ],
  'a key that is not compressed is as it is': [
    [/.* compressed/, 'Get: KeyCompressionTypeNotSupported', 'Get: Success'],
  ],
  'a wrapped Key Value is a byte string, and no structure (1.4 section 2.1.4)': [
    [/a wrapped (?:key|secret)|under itself/, /KeyValue; KeyMaterial (?:[0-9a-f]+)/, /KeyValue [0-9a-f]+/],
  ],
  'an attribute is not wrapped without an encoding': [
    [/with a name/, 'Get: IllegalOperation', /Get: (?:InvalidField|EncodingOptionError)/],
  ],
  'a key that wraps must be named': [
    [/by a MAC|without a key/, /Get: (?:OperationNotSupported|PermissionDenied)/, 'Get: InvalidMessage'],
  ],
  'an attribute is asked for once (1.4 section 4.12)': [
    [/one twice/, 'GetAttributes: Success', 'GetAttributes: InvalidMessage'],
  ],
  'an attribute that is not there is added, and not changed (1.4 section 11.17)': [
    [
      /change (?:the name of what has none|what nobody set)/,
      'ModifyAttribute: ItemNotFound',
      'ModifyAttribute: InvalidField',
      OLD,
    ],
  ],
  'the one value that there is needs no words, and names are changed before': [
    [
      /change a name without saying which/,
      'ModifyAttribute: AttributeInstanceNotFound',
      'ModifyAttribute: Success',
      NEW,
    ],
    [
      /what (?:was changed|is left)/,
      /.*NameValue "(?:changed|in use), .*/,
      /.*NameValue "(?:x|by index), .*/,
    ],
    [/delete a name by index/, /.*NameValue "in use, .*/, /.*NameValue "by index, .*/],
  ],
  'a name is found by its text, whatever kind of name it is': [
    [/a name as an address/, '', 'UniqueIdentifier $full'],
  ],
  'a range of instants goes from the first to the second': [
    [/between three dates/, 'Locate: InvalidField', 'Locate: Success'],
  ],
  'not fewer than none are found': [[/fewer than none/, 'Locate: Success', 'Locate: InvalidField']],
  'what is archived, and members of groups, are looked for': [
    [/archived/, /(?:UniqueIdentifier \$\w+(?:; )?)+/, ''],
    [/default members of a group/, /(?:UniqueIdentifier \$(?:; )?)+/, ''],
  ],
  'Maximum Items may stand behind the attributes': [
    [/attributes, then how many/, /(?:UniqueIdentifier \$(?:; )?)+/, '', OLD],
  ],
  'opaque objects have a life as well': [
    [/.*opaque.*|in state PreActive/, '', /.*(?:State|0x42008d|\$opaque).*/],
    [/.*\$opaque.*/, /\w+: (?:IllegalOperation|ItemNotFound|Success)/, /\w+: (?:Success|PermissionDenied)/],
  ],
  'conflicts of state are Permission Denied, as in the published cases': [
    [/revoke .* for (?!KeyCompromise).*/, 'Revoke: IllegalOperation', 'Revoke: PermissionDenied'],
  ],
  'of what is destroyed the attributes stay, and it is not there in vain (1.4 section 11.21)': [
    [/(?:destroy|activate|revoke) .*/, /\w+: ItemNotFound/, /\w+: PermissionDenied/],
  ],
  'the attributes of what is destroyed stay, and are told': [
    [/the state of .* destroyed|(?:told|listed) by chance.*/, /\w+: ItemNotFound/, /\w+: Success/],
  ],
  'what is destroyed may turn out to have been compromised (1.4 section 4.20)': [
    [/revoke .* for KeyCompromise.*/, 'Revoke: ItemNotFound', 'Revoke: Success'],
  ],
  'what is compromised is so once: the first instant and reason stay': [
    [/revoke .* for KeyCompromise.*/, 'Revoke: Success', 'Revoke: PermissionDenied'],
  ],
  'a compromised authority compromises (1.4 section 4.20)': [
    [/the state of \$reason2 revoked for CACompromise/, /.*State.* 0x3.*/, /.*State.* 0x4.*/],
  ],
  'an instant of compromise is for a compromise (1.4 section 4.20)': [
    [/revoke with an instant and no compromise/, 'Revoke: Success', 'Revoke: InvalidField'],
    [/revoke with words/, 'Revoke: IllegalOperation', 'Revoke: Success'],
  ],
  ...DIFFERENCES_OF_CRYPTOGRAPHY,
};
