import { startServer, type Running } from './server.ts'
import { readArguments, readSettings, StartError, type Settings } from './settings.ts'

/** One Ctrl-C comes twice, from the terminal and from npm, which passes it on. */
const sameSignalMs = 300

try {
  readArguments(process.argv.slice(2))
  const settings = readSettings(process.env)
  announce(settings, await startServer(settings))
} catch (error) {
  if (!(error instanceof StartError)) throw error
  console.error(error.message)
  process.exitCode = 1
}

function announce({ file }: Settings, server: Running): void {
  console.log(`The check-ins are at ${server.url}, and on disk in ${file}. Ctrl-C stops.`)
  let stoppingSince: number | undefined
  const onSignal = () => {
    if (stoppingSince === undefined) {
      stoppingSince = performance.now()
      console.log('Stopping.')
      void server.stop()
    } else if (performance.now() - stoppingSince > sameSignalMs) {
      console.error('Stopped at once.')
      process.exit(1)
    }
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
}
