import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const packageFolder = fileURLToPath(new URL('../../', import.meta.url))

/** Runs each line of SQL that it reads, and answers each with a line. */
const program = `
  const Database = require('better-sqlite3')
  const db = new Database(process.argv[1])
  require('node:readline').createInterface({ input: process.stdin }).on('line', (sql) => {
    db.exec(sql)
    console.log('done')
  })
`

/** Another process that has the file open, and does there what it is told. */
export function otherProcess(file: string): { run(sql: string): Promise<void> } {
  const child = spawn(process.execPath, ['-e', program, file], {
    cwd: packageFolder,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill())
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async run(sql) {
      child.stdin.write(`${sql}\n`)
      const { done } = await answers.next()
      if (done === true) throw new Error(`the other process ended instead of running ${sql}`)
    },
  }
}
