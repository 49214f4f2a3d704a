import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { newFile } from '../support/files.ts'

const packageFolder = fileURLToPath(new URL('../../', import.meta.url))

const prelude = `
  import { createDataService } from '@wherry/core'
  import { collection, defineSchema, t } from '@wherry/core/schema'
  import { memory } from '@wherry/core/memory'
  import { sqlite } from '@wherry/core/sqlite'
  const schema = defineSchema({ notes: collection({ id: t.id(), text: t.text() }) })
  const open = async (adapter) => {
    const data = createDataService({ schema, databases: [adapter] })
    await data.connect()
    return data
  }
`

/** Runs a module in a process of its own, until it ends by itself. */
function run(module: string, file = ':memory:') {
  const flags = ['--import', 'tsx', '--conditions=@wherry/source', '--input-type=module']
  const child = spawn(process.execPath, [...flags, '-e', prelude + module, file], {
    cwd: packageFolder,
    timeout: 25_000,
  })
  let output = ''
  const listen = (chunk: Buffer) => void (output += chunk.toString())
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  return new Promise<{ code: number | null; output: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, output }))
  })
}

describe('a process that uses a service', () => {
  it('ends by itself once its services are closed', async () => {
    const { code, output } = await run(
      `
        for (const adapter of [memory(), sqlite({ file: process.argv[1] }), sqlite({ file: ':memory:' })]) {
          const data = await open(adapter)
          await data.notes.insert({ text: 'a' })
          await data.transaction((tx) => tx.notes.insert({ text: 'b' }), { timeoutMs: 3_600_000 })
          const failing = data.transaction(() => Promise.reject(new Error('no')), { timeoutMs: 3_600_000 })
          await failing.catch(() => undefined)
          const running = data.transaction(async (tx) => {
            await tx.notes.insert({ text: 'c' })
            await new Promise((resolve) => setTimeout(resolve, 20))
            return tx.notes.count()
          }, { timeoutMs: 3_600_000 })
          await new Promise((resolve) => setTimeout(resolve, 5))
          const closing = data.close()
          console.log(adapter.name, await running)
          await closing
        }
        console.log('closed')
      `,
      newFile(),
    )
    expect(output).toBe('memory 3\nsqlite 3\nsqlite 3\nclosed\n')
    expect(code).toBe(0)
  })

  it('is told of a write that failed, though nobody awaited it', async () => {
    const { code, output } = await run(`
      const data = await open(memory())
      const { queued } = data.notes.insert({ id: 'a', text: 'a' })
      console.log('queued', await queued)
      data.notes.insert({ id: 'a', text: 'again' })
      await new Promise((resolve) => setTimeout(resolve, 50))
      console.log('never reached')
    `)
    expect(output).toContain('queued false')
    expect(output).toContain('UniqueViolation')
    expect(output).not.toContain('never reached')
    expect(code).toBe(1)
  })

  it('is told of it even when it asked whether the write is queued', async () => {
    const { code, output } = await run(`
      const data = await open(memory())
      console.log('queued', await data.notes.insert({ text: 5 }).queued)
      await new Promise((resolve) => setTimeout(resolve, 50))
      console.log('never reached')
    `)
    expect(output).toContain('InvalidValue')
    expect(output).not.toContain('never reached')
    expect(code).toBe(1)
  })
})
