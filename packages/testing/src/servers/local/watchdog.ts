import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'

/**
 * A process that ends a server and removes its folder once its input ends, which the operating system
 * sees to however this process dies. It has a session of its own, so that no Ctrl-C reaches it.
 */
export interface Watchdog {
  /** Names the process that is to be ended, or none any more. */
  watch(processId: number | undefined): void
  /** Ends the server and removes its folder; resolves once both are gone. */
  release(): Promise<void>
}

const script = `
while read -r line; do server=$line; done
if [ -n "$server" ]; then
  kill -s "$2" "$server"
  left=100
  while kill -0 "$server" && [ $((left -= 1)) -gt 0 ]; do sleep 0.05; done
  kill -KILL "$server"
fi
left=100
until rm -rf "$1" || [ $((left -= 1)) -eq 0 ]; do sleep 0.05; done
`

export function createWatchdog(folder: string, stopSignal: NodeJS.Signals): Watchdog {
  const signal = stopSignal.replace(/^SIG/, '')
  const watchdog = spawn('sh', ['-c', script, 'watchdog', folder, signal], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watchdog.unref()
  ;(watchdog.stdin as Socket).unref()
  return {
    watch(processId) {
      if (watchdog.stdin.writable) watchdog.stdin.write(`${processId ?? ''}\n`)
    },
    async release() {
      if (watchdog.exitCode !== null) return
      watchdog.ref()
      const gone = once(watchdog, 'exit')
      watchdog.stdin.end()
      await gone
    },
  }
}
