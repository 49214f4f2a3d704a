import type { Behaviour } from '../suite/scenario.ts'
import { aggregates } from './aggregates.ts'
import { arrays } from './arrays.ts'
import { badJsonPaths } from './bad-json-paths.ts'
import { badNames } from './bad-names.ts'
import { badQueries } from './bad-queries.ts'
import { deletes } from './deletes.ts'
import { doomedTransactions } from './doomed-transactions.ts'
import { ensure } from './ensure.ts'
import { filters } from './filters.ts'
import { groups } from './groups.ts'
import { include } from './include.ts'
import { includeLimits } from './include-limits.ts'
import { includeReads } from './include-reads.ts'
import { increments } from './increments.ts'
import { inserts } from './inserts.ts'
import { isolation } from './isolation.ts'
import { json } from './json.ts'
import { jsonPaths } from './json-paths.ts'
import { keys } from './keys.ts'
import { kinds } from './kinds.ts'
import { lifecycle } from './lifecycle.ts'
import { mutations } from './mutations.ts'
import { names } from './names.ts'
import { nulls } from './nulls.ts'
import { numbers } from './numbers.ts'
import { ordering } from './ordering.ts'
import { pagination } from './pagination.ts'
import { reads } from './reads.ts'
import { references } from './references.ts'
import { scalars } from './scalars.ts'
import { streaming } from './streaming.ts'
import { texts } from './texts.ts'
import { transactionLimits } from './transaction-limits.ts'
import { transactions } from './transactions.ts'
import { uniqueness } from './uniqueness.ts'
import { updates } from './updates.ts'
import { upsert } from './upsert.ts'
import { versions } from './versions.ts'

/** Everything that an adapter has to do, in the order in which a reader would want to know it. */
export const behaviours: readonly Behaviour[] = [
  inserts,
  updates,
  increments,
  deletes,
  versions,
  upsert,
  uniqueness,
  references,
  keys,
  reads,
  filters,
  nulls,
  texts,
  numbers,
  scalars,
  kinds,
  json,
  jsonPaths,
  arrays,
  ordering,
  pagination,
  streaming,
  include,
  includeReads,
  includeLimits,
  aggregates,
  groups,
  transactions,
  doomedTransactions,
  transactionLimits,
  mutations,
  isolation,
  badNames,
  badQueries,
  badJsonPaths,
  ensure,
  lifecycle,
  names,
]
