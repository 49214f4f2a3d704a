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
  /** Does now what it would do at the end; resolves once the folder is gone. */
  release(): Promise<void>
}

/** What a dying server still writes may keep its folder from being removed at the first attempt. */
const script = `
while read -r line; do server=$line; done
[ -z "$server" ] || kill -s "$2" "$server"
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
      if (watchdog.exitCode !== null || watchdog.signalCode !== null) return
      watchdog.ref()
      const gone = once(watchdog, 'exit')
      watchdog.stdin.end()
      await gone
    },
  }
}
