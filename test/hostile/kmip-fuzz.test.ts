// Changed frames of KMIP against the codec and against the port, in a number that every run has time for: `npm run fuzz:kmip` has more.

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, test } from 'node:test';
import { fuzzCodec, type ListenerFuzz, startListenerFuzz } from './kmip-fuzz.ts';
import { rounds } from './rounds.ts';

const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));

let listener: ListenerFuzz;
before(async () => {
  listener = await startListenerFuzz(seed);
});
after(() => listener.stop());

test('the codec reads changed frames, or refuses them, and nothing else happens', t => {
  const { frames, read } = fuzzCodec(seed, rounds(20_000));
  t.diagnostic(
    `FUZZ_SEED=${seed}: ${JSON.stringify(frames)}, of which ${JSON.stringify(read)} could be read`,
  );
});

test('the port answers changed frames, or ends the connection, and goes on', async t => {
  const tally = await listener.send(rounds(500));
  t.diagnostic(`FUZZ_SEED=${seed}: ${JSON.stringify(tally)}`);
  assert.ok(tally.succeeded > 0 && tally.refused > 0);
});
