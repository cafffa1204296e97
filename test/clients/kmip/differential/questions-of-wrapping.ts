// Questions about keys that leave and come wrapped.

import { createCipheriv } from 'node:crypto';
import { make, type ValueName } from '../../../../src/wire/ttlv/index.ts';
import { uid } from '../../../conformance/kmip/payloads.ts';
import { BYTES_16, BYTES_32, CERTIFICATE, certificate, format, opaque, secret } from './objects-to-bring.ts';
import { algorithm, type Fields, length, mask, parameters, type Questions, symmetric } from './words.ts';

export const QUESTIONS_OF_WRAPPING: Readonly<Record<string, Questions>> = {
  'wrapped keys': {
    versions: ['1.0', '1.1', '2.0'],
    questions: ({ register, get, activate }) => {
      const key = Buffer.alloc(16, 7);
      const cipher = createCipheriv('id-aes128-wrap', key, Buffer.alloc(8, 0xa6));
      const wrapped = Buffer.concat([cipher.update(BYTES_32), cipher.final()]);
      const information = (id: string, mode: ValueName<'BlockCipherMode'> | undefined) =>
        make.structure('EncryptionKeyInformation', [
          uid(id),
          mode && parameters([make.enumeration('BlockCipherMode', mode)]),
        ]);
      const specification = (...fields: Fields) => [make.structure('KeyWrappingSpecification', fields)];
      const method = (name: ValueName<'WrappingMethod'>) => make.enumeration('WrappingMethod', name);
      const encoding = (name: ValueName<'EncodingOption'>) => make.enumeration('EncodingOption', name);
      const usual = (id: string) =>
        specification(method('Encrypt'), information(id, 'NISTKeyWrap'), encoding('NoEncoding'));
      return [
        register('the wrapping key', 'SymmetricKey', symmetric(key), [mask('WrapKey', 'UnwrapKey')], {
          makes: ['$wrapper'],
        }),
        register('a key that wraps nothing', 'SymmetricKey', symmetric(key), [mask('Encrypt')], {
          makes: ['$other'],
        }),
        register('a key', 'SymmetricKey', symmetric(BYTES_32), [mask('Encrypt')], { makes: ['$key'] }),
        register('a secret', 'SecretData', secret(BYTES_16), [mask('Verify')], { makes: ['$secret'] }),
        register('an opaque object', 'OpaqueObject', opaque(BYTES_16), [], { makes: ['$opaque'] }),
        register('a certificate', 'Certificate', certificate(CERTIFICATE), [], { makes: ['$certificate'] }),
        get('under a key that is not active', '$key', usual('$wrapper')),
        activate('$wrapper'),
        activate('$other'),
        get('a wrapped key', '$key', usual('$wrapper')),
        get('a wrapped secret', '$secret', usual('$wrapper')),
        get('a wrapped opaque object', '$opaque', usual('$wrapper')),
        get('a wrapped certificate', '$certificate', usual('$wrapper')),
        get('under a key that wraps nothing', '$key', usual('$other')),
        get('under nobody', '$key', usual('nobody')),
        get('under a secret', '$key', usual('$secret')),
        get('under an opaque object', '$key', usual('$opaque')),
        get('under itself', '$wrapper', usual('$wrapper')),
        get('nobody under a key', 'nobody', usual('$wrapper')),
        get(
          'encoded as TTLV',
          '$key',
          specification(method('Encrypt'), information('$wrapper', 'NISTKeyWrap'), encoding('TTLVEncoding')),
        ),
        get(
          'without an encoding',
          '$key',
          specification(method('Encrypt'), information('$wrapper', 'NISTKeyWrap')),
        ),
        get(
          'with a name',
          '$key',
          specification(
            method('Encrypt'),
            information('$wrapper', 'NISTKeyWrap'),
            make.textString('AttributeName', 'Name'),
            encoding('NoEncoding'),
          ),
        ),
        get(
          'without parameters',
          '$key',
          specification(method('Encrypt'), information('$wrapper', undefined), encoding('NoEncoding')),
        ),
        get(
          'in another mode',
          '$key',
          specification(method('Encrypt'), information('$wrapper', 'CBC'), encoding('NoEncoding')),
        ),
        get(
          'by a MAC',
          '$key',
          specification(method('MACSign'), information('$wrapper', 'NISTKeyWrap'), encoding('NoEncoding')),
        ),
        get('without a key', '$key', specification(method('Encrypt'))),
        get('without a method', '$key', specification(information('$wrapper', 'NISTKeyWrap'))),
        register(
          'a key that comes wrapped',
          'SymmetricKey',
          make.structure('SymmetricKey', [
            make.structure('KeyBlock', [
              format('Raw'),
              make.structure('KeyValue', [make.byteString('KeyMaterial', wrapped)]),
              algorithm('AES'),
              length(256),
              make.structure('KeyWrappingData', [
                method('Encrypt'),
                information('$wrapper', 'NISTKeyWrap'),
                encoding('NoEncoding'),
              ]),
            ]),
          ]),
          [mask('Encrypt')],
          { makes: ['$came'] },
        ),
        get('what came wrapped', '$came'),
      ];
    },
  },
};
