import { startServer, type Running } from './server.ts'
import { readArguments, readSettings, StartError } from './settings.ts'

/** One Ctrl-C comes twice, from the terminal and from npm, which passes it on. */
const sameSignalMs = 300

try {
  readArguments(process.argv.slice(2))
  const settings = readSettings(process.env)
  const server = await startServer(settings)
  stopOnSignals(server)
  console.log(`The check-ins are at ${server.url}, and on disk in ${settings.file}. Ctrl-C stops.`)
} catch (error) {
  if (!(error instanceof StartError)) throw error
  console.error(error.message)
  process.exitCode = 1
}

function stopOnSignals(server: Running): void {
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
