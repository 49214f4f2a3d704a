import { ScriptedAdapter } from '../support/scripted-adapter.ts'
import { FakeRuntime } from '../support/fake-runtime.ts'
import { connected } from '../support/service.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import type { Capabilities } from '../../src/contract/capabilities.ts'

export const schema = defineSchema({
  notes: collection({
    id: t.id(),
    text: t.text({ maxLength: 50 }),
    n: t.int().default(0),
    version: t.version(),
  }).unique('text'),
})

/** A connected service on a scripted adapter, whose calls are forgotten up to here. */
export async function scripted(capabilities: Partial<Capabilities> = {}) {
  const adapter = new ScriptedAdapter(capabilities)
  const runtime = new FakeRuntime()
  const data = await connected(schema, adapter, { runtime })
  adapter.calls.length = 0
  adapter.rows = [{ id: 'a', text: 'x', n: 1, version: 1 }]
  return { adapter, data, runtime }
}
