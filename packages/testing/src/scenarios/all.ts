import type { Behaviour } from '../suite/scenario.ts'
import { inserts } from './inserts.ts'

/** Everything that an adapter has to do, in the order in which a reader would want to know it. */
export const behaviours: readonly Behaviour[] = [inserts]
