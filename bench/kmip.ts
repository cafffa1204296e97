// KMIP over TLS, next to PyKMIP's server in the same run where it is installed: to make, read and use keys over one and over many
// connections, and to find one among very many. Both speak 1.4 and hold their keys on the same disk.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFacet } from '../src/core/facets.ts';
import type { Facet } from '../src/domain/facet.ts';
import { facetOf } from '../src/protocols/kmip/objects/facet.ts';
import type { Credentials } from '../src/server/credentials-file.ts';
import { make, maskOf, type TtlvField } from '../src/wire/ttlv/index.ts';
import { fillStore } from './fill.ts';
import type { Measurement } from './http-load.ts';
import { askOnce, type KmipTarget, kmipRequest, measureKmip } from './kmip-load.ts';
import { freePort, startPykmip } from './pykmip.ts';
import { startSubject } from './servers.ts';

export interface KmipBenchOptions {
  readonly seconds: number;
  readonly rounds: number;
  /** Of requests of each kind before they are measured: code is compiled as it runs. */
  readonly warmSeconds: number;
  /** `sqlite`, or the URL of another store of Keyhold. */
  readonly store: string;
  /** Keys that lie in Keyhold's store when one is looked for. */
  readonly keys: number;
  /** As many are put into PyKMIP, by its protocol: it takes its time. */
  readonly peerKeys: number;
}

const CONNECTIONS = [1, 16];
const NAME = 'the one that is looked for';

