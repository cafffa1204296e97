// All repositories of one engine: compiled when the store is opened, bound to a session for each use.

import type { StoreReads, StoreTransaction } from '../../core/ports/store.ts';
import { type EngineName, QueryBuilder } from '../query.ts';
import type { ReadSession } from '../session.ts';
import type { TransactionSession } from '../transaction.ts';
import { accessListRepository } from './access-lists.ts';
import { bindingRepository } from './bindings.ts';
import { consumerRepository } from './consumers.ts';
import { containerRepository } from './containers.ts';
import { credentialRepository } from './credentials.ts';
import { facetRepository } from './facets.ts';
import { keyLinkRepository } from './key-links.ts';
import { keyMarkRepository } from './key-marks.ts';
import { keyRingRepository } from './key-rings.ts';
import { keySearchRepository } from './key-search.ts';
import { keyWalkRepository } from './key-walk.ts';
import { keyRepository } from './keys.ts';
import { logRepository } from './log.ts';
import { nameRepository } from './names.ts';
import { orderRepository } from './orders.ts';
import { principalRepository } from './principals.ts';
import { projectRepository } from './projects.ts';
import { quotaRepository } from './quotas.ts';
import { registrationRepository } from './registrations.ts';
import { ruleRepository } from './rules.ts';
import { secretRepository } from './secrets.ts';
import { settingsRepository } from './settings.ts';
import { tokenKeyRepository } from './token-keys.ts';
import { tokenRevocationRepository } from './token-revocations.ts';
import { transportKeyRepository } from './transport-keys.ts';
import { rootKeyRepository, wrappingKeyRepository } from './wrapping-keys.ts';

export interface Repositories {
  reads(session: ReadSession): StoreReads;
  transaction(session: TransactionSession): StoreTransaction;
}

export function compileRepositories(engine: EngineName): Repositories {
  const query = new QueryBuilder(engine);
  const settings = settingsRepository(query);
  const projects = projectRepository(query);
  const keyRings = keyRingRepository(query);
  const keys = keyRepository(query);
  const names = nameRepository(query);
  const principals = principalRepository(query);
  const credentials = credentialRepository(query);
  const bindings = bindingRepository(query);
  const rules = ruleRepository(query);
  const facets = facetRepository(query);
  const keyLinks = keyLinkRepository(query);
  const keyMarks = keyMarkRepository(query);
  const keySearch = keySearchRepository(query);
  const keyWalk = keyWalkRepository(query);
  const registrations = registrationRepository(query);
  const transportKeys = transportKeyRepository(query);
  const secrets = secretRepository(query);
  const containers = containerRepository(query);
  const consumers = consumerRepository(query);
  const accessLists = accessListRepository(query);
  const orders = orderRepository(query);
  const quotas = quotaRepository(query);
  const wrappingKeys = wrappingKeyRepository(query);
  const tokenKeys = tokenKeyRepository(query);
  const tokenRevocations = tokenRevocationRepository(query);
  const rootKeys = rootKeyRepository(query);
  const log = logRepository(query);
  return {
    reads: session => ({
      settings: settings.reads(session),
      projects: projects.reads(session),
      keyRings: keyRings.reads(session),
      keys: keys.reads(session),
      names: names.reads(session),
      principals: principals.reads(session),
      credentials: credentials.reads(session),
      bindings: bindings.reads(session),
      rules: rules.reads(session),
      facets: facets.reads(session),
      keyLinks: keyLinks.reads(session),
      keySearch: keySearch.reads(session),
      keyWalk: keyWalk.reads(session),
      registrations: registrations.reads(session),
      transportKeys: transportKeys.reads(session),
      secrets: secrets.reads(session),
      containers: containers.reads(session),
      consumers: consumers.reads(session),
      accessLists: accessLists.reads(session),
      orders: orders.reads(session),
      quotas: quotas.reads(session),
      wrappingKeys: wrappingKeys.reads(session),
      tokenKeys: tokenKeys.reads(session),
      tokenRevocations: tokenRevocations.reads(session),
      rootKeys: rootKeys.reads(session),
      log: log.reads(session),
    }),
    transaction: session => ({
      settings: settings.writes(session),
      projects: projects.writes(session),
      keyRings: keyRings.writes(session),
      keys: keys.writes(session),
      names: names.writes(session),
      principals: principals.writes(session),
      credentials: credentials.writes(session),
      bindings: bindings.writes(session),
      rules: rules.writes(session),
      facets: facets.writes(session),
      keyLinks: keyLinks.writes(session),
      keyMarks: keyMarks.writes(session),
      keySearch: keySearch.reads(session),
      keyWalk: keyWalk.reads(session),
      registrations: registrations.writes(session),
      transportKeys: transportKeys.writes(session),
      secrets: secrets.writes(session),
      containers: containers.writes(session),
      consumers: consumers.writes(session),
      accessLists: accessLists.writes(session),
      orders: orders.writes(session),
      quotas: quotas.writes(session),
      wrappingKeys: wrappingKeys.writes(session),
      tokenKeys: tokenKeys.writes(session),
      tokenRevocations: tokenRevocations.writes(session),
      rootKeys: rootKeys.writes(session),
      log: log.writes(session),
      savepoint: work => session.savepoint(work),
    }),
  };
}
