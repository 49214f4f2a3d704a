import { backoffMs, type Runtime, type Timer } from '../../lib/runtime.ts'
import type { ChangeStream } from './driver.ts'

const retryBaseMs = 100
const retryCapMs = 5_000

/**
 * Tells those who watch a log when there may be something new to read: by one change stream for all
 * of them, which is open as long as somebody watches.
 */
export class StreamWakes {
  readonly #runtime: Runtime
  readonly #open: () => ChangeStream
  readonly #watchers = new Set<() => void>()
  #stream: ChangeStream | undefined
  #isFollowing = false
  #retry: Timer
  #endPause = () => {}

  constructor(runtime: Runtime, open: () => ChangeStream) {
    this.#runtime = runtime
    this.#open = open
  }

  watch(onCommit: () => void): () => void {
    this.#watchers.add(onCommit)
    if (!this.#isFollowing) void this.#follow()
    return () => {
      if (this.#watchers.delete(onCommit) && this.#watchers.size === 0) this.#end()
    }
  }

  /** Wakes nobody any more. */
  close(): void {
    this.#watchers.clear()
    this.#end()
  }

  async #follow(): Promise<void> {
    this.#isFollowing = true
    let failures = 0
    while (this.#watchers.size > 0) {
      const stream = this.#open()
      this.#stream = stream
      try {
        while (this.#stream === stream) {
          const event = await stream.tryNext()
          failures = 0
          this.#wake()
          // The database was dropped: this stream has nothing more to tell, and does not wait.
          if (event?.operationType === 'invalidate') break
        }
      } catch {
        // Who reads is told what is wrong.
        this.#wake()
      }
      if (this.#stream === stream) {
        closeQuietly(stream)
        await this.#pause(backoffMs(this.#runtime, failures++, retryBaseMs, retryCapMs))
      }
    }
    this.#isFollowing = false
  }

  /** Also when there is nothing new for a while: what came before the stream was open is not told. */
  #wake(): void {
    for (const onCommit of this.#watchers) onCommit()
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#retry = this.#runtime.setTimeout(resolve, delayMs)
      this.#endPause = resolve
    })
  }

  #end(): void {
    const stream = this.#stream
    this.#stream = undefined
    if (stream !== undefined) closeQuietly(stream)
    this.#runtime.clearTimeout(this.#retry)
    this.#endPause()
  }
}

/** What waits for the stream's next event is told at once; nobody waits for the server's answer. */
function closeQuietly(stream: ChangeStream): void {
  stream.close().catch(() => undefined)
}