export async function benchKmip(options: KmipBenchOptions): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'keyhold-bench-kmip-'));
  const environment = {
    KEYHOLD_DATA_DIR: dataDir,
    KEYHOLD_PORT: '0',
    KEYHOLD_KMIP: 'on',
    KEYHOLD_KMIP_PORT: String(await freePort()),
    KEYHOLD_STORE: options.store,
    KEYHOLD_LOG_LEVEL: 'warn',
  };
  const serve = () => startSubject('../src/cli/main.ts', ['serve'], environment);
  let keyhold = await serve();
  const peer = await startPykmip();
  if (peer === undefined) console.log('PyKMIP is not installed here: Keyhold is measured alone');
  try {
    const target = targetOf(dataDir);
    const template = await activeKey(target, name(NAME));
    await keyhold.stop();
    await fillStore({ dataDir, store: options.store }, template, options.keys - 1, asKmipObject(template));
    keyhold = await serve();
    if (peer !== undefined) {
      await makeKey(peer.target, name(NAME));
      for (let made = 1; made < options.peerKeys; made += 1) await makeKey(peer.target);
    }
    console.log(`\nKMIP 1.4 over TLS, Keyhold with ${options.keys} keys, PyKMIP with ${options.peerKeys}`);
    row(['operation', 'connections', 'pykmip/s', 'keyhold/s', 'ratio', 'pykmip p50', 'p50', 'p99']);
    for (const [what, of] of Object.entries(OPERATIONS)) {
      const warm = { connections: 16, seconds: options.warmSeconds };
      await measureKmip(target, await of(target), warm);
      for (const connections of CONNECTIONS) {
        const theirs = peer && (await best(peer.target, of, { ...options, connections }));
        const ours = await best(target, of, { ...options, connections });
        row([
          what,
          String(connections),
          theirs?.perSecond.toFixed(1) ?? '-',
          ours.perSecond.toFixed(1),
          theirs === undefined ? '-' : (ours.perSecond / theirs.perSecond).toFixed(1),
          theirs === undefined ? '-' : `${theirs.p50Ms.toFixed(1)} ms`,
          `${ours.p50Ms.toFixed(1)} ms`,
          `${ours.p99Ms.toFixed(1)} ms`,
        ]);
      }
    }
  } finally {
    await Promise.all([keyhold.stop(), peer?.stop()]);
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function row(cells: readonly string[]): void {
  console.log(cells.map((cell, at) => (at === 0 ? cell.padEnd(24) : cell.padStart(11))).join(' '));
}

function targetOf(dataDir: string): KmipTarget {
  const file = readFileSync(join(dataDir, 'credentials.json'), 'utf8');
  const { kmip } = JSON.parse(file) as Credentials;
  if (kmip === undefined) throw new Error('KMIP is on');
  return {
    host: kmip.host,
    port: kmip.port,
    certificate: readFileSync(kmip.certFile, 'utf8'),
    privateKey: readFileSync(kmip.keyFile, 'utf8'),
  };
}

/** What a copy of the template has besides: a name of its own, and what KMIP keeps of it. */
function asKmipObject(template: string): Parameters<typeof fillStore>[3] {
  let kept: { readonly facet: Facet; readonly namespace: string } | undefined;
  return async (tx, key, number) => {
    if (kept === undefined) {
      const facet = await tx.facets.get(template, 'kmip');
      const { items } = await tx.names.list({ projectId: key.projectId, keyId: template }, { limit: 1 });
      const namespace = items[0]?.namespace;
      if (facet === undefined || namespace === undefined) throw new Error('the first key is a KMIP object');
      kept = { facet: facetOf(facet), namespace };
    }
    const { projectId, id: keyId, createdAt } = key;
    const text = `key ${number}`;
    await writeFacet(tx, keyId, kept.facet);
    await tx.names.insert({
      namespace: kept.namespace,
      projectId,
      text,
      keyId,
      createdAt,
      updatedAt: createdAt,
    });
  };
}

const attribute = (title: string, value: TtlvField): TtlvField =>
  make.structure('Attribute', [make.textString('AttributeName', title), value]);

const name = (text: string): TtlvField =>
  attribute(
    'Name',
    make.structure('AttributeValue', [
      make.textString('NameValue', text),
      make.enumeration('NameType', 'UninterpretedTextString'),
    ]),
  );
const uid = (id: string): TtlvField => make.textString('UniqueIdentifier', id);

function createRequest(...further: readonly TtlvField[]): Uint8Array {
  return kmipRequest('Create', [
    make.enumeration('ObjectType', 'SymmetricKey'),
    make.structure('TemplateAttribute', [
      attribute('Cryptographic Algorithm', make.enumeration('AttributeValue', 3)),
      attribute('Cryptographic Length', make.integer('AttributeValue', 256)),
      attribute(
        'Cryptographic Usage Mask',
        make.integer('AttributeValue', maskOf('CryptographicUsageMask', ['Encrypt', 'Decrypt'])),
      ),
      ...further,
    ]),
  ]);
}

async function makeKey(target: KmipTarget, ...further: readonly TtlvField[]): Promise<string> {
  const payload = await askOnce(target, createRequest(...further));
  const id = payload.find(field => field.name === 'UniqueIdentifier')?.text;
  if (id === undefined) throw new Error('Create answers with an identifier');
  return id;
}

async function activeKey(target: KmipTarget, ...further: readonly TtlvField[]): Promise<string> {
  const id = await makeKey(target, ...further);
  await askOnce(target, kmipRequest('Activate', [uid(id)]));
  return id;
}

const BLOCK_BYTES = 16;

/** How each request is put together for a server. What makes keys comes last: as many as are there may be searched, and no more. */
const OPERATIONS: Readonly<Record<string, (target: KmipTarget) => Promise<Uint8Array>>> = {
  'Locate by name': async () => kmipRequest('Locate', [name(NAME)]),
  'Locate one by length': async () =>
    kmipRequest('Locate', [
      make.integer('MaximumItems', 1),
      attribute('Cryptographic Length', make.integer('AttributeValue', 256)),
    ]),
  'Locate none by length': async () =>
    kmipRequest('Locate', [attribute('Cryptographic Length', make.integer('AttributeValue', 128))]),
  Get: async target => kmipRequest('Get', [uid(await activeKey(target))]),
  'Encrypt 32 bytes': async target =>
    kmipRequest('Encrypt', [
      uid(await activeKey(target)),
      make.structure('CryptographicParameters', [
        make.enumeration('BlockCipherMode', 'CBC'),
        make.enumeration('PaddingMethod', 'PKCS5'),
        make.enumeration('CryptographicAlgorithm', 'AES'),
      ]),
      make.byteString('Data', new Uint8Array(32)),
      make.byteString('IVCounterNonce', new Uint8Array(BLOCK_BYTES)),
    ]),
  Create: async () => createRequest(),
};

/** The best of the rounds: what is left over is the machine's noise. */
async function best(
  target: KmipTarget,
  of: (target: KmipTarget) => Promise<Uint8Array>,
  { rounds, ...options }: Pick<KmipBenchOptions, 'rounds' | 'seconds'> & { readonly connections: number },
): Promise<Measurement> {
  const request = await of(target);
  let found: Measurement | undefined;
  for (let round = 0; round < rounds; round += 1) {
    const measured = await measureKmip(target, request, options);
    if (measured.refused > 0) throw new Error(`${measured.refused} requests were refused`);
    if (found === undefined || measured.perSecond > found.perSecond) found = measured;
  }
  if (found === undefined) throw new Error('at least one round');
  return found;
}
