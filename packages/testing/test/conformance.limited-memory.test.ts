import { describeEngine } from './describe-engine.ts'
import { memoryEngine } from './engines.ts'
import { limitedMemory, missing } from './limited-memory.ts'

/** Scenarios that need more than every adapter has say so, whatever servers are there. */
await describeEngine({
  ...memoryEngine,
  name: 'limited-memory',
  adapterName: 'memory',
  capabilities: { ...memoryEngine.capabilities, ...missing },
  create: async (settings) => {
    const adapter = limitedMemory(settings)
    return { adapter: () => adapter, dispose: () => undefined }
  },
})
