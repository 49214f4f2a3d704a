import { fork, type ChildProcess } from 'node:child_process'
import { dirname, join } from 'node:path'

/** A process that answers each message with one. It ends with this one, whatever ends that. */
export class Worker {
  readonly #name: string
  readonly #process: ChildProcess
  readonly #waiting: Waiting[] = []
  #failure: Error | undefined

  /** `program`: such as 'rpc/server'. `core`: the number of the only processor that it may run on. */
  constructor(program: string, args: readonly string[], core: string | undefined) {
    this.#name = [program, ...args].join(' ')
    // Beside run.mjs, where all programs of the benchmarks are compiled to.
    const path = join(dirname(process.argv[1]!), `${program}.mjs`)
    const node = [process.execPath, '--enable-source-maps', '--expose-gc']
    const [execPath, ...execArgv] = core === undefined ? node : ['taskset', '-c', core, ...node]
    this.#process = fork(path, args, {
      execPath: execPath!,
      execArgv,
      // stdout is for the report alone.
      stdio: ['ignore', 2, 2, 'ipc'],
    })
    this.#process.on('message', (answer) => this.#waiting.shift()?.resolve(answer))
    this.#process.on('error', (error) => this.#fail(error))
    this.#process.on('exit', (code, signal) => {
      this.#fail(new Error(`${this.#name} ended by itself (${signal ?? code})`))
    })
  }

  /** The next message that it sends. */
  next<T>(): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      this.#waiting.push({ resolve, reject })
    })
  }

  ask<T>(question: object): Promise<T> {
    const answer = this.next<T>()
    if (this.#failure === undefined) this.#process.send(question)
    return answer
  }

  stop(): void {
    this.#process.kill()
  }

  #fail(error: Error): void {
    this.#failure = error
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}

interface Waiting {
  resolve(answer: unknown): void
  reject(error: Error): void
}
