import { exec, tool } from './exec.ts'
import { publicPackages } from './workspaces.ts'

export interface Built {
  package: string
  ok: boolean
  seconds: number
  output: string
}

/** Builds the public packages, each after what it depends on; the rest is skipped after a failure. */
export async function buildPackages(report: (built: Built) => void = () => {}): Promise<Built[]> {
  const results: Built[] = []
  for (const { name, directory } of publicPackages()) {
    const startMs = performance.now()
    const { ok, output } = await exec(tool('tsup'), [], { cwd: directory })
    const seconds = Math.round((performance.now() - startMs) / 100) / 10
    const built = { package: name, ok, seconds, output }
    results.push(built)
    report(built)
    if (!ok) break
  }
  return results
}
