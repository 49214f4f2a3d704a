import type { AdapterContext } from '../contract/adapter.ts'
import type { CaptureMode } from '../contract/log-settings.ts'
import type { CollectionDefinition } from '../schema/definition.ts'

/** The collections that are captured in one of these ways; `absent`: how those are of which nothing was said. */
export function captured(
  { schema, log }: Pick<AdapterContext, 'schema' | 'log'>,
  absent: CaptureMode,
  ...modes: readonly CaptureMode[]
): ReadonlySet<CollectionDefinition> {
  const all = Array.from(schema.collections.values())
  return new Set(all.filter((each) => modes.includes(log?.capture.get(each) ?? absent)))
}
