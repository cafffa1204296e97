// Every setting of the server, once: the parser, the environment names, `--help` and the manual all come from this table.
// Secrets are never settings themselves: a setting names the file that holds one.

export interface SettingRow {
  readonly environment: `KEYHOLD_${string}`;
  /** The option of `keyhold serve`. */
  readonly option: string;
  readonly kind: 'text' | 'port' | 'path' | 'milliseconds' | 'count' | 'networks' | 'names' | 'choice';
  readonly choices?: readonly string[];
  /** Undefined: the setting may be absent. */
  readonly default: string | undefined;
  readonly description: string;
}

/** What the setting of the random source says for the token, instead of a device. */
export const TOKEN_SOURCE = 'pkcs11';

export const SETTINGS = {
  dataDir: {
    environment: 'KEYHOLD_DATA_DIR',
    option: 'data-dir',
    kind: 'path',
    default: './data',
    description: 'directory of the database, the root key file and credentials.json',
  },
  host: {
    environment: 'KEYHOLD_HOST',
    option: 'host',
    kind: 'text',
    default: '127.0.0.1',
    description: 'address to listen on',
  },
  port: {
    environment: 'KEYHOLD_PORT',
    option: 'port',
    kind: 'port',
    default: '7600',
    description: 'port of all HTTP protocols; 0 takes a free one',
  },
  publicUrl: {
    environment: 'KEYHOLD_PUBLIC_URL',
    option: 'public-url',
    kind: 'text',
    default: undefined,
    description: 'the URL that clients use, when a proxy or another name stands in front',
  },
  store: {
    environment: 'KEYHOLD_STORE',
    option: 'store',
    kind: 'text',
    default: 'sqlite',
    description:
      '`sqlite` (in the data directory) or a postgres:// URL; a URL with a password belongs in store-file',
  },
  storeFile: {
    environment: 'KEYHOLD_STORE_FILE',
    option: 'store-file',
    kind: 'path',
    default: undefined,
    description: 'file whose one line is the store setting',
  },
  location: {
    environment: 'KEYHOLD_LOCATION',
    option: 'location',
    kind: 'text',
    default: 'us-east-1',
    description:
      'region of keys made through protocols that have none, and the region printed for AWS clients',
  },
  rootKey: {
    environment: 'KEYHOLD_ROOT_KEY',
    option: 'root-key',
    kind: 'choice',
    choices: ['file', 'passphrase', 'shares', 'kms', 'pkcs11'],
    default: 'file',
    description: 'where the first root key comes from; `keyhold root rotate --to` moves it later',
  },
  rootKeyDir: {
    environment: 'KEYHOLD_ROOT_KEY_DIR',
    option: 'root-key-dir',
    kind: 'path',
    default: undefined,
    description: 'directory of root key files; default: the data directory',
  },
  rootPassphraseFile: {
    environment: 'KEYHOLD_ROOT_PASSPHRASE_FILE',
    option: 'root-passphrase-file',
    kind: 'path',
    default: undefined,
    description: 'file that holds the passphrase of the root key',
  },
  rootKms: {
    environment: 'KEYHOLD_ROOT_KMS',
    option: 'root-kms',
    kind: 'choice',
    choices: ['aws', 'vault'],
    default: 'aws',
    description: 'protocol of the KMS that wraps the root key, with root-key `kms`',
  },
  rootKmsUrl: {
    environment: 'KEYHOLD_ROOT_KMS_URL',
    option: 'root-kms-url',
    kind: 'text',
    default: undefined,
    description: 'its https:// address; http:// is taken for this machine alone',
  },
  rootKmsKey: {
    environment: 'KEYHOLD_ROOT_KMS_KEY',
    option: 'root-kms-key',
    kind: 'text',
    default: undefined,
    description: 'its key: id, ARN or alias, or with `vault` <mount>/<name> such as transit/keyhold-root',
  },
  rootKmsRegion: {
    environment: 'KEYHOLD_ROOT_KMS_REGION',
    option: 'root-kms-region',
    kind: 'text',
    default: 'us-east-1',
    description: 'the region that requests to it are signed for',
  },
  rootKmsCredentialsFile: {
    environment: 'KEYHOLD_ROOT_KMS_CREDENTIALS_FILE',
    option: 'root-kms-credentials-file',
    kind: 'path',
    default: undefined,
    description:
      'private file with an access-key pair in JSON, a Vault token, or an application role in JSON',
  },
  rootKmsCaFile: {
    environment: 'KEYHOLD_ROOT_KMS_CA_FILE',
    option: 'root-kms-ca-file',
    kind: 'path',
    default: undefined,
    description: 'authorities in PEM that its certificate must come from; default: those of the runtime',
  },
  rootKmsTimeoutMs: {
    environment: 'KEYHOLD_ROOT_KMS_TIMEOUT_MS',
    option: 'root-kms-timeout-ms',
    kind: 'milliseconds',
    default: '5000',
    description: 'how long it may take to answer',
  },
  pkcs11Library: {
    environment: 'KEYHOLD_PKCS11_LIBRARY',
    option: 'pkcs11-library',
    kind: 'path',
    default: undefined,
    description: 'PKCS #11 library of a token, for a root key in it and for hardware keys',
  },
  pkcs11Label: {
    environment: 'KEYHOLD_PKCS11_LABEL',
    option: 'pkcs11-label',
    kind: 'text',
    default: undefined,
    description: 'the token by its label',
  },
  pkcs11Serial: {
    environment: 'KEYHOLD_PKCS11_SERIAL',
    option: 'pkcs11-serial',
    kind: 'text',
    default: undefined,
    description: 'the token by its serial number',
  },
  pkcs11PinFile: {
    environment: 'KEYHOLD_PKCS11_PIN_FILE',
    option: 'pkcs11-pin-file',
    kind: 'path',
    default: undefined,
    description: 'private file that holds the PIN of its user',
  },
  pkcs11Sessions: {
    environment: 'KEYHOLD_PKCS11_SESSIONS',
    option: 'pkcs11-sessions',
    kind: 'count',
    default: '4',
    description: 'how many operations the token works at at once, each in a thread of its own',
  },
  pkcs11TimeoutMs: {
    environment: 'KEYHOLD_PKCS11_TIMEOUT_MS',
    option: 'pkcs11-timeout-ms',
    kind: 'milliseconds',
    default: '10000',
    description:
      'how long one call of the library may take before the token counts as away; a call that makes keys, twelve times as long',
  },
  pkcs11FormerLabel: {
    environment: 'KEYHOLD_PKCS11_FORMER_LABEL',
    option: 'pkcs11-former-label',
    kind: 'text',
    default: undefined,
    description: 'token that the root key moves away from, by its label: it opens what is not moved yet',
  },
  pkcs11FormerSerial: {
    environment: 'KEYHOLD_PKCS11_FORMER_SERIAL',
    option: 'pkcs11-former-serial',
    kind: 'text',
    default: undefined,
    description: 'the same by its serial number',
  },
  pkcs11FormerPinFile: {
    environment: 'KEYHOLD_PKCS11_FORMER_PIN_FILE',
    option: 'pkcs11-former-pin-file',
    kind: 'path',
    default: undefined,
    description: 'private file that holds the PIN of its user',
  },
  pkcs11FormerLibrary: {
    environment: 'KEYHOLD_PKCS11_FORMER_LIBRARY',
    option: 'pkcs11-former-library',
    kind: 'path',
    default: undefined,
    description: 'its PKCS #11 library; default: that of the other token',
  },
  randomSource: {
    environment: 'KEYHOLD_RANDOM_SOURCE',
    option: 'random-source',
    kind: 'path',
    default: undefined,
    description:
      'device, such as /dev/hwrng, or `pkcs11` for the token, whose random bytes are mixed into those of the system',
  },
  tlsCertificateFile: {
    environment: 'KEYHOLD_TLS_CERTIFICATE_FILE',
    option: 'tls-certificate-file',
    kind: 'path',
    default: undefined,
    description: 'certificate chain in PEM: with it and the key the port speaks HTTPS only',
  },
  tlsKeyFile: {
    environment: 'KEYHOLD_TLS_KEY_FILE',
    option: 'tls-key-file',
    kind: 'path',
    default: undefined,
    description: 'private key of the certificate in PEM',
  },
  kmip: {
    environment: 'KEYHOLD_KMIP',
    option: 'kmip',
    kind: 'choice',
    choices: ['on', 'off'],
    default: 'on',
    description: 'whether KMIP is served over TLS on a port of its own',
  },
  kmipPort: {
    environment: 'KEYHOLD_KMIP_PORT',
    option: 'kmip-port',
    kind: 'port',
    default: '5696',
    description: 'port of KMIP over TLS; 0 takes a free one',
  },
  kmipTlsCertificateFile: {
    environment: 'KEYHOLD_KMIP_TLS_CERTIFICATE_FILE',
    option: 'kmip-tls-certificate-file',
    kind: 'path',
    default: undefined,
    description: 'certificate chain of the KMIP port in PEM; default: one of the own authority',
  },
  kmipTlsKeyFile: {
    environment: 'KEYHOLD_KMIP_TLS_KEY_FILE',
    option: 'kmip-tls-key-file',
    kind: 'path',
    default: undefined,
    description: 'private key of that certificate in PEM',
  },
  kmipNames: {
    environment: 'KEYHOLD_KMIP_NAMES',
    option: 'kmip-names',
    kind: 'names',
    default: undefined,
    description:
      'host names and addresses by which clients reach the KMIP port, separated by commas, for its certificate of the own authority; localhost and the address that is listened on are always in it',
  },
  kmipClientCaFile: {
    environment: 'KEYHOLD_KMIP_CLIENT_CA_FILE',
    option: 'kmip-client-ca-file',
    kind: 'path',
    default: undefined,
    description:
      'certificates in PEM of authorities whose clients are known by their names, as service accounts of kmip-client-ca-project',
  },
  kmipClientCrlFile: {
    environment: 'KEYHOLD_KMIP_CLIENT_CRL_FILE',
    option: 'kmip-client-crl-file',
    kind: 'path',
    default: undefined,
    description:
      'certificates in PEM that these authorities have revoked; a change counts within a second, and ends the connections that they have opened',
  },
  kmipClientCaProject: {
    environment: 'KEYHOLD_KMIP_CLIENT_CA_PROJECT',
    option: 'kmip-client-ca-project',
    kind: 'text',
    default: 'default',
    description: 'name of the project in which these authorities name service accounts',
  },
  kmipCiphers: {
    environment: 'KEYHOLD_KMIP_CIPHERS',
    option: 'kmip-ciphers',
    kind: 'choice',
    choices: ['modern', 'legacy'],
    default: 'modern',
    description:
      'whether the KMIP port also takes the CBC and RSA suites of TLS 1.2 that old storage arrays need',
  },
  kmipInterop: {
    environment: 'KEYHOLD_KMIP_INTEROP',
    option: 'kmip-interop',
    kind: 'choice',
    choices: ['on', 'off'],
    default: 'off',
    description:
      'whether the KMIP port takes the operation Interop, by which interoperability tests mark their beginning and end; not for production',
  },
  keystoneUrl: {
    environment: 'KEYHOLD_KEYSTONE_URL',
    option: 'keystone-url',
    kind: 'text',
    default: undefined,
    description:
      'identity API of an OpenStack Keystone, such as https://keystone.example:5000/v3, whose tokens count for the protocols of OpenStack; default: tokens and users of this installation',
  },
  keystoneUserFile: {
    environment: 'KEYHOLD_KEYSTONE_USER_FILE',
    option: 'keystone-user-file',
    kind: 'path',
    default: undefined,
    description:
      'file of mode 0600 with the service user that may ask Keystone about tokens: JSON with username, password and, where they differ from Default and service, userDomainName, projectName and projectDomainName; or with applicationCredentialId and applicationCredentialSecret',
  },
  openstackForeign: {
    environment: 'KEYHOLD_OPENSTACK_FOREIGN',
    option: 'openstack-foreign',
    kind: 'choice',
    choices: ['hidden', 'forbidden'],
    default: 'hidden',
    description:
      'what Barbican clients are told of a secret or container of another project: that there is none, or as by Barbican that they may not (403), which tells that it exists',
  },
  requestTimeoutMs: {
    environment: 'KEYHOLD_REQUEST_TIMEOUT_MS',
    option: 'request-timeout-ms',
    kind: 'milliseconds',
    default: '30000',
    description: 'a request that has not arrived whole by then is cut off',
  },
  connectionsMax: {
    environment: 'KEYHOLD_CONNECTIONS_MAX',
    option: 'connections-max',
    kind: 'count',
    default: '4096',
    description: 'connections beyond this are closed at once',
  },
  metricsNetworks: {
    environment: 'KEYHOLD_METRICS_NETWORKS',
    option: 'metrics-networks',
    kind: 'networks',
    default: '127.0.0.0/8,::1',
    description: 'networks that may read /metrics, separated by commas',
  },
  logLevel: {
    environment: 'KEYHOLD_LOG_LEVEL',
    option: 'log-level',
    kind: 'choice',
    choices: ['error', 'warn', 'info', 'debug'],
    default: 'info',
    description: 'how much the server says on standard error',
  },
} as const satisfies Record<string, SettingRow>;

export type SettingName = keyof typeof SETTINGS;
