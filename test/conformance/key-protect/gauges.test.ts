// The gauges of instances whose metrics policy is on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collection, startKeyProtect } from './support.ts';

test('an instance is measured while its metrics policy is on', async () => {
  const subject = await startKeyProtect();
  try {
    const { clock } = subject.keyhold;
    const gauges = async () => {
      const text = await (await fetch(`${subject.keyhold.url}/metrics`)).text();
      return text.split('\n').filter(line => line.startsWith('ibm_kms_api_'));
    };
    const measure = async (enabled: boolean) => {
      const body = collection('policy', { policy_type: 'metrics', policy_data: { enabled } });
      assert.equal((await subject.send({ method: 'PUT', path: '/instance/policies', body })).status, 204);
      clock.advance(60_000);
    };
    await subject.send({ path: '/keys' });
    clock.advance(60_000);
    assert.deepEqual(await gauges(), []);
    await measure(true);
    for (let asked = 0; asked < 3; asked += 1) await subject.send({ path: '/keys' });
    clock.advance(60_000);
    const measured = await gauges();
    const requests = measured.find(line => line.startsWith('ibm_kms_api_request_gauge'));
    assert.match(requests ?? '', /ibm_kms_api="GET \/api\/v2\/keys".* 3$/);
    assert.match(requests ?? '', new RegExp(`ibm_service_instance="${subject.caller.instanceId}"`));
    assert.ok(measured.some(line => line.startsWith('ibm_kms_api_latency_gauge')));
    await measure(false);
    await subject.send({ path: '/keys' });
    clock.advance(60_000);
    assert.deepEqual(await gauges(), []);
  } finally {
    await subject.stop();
  }
});
