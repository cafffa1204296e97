// OpenStack's own clients against a whole server, with the password of its first user.

import { after, before, test } from 'node:test';
import { type BarbicanStage, startStage } from './stage.ts';
import { commandTour, installTours, TOURS } from './tours.ts';

let stage: BarbicanStage;
before(async () => {
  installTours();
  stage = await startStage();
});
after(() => stage.stop());

for (const [title, tour] of Object.entries(TOURS)) {
  test(title, t => tour(t, stage.environmentOf(stage.login)));
}

test('the openstack command line keeps, orders, groups and shares secrets', () =>
  commandTour(stage.environmentOf(stage.login)));
